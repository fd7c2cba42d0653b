//! Keys of minions and join tokens.

use crate::caller::Anyone;
use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use crate::{Need, Refusal};
use api::{ChangeKeys, CreateToken, JoinToken, KeyAction, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged, MasterKey, NewToken};
use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use model::Key;
use std::sync::Arc;
use value::Value;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/keys", get(list))
        .route("/keys/change", post(change))
        .route("/keys/history", get(history))
        .route("/keys/master", get(master))
        .route("/join-tokens", get(tokens).post(create_token))
        .route("/join-tokens/{id}", delete(delete_token))
}

async fn list(State(shared): State<Arc<Shared>>, who: Anyone, Params(filter): Params<KeyFilter>) -> Result<Json<Vec<Key>>, Refusal> {
    let caller = shared.permit(who, Need::wheel("key.list_all")).await?;
    shared.control.keys(&caller, filter).await.map(Json)
}

async fn change(State(shared): State<Arc<Shared>>, who: Anyone, Body(request): Body<ChangeKeys>) -> Result<Json<KeysChanged>, Refusal> {
    let caller = shared.permit(who, changes(&request)).await?;
    if request.minions.is_empty() && request.fingerprint.is_none() {
        return Err(Refusal::invalid("no key is named: give patterns of ids (`*` for all) or a fingerprint"));
    }
    shared.control.change_keys(&caller, request).await.map(Json)
}

async fn history(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Params(filter): Params<KeyHistoryFilter>,
) -> Result<Json<Vec<KeyChange>>, Refusal> {
    let caller = shared.permit(who, Need::wheel("key.history")).await?;
    shared.control.key_history(&caller, filter).await.map(Json)
}

async fn master(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<MasterKey>, Refusal> {
    let caller = shared.permit(who, Need::wheel("key.finger_master")).await?;
    shared.control.master_key(&caller).await.map(Json)
}

async fn tokens(State(shared): State<Arc<Shared>>, who: Anyone) -> Result<Json<Vec<JoinToken>>, Refusal> {
    let caller = shared.permit(who, Need::wheel("key.join_tokens")).await?;
    shared.control.join_tokens(&caller).await.map(Json)
}

async fn create_token(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    Body(request): Body<CreateToken>,
) -> Result<(StatusCode, Json<NewToken>), Refusal> {
    let caller = shared.permit(who, Need::wheel("key.create_join_token")).await?;
    let token = shared.control.create_join_token(&caller, request).await?;
    Ok((StatusCode::CREATED, Json(token)))
}

async fn delete_token(State(shared): State<Arc<Shared>>, who: Anyone, Id(id): Id<String>) -> Result<StatusCode, Refusal> {
    let caller = shared.permit(who, Need::wheel("key.delete_join_token")).await?;
    shared.control.delete_join_token(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A change of keys as the wheel function that does the same.
fn changes(request: &ChangeKeys) -> Need {
    let need = match request.action {
        KeyAction::Accept => Need::wheel("key.accept"),
        KeyAction::Reject => Need::wheel("key.reject"),
        KeyAction::Delete => Need::wheel("key.delete"),
    };
    need.with(request.minions.iter().map(Value::from))
}
