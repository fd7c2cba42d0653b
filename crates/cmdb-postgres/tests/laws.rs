//! The PostgreSQL store keeps the laws of the CMDB.

use async_trait::async_trait;
use cmdb::suite::Lab;
use cmdb::{Retention, Store};
use cmdb_postgres::PostgresStore;
use cmdb_postgres::testing::Database;
use std::sync::Arc;

struct Fresh(Database);

#[async_trait]
impl Lab for Fresh {
    async fn open_with(&self, retention: Retention) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(self.0.url(), retention).await.unwrap())
    }
}

async fn lab() -> Fresh {
    Fresh(Database::create().await.unwrap())
}

cmdb::laws!(lab);
