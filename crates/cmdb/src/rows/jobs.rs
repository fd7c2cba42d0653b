//! Rows of jobs and their progress.

use super::{from_json, job_id, minion_id, to_json};
use crate::{Error, JobSummary, Outstanding, ProgressChange, Result};
use model::{Job, JobId, JobOptions, MinionId, Progress, Stage, Target, TargetKind, Timestamp};
use std::collections::BTreeMap;

/// Number of a stage in the store: the order of its making.
#[must_use]
pub const fn stage_number(stage: Stage) -> i16 {
    match stage {
        Stage::Queued => 0,
        Stage::Delivered => 1,
        Stage::Running => 2,
        Stage::Returned => 3,
        Stage::Failed => 4,
        Stage::Lost => 5,
        Stage::Expired => 6,
    }
}

fn stage(number: i16) -> Result<Stage> {
    [Stage::Queued, Stage::Delivered, Stage::Running, Stage::Returned, Stage::Failed, Stage::Lost, Stage::Expired]
        .into_iter()
        .find(|stage| stage_number(*stage) == number)
        .ok_or_else(|| Error::corrupt("the stage of a job", format!("`{number}` is no stage")))
}

/// id, target kind, target, delimiter, calls, asked by, options.
pub type JobRow = (i64, String, String, Option<String>, String, String, Option<String>);

fn target(kind: &str, expression: String, delimiter: Option<String>) -> Result<Target> {
    let kind: TargetKind = kind.parse().map_err(|error: String| Error::corrupt("the kind of a target", error))?;
    let mut target = Target::new(kind, expression);
    if let Some(delimiter) = delimiter {
        target.delimiter = delimiter;
    }
    Ok(target)
}

fn options(id: JobId, text: Option<String>) -> Result<JobOptions> {
    text.map_or_else(|| Ok(JobOptions::default()), |text| from_json(|| format!("the options of job {id}"), &text))
}

/// A job without its expected set.
pub fn job((id, kind, expression, delimiter, calls, user, option_text): JobRow) -> Result<Job> {
    let id = job_id(id);
    Ok(Job {
        id,
        target: target(&kind, expression, delimiter)?,
        calls: from_json(|| format!("the calls of job {id}"), &calls)?,
        user,
        options: options(id, option_text)?,
        expected: Vec::new(),
    })
}

/// What a job's row holds beyond its id: target kind, target, delimiter where it is not the usual one, function, calls, options where they
/// are not the usual ones.
pub struct JobColumns {
    /// Kind of the target.
    pub kind: &'static str,
    /// Delimiter, if it is not `:`.
    pub delimiter: Option<String>,
    /// Function names, joined with commas.
    pub function: String,
    /// The calls as JSON.
    pub calls: String,
    /// The options as JSON, if they are not the defaults.
    pub options: Option<String>,
}

/// The columns of a job.
pub fn job_columns(job: &Job) -> Result<JobColumns> {
    let usual = job.options == JobOptions::default();
    Ok(JobColumns {
        kind: job.target.kind.name(),
        delimiter: (job.target.delimiter != value::DELIMITER).then(|| job.target.delimiter.clone()),
        function: job.function_text(),
        calls: to_json("a job's calls", &job.calls)?,
        options: if usual { None } else { Some(to_json("a job's options", &job.options)?) },
    })
}

/// Jobs of a listing, with the counts (job, stage, minions, latest change) that belong to them.
pub fn job_summaries(rows: Vec<JobRow>, counts: Vec<(i64, i16, i64, i64)>) -> Result<Vec<JobSummary>> {
    let mut stages: BTreeMap<i64, (BTreeMap<Stage, u32>, i64)> = BTreeMap::new();
    for (job, number, count, since) in counts {
        let (of_job, latest) = stages.entry(job).or_default();
        of_job.insert(stage(number)?, u32::try_from(count).unwrap_or(u32::MAX));
        *latest = since.max(*latest);
    }
    rows.into_iter()
        .map(|row| {
            let number = row.0;
            let Job { id, target, calls, user, options, .. } = job(row)?;
            let (stages, latest) = stages.remove(&number).unwrap_or((BTreeMap::new(), number));
            let finished = stages.keys().all(|stage| stage.is_final()).then_some(Timestamp(latest));
            Ok(JobSummary { id, calls, target, user, metadata: options.metadata, stages, finished })
        })
        .collect()
}

/// stage, reason, since.
pub fn progress(number: i16, reason: Option<String>, since: i64) -> Result<Progress> {
    Ok(Progress { stage: stage(number)?, reason, since: Timestamp(since) })
}

/// job, minion, stage, reason, since.
pub type ProgressRow = (i64, String, i16, Option<String>, i64);

/// Where a job stands on a minion.
pub fn progress_change((job, minion, number, reason, since): ProgressRow) -> Result<ProgressChange> {
    Ok(ProgressChange { job: job_id(job), minion: minion_id(&minion)?, progress: progress(number, reason, since)? })
}

/// As [`JobRow`], then stage, reason, since.
pub type OutstandingRow = (i64, String, String, Option<String>, String, String, Option<String>, i16, Option<String>, i64);

/// A job that a minion has not finished.
pub fn outstanding((id, kind, text, delimiter, calls, user, options, number, reason, since): OutstandingRow) -> Result<Outstanding> {
    Ok(Outstanding { job: job((id, kind, text, delimiter, calls, user, options))?, progress: progress(number, reason, since)? })
}

/// Of several changes of one pair only the furthest counts; of equally far ones the last, but of ends the first.
#[must_use]
pub fn furthest(changes: &[ProgressChange]) -> Vec<&ProgressChange> {
    let mut chosen: BTreeMap<(JobId, &MinionId), &ProgressChange> = BTreeMap::new();
    for change in changes {
        let slot = chosen.entry((change.job, &change.minion)).or_insert(change);
        let (old, new) = (slot.progress.stage, change.progress.stage);
        if !old.is_final() && stage_number(new) >= stage_number(old) {
            *slot = change;
        }
    }
    chosen.into_values().collect()
}

/// Where each expected minion of a new job stands: queued since its making, unless said otherwise.
#[must_use]
pub fn first_progress<'a>(job: &'a Job, unlike: &'a [(MinionId, Progress)]) -> BTreeMap<&'a MinionId, Progress> {
    let queued = Progress { stage: Stage::Queued, reason: None, since: job.made() };
    let mut expected: BTreeMap<_, _> = job.expected.iter().map(|minion| (minion, queued.clone())).collect();
    for (minion, progress) in unlike {
        if let Some(slot) = expected.get_mut(minion) {
            let reason = progress.reason.as_deref().map(|reason| crate::clean_text(reason).into_owned());
            *slot = Progress { reason, ..progress.clone() };
        }
    }
    expected
}
