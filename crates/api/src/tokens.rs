//! Tokens that programs show, and the first administrator.

use crate::Span;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Secret;

/// A token of an account, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// Names it in lists and for ending it; no secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub account: String,
    /// What it may, of what its owner may; nothing listed: all of it.
    pub scopes: Vec<String>,
    /// Networks that it is taken from; any where there is none.
    #[serde(default)]
    pub networks: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// From where it was made.
    pub origin: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
    /// When it was last shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used: Option<Timestamp>,
}

/// Make a token: `POST /tokens`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeApiToken {
    /// What it is for.
    pub name: String,
    /// Whose it is to be; one's own if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Permissions such as `host:read` or `*:read`, functions such as `run:test.*`, `runner:jobs.*`, `wheel:key.*`; nothing: all its owner may.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Networks that it is taken from, such as `10.0.0.0/8`; any where there is none.
    #[serde(default)]
    pub networks: Vec<String>,
    /// How long it lasts, in seconds; 90 days if missing, a year at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub lifetime: Option<Span>,
}

/// A token that was made now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MadeApiToken {
    /// The secret: it is told this once.
    pub token: String,
    /// The token.
    pub made: ApiToken,
}

/// Make the first administrator: `POST /setup`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What the link of the first start holds.
    #[schema(value_type = String, format = Password)]
    pub token: Secret<String>,
    /// Login name.
    pub name: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    pub password: Secret<String>,
}
