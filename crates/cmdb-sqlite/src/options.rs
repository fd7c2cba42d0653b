//! How to open the store.

use cmdb::Retention;
use std::path::PathBuf;

/// How to open the store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database file; made if it is not there. Its folder must be there.
    pub path: PathBuf,
    /// Connections that read. One more writes.
    pub readers: u32,
    /// How long things are kept.
    pub retention: Retention,
}

impl Options {
    /// The usual options for a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4, retention: Retention::default() }
    }
}
