//! A minion as the CMDB knows it.

use crate::{MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use value::Map;

/// Whether a minion has a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Presence {
    /// It has one.
    Online {
        /// Since when.
        since: Timestamp,
        /// From where, `address:port`.
        address: String,
    },
    /// It has none.
    Offline {
        /// Since when.
        since: Timestamp,
        /// Why the last session ended.
        reason: String,
    },
    /// It never had one.
    Never,
}

/// A minion with its system variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Minion {
    /// Its id.
    pub id: MinionId,
    /// Whether it is there.
    pub presence: Presence,
    /// Version of the agent.
    pub version: String,
    /// Its grains as last pushed.
    pub grains: Map,
    /// When the grains were last pushed.
    pub grains_at: Option<Timestamp>,
}
