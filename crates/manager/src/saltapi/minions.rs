//! `/minions` and `/jobs`: shorthands for lowstates.

use super::body;
use super::chunk::Chunk;
use super::fault::Fault;
use super::local::{self, How};
use super::lowstate::{chunk, one};
use super::of_master::{self, Side};
use super::reply::{object, with_session};
use super::request::Session;
use super::room::Room;
use api::RunFunction;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use value::{Map, Value};

async fn grains(room: &Room, session: Session, target: String) -> Result<Response, Fault> {
    let low = chunk([("client", "local".into()), ("tgt", target.into()), ("fun", "grains.items".into())]);
    let returns = one(room, &session.caller, &low).await?;
    Ok(with_session(session.asked.format.returned(returns), &session.token, room))
}

/// `GET /minions`.
pub(crate) async fn all(State(room): State<Arc<Room>>, session: Session) -> Result<Response, Fault> {
    grains(&room, session, "*".to_owned()).await
}

/// `GET /minions/<id>`.
pub(crate) async fn show(State(room): State<Arc<Room>>, Path(id): Path<String>, session: Session) -> Result<Response, Fault> {
    grains(&room, session, id).await
}

/// `POST /minions`: jobs that are not waited for.
pub(crate) async fn start(State(room): State<Arc<Room>>, session: Session, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    Chunk::require("local_async", &room)?;
    let (mut returns, mut links) = (Vec::new(), Vec::new());
    for low in Chunk::read(body.value, &room)? {
        for started in local::run(&room, &session.caller, &low, How::Async).await? {
            if let Some(id) = started.get("jid").and_then(Value::as_str) {
                links.push(object([("href", format!("{}/jobs/{id}", room.config.root_prefix).into())]));
            }
            returns.push(started);
        }
    }
    let reply = object([("return", Value::List(returns)), ("_links", object([("jobs", Value::List(links))]))]);
    Ok(with_session(session.asked.format.answer(StatusCode::ACCEPTED, &reply), &session.token, &room))
}

async fn runner(room: &Room, session: &Session, function: &str, kwargs: Map) -> Result<Value, Fault> {
    Chunk::require("runner", room)?;
    let request = RunFunction { function: function.to_owned(), args: Vec::new(), kwargs, detached: false };
    of_master::call(room, &session.caller, Side::Runner, request).await.map(|result| result.value)
}

/// `GET /jobs`.
pub(crate) async fn jobs(State(room): State<Arc<Room>>, session: Session) -> Result<Response, Fault> {
    let jobs = runner(&room, &session, "jobs.list_jobs", Map::new()).await?;
    Ok(with_session(session.asked.format.returned(vec![jobs]), &session.token, &room))
}

/// `GET /jobs/<jid>`: what is known of the job, and its returns alone.
pub(crate) async fn job(State(room): State<Arc<Room>>, Path(id): Path<String>, session: Session) -> Result<Response, Fault> {
    let info = runner(&room, &session, "jobs.list_job", Map::from_iter([("jid", id)])).await?;
    let mut returns = Map::new();
    for (minion, result) in info.get("Result").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        returns.insert(minion.clone(), result.get("return").cloned().unwrap_or_default());
    }
    let reply = object([("info", Value::List(vec![info])), ("return", Value::List(vec![Value::Map(returns)]))]);
    Ok(with_session(session.asked.format.answer(StatusCode::OK, &reply), &session.token, &room))
}
