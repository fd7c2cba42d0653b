//! Jobs, and how far each is on each of its minions.

use crate::{Order, Page, Paged, Result, sql};
use async_trait::async_trait;
use model::{Call, Job, JobId, MinionId, Progress, Stage, Target, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use value::Value;

/// A job moved on, on one minion.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressChange {
    /// The job.
    pub job: JobId,
    /// The minion.
    pub minion: MinionId,
    /// Where it stands now.
    pub progress: Progress,
}

/// A job in a listing: without its expected set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSummary {
    /// Its id.
    pub id: JobId,
    /// What to run.
    pub calls: Vec<Call>,
    /// Whom it was for.
    pub target: Target,
    /// Who asked.
    pub user: String,
    /// Free data of the caller.
    pub metadata: Value,
    /// How many minions stand at each stage; stages without any are left out.
    pub stages: BTreeMap<Stage, u32>,
    /// When the last of its minions came to an end; `None` while one has not.
    pub finished: Option<Timestamp>,
}

impl JobSummary {
    /// How many minions the job was for.
    #[must_use]
    pub fn expected(&self) -> u32 {
        self.stages.values().sum()
    }

    /// Whether nothing more is to come.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished.is_some()
    }

    /// Names of the functions, joined with commas.
    #[must_use]
    pub fn function_text(&self) -> String {
        self.calls.iter().map(|call| call.function.as_str()).collect::<Vec<_>>().join(",")
    }
}

/// Which jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobFilter {
    /// Made at this moment or later.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Made before this moment.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// With exactly these function names, joined with commas.
    #[serde(default)]
    pub function: Option<String>,
    /// Asked for by this user.
    #[serde(default)]
    pub user: Option<String>,
    /// With exactly this target expression.
    #[serde(default)]
    pub target: Option<String>,
    /// Meant for this minion.
    #[serde(default)]
    pub minion: Option<MinionId>,
    /// Only those that still wait for a minion.
    #[serde(default)]
    pub unfinished: bool,
    /// By the time of making.
    #[serde(default)]
    pub order: Order,
}

impl JobFilter {
    /// The statement of this filter's order, and the bounds (from, before) of the ids on a page.
    pub fn bounds(&self, page: &Page) -> Result<(&'static str, i64, i64)> {
        let after = page.job()?.map(|job| job.made().micros());
        let since = self.since.map_or(i64::MIN, Timestamp::micros);
        let until = self.until.map_or(i64::MAX, Timestamp::micros);
        Ok(match self.order {
            Order::Newest => (sql::JOBS_NEWEST, since, after.map_or(until, |after| after.min(until))),
            Order::Oldest => (sql::JOBS_OLDEST, after.map_or(since, |after| (after + 1).max(since)), until),
        })
    }
}

/// A job that a minion has not finished.
#[derive(Clone, Debug, PartialEq)]
pub struct Outstanding {
    /// The job; its expected set is left empty.
    pub job: Job,
    /// Where it stands on this minion.
    pub progress: Progress,
}

/// Jobs and their progress.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Stores a job with its expected set, before it is sent. Every expected minion stands at `queued` since the job's making, except those
    /// in `unlike` (refused by policy, offline and not to be queued …). An id that is taken is a conflict and changes nothing.
    async fn insert_job(&self, job: &Job, unlike: &[(MinionId, Progress)]) -> Result<()>;

    /// One job; its expected set in the byte order of ids.
    async fn job(&self, id: JobId) -> Result<Option<Job>>;

    /// Jobs by the time of their making.
    async fn jobs(&self, filter: &JobFilter, page: &Page) -> Result<Paged<JobSummary>>;

    /// One job in the shape of a listing.
    async fn job_summary(&self, id: JobId) -> Result<Option<JobSummary>>;

    /// Moves jobs on. A stage never goes back (`queued → delivered → running → final`), and a final one stays; the reason of a stage may
    /// change while it lasts. Pairs that are not known are passed over. Answers how many rows changed.
    async fn set_progress(&self, changes: &[ProgressChange]) -> Result<u64>;

    /// Where a job stands on each of its minions, in the byte order of ids.
    async fn progress(&self, job: JobId) -> Result<Vec<(MinionId, Progress)>>;

    /// What a minion that (re)connects has not finished, oldest first. Found after a restart of the master as well.
    async fn outstanding(&self, minion: &MinionId) -> Result<Vec<Outstanding>>;

    /// Every pair of job and minion that is not at its end, by job: what a master that starts must go on waiting for.
    async fn unfinished(&self) -> Result<Vec<ProgressChange>>;

    /// The largest job id there is, so that a clock that was set back makes no id twice.
    async fn last_job(&self) -> Result<Option<JobId>>;
}
