//! The CMDB on SQLite: the embedded default. One file, no set-up.

mod options;

pub use options::Options;

use cmdb::{Error, Result, Store};
use std::sync::Arc;

/// Opens the store, making the file and its tables where they are not there yet.
///
/// # Errors
/// When the file cannot be opened, or a newer program has made its tables.
pub async fn open(options: &Options) -> Result<Arc<dyn Store>> {
    Err(Error::conflict(format!("`{}` cannot be opened: this build has no SQLite store yet", options.path.display())))
}
