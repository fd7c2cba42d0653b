//! The numbers of minions.

use model::MinionId;
use sqlx::{PgConnection, query, query_scalar};

/// Gives every minion a number, where it has none. Known ones are left out before the insert: a conflict uses up a number, and jobs name
/// the same ten thousand minions again and again.
pub(crate) async fn number(connection: &mut PgConnection, ids: &[String]) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO minion (id) SELECT b.id FROM UNNEST($1::text[]) AS b(id) \
         WHERE NOT EXISTS (SELECT 1 FROM minion m WHERE m.id = b.id) ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(())
}

/// The number of one minion, given to it where it has none, with its row locked until the transaction ends.
pub(crate) async fn lock(connection: &mut PgConnection, id: &MinionId) -> Result<i32, sqlx::Error> {
    number(&mut *connection, &[id.to_string()]).await?;
    query_scalar("SELECT n FROM minion WHERE id = $1 FOR UPDATE").bind(id.as_str()).fetch_one(connection).await
}
