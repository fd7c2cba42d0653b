//! Tokens that programs show.

use crate::Refusal;
use crate::caller::Anyone;
use crate::extract::{Body, Id};
use crate::serve::Shared;
use api::{ApiToken, MadeApiToken, MakeApiToken};
use axum::extract::State;
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/tokens", get(list).post(make)).route("/tokens/{id}", delete(end))
}

async fn list(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone) -> Result<Json<Vec<ApiToken>>, Refusal> {
    shared.control.api_tokens(&caller).await.map(Json)
}

async fn make(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Body(request): Body<MakeApiToken>,
) -> Result<(StatusCode, Json<MadeApiToken>), Refusal> {
    let made = shared.control.make_api_token(&caller, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn end(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(id): Id<String>) -> Result<StatusCode, Refusal> {
    shared.control.delete_api_token(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
