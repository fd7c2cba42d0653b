//! Leases: a document each, taken in one statement.

use crate::PostgresStore;
use async_trait::async_trait;
use cmdb::{Documents, Leases, Result, rows, sql};
use model::Timestamp;
use sqlx::query;
use value::Value;

/// Room of the documents that are leases.
const ROOM: &str = "lease";

#[async_trait]
impl Leases for PostgresStore {
    async fn take_lease(&self, name: &str, holder: &str, until: Timestamp, now: Timestamp) -> Result<bool> {
        let failed = self.failed("take a lease");
        let mut transaction = self.begin("take a lease").await?;
        let statement = query(sql::TAKE_LEASE)
            .bind(ROOM)
            .bind(cmdb::clean_text(name).into_owned())
            .bind(rows::to_json("a lease", &Value::from(cmdb::clean_text(holder).into_owned()))?)
            .bind(until.micros())
            .bind(now.micros());
        let taken = statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(taken == 1)
    }

    async fn lease(&self, name: &str) -> Result<Option<(String, Timestamp)>> {
        let found = self.document(ROOM, name).await?;
        Ok(found.map(|document| (value::text::str(&document.value), document.at)))
    }
}
