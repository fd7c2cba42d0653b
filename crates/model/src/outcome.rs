//! How far a job is on one minion, and what came back.

use crate::{JobId, MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use value::Value;

/// What came back from one minion for one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// The job.
    pub job: JobId,
    /// Whose return it is; taken from the session, never from the payload.
    pub minion: MinionId,
    /// Function names, joined with commas.
    pub function: String,
    /// The returned value; for a failed call its message.
    pub value: Value,
    /// 0, or what says how it failed.
    pub retcode: i32,
    /// Whether the function did what it was asked.
    pub success: bool,
    /// Outputter that shows the value best, such as `highstate`.
    #[serde(default)]
    pub out: Option<String>,
    /// When the minion began.
    pub started: Timestamp,
    /// When the minion was done.
    pub finished: Timestamp,
    /// Words for who asked, beside the value: where a misspelt state stands, which argument was left out.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Where a job stands on one minion: `queued → delivered → running → returned | failed | lost | expired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Stored, not yet taken by the minion.
    Queued,
    /// The minion has it on its disk.
    Delivered,
    /// The minion has begun.
    Running,
    /// It came back and went well.
    Returned,
    /// It came back and did not go well.
    Failed,
    /// It will not come back; the reason says why.
    Lost,
    /// Its time ran out before the minion took it.
    Expired,
}

impl Stage {
    /// Whether nothing more is to come.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Returned | Self::Failed | Self::Lost | Self::Expired)
    }

    /// The word in listings and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Running => "running",
            Self::Returned => "returned",
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::Expired => "expired",
        }
    }

    /// The stage of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Delivered, Self::Running, Self::Returned, Self::Failed, Self::Lost, Self::Expired]
            .into_iter()
            .find(|stage| stage.name() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The stage of one minion in one job, with the reason where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where it stands.
    pub stage: Stage,
    /// Why, for `lost`, `expired` and a `queued` that waits: `offline since 2026-11-23T…`, `refused by policy: …`.
    #[serde(default)]
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
}
