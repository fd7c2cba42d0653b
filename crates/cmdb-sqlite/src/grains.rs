//! Grains and their history.

use crate::{SqliteStore, batch, purge};
use async_trait::async_trait;
use cmdb::{GrainChange, GrainFilter, GrainPush, Grains, Page, Paged, Result, contains, grain_changes, rows, sql};
use model::{MinionId, Timestamp};
use sqlx::{query, query_as, query_scalar};
use std::collections::HashMap;
use value::{Map, Value};

const STORED: &str = "SELECT m.id, m.n, g.grains FROM minion m LEFT JOIN grains g ON g.minion = m.n \
    WHERE m.id IN (SELECT value FROM json_each($1))";

fn grains(id: &str, text: &str) -> Result<Map> {
    rows::from_json(|| format!("the grains of `{id}`"), text)
}

#[async_trait]
impl Grains for SqliteStore {
    async fn grains(&self, id: &MinionId) -> Result<Option<Map>> {
        let statement = query_scalar(sql::GRAINS).bind(id.as_str());
        let text: Option<String> = statement.fetch_optional(&self.reader).await.map_err(self.failed("read grains"))?;
        text.map(|text| grains(id.as_str(), &text)).transpose()
    }

    async fn all_grains(&self, page: &Page) -> Result<Paged<(MinionId, Map)>> {
        let found: Vec<(String, String)> = query_as(sql::ALL_GRAINS)
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read grains"))?;
        let items = found.iter().map(|(id, text)| Ok((rows::minion_id(id)?, grains(id, text)?))).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |(id, _)| id.to_string()))
    }

    /// Reads the grains of all and compares here: an embedded store is small, and this way the answer is the same as PostgreSQL's `@>`.
    async fn minions_with_grains(&self, contained: &Map, page: &Page) -> Result<Paged<MinionId>> {
        let contained = Value::Map(contained.clone());
        let mut items = Vec::new();
        let mut step = Page { after: page.after.clone(), limit: 500 };
        loop {
            let some = self.all_grains(&step).await?;
            items.extend(some.items.into_iter().filter(|(_, grains)| contains(&Value::Map(grains.clone()), &contained)).map(|(id, _)| id));
            match some.next {
                Some(next) if items.len() <= page.rows() => step.after = Some(next),
                _ => return Ok(Paged::of(items, page, ToString::to_string)),
            }
        }
    }

    async fn put_grains(&self, pushes: &[GrainPush]) -> Result<Vec<usize>> {
        let failed = self.failed("write grains");
        let ids = batch::ids(pushes.iter().map(|push| &push.minion))?;
        let mut transaction = self.begin("write grains").await?;
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        let found: Vec<(String, i64, Option<String>)> = query_as(STORED).bind(ids).fetch_all(&mut *transaction).await.map_err(failed)?;
        let mut stored: HashMap<String, (i64, Option<Map>)> = HashMap::new();
        for (id, n, text) in found {
            let known = text.map(|text| grains(&id, &text)).transpose()?;
            stored.insert(id, (n, known));
        }
        let mut answers = Vec::with_capacity(pushes.len());
        for push in pushes {
            let Some((n, known)) = stored.get_mut(push.minion.as_str()) else { continue };
            query(sql::GRAINS_AT).bind(*n).bind(push.at.micros()).execute(&mut *transaction).await.map_err(failed)?;
            let (statement, changes) = match &known {
                None => (sql::INSERT_GRAINS, Vec::new()),
                Some(known) => (sql::UPDATE_GRAINS, grain_changes(known, &push.grains)),
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
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read the history of grains"))?;
        let numbered = found.into_iter().map(rows::grain_change).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(numbered, page, |(n, _)| n.to_string()).map(|(_, change)| change))
    }
}
