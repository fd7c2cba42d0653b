//! The event bus: every event gets its place in one order, goes to whoever listens now, and is kept for whoever asks later.
//!
//! Returns of jobs go over the bus but are not kept a second time: the table of returns has them.

use crate::retry::until_stored;
use cmdb::Store;
use daemon::Stop;
use model::{Event, Timestamp};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, mpsc};
use tracing::warn;
use value::Value;

/// Events that a slow listener may be behind before it must read them from the store.
const LIVE: usize = 8192;
/// Events that may wait to be kept while the store is away; later ones only go to listeners.
const WAITING: usize = 65_536;

/// Whether an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In the store.
    Stored,
    /// Nowhere: what it tells stands in a table of its own.
    LiveOnly,
}

/// Fires events.
pub struct Bus {
    last: Mutex<u64>,
    live: broadcast::Sender<Arc<Event>>,
    keep: mpsc::Sender<Arc<Event>>,
}

/// Writes events into the store.
pub struct Keeper {
    store: Arc<dyn Store>,
    events: mpsc::Receiver<Arc<Event>>,
}

impl Bus {
    /// A bus that goes on after the store's last event.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, last: u64) -> (Self, Keeper) {
        let (keep, events) = mpsc::channel(WAITING);
        let (live, _) = broadcast::channel(LIVE);
        (Self { last: Mutex::new(last), live, keep }, Keeper { store, events })
    }

    /// Fires an event and gives its place in the order.
    pub fn fire(&self, tag: impl Into<String>, data: Value, now: Timestamp, keep: Keep) -> u64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        let event = Arc::new(Event { sequence: *last, tag: tag.into(), data, at: now });
        // Sent under the lock, so that listeners see the events in their order. Nobody listening is no error.
        let _ = self.live.send(Arc::clone(&event));
        if keep == Keep::Stored && self.keep.try_send(event).is_err() {
            warn!(sequence = *last, "the store is away for long, this event is not kept");
        }
        *last
    }

    /// Whether anybody listens: whoever makes costly events asks first.
    pub fn has_listeners(&self) -> bool {
        self.live.receiver_count() > 0
    }

    /// Every event from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Event>> {
        self.live.subscribe()
    }
}

impl Keeper {
    /// Keeps events in batches until `stop`, then keeps what waits.
    ///
    /// # Errors
    /// Never; a store that is away is waited for.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        loop {
            let mut batch = Vec::new();
            let count = tokio::select! {
                count = self.events.recv_many(&mut batch, 500) => count,
                () = stop.cancelled(), if self.events.is_empty() => 0,
            };
            if count == 0 {
                return Ok(());
            }
            let batch: Vec<Event> = batch.into_iter().map(|event| Event::clone(&event)).collect();
            until_stored("events", &stop, || self.store.insert_events(&batch)).await;
        }
    }
}
