//! `/events`: the bus as server-sent events. One task reads the bus and writes each event once, whatever the number of those who listen;
//! what comes close together goes out as one piece, so that a thousand listeners do not cost a thousand writes an event.

use super::fault::Fault;
use super::reply::with_session;
use super::request::{Asked, Session};
use super::room::Room;
use crate::{Caller, Control, Followed};
use api::EventFilter;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderValue, Uri, header};
use model::Event;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use value::Value;

/// Pieces that a listener may be behind; a slower one misses some.
const BEHIND: usize = 1024;
/// Events that follow each other sooner than this share a piece.
const TOGETHER: Duration = Duration::from_millis(20);
/// Pieces of the bus that make one.
const MOST: usize = 4;

/// Events as they are sent.
pub(crate) struct Piece {
    /// As server-sent events.
    pub stream: Bytes,
    /// Each alone: its tag, its data, and `{"tag": …, "data": …}`.
    pub events: Vec<(Event, String)>,
}

type Listeners = broadcast::Sender<Arc<Piece>>;

/// Who listens. The bus is read only while somebody does.
#[derive(Default)]
pub(crate) struct Hub(Mutex<Weak<Listeners>>);

/// A place among the listeners.
pub(crate) struct Listening {
    pieces: broadcast::Receiver<Arc<Piece>>,
    /// Keeps the reader of the bus at work.
    _listeners: Arc<Listeners>,
}

impl Listening {
    /// The next piece; `None` when the bus has ended. Who is too slow goes on with what is there.
    pub async fn next(&mut self) -> Option<Arc<Piece>> {
        loop {
            match self.pieces.recv().await {
                Ok(piece) => return Some(piece),
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "a listener reads too slowly and misses events"),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Hub {
    /// Listens from now on.
    pub async fn listen(&self, control: &Arc<dyn Control>, stop: &CancellationToken) -> Result<Listening, Fault> {
        if let Some(listeners) = self.lock().upgrade() {
            return Ok(Listening { pieces: listeners.subscribe(), _listeners: listeners });
        }
        let bus = control.events(&Caller::master(), EventFilter::default()).await.map_err(|refusal| Fault::other(&refusal))?;
        let mut known = self.lock();
        // Somebody else may have begun meanwhile.
        if let Some(listeners) = known.upgrade() {
            return Ok(Listening { pieces: listeners.subscribe(), _listeners: listeners });
        }
        let listeners = Arc::new(broadcast::channel(BEHIND).0);
        *known = Arc::downgrade(&listeners);
        tokio::spawn(read(bus, Arc::downgrade(&listeners), stop.clone()));
        Ok(Listening { pieces: listeners.subscribe(), _listeners: listeners })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Weak<Listeners>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the bus until nobody listens.
async fn read(bus: crate::Stream<Vec<Followed>>, listeners: Weak<Listeners>, stop: CancellationToken) {
    let mut pieces = std::pin::pin!(bus.take_until(stop.cancelled_owned()).ready_chunks(MOST));
    while let Some(items) = pieces.next().await {
        let Some(listeners) = listeners.upgrade() else { return };
        let events: Vec<(Event, String)> = items.into_iter().flatten().filter_map(written).collect();
        if events.is_empty() {
            continue;
        }
        let mut stream = Vec::new();
        for (event, json) in &events {
            stream.extend_from_slice(format!("tag: {}\ndata: {json}\n\n", event.tag.replace(['\r', '\n'], " ")).as_bytes());
        }
        // Nobody may be there by now; the next turn sees it.
        let _ = listeners.send(Arc::new(Piece { stream: Bytes::from(stream), events }));
        drop(listeners);
        tokio::time::sleep(TOGETHER).await;
    }
}

fn written(item: Followed) -> Option<(Event, String)> {
    let mut event = match item {
        Followed::Event(event) => event.event().clone(),
        Followed::Lagged { resume_after } => {
            tracing::warn!(resume_after, "events went by faster than they could be told");
            return None;
        }
    };
    if let Some(data) = event.data.as_map_mut() {
        // Without the offset, which is always UTC: clients put a letter behind it themselves.
        data.entry_or_insert_with("_stamp", || Value::from(event.at.to_string().trim_end_matches("+00:00")));
    }
    #[derive(serde::Serialize)]
    struct Told<'a> {
        data: &'a Value,
        tag: &'a str,
    }
    let json = serde_json::to_string(&Told { data: &event.data, tag: &event.tag }).ok()?;
    Some((event, json))
}

/// `GET /events`.
pub(crate) async fn follow(State(room): State<Arc<Room>>, uri: Uri, mut asked: Asked) -> Result<Response, Fault> {
    if let Some(query) = uri.query() {
        if !room.config.token_in_query {
            return Err(Fault::bad("A token in the query of an address ends in logs: send it as X-Auth-Token or as the cookie session_id"));
        }
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let token = pairs.find(|(name, _)| matches!(&**name, "token" | "salt_token")).map(|(_, token)| token.into_owned());
        asked.token = asked.token.or(token);
    }
    let session = Session::of(asked, &room).await?;
    let listening = room.hub.listen(&room.shared.control, &room.shared.stop).await?;
    let (over, control, token) = (room.shared.stop.clone(), Arc::clone(&room.shared.control), session.token.clone());
    let held = room.idle.hold(&session.token);
    // The stream ends with the login, and with the master.
    let end = Box::pin(async move {
        let _held = held;
        tokio::select! {
            () = over.cancelled() => {}
            () = control.until_over(&token) => {}
        }
    });
    let first = futures_util::stream::once(std::future::ready(Bytes::from_static(b"retry: 400\n")));
    let rest = futures_util::stream::unfold(listening, |mut listening| async move {
        let piece = listening.next().await?;
        Some((piece.stream.clone(), listening))
    });
    let body = Body::from_stream(first.chain(rest.take_until(end)).map(Ok::<_, Infallible>));
    let mut response = with_session(body.into_response(), &session.token, &room);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream;charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    headers.insert(header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
