//! Events that are kept, in the order of the bus.

use crate::Result;
use async_trait::async_trait;
use model::{Event, Timestamp};
use serde::{Deserialize, Serialize};

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventFilter {
    /// With a larger sequence than this.
    #[serde(default)]
    pub after: u64,
    /// Whose tag begins with this.
    #[serde(default)]
    pub tag_prefix: Option<String>,
    /// Fired at this moment or later.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// Events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Keeps a batch of events. An event whose sequence is stored already is passed over.
    async fn insert_events(&self, events: &[Event]) -> Result<()>;

    /// Up to `limit` events, in the order of their sequence. Go on with `after` set to the last one's.
    async fn events(&self, filter: &EventFilter, limit: u32) -> Result<Vec<Event>>;

    /// The largest sequence there is; 0 when there is none. It never goes back, also when events are purged.
    async fn last_sequence(&self) -> Result<u64>;
}
