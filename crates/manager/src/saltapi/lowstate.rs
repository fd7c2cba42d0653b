//! `POST /`, `POST /run` and the greeting.

use super::body;
use super::chunk::Chunk;
use super::config::CLIENTS;
use super::fault::Fault;
use super::local::{self, How};
use super::login;
use super::of_master::{self, Side};
use super::reply::{object, with_session};
use super::request::{Asked, Session};
use super::room::Room;
use super::ssh;
use super::statics;
use crate::Caller;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use value::{Map, Value};

/// `GET /`: the page for a browser, a welcome for everybody else.
pub(crate) async fn welcome(State(room): State<Arc<Room>>, request: Request) -> Result<Response, Fault> {
    if statics::wants_page(request.headers())
        && let Some(app) = &room.config.app
    {
        return Ok(statics::file(app, request).await);
    }
    let format = super::reply::Format::asked(request.headers())?;
    let clients = CLIENTS.into_iter().collect::<Value>();
    Ok(format.answer(StatusCode::OK, &object([("return", "Welcome".into()), ("clients", clients)])))
}

/// `POST /`: the chunks of somebody who is logged in.
pub(crate) async fn post(State(room): State<Arc<Room>>, session: Session, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    let mut returns = Vec::new();
    for chunk in Chunk::read(body.value, &room)? {
        returns.extend(one(&room, &session.caller, &chunk).await?);
    }
    Ok(with_session(session.asked.format.returned(returns), &session.token, &room))
}

/// `POST /run`: every chunk says who asks.
pub(crate) async fn run(State(room): State<Arc<Room>>, asked: Asked, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    let mut returns = Vec::new();
    for chunk in Chunk::read(body.value, &room)? {
        chunk.client(&room)?;
        let (caller, passing) = whose(&room, &asked, &chunk).await?;
        let done = one(&room, &caller, &chunk).await;
        // A login that was for this chunk alone ends with it.
        if let Some(token) = passing {
            let _ = room.control().logout(&token).await;
        }
        returns.extend(done?);
    }
    Ok(asked.format.returned(returns))
}

/// Who asks by a chunk: by a token, or by a login for this chunk, whose token comes along.
async fn whose(room: &Room, asked: &Asked, chunk: &Chunk) -> Result<(Caller, Option<String>), Fault> {
    let refused = || Fault::unauthorized("Authentication error occurred.");
    let (token, passing) = match chunk.text("token") {
        Some(token) if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            return Err(Fault::unauthorized("Invalid token"));
        }
        Some(token) => (token, false),
        None => {
            let Some(credentials) = login::credentials(&chunk.0) else {
                return Err(Fault::unauthorized("No authentication credentials given"));
            };
            login::check_address(room, asked, &credentials.username)?;
            (room.control().login(credentials, asked.origin()).await.map_err(|_| refused())?.token, true)
        }
    };
    let caller = room.control().whose(&token, &asked.origin()).await.ok_or_else(refused)?;
    Ok((caller, passing.then_some(token)))
}

/// Runs one chunk.
pub(crate) async fn one(room: &Room, caller: &Caller, chunk: &Chunk) -> Result<Vec<Value>, Fault> {
    let of_master = |side, detached| of_master::run(room, caller, chunk, side, detached);
    match chunk.client(room)? {
        "local" => local::run(room, caller, chunk, How::Wait).await,
        "local_async" => local::run(room, caller, chunk, How::Async).await,
        "local_batch" => local::run(room, caller, chunk, How::Batch).await,
        "local_subset" => local::run(room, caller, chunk, How::Subset).await,
        "runner" => of_master(Side::Runner, false).await.map(|value| vec![value]),
        "runner_async" => of_master(Side::Runner, true).await.map(|value| vec![value]),
        "wheel" => of_master(Side::Wheel, false).await.map(|value| vec![value]),
        "wheel_async" => of_master(Side::Wheel, true).await.map(|value| vec![value]),
        "ssh" => ssh::run(room, caller, chunk).await.map(|value| vec![value]),
        client => Err(Fault::bad(format!("Invalid client specified: '{client}'"))),
    }
}

/// A chunk of these fields.
pub(crate) fn chunk(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Chunk {
    Chunk(fields.into_iter().collect::<Map>())
}
