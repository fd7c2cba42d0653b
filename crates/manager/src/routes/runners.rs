//! Runners and wheel functions.

use crate::Refusal;
use crate::caller::Anyone;
use crate::extract::Body;
use crate::serve::Shared;
use api::{RunFunction, RunResult};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/runners", post(runner)).route("/wheel", post(wheel))
}

async fn runner(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Body(request): Body<RunFunction>,
) -> Result<Json<RunResult>, Refusal> {
    shared.control.runner(&caller, request).await.map(Json)
}

async fn wheel(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Body(request): Body<RunFunction>,
) -> Result<Json<RunResult>, Refusal> {
    shared.control.wheel(&caller, request).await.map(Json)
}
