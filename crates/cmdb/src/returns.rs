//! What came back.

use crate::{Page, Paged, Result};
use async_trait::async_trait;
use model::{JobId, MinionId, Return, Timestamp};

/// What became of a return. Whichever it is, the minion may drop its copy: trying again would change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stored {
    /// It is committed, and it was the first.
    New,
    /// One had come before; nothing changed.
    Again,
    /// No such job for this minion (any more); nothing changed.
    Unknown,
}

/// Returns.
#[async_trait]
pub trait Returns: Send + Sync {
    /// Commits a batch of returns and sets the progress of each pair to `returned` or `failed`, also where it was thought lost or expired.
    /// The second return of a minion for a job changes nothing and is told so, within one batch too. A return of a minion that the job was
    /// not for, or for a job that is gone, is not stored. The answers stand in the order of the returns.
    /// `at` is when the master got them: the minions' clocks may be wrong.
    async fn insert_returns(&self, returns: &[Return], at: Timestamp) -> Result<Vec<Stored>>;

    /// The return of one minion.
    async fn return_of(&self, job: JobId, minion: &MinionId) -> Result<Option<Return>>;

    /// The returns of a job in the byte order of minion ids.
    async fn returns(&self, job: JobId, page: &Page) -> Result<Paged<Return>>;

    /// The returns of a minion, by the time of the jobs' making, newest first.
    async fn returns_of_minion(&self, minion: &MinionId, page: &Page) -> Result<Paged<Return>>;
}
