//! Streams as HTTP bodies: JSON lines for programs, server-sent events for browsers.

use crate::caller::Ending;
use crate::{Followed, Stream};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;

/// Items that are ready at once go out as one piece, up to this many.
const PIECE: usize = 256;
/// A quiet stream shows this often that it lives; proxies and half-open peers are found out by it.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Form of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON value a line; an empty line is a heartbeat.
    Lines,
    /// Server-sent events.
    Events,
}

impl Form {
    /// The form that a request asks for.
    pub fn asked(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        if accept.contains("text/event-stream") { Self::Events } else { Self::Lines }
    }

    const fn content_type(self) -> HeaderValue {
        match self {
            Self::Lines => HeaderValue::from_static("application/x-ndjson"),
            Self::Events => HeaderValue::from_static("text/event-stream;charset=utf-8"),
        }
    }

    const fn heartbeat(self) -> &'static [u8] {
        match self {
            Self::Lines => b"\n",
            Self::Events => b": alive\n\n",
        }
    }

    fn write<T: Serialize>(self, item: &T, id: Option<u64>, out: &mut Vec<u8>) {
        let start = out.len();
        self.open(id, out);
        if let Err(error) = serde_json::to_writer(&mut *out, item) {
            tracing::error!(%error, "item of a stream left out: it cannot be written as json");
            out.truncate(start);
            return;
        }
        self.close(out);
    }

    fn write_followed(self, item: &Followed, out: &mut Vec<u8>) {
        let text = item.text();
        if !text.is_empty() {
            self.open(Some(item.sequence()), out);
            out.extend_from_slice(&text);
            self.close(out);
        }
    }

    /// What stands before an item.
    fn open(self, id: Option<u64>, out: &mut Vec<u8>) {
        match (self, id) {
            (Self::Lines, _) => {}
            (Self::Events, Some(id)) => out.extend_from_slice(format!("id: {id}\ndata: ").as_bytes()),
            (Self::Events, None) => out.extend_from_slice(b"data: "),
        }
    }

    /// What stands behind it.
    fn close(self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self {
            Self::Lines => b"\n",
            Self::Events => b"\n\n",
        });
    }
}

/// A stream as an answer. It ends with the stream, with the login that has opened it, or when the master stops.
pub(crate) fn response<T: Serialize + Send + 'static>(items: Stream<T>, form: Form, ending: Ending, id: fn(&T) -> Option<u64>) -> Response {
    let pieces = items.ready_chunks(PIECE).boxed();
    pieced(pieces, form, ending, move |item, out| form.write(item, id(item), out))
}

/// The event bus as an answer.
pub(crate) fn followed(pieces: Stream<Vec<Followed>>, form: Form, ending: Ending) -> Response {
    pieced(pieces, form, ending, move |item, out| form.write_followed(item, out))
}

fn pieced<T: Send + 'static>(
    pieces: Stream<Vec<T>>,
    form: Form,
    ending: Ending,
    write: impl Fn(&T, &mut Vec<u8>) + Copy + Send + 'static,
) -> Response {
    let pieces = pieces.take_until(Box::pin(ending.come()));
    let body = futures_util::stream::unfold(Box::pin(pieces), move |mut pieces| async move {
        let piece = match tokio::time::timeout(HEARTBEAT, pieces.next()).await {
            Err(_) => Bytes::from_static(form.heartbeat()),
            Ok(None) => return None,
            Ok(Some(items)) => {
                let mut out = Vec::with_capacity(items.len() * 256);
                for item in &items {
                    write(item, &mut out);
                }
                Bytes::from(out)
            }
        };
        Some((Ok::<_, Infallible>(piece), pieces))
    });
    let headers = [
        (header::CONTENT_TYPE, form.content_type()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}
