//! The event bus: every event gets its place in one order, goes to whoever listens now, and is kept for whoever asks later.
//!
//! Returns of jobs go over the bus but are not kept a second time: the table of returns has them.

use crate::retry::until_stored;
use cmdb::Store;
use daemon::Stop;
use manager::Written;
use model::{Event, Timestamp};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, mpsc, watch};
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
    last: Mutex<Last>,
    live: broadcast::Sender<Arc<Written>>,
    keep: mpsc::Sender<Arc<Written>>,
    kept: watch::Receiver<u64>,
}

/// Where the bus is.
struct Last {
    /// Number of the last event.
    fired: u64,
    /// Number of the last event that was handed over to be kept.
    handed: u64,
}

/// Writes events into the store.
pub struct Keeper {
    store: Arc<dyn Store>,
    events: mpsc::Receiver<Arc<Written>>,
    /// Number of the last event that is in the store.
    kept: watch::Sender<u64>,
}

impl Bus {
    /// A bus that goes on after the store's last event.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, last: u64) -> (Self, Keeper) {
        let (keep, events) = mpsc::channel(WAITING);
        let (live, _) = broadcast::channel(LIVE);
        let (keeper, kept) = watch::channel(last);
        (Self { last: Mutex::new(Last { fired: last, handed: last }), live, keep, kept }, Keeper { store, events, kept: keeper })
    }

    /// Fires an event and gives its place in the order.
    pub fn fire(&self, tag: impl Into<String>, data: Value, now: Timestamp, keep: Keep) -> u64 {
        let mut last = self.last();
        last.fired += 1;
        let sequence = last.fired;
        let event = Arc::new(Written::new(Event { sequence, tag: tag.into(), data, at: now }));
        // Sent under the lock, so that listeners see the events in their order. Nobody listening is no error.
        let _ = self.live.send(Arc::clone(&event));
        if keep == Keep::Stored {
            match self.keep.try_send(event) {
                Ok(()) => last.handed = sequence,
                Err(_) => warn!(sequence, "the store is away for long, this event is not kept"),
            }
        }
        sequence
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.live.receiver_count()
    }

    /// Every event from now on, and the number of the last before it.
    pub fn listen(&self) -> (broadcast::Receiver<Arc<Written>>, u64) {
        let last = self.last();
        (self.live.subscribe(), last.fired)
    }

    /// Comes back when the store has what was fired until now, as far as it is to be kept.
    pub async fn until_kept(&self) {
        let handed = self.last().handed;
        // Without a keeper the master ends.
        let _ = self.kept.clone().wait_for(|kept| *kept >= handed).await;
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
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
            let batch: Vec<Event> = batch.into_iter().map(|event| event.event().clone()).collect();
            until_stored("events", &stop, || self.store.insert_events(&batch)).await;
            if let Some(last) = batch.last() {
                self.kept.send_replace(last.sequence);
            }
        }
    }
}
