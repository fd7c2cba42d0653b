//! Events.

use crate::{PostgresStore, purge};
use async_trait::async_trait;
use cmdb::{EventFilter, Events, Page, Result, rows, sql};
use model::{Event, Timestamp};
use sqlx::{query, query_as, query_scalar};

const INSERT_EVENTS: &str = "INSERT INTO event (sequence, at, tag, data) \
    SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING";

#[async_trait]
impl Events for PostgresStore {
    async fn insert_events(&self, events: &[Event]) -> Result<()> {
        let (mut sequences, mut moments, mut tags, mut data) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for event in events {
            sequences.push(i64::try_from(event.sequence).unwrap_or(i64::MAX));
            moments.push(event.at.micros());
            tags.push(cmdb::clean_text(&event.tag));
            data.push(rows::to_json("an event", &event.data)?);
        }
        let failed = self.failed("write events");
        let mut transaction = self.begin("write events").await?;
        let statement = query(INSERT_EVENTS).bind(sequences).bind(moments).bind(tags).bind(data);
        statement.execute(&mut *transaction).await.map_err(failed)?;
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
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("read events"))?;
        found.into_iter().map(rows::event).collect()
    }

    async fn last_sequence(&self) -> Result<u64> {
        let last: i64 = query_scalar(sql::LAST_SEQUENCE).fetch_one(&self.pool).await.map_err(self.failed("read the last event"))?;
        Ok(u64::try_from(last).unwrap_or_default())
    }
}
