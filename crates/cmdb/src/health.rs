//! How a store is.

use serde::{Deserialize, Serialize};

/// How a store is, for `doctor` and the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `sqlite` or `postgres`.
    pub kind: String,
    /// Where it is, without password.
    pub place: String,
    /// Version of the engine.
    pub engine: String,
    /// Version of the tables.
    pub schema: i64,
    /// Bytes on disk.
    pub bytes: u64,
}
