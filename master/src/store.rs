//! Opening the CMDB by its URL.

use cmdb::{Retention, Store};
use std::path::Path;
use std::sync::Arc;

/// The CMDB cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStore {
    /// The URL names no kind of store.
    #[error("`database_url` begins with neither `postgres://` nor `sqlite://`; leave it out for SQLite in `cachedir`")]
    Kind,
    /// The store refuses, is away, or is too new.
    #[error(transparent)]
    Store(#[from] cmdb::Error),
}

/// Opens the CMDB and brings its tables up to date.
///
/// # Errors
/// When the URL is wrong, the store does not answer, or a newer program made its tables.
pub async fn open(url: &str, retention: Retention) -> Result<Arc<dyn Store>, OpenStore> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        return Ok(Arc::new(cmdb_sqlite::SqliteStore::open(Path::new(path), retention).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(cmdb_postgres::PostgresStore::open(url, retention).await?));
    }
    Err(OpenStore::Kind)
}
