//! Jobs: run, list, show, watch, signal.

use crate::{Span, schema};
use model::{Call, JobId, MinionId, Progress, Return, Stage, Target, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use value::Value;

/// Run one or more functions on minions: `POST /jobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunJob {
    /// Whom it is for.
    #[schema(value_type = schema::Target)]
    pub target: Target,
    /// What to run; several calls make a multi-function job, whose return is a mapping by function.
    #[schema(value_type = Vec<schema::Call>)]
    pub calls: Vec<Call>,
    /// After this long on the minion the job's process groups are killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub deadline: Option<Span>,
    /// Minions that are away get the job if they come back within this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub queue_offline: Option<Span>,
    /// Live output and progress are wanted.
    #[serde(default)]
    pub stream: bool,
    /// Send to a part of the minions at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// Send to this many of the minions that are there, picked at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<u32>,
    /// Free data of the caller, shown in listings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Value,
    /// Returners of the master's configuration that get the returns as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returners: Vec<String>,
}

impl RunJob {
    /// A plain job: one call, no options.
    #[must_use]
    pub fn new(target: Target, call: Call) -> Self {
        Self {
            target,
            calls: vec![call],
            deadline: None,
            queue_offline: None,
            stream: false,
            batch: None,
            subset: None,
            metadata: Value::Null,
            returners: Vec::new(),
        }
    }
}

/// How a job is sent to a part of its minions at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// How many at a time: `10` or `25%`.
    #[schema(example = "25%")]
    pub size: String,
    /// How long the place of a minion that came back stays empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub wait: Option<Span>,
    /// Stop after the first failed return.
    #[serde(default)]
    pub failhard: bool,
    /// Only when the job is for at least this many minions; for fewer it is sent to all at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_limit: Option<u32>,
}

/// Reason of a minion that waits until its turn in a batch comes.
pub const WAITS_FOR_TURN: &str = "waits for its turn in the batch";

/// A minion that is meant but not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Absent {
    /// Which.
    #[schema(value_type = String)]
    pub minion: MinionId,
    /// Away since; missing when it was never there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Why its last session ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A minion that is meant but does not get the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refused {
    /// Which; a text, since an unknown id may stand in a list target.
    pub minion: String,
    /// Why: `no accepted key`, `refused by policy: …`.
    pub reason: String,
}

/// What became of a request to run a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// The job's id; missing when no minion matched and so no job was made.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub job: Option<JobId>,
    /// Minions that the job is for, those that are away included.
    #[schema(value_type = Vec<String>)]
    pub matched: Vec<MinionId>,
    /// Those of `matched` that are away.
    #[serde(default)]
    pub offline: Vec<Absent>,
    /// Minions that are meant but do not get the job; they are not in `matched`.
    #[serde(default)]
    pub refused: Vec<Refused>,
    /// How many minions get it at a time, when it is sent in batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
}

/// How many minions of a job stand where; stages without minions are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = BTreeMap<String, u64>)]
pub struct Counts(pub BTreeMap<Stage, u64>);

impl Counts {
    /// Counts stages.
    #[must_use]
    pub fn of(stages: impl IntoIterator<Item = Stage>) -> Self {
        let mut counts = BTreeMap::new();
        for stage in stages {
            *counts.entry(stage).or_insert(0) += 1;
        }
        Self(counts)
    }

    /// How many minions stand at a stage.
    #[must_use]
    pub fn at(&self, stage: Stage) -> u64 {
        self.0.get(&stage).copied().unwrap_or(0)
    }

    /// How many minions there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Whether no minion has anything more to give.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.0.iter().all(|(stage, count)| stage.is_final() || *count == 0)
    }
}

/// Which jobs to list: query of `GET /jobs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobFilter {
    /// Pattern over the function names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Pattern over the target expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Jobs for this minion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub minion: Option<MinionId>,
    /// Jobs made at or after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Jobs made before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Only jobs that are not done.
    #[serde(default)]
    pub active: bool,
    /// Where an earlier answer ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At most this many, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobSummary {
    /// Its id, which says when it was made.
    #[schema(value_type = String)]
    pub id: JobId,
    /// Whom it is for, as asked.
    #[schema(value_type = schema::Target)]
    pub target: Target,
    /// What to run.
    #[schema(value_type = Vec<schema::Call>)]
    pub calls: Vec<Call>,
    /// Who asked.
    pub user: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// When the last minion was done; missing while one is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished: Option<Timestamp>,
    /// How many minions stand where.
    pub counts: Counts,
    /// Free data of the caller.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Value,
}

impl JobSummary {
    /// Names of the functions, joined with commas.
    #[must_use]
    pub fn function_text(&self) -> String {
        self.calls.iter().map(|call| call.function.as_str()).collect::<Vec<_>>().join(",")
    }
}

/// One minion of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MinionJob {
    /// Which.
    #[schema(value_type = String)]
    pub minion: MinionId,
    /// Where the job stands there.
    #[schema(value_type = schema::Progress)]
    pub progress: Progress,
    /// What came back, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Return>)]
    pub returned: Option<Return>,
}

/// A job with every minion of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// The job.
    pub job: JobSummary,
    /// Its minions by id, with their returns.
    pub minions: Vec<MinionJob>,
}

/// How to answer: query of `POST /jobs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunQuery {
    /// Answer with the job's stream, begun with `submitted`, instead of what was submitted alone.
    #[serde(default)]
    pub watch: bool,
    /// As in [`WatchJob`].
    #[serde(default)]
    pub until_done: bool,
}

/// How to watch: query of `GET /jobs/{id}/watch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchJob {
    /// Go on until every minion is at a final stage, those that are away included; otherwise the stream ends when nothing more can be
    /// expected soon (see [`JobEvent::Idle`]).
    #[serde(default)]
    pub until_done: bool,
}

/// Where output was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One item of a job's stream. A stream begins with all that is known so far (one `stage` for each minion, then the returns), so it can be
/// opened again at any time without a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JobEvent {
    /// The job was made; the first item of a job that is run and watched in one request.
    Submitted(Submitted),
    /// A minion came to another stage, or to a reason why it stays where it is (`offline since …`).
    Stage {
        /// Which minion.
        #[schema(value_type = String)]
        minion: MinionId,
        /// Where it stands now.
        #[schema(value_type = schema::Progress)]
        progress: Progress,
    },
    /// A piece of live output.
    Output {
        /// Of which minion.
        #[schema(value_type = String)]
        minion: MinionId,
        /// Its place among the pieces of this minion, without gaps.
        seq: u64,
        /// Where it was written to.
        stream: OutputStream,
        /// What was written, with what is no UTF-8 replaced.
        text: String,
    },
    /// A function tells how far it is, such as one finished state.
    Progress {
        /// Of which minion.
        #[schema(value_type = String)]
        minion: MinionId,
        /// What it tells.
        #[schema(value_type = Object)]
        data: Value,
    },
    /// A minion came back.
    Returned {
        /// What came back.
        #[schema(value_type = schema::Return)]
        returned: Return,
    },
    /// This reader was too slow and that many pieces of output or progress were left out; stages and returns never are.
    Lagged {
        /// How many.
        missed: u64,
    },
    /// Every minion is at a final stage; nothing follows.
    Done {
        /// How many minions stand where.
        counts: Counts,
    },
    /// Every minion that is there is at a final stage; the others are away. Nothing follows unless the stream goes on until done.
    Idle {
        /// How many minions stand where.
        counts: Counts,
    },
}

/// What to send to the processes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Ask it to end (SIGTERM).
    Terminate,
    /// End it (SIGKILL).
    Kill,
    /// Another signal, by its number; 1, 2, 3, 6, 9 and 15 end the job, others are for its processes alone.
    Number(u8),
}

/// Signal a running job: `POST /jobs/{id}/signal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalJob {
    /// What to send.
    pub signal: Signal,
    /// To these minions only; all of the job when empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub minions: Vec<MinionId>,
}

/// Whom a signal went to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Signalled {
    /// Minions that were sent the signal.
    #[schema(value_type = Vec<String>)]
    pub sent: Vec<MinionId>,
    /// Minions that were not, with the reason (done already, away).
    #[serde(default)]
    pub skipped: Vec<Refused>,
}
