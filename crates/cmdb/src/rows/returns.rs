//! Rows of returns and events.

use super::{from_json, job_id, minion_id};
use crate::Result;
use model::{Event, JobId, MinionId, Return, Stage, Timestamp};
use std::collections::BTreeMap;
use value::Value;

/// The first return of each pair of job and minion, in the order of the pairs: two masters that write overlapping batches take the rows in
/// the same order and cannot block each other.
#[must_use]
pub fn firsts(returns: &[Return]) -> Vec<&Return> {
    let mut firsts: BTreeMap<(JobId, &MinionId), &Return> = BTreeMap::new();
    for one in returns {
        firsts.entry((one.job, &one.minion)).or_insert(one);
    }
    firsts.into_values().collect()
}

/// Notes as they are stored; hardly any return has some.
pub fn notes(one: &Return) -> Result<Option<String>> {
    if one.notes.is_empty() { Ok(None) } else { super::to_json("notes", &one.notes).map(Some) }
}

/// The stage that a return ends a job with.
#[must_use]
pub const fn end(one: &Return) -> Stage {
    if one.success { Stage::Returned } else { Stage::Failed }
}

/// job, minion, function, value, retcode, success, outputter, started, finished, notes.
pub type ReturnRow = (i64, String, String, String, i32, i16, Option<String>, i64, i64, Option<String>);

/// A return.
pub fn job_return((job, minion, function, value, retcode, success, out, started, finished, notes): ReturnRow) -> Result<Return> {
    let job = job_id(job);
    Ok(Return {
        job,
        value: from_json(|| format!("the return of `{minion}` for job {job}"), &value)?,
        minion: minion_id(&minion)?,
        function,
        retcode,
        success: success != 0,
        out,
        started: Timestamp(started),
        finished: Timestamp(finished),
        notes: notes.map_or_else(|| Ok(Vec::new()), |notes| from_json(|| format!("the notes of a return for job {job}"), &notes))?,
    })
}

/// sequence, at, tag, data.
pub type EventRow = (i64, i64, String, String);

/// An event.
pub fn event((sequence, at, tag, data): EventRow) -> Result<Event> {
    Ok(Event {
        sequence: u64::try_from(sequence).unwrap_or_default(),
        data: from_json::<Value>(|| format!("the data of event {sequence}"), &data)?,
        tag,
        at: Timestamp(at),
    })
}
