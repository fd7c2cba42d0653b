//! The audit log: every decision, chained by hashes.

use crate::{Digest, Page, Paged, Result};
use async_trait::async_trait;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use value::Value;

/// Something that somebody did or was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: `local:root`, `user:alice`, `minion:web1`, `master`.
    pub actor: String,
    /// From where: an address or `unix`.
    pub origin: String,
    /// What was done: `key.accept`, `job.submit`.
    pub verb: String,
    /// Kind of the thing it was done to: `key`, `job`.
    pub object_kind: String,
    /// Its name.
    pub object: String,
    /// What came of it: `ok`, `refused`, `failed`.
    pub result: String,
    /// The rest: what was asked, before and after.
    pub detail: Value,
}

/// An entry with its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    /// The entry.
    pub entry: AuditEntry,
    /// Hash over the entry and the hash before it.
    pub hash: Digest,
}

/// The end of the chain. Who keeps it elsewhere can prove later that nothing before it was changed or cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Number of the newest entry; 0 when there is none.
    pub sequence: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// How many entries were checked.
    pub checked: u64,
    /// The first entry that does not fit what stands before it; `None` when the chain is whole.
    pub broken: Option<u64>,
}

/// A signed note of where the chain ended: whoever cuts entries off its end cannot take back what was signed and kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Number of the last entry.
    pub sequence: u64,
    /// Its hash.
    pub hash: Digest,
    /// When it was signed.
    pub at: Timestamp,
    /// The key that signed it, hexadecimal.
    pub key: String,
    /// The signature, hexadecimal.
    pub signature: String,
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// By this actor.
    #[serde(default)]
    pub actor: Option<String>,
    /// Of this verb.
    #[serde(default)]
    pub verb: Option<String>,
    /// About things of this kind.
    #[serde(default)]
    pub object_kind: Option<String>,
    /// About the thing of this name.
    #[serde(default)]
    pub object: Option<String>,
    /// At this moment or later.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Before this moment.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// The audit log. There is no way to change or remove an entry.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends entries to the chain, in their order. Answers its new end.
    async fn append_audit(&self, entries: &[AuditEntry]) -> Result<AuditHead>;

    /// Entries, newest first.
    async fn audit(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>>;

    /// The end of the chain.
    async fn audit_head(&self) -> Result<AuditHead>;

    /// Walks the whole chain and compares every hash and every column with what was hashed.
    async fn verify_audit(&self) -> Result<AuditVerdict>;

    /// Up to `limit` entries after a number, oldest first.
    async fn audit_after(&self, sequence: u64, limit: u32) -> Result<Vec<AuditRecord>>;

    /// Keeps a checkpoint. One of the same number stays as it is.
    async fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()>;

    /// Checkpoints, oldest first.
    async fn checkpoints(&self) -> Result<Vec<Checkpoint>>;
}
