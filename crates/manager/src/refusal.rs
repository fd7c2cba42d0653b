//! Refusals as HTTP answers: `application/problem+json` with `code`, `error` and `hint` beside, and the status of the code.

use crate::Refusal;
use api::{ErrorBody, Language};
use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

tokio::task_local! {
    /// The language that the request wants its answer in.
    static LANGUAGE: Language;
}

/// Lets refusals of a request know its language.
pub(crate) async fn in_its_language(request: Request, next: Next) -> Response {
    let wanted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
    LANGUAGE.scope(language(wanted), next.run(request)).await
}

/// The first of the languages that this program speaks.
fn language(accepted: &str) -> Language {
    let first = accepted.split(',').map(str::trim).find(|one| one.starts_with("zh") || one.starts_with("en"));
    if first.is_some_and(|one| one.starts_with("zh")) { Language::Chinese } else { Language::English }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let language = LANGUAGE.try_with(|language| *language).unwrap_or_default();
        let body = ErrorBody {
            title: self.code.title(language).to_owned(),
            status: status.as_u16(),
            code: self.code,
            error: self.message,
            hint: self.hint,
            errors: self.errors,
        };
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_spoken_here_is_taken() {
        assert_eq!(language("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(language("de, en-GB, zh"), Language::English);
        assert_eq!(language(""), Language::English);
    }
}
