//! How to connect.

use cmdb::Retention;
use std::fmt;
use std::time::Duration;

/// How to connect.
#[derive(Clone)]
pub struct Options {
    /// `postgres://user:password@host:port/database?…`.
    pub url: String,
    /// Most connections at a time.
    pub connections: u32,
    /// How long a call waits for a connection before it says that the store does not answer.
    pub patience: Duration,
    /// How long things are kept.
    pub retention: Retention,
}

impl Options {
    /// The usual options for an address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 10, patience: Duration::from_secs(5), retention: Retention::default() }
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connections", &self.connections)
            .field("patience", &self.patience)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
