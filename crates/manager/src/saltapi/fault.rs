//! Refusals in Salt's shape: a small page with the text, and JSON for what nobody expected.

use crate::Refusal;
use api::ErrorCode;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use std::fmt::Write;

/// Why a request got nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub status: StatusCode,
    pub text: String,
}

impl Fault {
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// The request makes no sense.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// Nobody known asks, or they may not: Salt has one status for both.
    pub fn unauthorized(text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, text)
    }

    /// Nobody is logged in.
    pub fn no_session() -> Self {
        Self::unauthorized("No permission -- see authorization schemes")
    }

    /// What Salt has not foreseen. The text is told beside Salt's.
    pub fn unexpected(text: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, text)
    }

    /// What became of a call to minions.
    pub fn of_local(refusal: &Refusal) -> Self {
        match refusal.code {
            ErrorCode::Forbidden => Self::unauthorized(format!("Authorization error occurred. {}", refusal.message)),
            _ => Self::other(refusal),
        }
    }

    /// What became of a call to the master.
    pub fn of_master(refusal: &Refusal, how: &str, user: &str) -> Self {
        match refusal.code {
            ErrorCode::Forbidden => {
                Self::unauthorized(format!("Authentication failure of type \"{how}\" occurred for user {user}. {}", refusal.message))
            }
            _ => Self::other(refusal),
        }
    }

    /// What became of anything else.
    pub fn other(refusal: &Refusal) -> Self {
        match refusal.code {
            ErrorCode::Unauthenticated => Self::no_session(),
            ErrorCode::Forbidden => Self::unauthorized(refusal.message.clone()),
            ErrorCode::Unavailable => Self::new(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string()),
            ErrorCode::TooMany => Self::new(StatusCode::TOO_MANY_REQUESTS, refusal.to_string()),
            ErrorCode::Invalid
            | ErrorCode::NotFound
            | ErrorCode::Conflict
            | ErrorCode::Stale
            | ErrorCode::Unsupported
            | ErrorCode::Internal => Self::unexpected(refusal.to_string()),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            let body = serde_json::json!({"status": 500, "return": "An unexpected error occurred", "error": self.text});
            return (self.status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.to_string()).into_response();
        }
        let (code, reason) = (self.status.as_str(), self.status.canonical_reason().unwrap_or_default());
        let mut page = format!("<!DOCTYPE html>\n<html><head><title>{code} {reason}</title></head><body><h2>{code} {reason}</h2><p>");
        escape(&self.text, &mut page);
        page.push_str("</p></body></html>\n");
        (self.status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"))], page).into_response()
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_wrote_is_text_on_the_page() {
        let mut out = String::new();
        escape("'<script>'", &mut out);
        assert_eq!(out, "&#39;&#60;script&#62;&#39;");
    }
}
