//! Something that happened, on the bus.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use value::Value;

/// An event of the bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the order of all events of this master; given by the bus, 0 before that.
    pub sequence: u64,
    /// What it is about, such as `salt/job/<jid>/ret/<id>`.
    pub tag: String,
    /// Its data, a mapping.
    pub data: Value,
    /// When it was fired.
    pub at: Timestamp,
}
