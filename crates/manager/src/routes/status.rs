//! The master itself, and what this API is.

use crate::caller::Anyone;
use crate::serve::Shared;
use crate::{Need, Refusal};
use api::{Finding, Status};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use http::header;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/status", get(status)).route("/doctor", get(doctor)).route("/openapi.json", get(openapi))
}

async fn status(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<Status>, Refusal> {
    let caller = shared.permit(who, Need::runner("manage.status")).await?;
    shared.control.status(&caller).await.map(Json)
}

async fn doctor(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<Vec<Finding>>, Refusal> {
    let caller = shared.permit(who, Need::runner("manage.status")).await?;
    shared.control.doctor(&caller).await.map(Json)
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], api::openapi())
}
