//! A job of an orchestration: sent, waited for, and what came back of whom.

use crate::core::Core;
use crate::jobs::{submit, watch};
use api::{JobEvent, RunJob, WatchJob};
use futures_util::StreamExt;
use manager::Caller;
use model::{JobId, MinionId, Return};
use sdk::Failure;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What came of a job.
pub struct Ran {
    /// The job; none where nobody matched.
    pub job: Option<JobId>,
    /// What came back.
    pub returns: BTreeMap<MinionId, Return>,
    /// Why somebody has not returned.
    pub silent: BTreeMap<MinionId, String>,
}

/// Sends a job and waits until everybody has returned, or is away, or the time is up.
///
/// # Errors
/// When the job cannot be made, or the run was ended.
pub async fn run(
    core: &Arc<Core>,
    caller: &Caller,
    request: RunJob,
    limit: Option<Duration>,
    cancel: &CancellationToken,
) -> Result<Ran, Failure> {
    let failed = |refusal: manager::Refusal| Failure::failed(refusal.to_string());
    let submitted = submit(core, caller, request).await.map_err(failed)?;
    let mut ran = Ran { job: submitted.job, returns: BTreeMap::new(), silent: BTreeMap::new() };
    let Some(job) = ran.job else { return Ok(ran) };
    let mut events = watch(Arc::clone(core), job, WatchJob { until_done: false }).await.map_err(failed)?;
    let until = limit.map(|limit| Instant::now() + limit);
    loop {
        let next = async {
            match until {
                None => events.next().await,
                Some(until) => tokio::time::timeout_at(until, events.next()).await.unwrap_or(None),
            }
        };
        let event = tokio::select! {
            event = next => event,
            () = cancel.cancelled() => return Err(Failure::failed("the orchestration was ended")),
        };
        match event {
            Some(JobEvent::Returned { returned }) => {
                ran.silent.remove(&returned.minion);
                ran.returns.insert(returned.minion.clone(), returned);
            }
            Some(JobEvent::Stage { minion, progress }) if !ran.returns.contains_key(&minion) => {
                let reason = progress.reason.unwrap_or_else(|| format!("{:?}", progress.stage).to_lowercase());
                ran.silent.insert(minion, reason);
            }
            Some(_) => {}
            None => break,
        }
    }
    ran.silent.retain(|minion, _| !ran.returns.contains_key(minion));
    Ok(ran)
}
