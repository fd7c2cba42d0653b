//! Events for those who follow the bus: each is written as JSON once, however many follow it.

use bytes::Bytes;
use model::Event;
use serde::Serialize;
use std::ops::Deref;
use std::sync::OnceLock;

/// An event, and its text as an item of a stream, which is made when the first follower wants it.
#[derive(Debug)]
pub struct Written {
    event: Event,
    text: OnceLock<Bytes>,
}

/// What one who follows the bus is told.
#[derive(Clone, Debug)]
pub enum Followed {
    /// Something happened.
    Event(std::sync::Arc<Written>),
    /// He was too slow, or asked for events that are gone: the stream goes on after this sequence number.
    Lagged {
        /// Last sequence number that was left out.
        resume_after: u64,
    },
}

/// `api::EventItem` of an event, without a copy of it.
#[derive(Serialize)]
struct Item<'a> {
    item: &'static str,
    event: &'a Event,
}

impl Written {
    /// An event that nobody has asked for yet.
    #[must_use]
    pub const fn new(event: Event) -> Self {
        Self { event, text: OnceLock::new() }
    }

    /// The item of a stream as JSON. Empty where it cannot be written, which is logged.
    pub fn text(&self) -> &Bytes {
        self.text.get_or_init(|| match serde_json::to_vec(&Item { item: "event", event: &self.event }) {
            Ok(text) => text.into(),
            Err(error) => {
                tracing::error!(tag = self.event.tag, %error, "an event is told to nobody: it cannot be written as json");
                Bytes::new()
            }
        })
    }

    /// The event itself.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }
}

impl Deref for Written {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.event
    }
}

impl Followed {
    /// Its place in the order of events.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Event(event) => event.sequence,
            Self::Lagged { resume_after } => *resume_after,
        }
    }

    /// The item of a stream as JSON.
    #[must_use]
    pub fn text(&self) -> Bytes {
        match self {
            Self::Event(event) => event.text().clone(),
            Self::Lagged { resume_after } => format!(r#"{{"item":"lagged","resume_after":{resume_after}}}"#).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::EventItem;
    use model::Timestamp;
    use std::sync::Arc;

    #[test]
    fn the_text_is_the_item_that_the_api_promises() {
        let data = serde_json::from_str(r#"{"id": "a", "n": [1, null]}"#).unwrap();
        let event = Event { sequence: 7, tag: "my/tag".into(), data, at: Timestamp(1_790_000_000_000_000) };
        let followed = Followed::Event(Arc::new(Written::new(event.clone())));
        assert_eq!(followed.text(), serde_json::to_vec(&EventItem::Event { event }).unwrap());
        let lagged = Followed::Lagged { resume_after: 9 };
        assert_eq!(lagged.text(), serde_json::to_vec(&EventItem::Lagged { resume_after: 9 }).unwrap());
    }

    #[test]
    fn it_is_written_once() {
        let event = Event { sequence: 1, tag: "x".into(), data: value::Value::map(), at: Timestamp(0) };
        let written = Written::new(event);
        assert_eq!(written.text().as_ptr(), written.text().as_ptr());
    }
}
