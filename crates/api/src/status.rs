//! How the master itself is doing.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The master at a glance: `GET /status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Its id, as jobs of its own carry it.
    pub master: String,
    /// Running since.
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// Where minions reach it.
    pub listen: String,
    /// Minions with a session.
    pub online: u64,
    /// Accepted keys.
    pub accepted: u64,
    /// Keys that wait for a decision.
    pub pending: u64,
    /// Jobs that are not done.
    pub active_jobs: u64,
    /// The database.
    pub store: StoreStatus,
}

/// How the database is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreStatus {
    /// `sqlite` or `postgresql`.
    pub kind: String,
    /// Whether it answers.
    pub reachable: bool,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// Worth a look.
    Warning,
    /// Must be mended.
    Error,
}

/// One thing that was looked at: items of `GET /doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// How grave it is.
    pub level: Level,
    /// What was found.
    pub message: String,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
