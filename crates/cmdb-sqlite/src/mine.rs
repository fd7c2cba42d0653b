//! The mine.

use crate::{SqliteStore, batch};
use async_trait::async_trait;
use cmdb::{Mine, MineEntry, Mined, Page, Paged, Result, rows, sql};
use model::{MinionId, Timestamp};
use sqlx::{query, query_as};

#[async_trait]
impl Mine for SqliteStore {
    async fn put_mine(&self, minion: &MinionId, entries: &[MineEntry], at: Timestamp) -> Result<()> {
        let failed = self.failed("write to the mine");
        let mut transaction = self.begin("write to the mine").await?;
        let n = batch::number_of(&mut transaction, minion).await.map_err(failed)?;
        for entry in entries {
            let allow = entry.allow.as_ref().map(|allow| rows::to_json("a target", allow)).transpose()?;
            query(sql::PUT_MINE)
                .bind(n)
                .bind(cmdb::clean_text(&entry.function).into_owned())
                .bind(rows::to_json("an answer for the mine", &entry.value)?)
                .bind(allow)
                .bind(at.micros())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    async fn delete_mine(&self, minion: &MinionId, function: Option<&str>) -> Result<u64> {
        let failed = self.failed("delete from the mine");
        let mut transaction = self.begin("delete from the mine").await?;
        let statement = match function {
            None => query(sql::FORGET_MINE).bind(minion.as_str()),
            Some(function) => query(sql::DELETE_MINE).bind(minion.as_str()).bind(cmdb::clean_text(function).into_owned()),
        };
        let gone = statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }

    async fn mine(&self, function: &str, page: &Page) -> Result<Paged<Mined>> {
        let found = query_as(sql::MINE)
            .bind(cmdb::clean_text(function).into_owned())
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read the mine"))?;
        let items = found.into_iter().map(rows::mined).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |mined| mined.minion.to_string()))
    }

    async fn mine_of(&self, minion: &MinionId) -> Result<Vec<MineEntry>> {
        let found = query_as(sql::MINE_OF).bind(minion.as_str()).fetch_all(&self.reader).await.map_err(self.failed("read the mine"))?;
        found.into_iter().map(|row| rows::mined(row).map(|mined| mined.entry)).collect()
    }
}
