//! Returns: committed in batches, then told, then acknowledged.

use crate::bus::Keep;
use crate::core::Core;
use crate::retry::until_stored;
use api::JobEvent;
use cmdb::Stored;
use daemon::Stop;
use model::{Call, Job, Return, Timestamp};
use net::SessionHandle;
use proto::ToMinion;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tracing::{debug, warn};
use value::{Map, Value};

/// Most returns of one commit.
const BATCH: usize = 500;

/// A return that has come and is not yet committed.
pub struct Arrived {
    /// The return, with the minion of its session.
    pub outcome: Return,
    /// The session to acknowledge it to.
    pub handle: SessionHandle,
    /// When it came.
    pub since: Instant,
}

/// Commits returns.
pub struct Collector {
    core: Arc<Core>,
    arrived: mpsc::Receiver<Arrived>,
}

impl Collector {
    /// A collector of the returns that the desk hands on.
    #[must_use]
    pub fn new(core: Arc<Core>, arrived: mpsc::Receiver<Arrived>) -> Self {
        Self { core, arrived }
    }

    /// Works until `stop`, then commits what has come.
    ///
    /// # Errors
    /// Never; a store that is away is waited for, and minions keep what is not acknowledged.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        loop {
            // Whatever has come while the last batch was committed makes the next one: small when idle, large under load.
            let mut batch = Vec::new();
            let count = tokio::select! {
                count = self.arrived.recv_many(&mut batch, BATCH) => count,
                () = stop.cancelled(), if self.arrived.is_empty() => 0,
            };
            if count == 0 {
                return Ok(());
            }
            let (returns, ways): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|arrived| (arrived.outcome, (arrived.handle, arrived.since))).unzip();
            self.core.couriers.note(&self.core, &returns, &stop).await;
            let Some(stored) = until_stored("returns", &stop, || self.core.store.insert_returns(&returns, Timestamp::now())).await else {
                continue;
            };
            self.core.couriers.wake();
            for ((outcome, (handle, since)), stored) in returns.into_iter().zip(ways).zip(stored) {
                let job = outcome.job;
                self.committed(outcome, stored);
                // Last of all: a minion that leaves with its acknowledgement must not be away before its return is told.
                // A session that is over takes none: the minion sends the return again and is told then.
                let _ = handle.send(&ToMinion::ReturnAck { job });
                self.core.stats.count("_return", since.elapsed());
            }
        }
    }

    fn committed(&self, outcome: Return, stored: Stored) {
        match stored {
            Stored::New => {}
            Stored::Again => {
                debug!(minion = %outcome.minion, job = %outcome.job, "a return came twice");
                return;
            }
            Stored::Unknown => {
                warn!(minion = %outcome.minion, job = %outcome.job, "a return for a job that was not for this minion, or is gone");
                return;
            }
        }
        let now = Timestamp::now();
        self.core.clocks.see(&outcome, now);
        let (job, minion, success) = (outcome.job, outcome.minion.clone(), outcome.success);
        if self.core.is_heard() {
            let known = self.core.jobs.tracker().job(job);
            self.core.bus.fire(format!("salt/job/{job}/ret/{minion}"), return_event(&outcome, known.as_deref()), now, Keep::LiveOnly);
            for event in failed_states(&outcome) {
                let tag = format!("salt/job/{job}/sub/{minion}/error/{}", outcome.function);
                self.core.bus.fire(tag, event, now, Keep::LiveOnly);
            }
        }
        self.core.jobs.watchers.tell(job, || JobEvent::Returned { returned: outcome.clone() });
        let actions = self.core.jobs.tracker().on_return(job, &minion, success, now);
        self.core.jobs.act(&self.core, actions);
    }
}

/// Data of `salt/job/<jid>/ret/<id>`.
fn return_event(outcome: &Return, job: Option<&Job>) -> Value {
    let mut data = Map::new();
    data.insert("cmd", "_return");
    data.insert("id", outcome.minion.as_str());
    data.insert("jid", outcome.job.to_string());
    data.insert("fun", outcome.function.as_str());
    data.insert("return", outcome.value.clone());
    data.insert("retcode", outcome.retcode);
    data.insert("success", outcome.success);
    if let Some(out) = &outcome.out {
        data.insert("out", out.as_str());
    }
    if !outcome.notes.is_empty() {
        data.insert("notes", outcome.notes.clone());
    }
    data.insert("ts", outcome.finished.micros() / 1_000_000);
    if let Some(job) = job {
        data.insert("fun_args", job.calls.first().map(Call::salt_args).unwrap_or_default());
        data.insert("user", job.user.as_str());
        if !job.options.metadata.is_null() {
            data.insert("metadata", job.options.metadata.clone());
        }
        if let Some(name) = job.options.metadata.get("schedule") {
            data.insert("schedule", name.clone());
        }
    }
    Value::Map(data)
}

/// Data of `salt/job/<jid>/sub/<id>/error/<function>`: one for each state of a run that failed.
fn failed_states(outcome: &Return) -> Vec<Value> {
    let is_run = outcome.retcode != 0 && outcome.function.starts_with("state.");
    let states = outcome.value.as_map().filter(|_| is_run);
    let failed = states.into_iter().flatten().filter_map(|(tag, state)| {
        let failed = state.get("result").is_some_and(|result| *result == Value::Bool(false));
        let mut data = state.as_map().filter(|_| failed)?.clone();
        let tag = value::text::str(tag);
        let function = tag.split_once("_|-").map_or("", |(module, _)| module);
        let name = tag.rsplit_once("_|-").map_or("", |(_, name)| name);
        data.insert("jid", outcome.job.to_string());
        data.insert("id", outcome.minion.as_str());
        data.insert("success", false);
        data.insert("return", format!("Error: {function}.{name}"));
        data.insert("fun", outcome.function.as_str());
        data.insert("retcode", outcome.retcode);
        Some(Value::Map(data))
    });
    failed.collect()
}
