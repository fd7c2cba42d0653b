//! Minions: who is known, who is there, who was seen when. Kept in narrow rows, away from the grains.

use crate::{Page, Paged, Result};
use async_trait::async_trait;
use model::{Minion, MinionId, Presence, Timestamp};
use serde::{Deserialize, Serialize};

/// A minion's session began or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct PresenceChange {
    /// Whose.
    pub minion: MinionId,
    /// How it is now.
    pub presence: Presence,
    /// Version of the agent, where the session told it; `None` leaves what is known.
    pub version: Option<String>,
}

/// A minion in a listing: without its grains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinionSummary {
    /// Its id.
    pub id: MinionId,
    /// Whether it is there.
    pub presence: Presence,
    /// Version of the agent, empty when not known.
    pub version: String,
    /// When something was last heard from it.
    pub last_seen: Option<Timestamp>,
    /// When its grains were last pushed.
    pub grains_at: Option<Timestamp>,
}

/// Which minions, by presence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All.
    #[default]
    All,
    /// Those with a session.
    Online,
    /// Those without.
    Offline,
}

/// Which minions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MinionFilter {
    /// By presence.
    #[serde(default)]
    pub reach: Reach,
    /// Ids that begin with this.
    #[serde(default)]
    pub prefix: Option<String>,
}

/// Minions with presence and last seen.
#[async_trait]
pub trait Minions: Send + Sync {
    /// One minion with its grains.
    async fn minion(&self, id: &MinionId) -> Result<Option<Minion>>;

    /// Minions that have had a session or pushed grains, in the byte order of their ids.
    async fn minions(&self, filter: &MinionFilter, page: &Page) -> Result<Paged<MinionSummary>>;

    /// Sessions that began or ended. A minion not known before is known afterwards. An offline older than the known online is dropped:
    /// the end of an old session says nothing about the new one.
    async fn set_presence(&self, changes: &[PresenceChange]) -> Result<()>;

    /// When minions were last heard of. Never goes back in time; unknown minions are passed over. Call it in batches, every few seconds.
    async fn set_last_seen(&self, seen: &[(MinionId, Timestamp)]) -> Result<()>;

    /// Nobody has a session (any more): for the start of a master. Answers how many were thought to have one.
    async fn set_all_offline(&self, reason: &str, at: Timestamp) -> Result<u64>;

    /// Forgets presence, grains and history of a minion. Its keys, jobs and returns stay. `false` when nothing was known.
    async fn forget_minion(&self, id: &MinionId) -> Result<bool>;
}
