//! Waiting for events.

use crate::core::Core;
use manager::Written;
use model::Glob;
use sdk::Failure;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use value::{Value, text};

/// What is waited for.
pub struct Wait {
    /// Pattern over the tags.
    pub tag: String,
    /// Values that must all have been seen under `key`; empty: one event is enough.
    pub ids: Vec<String>,
    /// Where in the data the value stands; `:` goes deeper.
    pub key: String,
    /// For so long.
    pub limit: Duration,
}

/// What was seen.
pub struct Seen {
    /// Values that were waited for and came.
    pub ids: Vec<String>,
    /// Values that did not come.
    pub missing: Vec<String>,
    /// Whether the time was up.
    pub is_late: bool,
    /// How long it took.
    pub took: Duration,
}

/// Waits. Listening begins where `events` was made.
///
/// # Errors
/// When the run was ended, or the master stops.
pub async fn wait(mut events: Receiver<Arc<Written>>, wait: &Wait, cancel: &CancellationToken) -> Result<Seen, Failure> {
    let begin = Instant::now();
    let glob = Glob::new(&wait.tag);
    let mut missing: BTreeSet<String> = wait.ids.iter().cloned().collect();
    let mut ids = Vec::new();
    let (mut is_late, mut is_seen) = (false, false);
    loop {
        if is_late || (is_seen && missing.is_empty()) {
            break;
        }
        let event = tokio::select! {
            event = tokio::time::timeout_at(begin + wait.limit, events.recv()) => event,
            () = cancel.cancelled() => return Err(Failure::failed("the orchestration was ended")),
        };
        match event {
            Err(_) => is_late = true,
            Ok(Err(RecvError::Lagged(missed))) => tracing::warn!(missed, "an orchestration that waits for events has missed some"),
            Ok(Err(RecvError::Closed)) => return Err(Failure::failed("the master stops")),
            Ok(Ok(event)) if glob.matches(&event.tag) => {
                is_seen |= wait.ids.is_empty();
                for value in told(&event.data, &wait.key) {
                    if missing.remove(&value) {
                        is_seen = true;
                        ids.push(value);
                    }
                }
            }
            Ok(Ok(_)) => {}
        }
    }
    Ok(Seen { ids, missing: missing.into_iter().collect(), is_late, took: begin.elapsed() })
}

/// What an event says under a key: in its data, or in the data that another program has put into it. A list says several things.
fn told(data: &Value, key: &str) -> Vec<String> {
    let inner = || value::traverse(data.get("data")?, key, value::DELIMITER);
    match value::traverse(data, key, value::DELIMITER).or_else(inner) {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(one) => vec![text::str(one)],
    }
}

/// Listens to the bus from now on.
#[must_use]
pub fn listen(core: &Core) -> Receiver<Arc<Written>> {
    core.bus.listen().0
}
