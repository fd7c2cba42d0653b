//! `/keys`: listed, shown, and made for a minion that is to come.

use super::body;
use super::chunk::Chunk;
use super::fault::Fault;
use super::login;
use super::of_master::{self, Side};
use super::reply::with_session;
use super::request::{Asked, Session};
use super::room::Room;
use crate::Caller;
use api::RunFunction;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use value::{Map, Value, text};

async fn wheel(room: &Room, caller: &Caller, function: &str, kwargs: Map) -> Result<Value, Fault> {
    Chunk::require("wheel", room)?;
    let request = RunFunction { function: function.to_owned(), args: Vec::new(), kwargs, detached: false };
    let result = of_master::call(room, caller, Side::Wheel, request).await?;
    if result.success { Ok(result.value) } else { Err(Fault::unexpected(text::str(&result.value))) }
}

/// `GET /keys`.
pub(crate) async fn all(State(room): State<Arc<Room>>, session: Session) -> Result<Response, Fault> {
    let keys = wheel(&room, &session.caller, "key.list_all", Map::new()).await?;
    Ok(with_session(session.asked.format.returned(keys), &session.token, &room))
}

/// `GET /keys/<id>`.
pub(crate) async fn show(State(room): State<Arc<Room>>, Path(id): Path<String>, session: Session) -> Result<Response, Fault> {
    let keys = wheel(&room, &session.caller, "key.finger", Map::from_iter([("match", id)])).await?;
    Ok(with_session(session.asked.format.returned(keys), &session.token, &room))
}

/// `POST /keys`: makes a pair, accepts its public half, and hands both out as an archive.
pub(crate) async fn make(State(room): State<Arc<Room>>, asked: Asked, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    let Some(chunk) = Chunk::read(body.value, &room)?.into_iter().next() else { return Err(Fault::bad("A minion's id (mid) is needed")) };
    let Some(id) = chunk.text("mid") else { return Err(Fault::bad("A minion's id (mid) is needed")) };
    let credentials = login::credentials(&chunk.0).ok_or_else(|| Fault::unauthorized("No authentication credentials given"))?;
    login::check_address(&room, &asked, &credentials.username)?;
    let refused = |_| Fault::unauthorized("Authentication error occurred.");
    let token = room.control().login(credentials, asked.origin()).await.map_err(refused)?.token;
    let caller = room.control().whose(&token, &asked.origin()).await.ok_or_else(Fault::no_session)?;
    let mut kwargs = Map::from_iter([("id_", id.as_str())]);
    for name in ["keysize", "force"] {
        if let Some(word) = chunk.text(name) {
            kwargs.insert(name, argv::value(&word));
        }
    }
    let made = wheel(&room, &caller, "key.gen_accept", kwargs).await;
    let _ = room.control().logout(&token).await;
    let made = made?;
    let part = |name: &str| made.get(name).and_then(Value::as_str);
    let (Some(private), Some(public)) = (part("priv"), part("pub")) else {
        return Err(Fault::new(StatusCode::CONFLICT, format!("There is a key for '{id}' already; force=true replaces it")));
    };
    let archive = pack(&[("minion.pub", public, 0o644), ("minion.pem", private, 0o600)]);
    let archive = archive.map_err(|error| Fault::unexpected(format!("the archive cannot be written: {error}")))?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"saltkeys-{}.tar\"", id.replace(['"', '\\', '\r', '\n'], "_"))),
    ];
    Ok((headers, archive).into_response())
}

fn pack(files: &[(&str, &str, u32)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content, mode) in files {
        let mut entry = tar::Header::new_gnu();
        entry.set_size(content.len() as u64);
        entry.set_mode(*mode);
        entry.set_mtime(u64::try_from(model::Timestamp::now().micros() / 1_000_000).unwrap_or_default());
        archive.append_data(&mut entry, name, content.as_bytes())?;
    }
    archive.into_inner()
}
