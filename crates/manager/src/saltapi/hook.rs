//! `/hook`: what other programs have to tell becomes an event.

use super::body;
use super::fault::Fault;
use super::reply::{object, with_session};
use super::request::{Asked, Session};
use super::room::Room;
use crate::Caller;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use value::{Map, Value};

/// Headers that prove who somebody is: no event holds them.
const SECRET: [&str; 4] = ["x-auth-token", "cookie", "authorization", "proxy-authorization"];

/// `POST /hook`.
pub(crate) async fn plain(room: State<Arc<Room>>, asked: Asked, headers: HeaderMap, body: Body) -> Result<Response, Fault> {
    named(room, Path(String::new()), asked, headers, body).await
}

/// `POST /hook/<a>/<b>`.
pub(crate) async fn named(
    State(room): State<Arc<Room>>,
    Path(path): Path<String>,
    asked: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let (format, from) = (asked.format, asked.from);
    let session = if room.config.webhook_open { None } else { Some(Session::of(asked, &room).await?) };
    let parsed = body::parse(&room, &headers, body).await?;
    let path = path.trim_matches('/');
    let tag = if path.is_empty() { "salt/netapi/hook".to_owned() } else { format!("salt/netapi/hook/{path}") };
    if tag.len() > 1024 || tag.chars().any(char::is_control) {
        return Err(Fault::bad("The path of a webhook becomes a tag: no control characters, no more than 1024 bytes"));
    }
    let mut shown = Map::new();
    for (name, value) in &headers {
        if let (false, Ok(value)) = (SECRET.contains(&name.as_str()), value.to_str()) {
            shown.insert(title(name.as_str()), value);
        }
    }
    shown.insert("Remote-Addr", from.ip().to_string());
    let post = match parsed.value {
        Value::Null => Value::map(),
        other => other,
    };
    let data = Map::from_iter([("body", parsed.text.into()), ("post", post), ("headers", Value::Map(shown))]);
    let caller = session.as_ref().map(|session| &session.caller);
    let stranger =
        Caller { name: "webhook".to_owned(), origin: crate::Origin::Remote { address: from.to_string() }, rank: crate::Rank::Minion };
    room.control().hook(caller.unwrap_or(&stranger), tag, data).await.map_err(|refusal| Fault::other(&refusal))?;
    let response = format.answer(StatusCode::OK, &object([("success", true.into())]));
    Ok(match session {
        Some(session) => with_session(response, &session.token, &room),
        None => response,
    })
}

/// `Content-Type` for `content-type`, as webhooks have always seen it.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn headers_are_spelt_as_people_do() {
        assert_eq!(super::title("x-gitlab-event"), "X-Gitlab-Event");
    }
}
