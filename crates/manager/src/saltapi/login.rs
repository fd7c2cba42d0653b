//! `/login`, `/logout` and `/token`.

use super::body;
use super::chunk::Chunk;
use super::fault::Fault;
use super::of_master::user;
use super::reply::{object, with_session, without_session};
use super::request::{Asked, Session};
use super::room::Room;
use crate::{Caller, Rank};
use api::{Explain, Login, OpenLogin};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::{Call, FunctionName, Timestamp};
use std::sync::Arc;
use std::time::Instant;
use value::{Map, Value, text};

/// What is said to every login that fails, whatever the reason.
const REFUSED: &str = "Could not authenticate using provided credentials";
/// The runner that a program's token is made by.
const MAKE_TOKEN: &str = "auth.mk_token";

/// Name, password and backend of a mapping, where it has them all.
pub(crate) fn credentials(fields: &Map) -> Option<Login> {
    let field = |name: &str| fields.get(name).filter(|value| !value.is_null()).map(text::str);
    let token_expire = fields.get("token_expire").and_then(|value| match value {
        Value::Str(text) => text.parse().ok(),
        other => other.as_float(),
    });
    let (username, password, otp) = (field("username")?, field("password")?.into(), field("otp").map(Into::into));
    Some(Login { username, password, eauth: field("eauth")?, token_expire, otp, agent: String::new() })
}

/// Refuses addresses that `api_acl` does not name for a user.
pub(crate) fn check_address(room: &Room, asked: &Asked, user: &str) -> Result<(), Fault> {
    let acl = &room.config.login_from;
    let from = asked.from.ip().to_canonical().to_string();
    let allows = |name: &str| acl.get(name).is_some_and(|from_where| from_where.iter().any(|place| place == "*" || *place == from));
    if acl.is_empty() || allows(user) || allows("*") { Ok(()) } else { Err(Fault::unauthorized(REFUSED)) }
}

/// `GET /login`.
pub(crate) async fn ask(asked: Asked) -> Response {
    let body = object([("status", Value::Null), ("return", "Please log in".into())]);
    let mut response = asked.format.answer(StatusCode::OK, &body);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Session"));
    response
}

/// `POST /login`.
pub(crate) async fn open(State(room): State<Arc<Room>>, asked: Asked, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    let fields = match body.value {
        Value::Map(map) => map,
        Value::List(list) => match list.into_iter().next() {
            Some(Value::Map(map)) => map,
            _ => return Err(Fault::bad("A login needs username, password and eauth")),
        },
        _ => return Err(Fault::bad("A login needs username, password and eauth")),
    };
    let Some(credentials) = credentials(&fields) else { return Err(Fault::unauthorized(REFUSED)) };
    check_address(&room, &asked, &credentials.username)?;
    let opened = room.control().login(credentials, asked.origin()).await.map_err(|refusal| refused(&refusal))?;
    let token = opened.token.clone();
    for ended in room.idle.visit(&token, Instant::now(), room.config.idle) {
        let _ = room.control().logout(&ended).await;
    }
    let mut response = with_session(asked.format.returned(vec![shown(opened)]), &token, &room);
    if let Ok(value) = HeaderValue::from_str(&token) {
        response.headers_mut().insert("x-auth-token", value);
    }
    Ok(response)
}

fn refused(refusal: &crate::Refusal) -> Fault {
    match refusal.code {
        api::ErrorCode::Unauthenticated => Fault::unauthorized(REFUSED),
        _ => Fault::other(refusal),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of this century are exact in a double to the microsecond")]
fn seconds(at: Timestamp) -> Value {
    Value::Float(at.micros() as f64 / 1_000_000.0)
}

/// Permissions are a list, and an empty mapping where there is none: clients look for that.
fn shown(login: OpenLogin) -> Value {
    let perms = if login.perms.is_empty() { Value::map() } else { Value::List(login.perms) };
    object([
        ("token", login.token.into()),
        ("expire", seconds(login.expire)),
        ("start", seconds(login.start)),
        ("user", login.user.into()),
        ("eauth", login.eauth.into()),
        ("perms", perms),
    ])
}

/// `POST /logout`.
pub(crate) async fn close(State(room): State<Arc<Room>>, session: Session) -> Result<Response, Fault> {
    room.control().logout(&session.token).await.map_err(|refusal| Fault::other(&refusal))?;
    room.idle.forget(&session.token);
    Ok(without_session(session.asked.format.returned("Your token has been cleared"), &session.token, &room))
}

/// `POST /token`: tokens for programs, one for each login.
pub(crate) async fn tokens(State(room): State<Arc<Room>>, asked: Asked, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    let body = body::parse(&room, &headers, body).await?;
    let mut made = Vec::new();
    for chunk in Chunk::read(body.value, &room)? {
        Chunk::require("runner", &room)?;
        let wanted = || Fault::bad("Require \"username\", \"password\", and \"eauth\" params");
        let credentials = credentials(&chunk.0).ok_or_else(wanted)?;
        check_address(&room, &asked, &credentials.username)?;
        let opened = room.control().token(credentials, asked.origin()).await.map_err(|refusal| refused(&refusal))?;
        let caller = room.control().whose(&opened.token, &asked.origin()).await.ok_or_else(Fault::no_session)?;
        if let Err(fault) = may_make_tokens(&room, &caller).await {
            let _ = room.control().logout(&opened.token).await;
            return Err(fault);
        }
        made.push(object([
            ("start", seconds(opened.start)),
            ("expire", seconds(opened.expire)),
            ("name", opened.user.into()),
            ("eauth", opened.eauth.into()),
            ("token", opened.token.into()),
        ]));
    }
    Ok(asked.format.answer(StatusCode::OK, &Value::List(made)))
}

async fn may_make_tokens(room: &Room, caller: &Caller) -> Result<(), Fault> {
    let Rank::Login { user: name, backend, groups, .. } = &caller.rank else { return Err(Fault::no_session()) };
    let function = FunctionName::new(MAKE_TOKEN).map_err(|error| Fault::unexpected(error.to_string()))?;
    let question = Explain {
        user: name.clone(),
        eauth: Some(backend.clone()),
        groups: groups.clone(),
        call: Call { function, args: Vec::new(), kwargs: Map::new() },
        target: None,
        wheel: false,
    };
    let explained = room.control().explain(&Caller::master(), question).await.map_err(|refusal| Fault::other(&refusal))?;
    if explained.allowed {
        return Ok(());
    }
    Err(Fault::unauthorized(format!("Authentication failure of type \"eauth\" occurred for user {}. {}", user(caller), explained.reason)))
}
