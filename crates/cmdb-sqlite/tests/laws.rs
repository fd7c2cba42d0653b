//! The SQLite store keeps the laws of the CMDB.

use async_trait::async_trait;
use cmdb::suite::Lab;
use cmdb::{Retention, Store};
use cmdb_sqlite::SqliteStore;
use std::sync::Arc;
use tempfile::TempDir;

struct Folder(TempDir);

#[async_trait]
impl Lab for Folder {
    async fn open_with(&self, retention: Retention) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.0.path().join("cmdb.sqlite"), retention).await.unwrap())
    }
}

async fn lab() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

cmdb::laws!(lab);
