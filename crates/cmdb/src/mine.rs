//! The mine: what minions want others to know of them, by minion and function.

use crate::{Page, Paged, Result};
use async_trait::async_trait;
use model::{MinionId, Target, Timestamp};
use value::Value;

/// The answer of one function, or of an alias of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MineEntry {
    /// Function or alias under which others ask for it.
    pub function: String,
    /// The answer.
    pub value: Value,
    /// The minions that may see it; `None` means all.
    pub allow: Option<Target>,
}

/// Whose mine holds an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Mined {
    /// The minion.
    pub minion: MinionId,
    /// What it holds.
    pub entry: MineEntry,
}

/// The mine.
#[async_trait]
pub trait Mine: Send + Sync {
    /// Puts answers of a minion into the mine; each takes the place of an older one of its function, others stay.
    async fn put_mine(&self, minion: &MinionId, entries: &[MineEntry], at: Timestamp) -> Result<()>;

    /// Takes one function's answer of a minion out of the mine, or all of them. Answers how many there were.
    async fn delete_mine(&self, minion: &MinionId, function: Option<&str>) -> Result<u64>;

    /// Every minion's answer of a function, in the order of their ids.
    async fn mine(&self, function: &str, page: &Page) -> Result<Paged<Mined>>;

    /// All that one minion has in the mine, by function.
    async fn mine_of(&self, minion: &MinionId) -> Result<Vec<MineEntry>>;
}
