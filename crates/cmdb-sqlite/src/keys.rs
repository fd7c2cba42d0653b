//! Keys and their history.

use crate::{SqliteStore, batch};
use async_trait::async_trait;
use cmdb::decide::{decide_offer, decide_state};
use cmdb::{Error, Grant, KeyChange, KeyFilter, Keys, Offer, Offered, Page, Paged, Result, Token, TokenUse, rows, sql};
use model::{Fingerprint, Key, KeyState, MinionId, Timestamp};
use sqlx::{SqliteConnection, query, query_as};
use std::collections::BTreeMap;

impl SqliteStore {
    async fn stored_keys(&self, connection: &mut SqliteConnection, minion: &MinionId) -> Result<Vec<Key>> {
        let found = query_as(sql::KEYS_OF).bind(minion.as_str()).fetch_all(connection).await.map_err(self.failed("read keys"))?;
        found.into_iter().map(rows::key).collect()
    }

    async fn token(&self, connection: &mut SqliteConnection, grant: &Grant) -> Result<Option<Token>> {
        let Grant::Token(hash) = grant else { return Ok(None) };
        let statement = query_as(sql::TOKEN).bind(hash.0.to_vec());
        statement.fetch_optional(connection).await.map_err(self.failed("read a join token"))?.map(rows::token).transpose()
    }

    async fn unchanged_offer(&self, offer: &Offer, grant: &Grant) -> Result<Option<Offered>> {
        let mut connection = self.reader.acquire().await.map_err(self.failed("read keys"))?;
        let keys = self.stored_keys(&mut connection, &offer.minion).await?;
        let token = self.token(&mut connection, grant).await?;
        let decision = decide_offer(&keys, offer, grant, token.as_ref());
        Ok((!decision.is_change()).then(|| decision.unchanged(&keys, offer)))
    }

    async fn write_key_change(&self, connection: &mut SqliteConnection, n: i64, change: &KeyChange) -> Result<()> {
        query(sql::INSERT_KEY_CHANGE)
            .bind(n)
            .bind(change.fingerprint.0.to_vec())
            .bind(change.from.map(rows::key_state_number))
            .bind(change.to.map(rows::key_state_number))
            .bind(change.by.clone())
            .bind(change.at.micros())
            .execute(connection)
            .await
            .map_err(self.failed("write the history of keys"))?;
        Ok(())
    }

    async fn write_key_state(&self, connection: &mut SqliteConnection, n: i64, change: &KeyChange, to: KeyState) -> Result<()> {
        query(sql::UPDATE_KEY)
            .bind(n)
            .bind(change.fingerprint.0.to_vec())
            .bind(rows::key_state_number(to))
            .bind(change.at.micros())
            .bind(change.by.clone())
            .execute(&mut *connection)
            .await
            .map_err(self.failed("write a key"))?;
        self.write_key_change(connection, n, change).await
    }
}

#[async_trait]
impl Keys for SqliteStore {
    async fn offer_key(&self, offer: &Offer, grant: &Grant) -> Result<Offered> {
        // Every reconnecting minion comes by here: an offer that changes nothing needs no turn at writing.
        if let Some(offered) = self.unchanged_offer(offer, grant).await? {
            return Ok(offered);
        }
        let failed = self.failed("write a key");
        let mut transaction = self.begin("write a key").await?;
        let keys = self.stored_keys(&mut transaction, &offer.minion).await?;
        let token = self.token(&mut transaction, grant).await?;
        let decision = decide_offer(&keys, offer, grant, token.as_ref());
        if !decision.is_change() {
            return Ok(decision.unchanged(&keys, offer));
        }
        let known = keys.into_iter().find(|key| key.fingerprint == offer.fingerprint);
        let n = batch::number_of(&mut transaction, &offer.minion).await.map_err(failed)?;
        let by = cmdb::clean_text(&decision.by).into_owned();
        let (minion, fingerprint, at) = (offer.minion.clone(), offer.fingerprint, offer.at);
        let change = KeyChange { minion, fingerprint, from: decision.from, to: Some(decision.state), by, at };
        let is_new = known.is_none();
        let key = match known {
            Some(key) => {
                self.write_key_state(&mut transaction, n, &change, decision.state).await?;
                Key { state: decision.state, changed: at, changed_by: change.by, ..key }
            }
            None => {
                let public = cmdb::clean_text(&offer.public).into_owned();
                query(sql::INSERT_KEY)
                    .bind(n)
                    .bind(fingerprint.0.to_vec())
                    .bind(public.clone())
                    .bind(rows::key_state_number(decision.state))
                    .bind(at.micros())
                    .bind(change.by.clone())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                self.write_key_change(&mut transaction, n, &change).await?;
                let minion = change.minion;
                Key { minion, fingerprint, public, state: decision.state, first_seen: at, changed: at, changed_by: change.by }
            }
        };
        if let (Some(TokenUse::Used), Some(token)) = (decision.token, token) {
            let statement = query(sql::USE_TOKEN).bind(token.hash.0.to_vec()).bind(offer.minion.as_str()).bind(at.micros());
            statement.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(Offered { key, is_new, token: decision.token })
    }

    async fn keys_of(&self, minion: &MinionId) -> Result<Vec<Key>> {
        let statement = query_as(sql::KEYS_OF).bind(minion.as_str());
        let found = statement.fetch_all(&self.reader).await.map_err(self.failed("read keys"))?;
        found.into_iter().map(rows::key).collect()
    }

    async fn keys(&self, filter: &KeyFilter, page: &Page) -> Result<Paged<Key>> {
        let (minion, fingerprint) = page.key()?;
        let found = query_as(sql::KEYS)
            .bind(minion)
            .bind(fingerprint)
            .bind(filter.state.map_or(-1, rows::key_state_number))
            .bind(filter.minion.as_ref().map_or("", MinionId::as_str))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("list keys"))?;
        let items = found.into_iter().map(rows::key).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |key| format!("{} {}", key.minion, key.fingerprint)))
    }

    async fn key_counts(&self) -> Result<BTreeMap<KeyState, u64>> {
        let found = query_as(sql::KEY_COUNTS).fetch_all(&self.reader).await.map_err(self.failed("count keys"))?;
        rows::key_counts(found)
    }

    async fn set_key_state(
        &self,
        minion: &MinionId,
        fingerprint: &Fingerprint,
        state: KeyState,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Key>> {
        let mut transaction = self.begin("write a key").await?;
        let keys = self.stored_keys(&mut transaction, minion).await?;
        let Some(changes) = decide_state(&keys, minion, fingerprint, state)? else { return Ok(None) };
        let n = batch::number_of(&mut transaction, minion).await.map_err(self.failed("write a key"))?;
        let by = cmdb::clean_text(by).into_owned();
        for (fingerprint, from, to) in changes {
            let change = KeyChange { minion: minion.clone(), fingerprint, from: Some(from), to: Some(to), by: by.clone(), at };
            self.write_key_state(&mut transaction, n, &change, to).await?;
        }
        let keys = self.stored_keys(&mut transaction, minion).await?;
        transaction.commit().await.map_err(self.failed("write a key"))?;
        Ok(keys.into_iter().find(|key| key.fingerprint == *fingerprint))
    }

    async fn delete_key(&self, minion: &MinionId, fingerprint: &Fingerprint, by: &str, at: Timestamp) -> Result<Option<Key>> {
        let failed = self.failed("delete a key");
        let mut transaction = self.begin("delete a key").await?;
        let keys = self.stored_keys(&mut transaction, minion).await?;
        let Some(key) = keys.into_iter().find(|key| key.fingerprint == *fingerprint) else { return Ok(None) };
        let n = batch::number_of(&mut transaction, minion).await.map_err(failed)?;
        query(sql::DELETE_KEY).bind(n).bind(fingerprint.0.to_vec()).execute(&mut *transaction).await.map_err(failed)?;
        let by = cmdb::clean_text(by).into_owned();
        let change = KeyChange { minion: minion.clone(), fingerprint: *fingerprint, from: Some(key.state), to: None, by, at };
        self.write_key_change(&mut transaction, n, &change).await?;
        transaction.commit().await.map_err::<Error, _>(failed)?;
        Ok(Some(key))
    }

    async fn key_history(&self, minion: Option<&MinionId>, page: &Page) -> Result<Paged<KeyChange>> {
        let found = query_as(sql::KEY_HISTORY)
            .bind(page.number()?.unwrap_or(i64::MAX))
            .bind(minion.map_or("", MinionId::as_str))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read the history of keys"))?;
        let numbered = found.into_iter().map(rows::key_change).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(numbered, page, |(n, _)| n.to_string()).map(|(_, change)| change))
    }
}
