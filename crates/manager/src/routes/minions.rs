//! Minions, their grains, and whom a target means.

use crate::caller::Anyone;
use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use crate::{Need, Refusal};
use api::{GrainChange, GrainFilter, MinionFilter, MinionSummary, MinionView, Page, Preview};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use model::{MinionId, Target};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/minions", get(list))
        .route("/minions/{id}", get(show))
        .route("/minions/{id}/grains/history", get(history))
        .route("/targets/preview", post(preview))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Params(filter): Params<MinionFilter>,
) -> Result<Json<Page<MinionSummary>>, Refusal> {
    let caller = shared.permit(who, Need::runner("cache.grains")).await?;
    shared.control.minions(&caller, filter).await.map(Json)
}

async fn show(State(shared): State<Arc<Shared>>, who: Anyone, Id(id): Id<MinionId>) -> Result<Json<MinionView>, Refusal> {
    let caller = shared.permit(who, Need::runner("cache.grains").with([id.as_str().into()])).await?;
    shared.control.minion(&caller, &id).await.map(Json)
}

async fn history(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Id(id): Id<MinionId>,
    Params(filter): Params<GrainFilter>,
) -> Result<Json<Vec<GrainChange>>, Refusal> {
    let caller = shared.permit(who, Need::runner("cache.grains").with([id.as_str().into()])).await?;
    shared.control.grain_history(&caller, &id, filter).await.map(Json)
}

async fn preview(State(shared): State<Arc<Shared>>, who: Anyone, Body(target): Body<Target>) -> Result<Json<Preview>, Refusal> {
    let caller = shared.permit(who, Need::runner("manage.status")).await?;
    shared.control.preview(&caller, target).await.map(Json)
}
