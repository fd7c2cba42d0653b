//! Events.

use crate::{SqliteStore, purge};
use async_trait::async_trait;
use cmdb::{EventFilter, Events, Page, Result, rows, sql};
use model::{Event, Timestamp};
use sqlx::{query, query_as, query_scalar};

const INSERT_EVENTS: &str = "INSERT INTO event (sequence, at, tag, data) \
    SELECT b.value ->> 0, b.value ->> 1, b.value ->> 2, b.value -> 3 FROM json_each($1) b WHERE true ON CONFLICT DO NOTHING";

#[async_trait]
impl Events for SqliteStore {
    async fn insert_events(&self, events: &[Event]) -> Result<()> {
        let entries =
            events.iter().map(|event| (event.sequence, event.at.micros(), cmdb::clean_text(&event.tag), &event.data)).collect::<Vec<_>>();
        let entries = rows::to_json("events", &entries)?;
        let failed = self.failed("write events");
        let mut transaction = self.begin("write events").await?;
        query(INSERT_EVENTS).bind(entries).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        if let Some(before) = events.last().and_then(|event| self.keep_events.due(event.at)) {
            purge::quietly("events", self.purge_events(before).await);
        }
        Ok(())
    }

    async fn events(&self, filter: &EventFilter, limit: u32) -> Result<Vec<Event>> {
        let found = query_as(sql::EVENTS)
            .bind(i64::try_from(filter.after).unwrap_or(i64::MAX))
            .bind(filter.tag_prefix.as_deref().unwrap_or_default())
            .bind(filter.since.map_or(i64::MIN, Timestamp::micros))
            .bind(i64::from(limit.min(Page::MAX)))
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read events"))?;
        found.into_iter().map(rows::event).collect()
    }

    async fn last_sequence(&self) -> Result<u64> {
        let last: i64 = query_scalar(sql::LAST_SEQUENCE).fetch_one(&self.reader).await.map_err(self.failed("read the last event"))?;
        Ok(u64::try_from(last).unwrap_or_default())
    }
}
