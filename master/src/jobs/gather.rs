//! A job made inside of the master, waited for: for runners and for minions that publish.

use crate::core::Core;
use crate::jobs::{submit, watch};
use api::{JobEvent, RunJob, WatchJob};
use futures_util::StreamExt;
use manager::{Caller, Refusal};
use model::Return;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Makes a job and waits for its returns: until no more are to be expected soon, or until the time is up. The job goes on all the same.
///
/// # Errors
/// As [`submit`].
pub async fn gather(core: &Arc<Core>, caller: &Caller, request: RunJob, limit: Option<Duration>) -> Result<Vec<Return>, Refusal> {
    let submitted = submit(core, caller, request).await?;
    let Some(job) = submitted.job else { return Ok(Vec::new()) };
    let mut events = watch(Arc::clone(core), job, WatchJob { until_done: false }).await?;
    let until = limit.map(|limit| Instant::now() + limit);
    let mut returns = Vec::new();
    loop {
        let next = match until {
            None => events.next().await,
            Some(until) => tokio::time::timeout_at(until, events.next()).await.unwrap_or(None),
        };
        match next {
            Some(JobEvent::Returned { returned }) => returns.push(returned),
            Some(_) => {}
            None => return Ok(returns),
        }
    }
}
