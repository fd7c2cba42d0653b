//! The audit log: read, exported, checked. There is no route that changes it.

use crate::Refusal;
use crate::caller::{Anyone, Ending};
use crate::extract::{Body, Params};
use crate::serve::Shared;
use crate::stream::{Form, response};
use api::{AuditEntry, AuditFilter, AuditReport, AuditVerify, Checkpoint, Page};
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::HeaderMap;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/audit", get(list))
        .route("/audit/export", get(export))
        .route("/audit/verify", post(verify))
        .route("/audit/checkpoints", get(checkpoints))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Params(filter): Params<AuditFilter>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    shared.control.audit(&caller, filter).await.map(Json)
}

/// Whoever lost the connection goes on with the number he had last, in `Last-Event-ID` or as `cursor`.
async fn export(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    ending: Ending,
    headers: HeaderMap,
    Params(mut filter): Params<AuditFilter>,
) -> Result<Response, Refusal> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    filter.cursor = last.or(filter.cursor);
    let entries = shared.control.export_audit(&caller, filter).await?;
    Ok(response(entries, Form::asked(&headers), ending, |entry| Some(entry.sequence)))
}

async fn verify(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Body(known): Body<AuditVerify>,
) -> Result<Json<AuditReport>, Refusal> {
    shared.control.verify_audit(&caller, known).await.map(Json)
}

async fn checkpoints(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone) -> Result<Json<Vec<Checkpoint>>, Refusal> {
    shared.control.checkpoints(&caller).await.map(Json)
}
