//! Minions.

use crate::{PostgresStore, batch};
use async_trait::async_trait;
use cmdb::{Error, MinionFilter, MinionSummary, Minions, Page, Paged, PresenceChange, Reach, Result, rows, sql};
use model::{Minion, MinionId, Timestamp};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

const SET_PRESENCE: &str = "INSERT INTO presence (minion, state, since, detail, version, last_seen) \
    SELECT m.n, b.state, b.since, b.detail, b.version, NULLIF(b.since, 0) \
    FROM UNNEST($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[]) AS b(id, state, since, detail, version) \
    JOIN minion m ON m.id = b.id ORDER BY m.n \
    ON CONFLICT (minion) DO UPDATE SET state = excluded.state, since = excluded.since, detail = excluded.detail, \
    version = COALESCE(excluded.version, presence.version), last_seen = GREATEST(presence.last_seen, excluded.last_seen) \
    WHERE NOT (excluded.state = 2 AND presence.state = 1 AND excluded.since < presence.since)";

const SET_LAST_SEEN: &str = "UPDATE presence SET last_seen = b.at \
    FROM UNNEST($1::text[], $2::bigint[]) AS b(id, at) JOIN minion m ON m.id = b.id \
    WHERE presence.minion = m.n AND COALESCE(presence.last_seen, 0) < b.at";

#[async_trait]
impl Minions for PostgresStore {
    async fn minion(&self, id: &MinionId) -> Result<Option<Minion>> {
        let failed = self.failed("read a minion");
        let row = query_as(sql::MINION).bind(id.as_str()).fetch_optional(&self.pool).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let summary = rows::minion_summary(row)?;
        let grains: Option<String> = query_scalar(sql::GRAINS).bind(id.as_str()).fetch_optional(&self.pool).await.map_err(failed)?;
        let grains = grains.map(|text| rows::from_json(|| format!("the grains of `{id}`"), &text)).transpose()?.unwrap_or_default();
        let MinionSummary { id, presence, version, grains_at, .. } = summary;
        Ok(Some(Minion { id, presence, version, grains, grains_at }))
    }

    async fn minions(&self, filter: &MinionFilter, page: &Page) -> Result<Paged<MinionSummary>> {
        let reach: i16 = match filter.reach {
            Reach::All => 0,
            Reach::Online => 1,
            Reach::Offline => 2,
        };
        let found = query_as(sql::MINIONS)
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(filter.prefix.as_deref().unwrap_or_default())
            .bind(reach)
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await
            .map_err(self.failed("list minions"))?;
        let items = found.into_iter().map(rows::minion_summary).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |minion| minion.id.to_string()))
    }

    async fn set_presence(&self, changes: &[PresenceChange]) -> Result<()> {
        let changes = rows::last_presence(changes);
        let ids: Vec<String> = changes.keys().map(ToString::to_string).collect();
        let (mut states, mut since, mut details, mut versions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for change in changes.values() {
            let (state, moment, detail) = rows::presence_columns(&change.presence);
            states.push(state);
            since.push(moment);
            details.push(cmdb::clean_text(detail));
            versions.push(change.version.as_deref().map(cmdb::clean_text));
        }
        let failed = self.failed("write presence");
        let mut transaction = self.begin("write presence").await?;
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        let statement = query(SET_PRESENCE).bind(ids).bind(states).bind(since).bind(details).bind(versions);
        statement.execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn set_last_seen(&self, seen: &[(MinionId, Timestamp)]) -> Result<()> {
        let mut latest: BTreeMap<&MinionId, i64> = BTreeMap::new();
        for (minion, at) in seen {
            let slot = latest.entry(minion).or_insert(at.micros());
            *slot = at.micros().max(*slot);
        }
        let (ids, moments): (Vec<&str>, Vec<i64>) = latest.into_iter().map(|(minion, at)| (minion.as_str(), at)).unzip();
        let failed = self.failed("write when minions were seen");
        let mut transaction = self.begin("write when minions were seen").await?;
        query(SET_LAST_SEEN).bind(ids).bind(moments).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn set_all_offline(&self, reason: &str, at: Timestamp) -> Result<u64> {
        let failed = self.failed("write presence");
        let mut transaction = self.begin("write presence").await?;
        let statement = query(sql::ALL_OFFLINE).bind(at.micros()).bind(cmdb::clean_text(reason).into_owned());
        let changed = statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        transaction.commit().await.map_err(failed)?;
        Ok(changed)
    }

    async fn forget_minion(&self, id: &MinionId) -> Result<bool> {
        let failed = self.failed("forget a minion");
        let mut transaction = self.begin("forget a minion").await?;
        let mut gone = 0;
        for statement in [sql::FORGET_PRESENCE, sql::FORGET_GRAINS, sql::FORGET_GRAIN_CHANGES, sql::FORGET_MINE] {
            gone += query(statement).bind(id.as_str()).execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        }
        transaction.commit().await.map_err::<Error, _>(failed)?;
        Ok(gone > 0)
    }
}
