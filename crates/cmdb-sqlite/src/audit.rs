//! The audit log.

use crate::SqliteStore;
use async_trait::async_trait;
use cmdb::{
    Audit, AuditEntry, AuditFilter, AuditHead, AuditRecord, AuditVerdict, Checkpoint, Digest, Page, Paged, Result, body, link, rows, sql,
};
use model::Timestamp;
use sqlx::{SqliteConnection, query, query_as};

#[async_trait]
impl Audit for SqliteStore {
    async fn append_audit(&self, entries: &[AuditEntry]) -> Result<AuditHead> {
        let failed = self.failed("write the audit log");
        let mut transaction = self.begin("write the audit log").await?;
        let head = self.append(&mut transaction, entries).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(head)
    }

    async fn audit_after(&self, sequence: u64, limit: u32) -> Result<Vec<AuditRecord>> {
        let after = i64::try_from(sequence).unwrap_or(i64::MAX);
        let statement = query_as(sql::AUDIT_WALK).bind(after).bind(i64::from(limit.min(Page::MAX)));
        let found: Vec<rows::AuditRow> = statement.fetch_all(&self.reader).await.map_err(self.failed("read the audit log"))?;
        found.into_iter().map(rows::audit_record).collect()
    }

    async fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        let failed = self.failed("write a checkpoint of the audit log");
        let mut transaction = self.begin("write a checkpoint of the audit log").await?;
        query(sql::PUT_CHECKPOINT)
            .bind(i64::try_from(checkpoint.sequence).unwrap_or(i64::MAX))
            .bind(checkpoint.hash.0.to_vec())
            .bind(checkpoint.at.micros())
            .bind(checkpoint.key.as_str())
            .bind(checkpoint.signature.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>> {
        let found: Vec<rows::CheckpointRow> =
            query_as(sql::CHECKPOINTS).fetch_all(&self.reader).await.map_err(self.failed("read checkpoints of the audit log"))?;
        found.into_iter().map(rows::checkpoint).collect()
    }

    async fn audit(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>> {
        let found = query_as(sql::AUDIT)
            .bind(page.number()?.unwrap_or(i64::MAX))
            .bind(filter.actor.as_deref().unwrap_or_default())
            .bind(filter.verb.as_deref().unwrap_or_default())
            .bind(filter.object_kind.as_deref().unwrap_or_default())
            .bind(filter.object.as_deref().unwrap_or_default())
            .bind(filter.since.map_or(i64::MIN, Timestamp::micros))
            .bind(filter.until.map_or(i64::MAX, Timestamp::micros))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read the audit log"))?;
        let items = found.into_iter().map(rows::audit_record).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |record| record.sequence.to_string()))
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        let last = query_as(sql::AUDIT_HEAD).fetch_optional(&self.reader).await.map_err(self.failed("read the audit log"))?;
        rows::audit_head(last)
    }

    async fn verify_audit(&self) -> Result<AuditVerdict> {
        let failed = self.failed("read the audit log");
        let (mut checked, mut hash) = (0, Digest::default());
        loop {
            let after = i64::try_from(checked).unwrap_or(i64::MAX);
            let found: Vec<rows::AuditRow> =
                query_as(sql::AUDIT_WALK).bind(after).bind(1_000_i64).fetch_all(&self.reader).await.map_err(failed)?;
            if found.is_empty() {
                return Ok(AuditVerdict { checked, broken: None });
            }
            for row in &found {
                match rows::audit_fits(&hash, checked + 1, row) {
                    Some(next) => hash = next,
                    None => return Ok(AuditVerdict { checked, broken: Some(checked + 1) }),
                }
                checked += 1;
            }
        }
    }
}

impl SqliteStore {
    /// Appends entries within a transaction that writes what they speak of. Without entries it only says where the chain ends.
    pub(crate) async fn append(&self, connection: &mut SqliteConnection, entries: &[AuditEntry]) -> Result<AuditHead> {
        let failed = self.failed("write the audit log");
        let last = query_as(sql::AUDIT_HEAD).fetch_optional(&mut *connection).await.map_err(failed)?;
        let mut head = rows::audit_head(last)?;
        for entry in entries {
            let entry = rows::clean_entry(entry);
            let body = body(&entry)?;
            let sequence = head.sequence + 1;
            head = AuditHead { sequence, hash: link(&head.hash, sequence, &body) };
            query(sql::INSERT_AUDIT)
                .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
                .bind(entry.at.micros())
                .bind(entry.actor)
                .bind(entry.verb)
                .bind(entry.object_kind)
                .bind(entry.object)
                .bind(body)
                .bind(head.hash.0.to_vec())
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
        }
        Ok(head)
    }
}
