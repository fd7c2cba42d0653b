//! Runs of runners and wheel functions as jobs of the master: what runs now, and what is kept of those in the background.

use crate::core::{Core, refusal};
use manager::Refusal;
use model::{Call, FunctionName, Job, JobId, JobOptions, MinionId, Progress, Return, Stage, Target, TargetKind, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use value::{Map, Value};

/// Runs that are not done.
#[derive(Default)]
pub struct Runs(Mutex<BTreeMap<JobId, Map>>);

/// Takes a run out of the table when it is dropped, however its task ends.
pub struct Entered<'a> {
    runs: &'a Runs,
    id: JobId,
}

impl Runs {
    /// Puts a run in for as long as the answer lives.
    #[must_use]
    pub fn enter(&self, id: JobId, event: Map) -> Entered<'_> {
        self.lock().insert(id, event);
        Entered { runs: self, id }
    }

    /// The runs, oldest first, with what was called and by whom.
    #[must_use]
    pub fn all(&self) -> Vec<(JobId, Map)> {
        self.lock().iter().map(|(id, event)| (*id, event.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Map>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.runs.lock().remove(&self.id);
    }
}

/// What the master is called in its own jobs.
fn master(core: &Core) -> Result<MinionId, Refusal> {
    MinionId::new(core.id.as_str()).map_err(|error| Refusal::internal(format!("the master's own id: {error}")))
}

/// Stores a run that goes on in the background, as a job for the master itself.
///
/// # Errors
/// When the store is away.
pub async fn begin(core: &Core, id: JobId, function: &str, args: Vec<Value>, kwargs: Map, user: &str) -> Result<(), Refusal> {
    let master = master(core)?;
    let function = FunctionName::new(function).map_err(|error| Refusal::invalid(error.to_string()))?;
    let job = Job {
        id,
        target: Target::new(TargetKind::List, core.id.as_str()),
        calls: vec![Call { function, args, kwargs }],
        user: user.to_owned(),
        options: JobOptions::default(),
        expected: vec![master.clone()],
    };
    let running = Progress { stage: Stage::Running, reason: None, since: id.made() };
    core.store.insert_job(&job, &[(master, running)]).await.map_err(|error| refusal(&error))
}

/// Stores what came of it.
///
/// # Errors
/// When the store is away.
pub async fn finish(core: &Core, id: JobId, event: Map, retcode: i32, out: Option<String>) -> Result<(), Refusal> {
    let success = event.get("success").is_some_and(Value::is_truthy);
    let function = event.get("fun").map(value::text::str).unwrap_or_default();
    let now = Timestamp::now();
    let outcome = Return {
        job: id,
        minion: master(core)?,
        function,
        value: Value::Map(event),
        retcode,
        success,
        out,
        started: id.made(),
        finished: now,
        notes: Vec::new(),
    };
    core.store.insert_returns(&[outcome], now).await.map(drop).map_err(|error| refusal(&error))
}
