//! Runs of runners and wheel functions as jobs of the master: what runs now, and what is kept of them.

use crate::core::{Core, refusal};
use api::RunFunction;
use manager::Refusal;
use model::{Call, FunctionName, Job, JobId, JobOptions, MinionId, Progress, Return, Stage, Target, TargetKind, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use value::{Map, Value};

/// A longer return is not kept: functions that list jobs would else keep lists of lists.
const LONGEST: usize = 64 << 10;

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

/// How a run is kept as a job.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Free data for listings.
    pub metadata: Value,
    /// Returners of this master that get it too.
    pub returners: Vec<String>,
}

/// What the master is called in its own jobs.
fn master(core: &Core) -> Result<MinionId, Refusal> {
    MinionId::new(core.id.as_str()).map_err(|error| Refusal::internal(format!("the master's own id: {error}")))
}

/// Stores a run that begins, as a job for the master itself.
///
/// # Errors
/// When the store is away.
pub async fn begin(core: &Core, id: JobId, function: &str, told: RunFunction, user: &str, kept: &Kept) -> Result<(), Refusal> {
    let master = master(core)?;
    let function = FunctionName::new(function).map_err(|error| Refusal::invalid(error.to_string()))?;
    let job = Job {
        id,
        target: Target::new(TargetKind::List, core.id.as_str()),
        calls: vec![Call { function, args: told.args, kwargs: told.kwargs }],
        user: user.to_owned(),
        options: JobOptions { metadata: kept.metadata.clone(), returners: kept.returners.clone().into(), ..JobOptions::default() },
        expected: vec![master.clone()],
    };
    let running = Progress { stage: Stage::Running, reason: None, since: id.made() };
    core.store.insert_job(&job, &[(master, running)]).await.map_err(|error| refusal(&error))
}

/// Stores what came of it.
///
/// # Errors
/// When the store is away.
pub async fn finish(core: &Core, id: JobId, mut event: Map, retcode: i32, out: Option<String>, kept: &Kept) -> Result<(), Refusal> {
    let success = event.get("success").is_some_and(Value::is_truthy);
    let function = event.get("fun").map(value::text::str).unwrap_or_default();
    let now = Timestamp::now();
    let length = event.get("return").map_or(0, length);
    if length > LONGEST {
        let text = format!("a return of {length} bytes, which was told to whoever waited for it; no more than {LONGEST} are kept");
        event.insert("return", text);
    }
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
    core.couriers.note_for(core, &kept.returners, &outcome).await.map_err(|error| refusal(&error))?;
    core.store.insert_returns(&[outcome], now).await.map_err(|error| refusal(&error))?;
    core.couriers.wake();
    Ok(())
}

/// Bytes of a value as JSON.
fn length(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // What cannot be written is not kept either.
    serde_json::to_writer(&mut count, value).map_or(usize::MAX, |()| count.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_is_as_long_as_its_json() {
        assert_eq!(length(&Value::from("ab")), 4);
        assert_eq!(length(&Value::map()), 2);
    }
}
