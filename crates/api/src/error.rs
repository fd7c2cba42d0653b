//! What a refused request gets.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// It is not at the version that the request speaks of (412).
    Stale,
    /// Too many requests in too short a time (429).
    TooMany,
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
            Self::Stale => 412,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unsupported => 501,
            Self::Unavailable => 503,
        }
    }
}

/// Language of the titles of refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl ErrorCode {
    /// What people read over a refusal of this kind.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Invalid, Language::English) => "The request makes no sense as it is",
            (Self::Invalid, Language::Chinese) => "请求内容有误",
            (Self::Unauthenticated, Language::English) => "Nobody is logged in",
            (Self::Unauthenticated, Language::Chinese) => "尚未登录",
            (Self::Forbidden, Language::English) => "You may not do this",
            (Self::Forbidden, Language::Chinese) => "没有权限",
            (Self::NotFound, Language::English) => "There is no such thing",
            (Self::NotFound, Language::Chinese) => "对象不存在",
            (Self::Conflict, Language::English) => "The state of things does not allow it",
            (Self::Conflict, Language::Chinese) => "与当前状态冲突",
            (Self::Stale, Language::English) => "Somebody else has changed it",
            (Self::Stale, Language::Chinese) => "对象已被他人修改",
            (Self::TooMany, Language::English) => "Too many requests in too short a time",
            (Self::TooMany, Language::Chinese) => "请求过于频繁",
            (Self::Unsupported, Language::English) => "This master does not do that",
            (Self::Unsupported, Language::Chinese) => "不支持该操作",
            (Self::Unavailable, Language::English) => "A part that is needed is away",
            (Self::Unavailable, Language::Chinese) => "依赖的服务暂不可用",
            (Self::Internal, Language::English) => "Something broke",
            (Self::Internal, Language::Chinese) => "内部错误",
        }
    }
}

/// Body of every answer that is no success: `application/problem+json` with `code`, `error` and `hint` beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Its kind.
    pub code: ErrorCode,
    /// What was refused and why.
    pub error: String,
    /// The way out, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The kind in words, in the language of `Accept-Language` (English or 中文).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What is wrong, field by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, String>,
}
