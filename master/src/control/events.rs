//! The event bus for those who follow it from outside: from a place in the past on, then live, without a gap.

use crate::bus::Keep;
use crate::core::{Core, refusal};
use api::{EventFilter, FireEvent, Fired};
use manager::{Caller, Followed, Refusal, Stream, Written};
use model::{Event, Glob, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc};
use value::{Map, Value};

/// Events of one look into the store.
const PART: u32 = 500;
/// Most events of one piece.
const PIECE: usize = 512;
/// Pieces that wait for a follower; then it is behind, and the rest waits in the bus or in the store.
const WAITING: usize = 4;
/// When events come close together a follower rests for so long between two pieces: waking fifty of them for each event costs more than the events.
const TOGETHER: Duration = Duration::from_millis(5);
/// Longest wait for events that are about to be stored, when a follower begins.
const SETTLE: Duration = Duration::from_secs(5);

/// Follows the bus.
///
/// # Errors
/// When the store is away and older events are asked for.
pub async fn follow(core: Arc<Core>, filter: EventFilter) -> Result<Stream<Vec<Followed>>, Refusal> {
    // Listening begins before the look into the past, so that nothing falls between.
    let (live, begun) = core.bus.listen();
    let stored = match filter.after {
        Some(after) => {
            // What was fired a moment ago may be on its way into the store.
            let _ = tokio::time::timeout(SETTLE, core.bus.until_kept()).await;
            past(&core, after).await?
        }
        None => Vec::new(),
    };
    let (out, mut told) = mpsc::channel(WAITING);
    let teller = Teller { tag: filter.tag.as_deref().map(Glob::new), begun, last: filter.after.unwrap_or(begun), piece: Vec::new(), out };
    tokio::spawn(async move {
        // Who is gone is told nothing more; a store that is away ends the stream, which can be opened again without a gap.
        let _ = teller.run(core, stored, live).await;
    });
    Ok(Box::pin(futures_util::stream::poll_fn(move |context| told.poll_recv(context))))
}

async fn past(core: &Core, after: u64) -> Result<Vec<Event>, Refusal> {
    let filter = cmdb::EventFilter { after, ..cmdb::EventFilter::default() };
    core.store.events(&filter, PART).await.map_err(|error| refusal(&error))
}

/// The follower is gone, or the bus, or the store.
struct Over;

/// Tells one follower.
struct Teller {
    tag: Option<Glob>,
    /// Number of the last event before the follower came: what is missing up to here was live only, and nobody has missed it.
    begun: u64,
    /// Number of the last event that was looked at.
    last: u64,
    piece: Vec<Followed>,
    out: mpsc::Sender<Vec<Followed>>,
}

impl Teller {
    async fn run(mut self, core: Arc<Core>, mut stored: Vec<Event>, mut live: broadcast::Receiver<Arc<Written>>) -> Result<(), Over> {
        while !stored.is_empty() {
            for event in stored {
                self.take(&Arc::new(Written::new(event)));
            }
            self.send().await?;
            stored = past(&core, self.last).await.map_err(|_| Over)?;
        }
        loop {
            let mut next = match live.recv().await {
                Ok(event) => Ok(event),
                // Which ones is seen by the number of the next.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return Err(Over),
            };
            let mut looked = 0;
            while let Ok(event) = next {
                if event.sequence > self.last + 1 {
                    self.fill(&core, event.sequence).await?;
                }
                if event.sequence > self.last {
                    self.take(&event);
                }
                looked += 1;
                if looked == PIECE {
                    break;
                }
                next = match live.try_recv() {
                    Err(TryRecvError::Lagged(_)) => live.try_recv(),
                    other => other,
                };
            }
            self.send().await?;
            if looked > 1 {
                tokio::time::sleep(TOGETHER).await;
            }
        }
    }

    /// What the bus no longer holds, up to an event, stands in the store, but for what is live only, such as returns, which stand with their jobs.
    async fn fill(&mut self, core: &Core, next: u64) -> Result<(), Over> {
        let from = self.last.max(self.begun);
        core.bus.until_kept().await;
        let mut found = 0;
        loop {
            let part = past(core, self.last).await.unwrap_or_default();
            let is_whole = part.len() == PART as usize;
            for event in part.into_iter().take_while(|event| event.sequence < next) {
                found += u64::from(event.sequence > from);
                self.take(&Arc::new(Written::new(event)));
            }
            self.send().await?;
            if !is_whole || self.last + 1 >= next {
                break;
            }
        }
        self.last = next - 1;
        if found < (next - 1).saturating_sub(from) {
            self.piece.push(Followed::Lagged { resume_after: self.last });
        }
        Ok(())
    }

    /// Puts an event into the piece, if it is asked for.
    fn take(&mut self, event: &Arc<Written>) {
        self.last = event.sequence;
        if self.tag.as_ref().is_none_or(|glob| glob.matches(&event.tag)) {
            self.piece.push(Followed::Event(Arc::clone(event)));
        }
    }

    async fn send(&mut self) -> Result<(), Over> {
        if self.piece.is_empty() {
            return if self.out.is_closed() { Err(Over) } else { Ok(()) };
        }
        self.out.send(std::mem::take(&mut self.piece)).await.map_err(|_| Over)
    }
}

/// Fires an event for somebody.
///
/// # Errors
/// When its tag is empty or its data is no mapping.
pub async fn fire(core: &Core, caller: &Caller, event: FireEvent) -> Result<Fired, Refusal> {
    if event.tag.is_empty() {
        return Err(Refusal::invalid("an event needs a tag"));
    }
    let Value::Map(mut data) = event.data else { return Err(Refusal::invalid("the data of an event is a mapping")) };
    core.audit(caller, "event.fire", ("event", &event.tag), "ok", Value::Map(Map::new())).await?;
    data.insert("user", caller.name.as_str());
    let sequence = core.bus.fire(event.tag, Value::Map(data), Timestamp::now(), Keep::Stored);
    Ok(Fired { sequence })
}

/// Fires what a webhook was told: the data as it is, nothing added.
///
/// # Errors
/// When the audit log cannot be written.
pub async fn hook(core: &Core, caller: &Caller, tag: String, data: Map) -> Result<Fired, Refusal> {
    core.audit(caller, "event.hook", ("event", &tag), "ok", Value::Map(Map::new())).await?;
    let sequence = core.bus.fire(tag, Value::Map(data), Timestamp::now(), Keep::Stored);
    Ok(Fired { sequence })
}
