//! The first administrator: a page for people, and what it sends.

use crate::Refusal;
use crate::caller::Stranger;
use crate::extract::Body;
use crate::serve::Shared;
use api::{Account, Setup};
use axum::extract::State;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/setup", post(setup))
}

/// The page, outside of the API.
pub(crate) fn pages() -> Router<Arc<Shared>> {
    Router::new().route("/setup", get(page)).route("/setup.js", get(script))
}

async fn setup(
    State(shared): State<Arc<Shared>>,
    stranger: Stranger,
    Body(request): Body<Setup>,
) -> Result<(StatusCode, Json<Account>), Refusal> {
    let made = shared.control.setup(request, stranger.origin).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The link's secret stands behind `#`: no server, proxy or log on the way sees it.
async fn page() -> impl IntoResponse {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'none'",
        ),
    ];
    (headers, Html(include_str!("setup.html")))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("setup.js"))
}
