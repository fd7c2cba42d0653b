//! Tables and their versions. Forward only; a version once released is never edited.

use crate::error;
use cmdb::{Error, Result};
use sqlx::{PgPool, query, query_scalar, raw_sql};

/// Every step, from version 1.
const STEPS: &[&str] = &[
    include_str!("../migrations/0001_spine.sql"),
    include_str!("../migrations/0002_automation.sql"),
    include_str!("../migrations/0003_accounts.sql"),
    include_str!("../migrations/0004_notes.sql"),
    include_str!("../migrations/0010_variables.sql"),
    include_str!("../migrations/0020_estate.sql"),
    include_str!("../migrations/0021_tokens.sql"),
];

/// Advisory lock for changes of the tables: two masters that start at once must not both make them.
const LOCK: i64 = 0x0073_796c_7669_7465;

/// Brings the tables to the newest version, all steps in one transaction: they are all made, or none.
pub(crate) async fn migrate(pool: &PgPool, place: &str) -> Result<()> {
    let failed = |error| error::sort(place, "bring its tables up to date", error);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let mut transaction = pool.begin().await.map_err(failed)?;
    query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await.map_err(failed)?;
    let is_there: bool =
        query_scalar("SELECT to_regclass('sylvite_schema') IS NOT NULL").fetch_one(&mut *transaction).await.map_err(failed)?;
    if !is_there {
        raw_sql("CREATE TABLE sylvite_schema (version BIGINT NOT NULL); INSERT INTO sylvite_schema VALUES (0)")
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    let found: i64 = query_scalar("SELECT version FROM sylvite_schema").fetch_one(&mut *transaction).await.map_err(failed)?;
    if found > known {
        return Err(Error::NewerSchema { store: place.to_owned(), found, known });
    }
    if found == known {
        return Ok(());
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        raw_sql(*step).execute(&mut *transaction).await.map_err(failed)?;
    }
    query("UPDATE sylvite_schema SET version = $1").bind(known).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
