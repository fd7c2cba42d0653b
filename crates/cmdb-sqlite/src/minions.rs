//! Minions.

use crate::{SqliteStore, batch};
use async_trait::async_trait;
use cmdb::{Error, MinionFilter, MinionSummary, Minions, Page, Paged, PresenceChange, Reach, Result, rows, sql};
use model::{Minion, MinionId, Timestamp};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

const SET_PRESENCE: &str = "INSERT INTO presence (minion, state, since, detail, version, last_seen) \
    SELECT m.n, b.value ->> 1, b.value ->> 2, b.value ->> 3, b.value ->> 4, NULLIF(b.value ->> 2, 0) \
    FROM json_each($1) b JOIN minion m ON m.id = b.value ->> 0 WHERE true \
    ON CONFLICT (minion) DO UPDATE SET state = excluded.state, since = excluded.since, detail = excluded.detail, \
    version = COALESCE(excluded.version, presence.version), \
    last_seen = max(COALESCE(presence.last_seen, 0), COALESCE(excluded.last_seen, 0)) \
    WHERE NOT (excluded.state = 2 AND presence.state = 1 AND excluded.since < presence.since)";

const SET_LAST_SEEN: &str = "UPDATE presence SET last_seen = b.at \
    FROM (SELECT m.n AS n, e.value ->> 1 AS at FROM json_each($1) e JOIN minion m ON m.id = e.value ->> 0) b \
    WHERE presence.minion = b.n AND COALESCE(presence.last_seen, 0) < b.at";

#[async_trait]
impl Minions for SqliteStore {
    async fn minion(&self, id: &MinionId) -> Result<Option<Minion>> {
        let failed = self.failed("read a minion");
        let row = query_as(sql::MINION).bind(id.as_str()).fetch_optional(&self.reader).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let summary = rows::minion_summary(row)?;
        let grains: Option<String> = query_scalar(sql::GRAINS).bind(id.as_str()).fetch_optional(&self.reader).await.map_err(failed)?;
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
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("list minions"))?;
        let items = found.into_iter().map(rows::minion_summary).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |minion| minion.id.to_string()))
    }

    async fn set_presence(&self, changes: &[PresenceChange]) -> Result<()> {
        let changes = rows::last_presence(changes);
        let ids = batch::ids(changes.keys().copied())?;
        let entries: Vec<_> = changes
            .values()
            .map(|change| {
                let (state, since, detail) = rows::presence_columns(&change.presence);
                (&change.minion, state, since, cmdb::clean_text(detail), change.version.as_deref().map(cmdb::clean_text))
            })
            .collect();
        let entries = rows::to_json("presences", &entries)?;
        let failed = self.failed("write presence");
        let mut transaction = self.begin("write presence").await?;
        batch::number(&mut transaction, &ids).await.map_err(failed)?;
        query(SET_PRESENCE).bind(entries).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn set_last_seen(&self, seen: &[(MinionId, Timestamp)]) -> Result<()> {
        let mut latest: BTreeMap<&MinionId, i64> = BTreeMap::new();
        for (minion, at) in seen {
            let slot = latest.entry(minion).or_insert(at.micros());
            *slot = at.micros().max(*slot);
        }
        let entries = rows::to_json("moments", &latest.into_iter().collect::<Vec<_>>())?;
        let failed = self.failed("write when minions were seen");
        let mut transaction = self.begin("write when minions were seen").await?;
        query(SET_LAST_SEEN).bind(entries).execute(&mut *transaction).await.map_err(failed)?;
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
