//! Hosts, and how their facts have changed.

use super::objects::{how, query, range, tagged};
use crate::Refusal;
use crate::caller::Anyone;
use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use api::{ChangeHosts, ChangeParams, FactChange, FactHistory, HostPatch, HostTable, HostsChanged, HostsImported, ListParams, Page};
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use model::MinionId;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/hosts", get(list))
        .route("/hosts/change", post(change))
        .route("/hosts/export", get(export))
        .route("/hosts/import", post(import))
        .route("/hosts/{id}", get(show).patch(patch).delete(forget))
        .route("/facts/history", get(history))
}

async fn list(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Params(params): Params<ListParams>) -> Result<Response, Refusal> {
    Ok(range("hosts", shared.control.hosts(&caller, query(params)).await?))
}

async fn show(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(id): Id<MinionId>) -> Result<Response, Refusal> {
    Ok(tagged(shared.control.host(&caller, &id).await?))
}

async fn patch(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Id(id): Id<MinionId>,
    headers: HeaderMap,
    Params(params): Params<ChangeParams>,
    Body(patch): Body<HostPatch>,
) -> Result<Response, Refusal> {
    let change = ChangeHosts { hosts: [id.clone()].into(), target: None, patch };
    shared.control.change_hosts(&caller, change, how(&headers, &params)?).await?;
    Ok(tagged(shared.control.host(&caller, &id).await?))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    headers: HeaderMap,
    Params(params): Params<ChangeParams>,
    Body(change): Body<ChangeHosts>,
) -> Result<Json<HostsChanged>, Refusal> {
    shared.control.change_hosts(&caller, change, how(&headers, &params)?).await.map(Json)
}

async fn export(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone) -> Result<Json<HostTable>, Refusal> {
    shared.control.export_hosts(&caller).await.map(Json)
}

async fn import(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    headers: HeaderMap,
    Params(params): Params<ChangeParams>,
    Body(table): Body<HostTable>,
) -> Result<Json<HostsImported>, Refusal> {
    shared.control.import_hosts(&caller, table, how(&headers, &params)?).await.map(Json)
}

async fn forget(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Id(id): Id<MinionId>,
    headers: HeaderMap,
    Params(params): Params<ChangeParams>,
) -> Result<StatusCode, Refusal> {
    shared.control.delete_host(&caller, &id, how(&headers, &params)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn history(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Params(ask): Params<FactHistory>,
) -> Result<Json<Page<FactChange>>, Refusal> {
    shared.control.fact_history(&caller, ask).await.map(Json)
}
