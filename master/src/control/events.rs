//! The event bus for those who follow it from outside: from a place in the past on, then live, without a gap.

use crate::bus::Keep;
use crate::core::{Core, refusal};
use api::{EventFilter, EventItem, FireEvent, Fired};
use manager::{Caller, Refusal, Stream};
use model::{Event, Glob, Timestamp};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use value::{Map, Value};

/// Events of one look into the store.
const PART: u32 = 500;

/// Follows the bus.
///
/// # Errors
/// When the store is away and older events are asked for.
pub async fn follow(core: Arc<Core>, filter: EventFilter) -> Result<Stream<EventItem>, Refusal> {
    // Listening begins before the look into the past, so that nothing falls between.
    let live = core.bus.listen();
    let stored = match filter.after {
        Some(after) => past(&core, after).await?,
        None => Vec::new(),
    };
    let (out, mut told) = mpsc::channel(64);
    let teller = Teller { tag: filter.tag.as_deref().map(Glob::new), last: filter.after.unwrap_or(0), out };
    tokio::spawn(teller.run(core, stored, live, filter.after.is_some()));
    Ok(Box::pin(futures_util::stream::poll_fn(move |context| told.poll_recv(context))))
}

async fn past(core: &Core, after: u64) -> Result<Vec<Event>, Refusal> {
    let filter = cmdb::EventFilter { after, ..cmdb::EventFilter::default() };
    core.store.events(&filter, PART).await.map_err(|error| refusal(&error))
}

/// Tells one follower.
struct Teller {
    tag: Option<Glob>,
    last: u64,
    out: mpsc::Sender<EventItem>,
}

impl Teller {
    async fn run(mut self, core: Arc<Core>, mut stored: Vec<Event>, mut live: broadcast::Receiver<Arc<Event>>, from_past: bool) {
        while from_past && !stored.is_empty() {
            for event in stored {
                if !self.tell(event).await {
                    return;
                }
            }
            let Ok(more) = past(&core, self.last).await else { return };
            stored = more;
        }
        // Who begins with what happens from now on can be behind too.
        let mut has_begun = from_past;
        loop {
            match live.recv().await {
                Ok(event) if event.sequence > self.last => {
                    has_begun = true;
                    if !self.tell_live(&event).await {
                        return;
                    }
                }
                Ok(_) => {}
                // What the bus no longer holds stands in the store, but for returns, which stand with their jobs.
                Err(RecvError::Lagged(missed)) => {
                    let mut told = 0;
                    // Nothing is missed before the first one.
                    let mut more = if has_begun { past(&core, self.last).await.unwrap_or_default() } else { Vec::new() };
                    while !more.is_empty() {
                        told += more.len() as u64;
                        for event in more {
                            if !self.tell(event).await {
                                return;
                            }
                        }
                        more = past(&core, self.last).await.unwrap_or_default();
                    }
                    if told < missed && self.out.send(EventItem::Lagged { resume_after: self.last }).await.is_err() {
                        return;
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// The same for an event that others follow too: it is copied only for whoever wants it.
    async fn tell_live(&mut self, event: &Event) -> bool {
        self.last = event.sequence;
        let fits = self.tag.as_ref().is_none_or(|glob| glob.matches(&event.tag));
        !fits || self.out.send(EventItem::Event { event: event.clone() }).await.is_ok()
    }

    /// `false` when the follower is gone.
    async fn tell(&mut self, event: Event) -> bool {
        self.last = event.sequence;
        let fits = self.tag.as_ref().is_none_or(|glob| glob.matches(&event.tag));
        !fits || self.out.send(EventItem::Event { event }).await.is_ok()
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
