//! Refusals as HTTP answers: `{"code", "error", "hint"}` with the status of the code.

use crate::Refusal;
use api::ErrorBody;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(ErrorBody { code: self.code, error: self.message, hint: self.hint })).into_response()
    }
}
