//! Jobs that run right now: what `saltutil.running` lists and `saltutil.kill_job` ends.

use model::{Job, JobId, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;
use value::{Map, Value};

/// A job that runs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The job.
    pub job: Job,
    /// Since when.
    pub started: Timestamp,
    /// Ends it with all its processes.
    pub cancel: CancellationToken,
}

impl Entry {
    /// As `saltutil.running` shows it.
    #[must_use]
    pub fn show(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("pid", std::process::id());
        shown.insert("jid", self.job.id);
        shown.insert("fun", self.job.function_text());
        let args: Vec<Value> = match self.job.calls.as_slice() {
            [one] => one.salt_args(),
            many => many.iter().map(|call| Value::List(call.salt_args())).collect(),
        };
        shown.insert("arg", Value::List(args));
        shown.insert("tgt", self.job.target.expression.as_str());
        shown.insert("tgt_type", self.job.target.kind.name());
        shown.insert("ret", "");
        shown.insert("user", self.job.user.as_str());
        Value::Map(shown)
    }
}

/// The table of running jobs.
#[derive(Debug, Default)]
pub struct Running(Mutex<BTreeMap<JobId, Entry>>);

/// Takes a job out of the table when it is dropped, however its task ends.
pub struct Entered<'a> {
    table: &'a Running,
    id: JobId,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job in for as long as the answer lives.
    #[must_use]
    pub fn enter(&self, job: Job, started: Timestamp, cancel: CancellationToken) -> Entered<'_> {
        let id = job.id;
        self.lock().insert(id, Entry { job, started, cancel });
        Entered { table: self, id }
    }

    /// Every running job, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Entry> {
        self.lock().values().cloned().collect()
    }

    /// Whether nothing runs.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.lock().is_empty()
    }

    /// One running job.
    #[must_use]
    pub fn find(&self, id: JobId) -> Option<Entry> {
        self.lock().get(&id).cloned()
    }

    /// Ends a job; says whether it ran.
    pub fn cancel(&self, id: JobId) -> bool {
        let entry = self.find(id);
        if let Some(entry) = &entry {
            entry.cancel.cancel();
        }
        entry.is_some()
    }

    /// How many jobs run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.table.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::job;

    #[test]
    fn a_job_is_in_the_table_while_it_runs() {
        let running = Running::default();
        let cancel = CancellationToken::new();
        let entered = running.enter(job(1, "test.sleep"), Timestamp(1), cancel.clone());
        assert_eq!(running.count(), 1);
        assert!(running.cancel(job(1, "x.x").id) && cancel.is_cancelled());
        drop(entered);
        assert!(!running.cancel(job(1, "x.x").id));
    }
}
