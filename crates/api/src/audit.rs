//! The audit log.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use value::Value;

/// Which entries: query of `GET /audit`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditFilter {
    /// By this actor: `local:root`, `user:anna@sylvite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Of this verb: `project.create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// About things of this kind: `project`, `host`, `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// About the thing of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What came of it: `ok`, `refused`, `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// At this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Where an earlier answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Something that somebody did, or was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    #[schema(example = "user:anna@sylvite")]
    pub actor: String,
    /// From where.
    pub origin: String,
    /// What was done.
    #[schema(example = "project.create")]
    pub verb: String,
    /// Kind of the thing it was done to.
    pub kind: String,
    /// Its name.
    pub object: String,
    /// What came of it: `ok`, `refused`, `failed`.
    pub result: String,
    /// The rest: what was asked, `before` and `after`.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// Hash over the entry and the hash before it, hexadecimal.
    pub hash: String,
}

/// A signed note of where the log ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checkpoint {
    /// Number of the last entry.
    pub sequence: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
    /// When it was signed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The Ed25519 key that signed it, hexadecimal.
    pub key: String,
    /// Signature over `sylvite audit <sequence> <hash> <at in microseconds>`, hexadecimal.
    pub signature: String,
}

/// Check the log: `POST /audit/verify`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditVerify {
    /// Checkpoints that were kept elsewhere, to be compared too.
    #[serde(default)]
    pub checkpoints: Vec<Checkpoint>,
}

/// What a check of the log found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditReport {
    /// Nothing is wrong with it.
    pub whole: bool,
    /// How many entries were checked.
    pub checked: u64,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// What is wrong, in words.
    pub faults: Vec<String>,
    /// Where it ends, signed now; keep it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Checkpoint>,
}
