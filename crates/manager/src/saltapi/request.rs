//! Who asks, and in which form they want the answer.

use super::fault::Fault;
use super::reply::Format;
use super::room::Room;
use crate::{Caller, Origin};
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct From(pub SocketAddr);

/// What every request says of itself.
pub(crate) struct Asked {
    pub from: SocketAddr,
    pub token: Option<String>,
    pub format: Format,
}

impl FromRequestParts<Arc<Room>> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, Fault> {
        // A stream has a form of its own; only a refusal of it is written in another.
        let format = match Format::asked(&parts.headers) {
            Err(_) if is_stream(parts.uri.path()) => Format::Json,
            asked => asked?,
        };
        Self::in_form(parts, room, format)
    }
}

impl Asked {
    fn in_form(parts: &Parts, room: &Room, format: Format) -> Result<Self, Fault> {
        let from = parts.extensions.get::<From>().map(|from| from.0);
        let from = from.ok_or_else(|| Fault::unexpected("this connection has no known peer"))?;
        if !room.config.authorized.is_empty() && !room.config.authorized.contains(&from.ip()) {
            return Err(Fault::new(http::StatusCode::FORBIDDEN, format!("{} is not one of `authorized_ips`", from.ip())));
        }
        Ok(Self { from, token: token(&parts.headers), format })
    }

    pub fn origin(&self) -> Origin {
        Origin::Remote { address: self.from.to_string() }
    }
}

/// Whether events are asked for, which are no document.
fn is_stream(path: &str) -> bool {
    path.ends_with("/events") || path.ends_with("/ws") || path.contains("/ws/")
}

/// The token that a request shows: in the header, which wins, or in the cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<String> {
    let of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty());
    let cookie = || crate::session::cookie(headers, "session_id").map(|value| value.trim_matches('"').to_owned());
    of("x-auth-token").map(str::to_owned).or_else(cookie)
}

/// A request by somebody who is logged in.
pub(crate) struct Session {
    pub asked: Asked,
    pub token: String,
    pub caller: Caller,
}

impl FromRequestParts<Arc<Room>> for Session {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, Fault> {
        // Who has no session is told that before anything else, as by Salt.
        let session = Self::of(Asked::in_form(parts, room, Format::Json)?, room).await?;
        Ok(Self { asked: Asked::from_request_parts(parts, room).await?, ..session })
    }
}

impl Session {
    /// The session of a request that shows a token.
    pub async fn of(asked: Asked, room: &Room) -> Result<Self, Fault> {
        let token = asked.token.clone().filter(|_| room.config.sessions).ok_or_else(Fault::no_session)?;
        let caller = room.control().whose(&token, &asked.origin()).await.ok_or_else(Fault::no_session)?;
        let over = room.idle.visit(&token, Instant::now(), room.config.idle);
        for ended in &over {
            // Should the store be away, it is over for this run of the master.
            let _ = room.control().logout(ended).await;
        }
        if over.contains(&token) {
            return Err(Fault::no_session());
        }
        Ok(Self { asked, token, caller })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;

    #[test]
    fn the_header_wins_over_the_cookie() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), None);
        headers.insert(header::COOKIE, "a=b; session_id=c0ffee; d=e".parse().unwrap());
        assert_eq!(token(&headers).as_deref(), Some("c0ffee"));
        headers.insert("x-auth-token", "beef".parse().unwrap());
        assert_eq!(token(&headers).as_deref(), Some("beef"));
    }
}
