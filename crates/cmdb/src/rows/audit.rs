//! Rows of the audit log.

use super::{bytes32, from_json};
use crate::{AuditEntry, AuditHead, AuditRecord, Checkpoint, Digest, Result};
use model::Timestamp;

/// sequence, at, actor, verb, kind, object, body, hash.
pub type AuditRow = (i64, i64, String, String, String, String, String, Vec<u8>);

/// An entry of the audit log.
pub fn audit_record((sequence, _, _, _, _, _, body, hash): AuditRow) -> Result<AuditRecord> {
    Ok(AuditRecord {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        entry: from_json(|| format!("entry {sequence} of the audit log"), &body)?,
        hash: Digest(bytes32("a hash of the audit log", &hash)?),
    })
}

/// The end of the chain, from its last row.
pub fn audit_head(last: Option<(i64, Vec<u8>)>) -> Result<AuditHead> {
    let Some((sequence, hash)) = last else { return Ok(AuditHead { sequence: 0, hash: Digest::default() }) };
    Ok(AuditHead { sequence: u64::try_from(sequence).unwrap_or_default(), hash: Digest(bytes32("a hash of the audit log", &hash)?) })
}

/// sequence, hash, at, key, signature.
pub type CheckpointRow = (i64, Vec<u8>, i64, String, String);

/// A checkpoint.
pub fn checkpoint((sequence, hash, at, key, signature): CheckpointRow) -> Result<Checkpoint> {
    Ok(Checkpoint {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        hash: Digest(bytes32("the hash of a checkpoint", &hash)?),
        at: Timestamp(at),
        key,
        signature,
    })
}

/// An entry as both databases can hold it.
#[must_use]
pub fn clean_entry(entry: &AuditEntry) -> AuditEntry {
    let clean = |text: &str| crate::clean_text(text).into_owned();
    AuditEntry {
        at: entry.at,
        actor: clean(&entry.actor),
        origin: clean(&entry.origin),
        verb: clean(&entry.verb),
        object_kind: clean(&entry.object_kind),
        object: clean(&entry.object),
        result: clean(&entry.result),
        detail: entry.detail.clone(),
    }
}

/// Whether a row of the audit log is what was hashed: its number follows, its hash fits, its columns say what its body says.
#[must_use]
pub fn audit_fits(previous: &Digest, number: u64, row: &AuditRow) -> Option<Digest> {
    let (sequence, at, actor, verb, kind, object, body, hash) = row;
    let entry: AuditEntry = serde_json::from_str(body).ok()?;
    let expected = crate::link(previous, number, body);
    let columns = (entry.at.micros(), &entry.actor, &entry.verb, &entry.object_kind, &entry.object);
    let fits = u64::try_from(*sequence).ok()? == number && hash.as_slice() == expected.0 && columns == (*at, actor, verb, kind, object);
    fits.then_some(expected)
}
