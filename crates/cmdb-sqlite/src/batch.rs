//! Batches as JSON arrays for `json_each`, and the numbers of minions.

use cmdb::{Result, rows};
use model::MinionId;
use sqlx::{SqliteConnection, query};

/// A list of ids as JSON.
pub(crate) fn ids<'a>(minions: impl IntoIterator<Item = &'a MinionId>) -> Result<String> {
    rows::to_json("a list of minions", &minions.into_iter().collect::<Vec<_>>())
}

/// Gives every minion of a JSON list a number, where it has none.
pub(crate) async fn number(connection: &mut SqliteConnection, ids: &str) -> Result<(), sqlx::Error> {
    query("INSERT INTO minion (id) SELECT value FROM json_each($1) WHERE true ON CONFLICT DO NOTHING")
        .bind(ids)
        .execute(connection)
        .await?;
    Ok(())
}

/// The number of one minion, given to it where it has none.
pub(crate) async fn number_of(connection: &mut SqliteConnection, id: &MinionId) -> Result<i64, sqlx::Error> {
    query("INSERT INTO minion (id) VALUES ($1) ON CONFLICT DO NOTHING").bind(id.as_str()).execute(&mut *connection).await?;
    sqlx::query_scalar("SELECT n FROM minion WHERE id = $1").bind(id.as_str()).fetch_one(connection).await
}
