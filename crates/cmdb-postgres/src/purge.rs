//! Removing what is old: a little at every write, or all of it when asked.

use crate::PostgresStore;
use cmdb::{Cutoffs, Purged, Result, sql};
use model::Timestamp;
use sqlx::{query, query_scalar};

/// Jobs that go in one transaction: it must not hold up returns for long.
const SOME: i64 = 200;

const PURGE_JOBS: [&str; 3] =
    ["DELETE FROM job_return WHERE job = ANY($1)", "DELETE FROM job_minion WHERE job = ANY($1)", "DELETE FROM job WHERE id = ANY($1)"];

/// What was to be written is committed: that old rows could not be removed meanwhile is a matter for the log.
pub(crate) fn quietly(what: &'static str, result: Result<u64>) {
    match result {
        Ok(0) => {}
        Ok(count) => tracing::debug!(what, count, "old rows removed"),
        Err(error) => tracing::warn!(what, error = %error, "old rows could not be removed; trying again later"),
    }
}

impl PostgresStore {
    pub(crate) async fn purge_all(&self, before: &Cutoffs) -> Result<Purged> {
        let mut purged = Purged::default();
        if let Some(moment) = before.jobs {
            loop {
                let some = self.purge_some_jobs(moment).await?;
                purged.jobs += some;
                if some == 0 {
                    break;
                }
            }
        }
        if let Some(moment) = before.events {
            purged.events = self.purge_events(moment).await?;
        }
        if let Some(moment) = before.grain_history {
            purged.grain_changes = self.purge_grain_history(moment).await?;
        }
        Ok(purged)
    }

    pub(crate) async fn purge_some_jobs(&self, before: Timestamp) -> Result<u64> {
        let failed = self.failed("remove old jobs");
        let mut transaction = self.begin("remove old jobs").await?;
        let statement = query_scalar(sql::OLD_JOBS).bind(before.micros()).bind(SOME);
        let old: Vec<i64> = statement.fetch_all(&mut *transaction).await.map_err(failed)?;
        if old.is_empty() {
            return Ok(0);
        }
        for statement in PURGE_JOBS {
            query(statement).bind(&old).execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(old.len() as u64)
    }

    pub(crate) async fn purge_events(&self, before: Timestamp) -> Result<u64> {
        self.delete_before(sql::PURGE_EVENTS, before, "remove old events").await
    }

    pub(crate) async fn purge_grain_history(&self, before: Timestamp) -> Result<u64> {
        self.delete_before(sql::PURGE_GRAIN_CHANGES, before, "remove old grain history").await
    }

    async fn delete_before(&self, statement: &'static str, before: Timestamp, action: &'static str) -> Result<u64> {
        let failed = self.failed(action);
        let mut transaction = self.begin(action).await?;
        let gone = query(statement).bind(before.micros()).execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }
}
