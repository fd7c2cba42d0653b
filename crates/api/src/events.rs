//! The event bus.

use crate::schema;
use model::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Value;

/// Which events to follow: query of `GET /events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// Begin with the event after this one, as far as the master still has it; otherwise with the next that happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Pattern over the tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// One item of the event stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum EventItem {
    /// Something happened.
    Event {
        /// What.
        #[schema(value_type = schema::Event)]
        event: Event,
    },
    /// The reader was too slow, or asked for events that are gone: the stream goes on after this sequence number.
    Lagged {
        /// Last sequence number that was left out.
        resume_after: u64,
    },
}

/// Fire an event: `POST /events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FireEvent {
    /// Its tag.
    pub tag: String,
    /// Its data, a mapping.
    #[serde(default = "Value::map")]
    #[schema(value_type = Object)]
    pub data: Value,
}

/// A fired event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fired {
    /// Its place in the order of all events.
    pub sequence: u64,
}
