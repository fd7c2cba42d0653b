//! Files for browsers: one page, and a folder beside it.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use std::path::Path;
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// Whether it is a browser that asks for a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// A file, with ranges and dates as browsers ask for them.
pub(crate) async fn file(path: &Path, request: Request) -> Response {
    match ServeFile::new(path).oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}
