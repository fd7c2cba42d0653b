//! Whether the audit log is whole: its chain, and the checkpoints that were signed of it.

use crate::{Audit, Checkpoint, Result};
use serde::{Deserialize, Serialize};

/// What is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum TrailFault {
    /// The first entry that does not fit what stands before it: changed, put elsewhere, or the one before it is gone.
    Broken {
        /// Its number.
        sequence: u64,
    },
    /// Entries are gone from the end: more were signed than are there.
    Cut {
        /// The last entry that is there.
        end: u64,
        /// The last entry that was signed.
        signed: u64,
    },
    /// The chain fits in itself, and is not the one that was signed.
    Replaced {
        /// The signed entry.
        sequence: u64,
    },
}

/// What a check of the log found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailReport {
    /// How many entries were checked.
    pub checked: u64,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// What is wrong, in the order it was found; nothing when the log is whole.
    pub faults: Vec<TrailFault>,
}

/// Walks the whole chain, and compares it with checkpoints whose signatures the caller has checked.
///
/// # Errors
/// When the store is away.
pub async fn check_trail(store: &(impl Audit + ?Sized), checkpoints: &[Checkpoint]) -> Result<TrailReport> {
    let verdict = store.verify_audit().await?;
    let mut report = TrailReport { checked: verdict.checked, checkpoints: checkpoints.len() as u64, faults: Vec::new() };
    if let Some(sequence) = verdict.broken {
        report.faults.push(TrailFault::Broken { sequence });
        return Ok(report);
    }
    if let Some(signed) = checkpoints.iter().map(|checkpoint| checkpoint.sequence).max().filter(|signed| *signed > verdict.checked) {
        report.faults.push(TrailFault::Cut { end: verdict.checked, signed });
    }
    for checkpoint in checkpoints.iter().filter(|checkpoint| (1..=verdict.checked).contains(&checkpoint.sequence)) {
        let at = store.audit_after(checkpoint.sequence - 1, 1).await?;
        if at.first().is_none_or(|record| record.sequence != checkpoint.sequence || record.hash != checkpoint.hash) {
            report.faults.push(TrailFault::Replaced { sequence: checkpoint.sequence });
            break;
        }
    }
    Ok(report)
}
