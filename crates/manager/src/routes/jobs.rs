//! Jobs: run, list, show, watch, signal.

use crate::caller::{Anyone, Ending};
use crate::extract::{Body, Id, Params};
use crate::serve::Shared;
use crate::stream::{Form, response};
use crate::{Refusal, Stream};
use api::{JobEvent, JobFilter, JobSummary, JobView, Page, RunJob, RunQuery, SignalJob, Signalled, WatchJob};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use model::JobId;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/jobs", get(list).post(run))
        .route("/jobs/{id}", get(show))
        .route("/jobs/{id}/watch", get(watch))
        .route("/jobs/{id}/signal", post(signal))
}

/// With `watch`, the answer is the job's stream, begun with what was submitted: one request, and no gap between the two.
async fn run(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    ending: Ending,
    headers: HeaderMap,
    Params(query): Params<RunQuery>,
    Body(request): Body<RunJob>,
) -> Result<Response, Refusal> {
    if request.calls.is_empty() {
        return Err(Refusal::invalid("a job needs at least one function to call"));
    }
    let submitted = shared.control.submit(&caller, request).await?;
    if !query.watch {
        return Ok(Json(submitted).into_response());
    }
    let rest: Stream<JobEvent> = match submitted.job {
        Some(id) => shared.control.watch(&caller, id, WatchJob { until_done: query.until_done }).await?,
        None => stream::empty().boxed(),
    };
    let first = stream::once(std::future::ready(JobEvent::Submitted(submitted)));
    Ok(response(first.chain(rest).boxed(), Form::asked(&headers), ending, |_| None))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Params(filter): Params<JobFilter>,
) -> Result<Json<Page<JobSummary>>, Refusal> {
    shared.control.jobs(&caller, filter).await.map(Json)
}

async fn show(State(shared): State<Arc<Shared>>, Anyone(caller): Anyone, Id(id): Id<JobId>) -> Result<Json<JobView>, Refusal> {
    shared.control.job(&caller, id).await.map(Json)
}

async fn watch(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    ending: Ending,
    headers: HeaderMap,
    Id(id): Id<JobId>,
    Params(how): Params<WatchJob>,
) -> Result<Response, Refusal> {
    let events = shared.control.watch(&caller, id, how).await?;
    Ok(response(events, Form::asked(&headers), ending, |_| None))
}

async fn signal(
    State(shared): State<Arc<Shared>>,
    Anyone(caller): Anyone,
    Id(id): Id<JobId>,
    Body(request): Body<SignalJob>,
) -> Result<Json<Signalled>, Refusal> {
    shared.control.signal(&caller, id, request).await.map(Json)
}
