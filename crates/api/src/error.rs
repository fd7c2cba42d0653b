//! What a refused request gets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Kind of a refusal; each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request makes no sense as it is (400).
    Invalid,
    /// Nobody known asked (401).
    Unauthenticated,
    /// Who asked may not (403).
    Forbidden,
    /// There is no such thing (404).
    NotFound,
    /// The state of things does not allow it now (409).
    Conflict,
    /// This master does not do that (501).
    Unsupported,
    /// A part that is needed is away, such as the database (503).
    Unavailable,
    /// Something broke (500).
    Internal,
}

impl ErrorCode {
    /// The HTTP status of this kind.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Internal => 500,
            Self::Unsupported => 501,
            Self::Unavailable => 503,
        }
    }
}

/// Body of every answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Its kind.
    pub code: ErrorCode,
    /// What was refused and why.
    pub error: String,
    /// The way out, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
