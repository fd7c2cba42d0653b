//! Tables and their versions. Forward only; a version once released is never edited.

use crate::error;
use cmdb::{Error, Result};
use sqlx::{AssertSqlSafe, SqlitePool};

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

/// Brings the tables to the newest version, each step in one transaction.
pub(crate) async fn migrate(pool: &SqlitePool, place: &str) -> Result<()> {
    let failed = |error| error::sort(place, "bring its tables up to date", error);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(failed)?;
    if found > known {
        return Err(Error::NewerSchema { store: place.to_owned(), found, known });
    }
    for (version, step) in (1_i64..).zip(STEPS).skip(usize::try_from(found).unwrap_or_default()) {
        sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(failed)?;
        // A pragma takes no parameters; the number is ours.
        let pragma = AssertSqlSafe(format!("PRAGMA user_version = {version}"));
        sqlx::raw_sql(pragma).execute(&mut *transaction).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}
