//! `/stats`: counters in the two groups that clients of Salt's server expect.

use super::fault::Fault;
use super::reply::{object, with_session};
use super::request::{Asked, Session};
use super::room::Room;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use value::Value;

/// Counters since the start.
pub(crate) struct Stats {
    started: Timestamp,
    address: String,
    connections: AtomicU64,
    requests: AtomicU64,
    open: AtomicU64,
}

/// A request that is being answered.
pub(crate) struct Running<'a>(&'a Stats);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Stats {
    pub fn new(address: String) -> Self {
        let zero = AtomicU64::default;
        Self { started: Timestamp::now(), address, connections: zero(), requests: zero(), open: zero() }
    }

    /// A connection was made.
    pub fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has begun; it ends with what comes back.
    pub fn begin(&self) -> Running<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }

    fn shown(&self) -> Value {
        let count = |counter: &AtomicU64| Value::from(counter.load(Ordering::Relaxed));
        let now = Timestamp::now();
        let uptime = now.since(self.started).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
        let rate = |counter: &AtomicU64| Value::Float(counter.load(Ordering::Relaxed) as f64 / uptime.max(0.001));
        let application = object([
            ("Enabled", true.into()),
            ("Server Version", env!("CARGO_PKG_VERSION").into()),
            ("Start Time", Value::Float(self.started.micros() as f64 / 1e6)),
            ("Current Time", Value::Float(now.micros() as f64 / 1e6)),
            ("Uptime", uptime.into()),
            ("Current Requests", count(&self.open)),
            ("Total Requests", count(&self.requests)),
            ("Requests/Second", rate(&self.requests)),
            ("Requests", Value::map()),
        ]);
        let server = object([
            ("Enabled", true.into()),
            ("Bind Address", self.address.as_str().into()),
            ("Run time", uptime.into()),
            ("Accepts", count(&self.connections)),
            ("Accepts/sec", rate(&self.connections)),
            ("Requests", count(&self.requests)),
            ("Worker Threads", Value::map()),
        ]);
        object([("CherryPy Applications", application), ("Cheroot HTTPServer 1", server)])
    }
}

/// `GET /stats`.
pub(crate) async fn show(State(room): State<Arc<Room>>, asked: Asked) -> Result<Response, Fault> {
    let format = asked.format;
    if room.config.stats_open {
        return Ok(format.answer(StatusCode::OK, &room.stats.shown()));
    }
    let session = Session::of(asked, &room).await?;
    Ok(with_session(format.answer(StatusCode::OK, &room.stats.shown()), &session.token, &room))
}
