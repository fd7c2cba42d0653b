//! Grains and their history.

use crate::{PostgresStore, batch, purge};
use async_trait::async_trait;
use cmdb::{GrainChange, GrainFilter, GrainPush, Grains, Page, Paged, Result, grain_changes, rows, sql};
use model::{MinionId, Timestamp};
use sqlx::{query, query_as, query_scalar};
use std::collections::HashMap;
use value::{Map, Value};

/// Locked in one order, so that two masters with overlapping batches wait for each other instead of blocking each other.
const STORED: &str = "SELECT m.id, m.n, CAST(g.grains AS TEXT) FROM minion m LEFT JOIN grains g ON g.minion = m.n \
    WHERE m.id = ANY($1) ORDER BY m.n FOR UPDATE OF m";
const INSERT_GRAINS: &str = "INSERT INTO grains (minion, grains) VALUES ($1, CAST($2 AS JSONB))";
const UPDATE_GRAINS: &str = "UPDATE grains SET grains = CAST($2 AS JSONB) WHERE minion = $1";
const CONTAINED: &str = "SELECT m.id FROM grains g JOIN minion m ON m.n = g.minion \
    WHERE g.grains @> CAST($1 AS JSONB) AND m.id > $2 ORDER BY m.id LIMIT $3";

fn grains(id: &str, text: &str) -> Result<Map> {
    rows::from_json(|| format!("the grains of `{id}`"), text)
}

#[async_trait]
impl Grains for PostgresStore {
    async fn grains(&self, id: &MinionId) -> Result<Option<Map>> {
        let statement = query_scalar(sql::GRAINS).bind(id.as_str());
        let text: Option<String> = statement.fetch_optional(&self.pool).await.map_err(self.failed("read grains"))?;
        text.map(|text| grains(id.as_str(), &text)).transpose()
    }

    async fn all_grains(&self, page: &Page) -> Result<Paged<(MinionId, Map)>> {
        let found: Vec<(String, String)> = query_as(sql::ALL_GRAINS)
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("read grains"))?;
        let items = found.iter().map(|(id, text)| Ok((rows::minion_id(id)?, grains(id, text)?))).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |(id, _)| id.to_string()))
    }

    async fn minions_with_grains(&self, contained: &Map, page: &Page) -> Result<Paged<MinionId>> {
        let found: Vec<String> = query_scalar(CONTAINED)
            .bind(rows::to_json("grains", &cmdb::clean_map(contained))?)
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("find minions by grains"))?;
        let items = found.iter().map(|id| rows::minion_id(id)).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, ToString::to_string))
    }

    async fn put_grains(&self, pushes: &[GrainPush]) -> Result<Vec<usize>> {
        let failed = self.failed("write grains");
        let ids: Vec<String> = pushes.iter().map(|push| push.minion.to_string()).collect();
        let mut transaction = self.begin("write grains").await?;
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        let found: Vec<(String, i32, Option<String>)> = query_as(STORED).bind(ids).fetch_all(&mut *transaction).await.map_err(failed)?;
        let mut stored: HashMap<String, (i32, Option<Map>)> = HashMap::new();
        for (id, n, text) in found {
            let known = text.map(|text| grains(&id, &text)).transpose()?;
            stored.insert(id, (n, known));
        }
        let mut answers = Vec::with_capacity(pushes.len());
        for push in pushes {
            let Some((n, known)) = stored.get_mut(push.minion.as_str()) else { continue };
            query(sql::GRAINS_AT).bind(*n).bind(push.at.micros()).execute(&mut *transaction).await.map_err(failed)?;
            let (statement, changes) = match &known {
                None => (INSERT_GRAINS, Vec::new()),
                Some(known) => (UPDATE_GRAINS, grain_changes(known, &push.grains)),
            };
            answers.push(if known.is_none() { 1 } else { changes.len() });
            if known.is_some() && changes.is_empty() {
                continue;
            }
            let pushed = cmdb::clean_map(&push.grains);
            let text = rows::to_json("grains", &pushed)?;
            query(statement).bind(*n).bind(text).execute(&mut *transaction).await.map_err(failed)?;
            for change in changes {
                let side = |value: Option<Value>| value.map(|value| rows::to_json("a grain", &value)).transpose();
                query(sql::INSERT_GRAIN_CHANGE)
                    .bind(*n)
                    .bind(push.at.micros())
                    .bind(change.path)
                    .bind(side(change.old)?)
                    .bind(side(change.new)?)
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
            }
            *known = Some(pushed);
        }
        transaction.commit().await.map_err(failed)?;
        if let Some(before) = pushes.last().and_then(|push| self.keep_grain_history.due(push.at)) {
            purge::quietly("grain history", self.purge_grain_history(before).await);
        }
        Ok(answers)
    }

    async fn grain_history(&self, filter: &GrainFilter, page: &Page) -> Result<Paged<GrainChange>> {
        let found = query_as(sql::GRAIN_HISTORY)
            .bind(page.number()?.unwrap_or(i64::MAX))
            .bind(filter.minion.as_ref().map_or("", MinionId::as_str))
            .bind(filter.path.as_deref().unwrap_or_default())
            .bind(filter.since.map_or(i64::MIN, Timestamp::micros))
            .bind(filter.until.map_or(i64::MAX, Timestamp::micros))
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("read the history of grains"))?;
        let numbered = found.into_iter().map(rows::grain_change).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(numbered, page, |(n, _)| n.to_string()).map(|(_, change)| change))
    }
}
