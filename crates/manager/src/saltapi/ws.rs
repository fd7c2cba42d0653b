//! `/ws`: the bus over a WebSocket.

use super::events::Listening;
use super::fault::Fault;
use super::request::{Asked, Session};
use super::room::Room;
use super::watched::Watched;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use std::sync::Arc;
use std::time::Duration;

/// What a client says when it is ready.
const READY: &str = "websocket client ready";
/// What it is answered.
const RECEIVED: &str = "server received message";
/// A message that the other end does not take for so long ends the connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// `GET /ws`, with the token in header or cookie.
pub(crate) async fn by_header(State(room): State<Arc<Room>>, uri: Uri, asked: Asked, upgrade: WebSocketUpgrade) -> Result<Response, Fault> {
    open(room, uri, asked, upgrade).await
}

/// `GET /ws/<token>`.
pub(crate) async fn by_path(
    State(room): State<Arc<Room>>,
    uri: Uri,
    Path(token): Path<String>,
    mut asked: Asked,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Fault> {
    asked.token = Some(token);
    open(room, uri, asked, upgrade).await
}

async fn open(room: Arc<Room>, uri: Uri, asked: Asked, upgrade: WebSocketUpgrade) -> Result<Response, Fault> {
    let session = Session::of(asked, &room).await?;
    let listening = room.hub.listen(&room.shared.control, &room.shared.stop).await?;
    let watched = uri.query().is_some_and(|query| query.contains("format_events")).then(Watched::default);
    Ok(upgrade.max_message_size(64 * 1024).on_upgrade(move |socket| async move {
        let control = Arc::clone(&room.shared.control);
        let _held = room.idle.hold(&session.token);
        tokio::select! {
            () = tell(socket, listening, watched) => {}
            () = room.shared.stop.cancelled() => {}
            () = control.until_over(&session.token) => {}
        }
    }))
}

/// Waits for the client, then tells it everything.
async fn tell(mut socket: WebSocket, mut listening: Listening, mut watched: Option<Watched>) {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) if text.as_str() == READY => break,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            Some(Ok(_)) => {}
        }
    }
    if !send(&mut socket, RECEIVED.to_owned()).await {
        return;
    }
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            piece = listening.next() => {
                let Some(piece) = piece else { return };
                for (event, json) in &piece.events {
                    let texts = match &mut watched {
                        None => vec![format!("data: {json}\n\n")],
                        Some(watched) => watched.on(event),
                    };
                    for text in texts {
                        if !send(&mut socket, text).await {
                            return;
                        }
                    }
                }
            }
        }
    }
}

/// `false` when the other end is gone or does not read.
async fn send(socket: &mut WebSocket, text: String) -> bool {
    matches!(tokio::time::timeout(PATIENCE, socket.send(Message::Text(text.into()))).await, Ok(Ok(())))
}
