//! The event bus.

use crate::caller::{Anyone, Ending};
use crate::extract::{Body, Params};
use crate::serve::Shared;
use crate::stream::{Form, followed};
use crate::{Need, Refusal};
use api::{EventFilter, FireEvent, Fired};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/events", get(follow).post(fire))
}

/// A browser that lost its connection says in `Last-Event-ID` where it was.
async fn follow(
    State(shared): State<Arc<Shared>>,
    who: Anyone,
    ending: Ending,
    headers: HeaderMap,
    Params(mut filter): Params<EventFilter>,
) -> Result<Response, Refusal> {
    let caller = shared.permit(who, Need::runner("state.event")).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    filter.after = last.or(filter.after);
    let events = shared.control.events(&caller, filter).await?;
    Ok(followed(events, Form::asked(&headers), ending))
}

async fn fire(State(shared): State<Arc<Shared>>, who: Anyone, Body(event): Body<FireEvent>) -> Result<Json<Fired>, Refusal> {
    let caller = shared.permit(who, Need::runner("event.send").with([event.tag.as_str().into()])).await?;
    if event.data.as_map().is_none() {
        return Err(Refusal::invalid(format!("the data of an event is a mapping, not {}", event.data.type_name())));
    }
    shared.control.fire(&caller, event).await.map(Json)
}
