//! Keys of minions and join tokens.

use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use crate::{Caller, Refusal};
use api::{ChangeKeys, CreateToken, JoinToken, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged, MasterKey, NewToken};
use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use model::Key;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/keys", get(list))
        .route("/keys/change", post(change))
        .route("/keys/history", get(history))
        .route("/keys/master", get(master))
        .route("/join-tokens", get(tokens).post(create_token))
        .route("/join-tokens/{id}", delete(delete_token))
}

async fn list(State(shared): State<Arc<Shared>>, caller: Caller, Params(filter): Params<KeyFilter>) -> Result<Json<Vec<Key>>, Refusal> {
    shared.control.keys(&caller, filter).await.map(Json)
}

async fn change(State(shared): State<Arc<Shared>>, caller: Caller, Body(request): Body<ChangeKeys>) -> Result<Json<KeysChanged>, Refusal> {
    if request.minions.is_empty() && request.fingerprint.is_none() {
        return Err(Refusal::invalid("no key is named: give patterns of ids (`*` for all) or a fingerprint"));
    }
    shared.control.change_keys(&caller, request).await.map(Json)
}

async fn history(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Params(filter): Params<KeyHistoryFilter>,
) -> Result<Json<Vec<KeyChange>>, Refusal> {
    shared.control.key_history(&caller, filter).await.map(Json)
}

async fn master(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Json<MasterKey>, Refusal> {
    shared.control.master_key(&caller).await.map(Json)
}

async fn tokens(State(shared): State<Arc<Shared>>, caller: Caller) -> Result<Json<Vec<JoinToken>>, Refusal> {
    shared.control.join_tokens(&caller).await.map(Json)
}

async fn create_token(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Body(request): Body<CreateToken>,
) -> Result<(StatusCode, Json<NewToken>), Refusal> {
    let token = shared.control.create_join_token(&caller, request).await?;
    Ok((StatusCode::CREATED, Json(token)))
}

async fn delete_token(State(shared): State<Arc<Shared>>, caller: Caller, Id(id): Id<String>) -> Result<StatusCode, Refusal> {
    shared.control.delete_join_token(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
