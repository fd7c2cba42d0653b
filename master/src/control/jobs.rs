//! Jobs: listed, shown, signalled.

use crate::core::{Core, refusal};
use crate::jobs::{no_job, standing};
use api::{Counts, JobFilter, JobSummary, JobView, MinionJob, Page, Refused, Signal, SignalJob, Signalled};
use manager::{Caller, Refusal};
use model::{Glob, JobId, MinionId, Return};
use proto::ToMinion;
use std::collections::BTreeMap;
use value::{Map, Value};

/// Jobs of one answer unless asked otherwise.
const USUAL: u32 = 50;
/// Jobs that are looked through for one answer, when a pattern lets only some of them in.
const LOOKED_THROUGH: usize = 5_000;

/// Jobs, newest first.
///
/// # Errors
/// When the store is away.
pub async fn list(core: &Core, filter: JobFilter) -> Result<Page<JobSummary>, Refusal> {
    let limit = filter.limit.unwrap_or(USUAL).clamp(1, cmdb::Page::MAX) as usize;
    let stored = cmdb::JobFilter {
        since: filter.since,
        until: filter.until,
        function: filter.function.clone().filter(|pattern| !Glob::is_pattern(pattern)),
        target: filter.target.clone().filter(|pattern| !Glob::is_pattern(pattern)),
        user: filter.user.clone(),
        minion: filter.minion.clone(),
        unfinished: filter.active,
        order: cmdb::Order::Newest,
    };
    let function = filter.function.as_deref().map(Glob::new);
    let target = filter.target.as_deref().map(Glob::new);
    let fits = |job: &cmdb::JobSummary| {
        function.as_ref().is_none_or(|glob| glob.matches(&job.function_text()))
            && target.as_ref().is_none_or(|glob| glob.matches(&job.target.expression))
    };
    let (mut items, mut looked, mut after) = (Vec::new(), 0, filter.cursor.map(cmdb::Cursor));
    loop {
        // Read in the size of the answer, so that the cursor of a full page is the end of that page.
        let page = cmdb::Page { after: after.take(), limit: u32::try_from(limit - items.len()).unwrap_or(USUAL) };
        let part = core.store.jobs(&stored, &page).await.map_err(|error| refusal(&error))?;
        looked += part.items.len();
        items.extend(part.items.into_iter().filter(fits).map(summary));
        match part.next {
            Some(cursor) if items.len() < limit && looked < LOOKED_THROUGH => after = Some(cursor),
            next => {
                for job in &mut items {
                    // Stages that are not stored yet count as well.
                    if !core.jobs.unstored(job.id).is_empty() {
                        job.counts = Counts::of(standing(core, job.id).await?.values().map(|progress| progress.stage));
                    }
                }
                return Ok(Page { items, next: next.map(|cursor| cursor.0) });
            }
        }
    }
}

/// A job with all its minions and returns.
///
/// # Errors
/// When there is no such job, or the store is away.
pub async fn view(core: &Core, id: JobId) -> Result<JobView, Refusal> {
    let stored = core.store.job_summary(id).await.map_err(|error| refusal(&error))?.ok_or_else(|| no_job(id))?;
    let standing = standing(core, id).await?;
    let mut returns = returns(core, id).await?;
    let mut job = summary(stored);
    job.counts = Counts::of(standing.values().map(|progress| progress.stage));
    let minions = standing.into_iter().map(|(minion, progress)| {
        let returned = returns.remove(&minion);
        MinionJob { minion, progress, returned }
    });
    Ok(JobView { minions: minions.collect(), job })
}

async fn returns(core: &Core, id: JobId) -> Result<BTreeMap<MinionId, Return>, Refusal> {
    let mut all = BTreeMap::new();
    let mut page = cmdb::Page::first(1000);
    loop {
        let part = core.store.returns(id, &page).await.map_err(|error| refusal(&error))?;
        all.extend(part.items.into_iter().map(|returned| (returned.minion.clone(), returned)));
        match part.next {
            Some(cursor) => page = cmdb::Page::after(cursor, 1000),
            None => return Ok(all),
        }
    }
}

/// A stored job in the API's shape.
#[must_use]
pub fn summary(job: cmdb::JobSummary) -> JobSummary {
    JobSummary {
        id: job.id,
        made: job.id.made(),
        counts: Counts(job.stages.iter().map(|(stage, count)| (*stage, u64::from(*count))).collect()),
        finished: job.finished,
        target: job.target,
        calls: job.calls,
        user: job.user,
        metadata: job.metadata,
    }
}

/// Whether a signal is one whose meaning is the end.
fn ends(signal: proto::Signal) -> bool {
    matches!(signal.number(), 1 | 2 | 3 | 6 | 9 | 15)
}

/// Signals the processes of a job.
///
/// # Errors
/// When there is no such job, or the store is away.
pub async fn signal(core: &Core, caller: &Caller, id: JobId, request: SignalJob) -> Result<Signalled, Refusal> {
    let standing = standing(core, id).await?;
    if standing.is_empty() {
        return Err(no_job(id));
    }
    let signal = match request.signal {
        Signal::Terminate => proto::Signal::Terminate,
        Signal::Kill => proto::Signal::Kill,
        Signal::Number(number) => proto::Signal::Number(number),
    };
    let mut signalled = Signalled::default();
    // What has not gone out yet does not go out any more.
    let reason = format!("ended by {caller} before it was sent");
    let withdrawn = ends(signal) && core.jobs.withdraw(core, id, &request.minions, &reason);
    let standing = if withdrawn { self::standing(core, id).await? } else { standing };
    for (minion, progress) in standing.iter().filter(|(minion, _)| request.minions.is_empty() || request.minions.contains(minion)) {
        let skipped = if progress.stage.is_final() {
            Some(format!("it is {} already", progress.stage))
        } else {
            match core.roster.handle(minion) {
                None => Some("it is away".to_owned()),
                Some(handle) => handle.send(&ToMinion::Signal { job: id, signal }).err().map(|error| error.to_string()),
            }
        };
        match skipped {
            None => signalled.sent.push(minion.clone()),
            Some(reason) => signalled.skipped.push(Refused { minion: minion.to_string(), reason }),
        }
    }
    let detail =
        Map::from_iter([("signal", Value::from(format!("{:?}", request.signal).to_lowercase())), ("sent", signalled.sent.len().into())]);
    core.audit(caller, "job.signal", ("job", &id.to_string()), "ok", Value::Map(detail)).await?;
    Ok(signalled)
}
