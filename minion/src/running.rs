//! Jobs that run right now: what `saltutil.running` lists and `saltutil.kill_job` ends.

use host::Processes;
use model::{Job, JobId, Timestamp};
use std::collections::BTreeMap;
use std::io;
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
    /// The processes that it has started.
    pub processes: Processes,
}

/// What became of a signal to a job.
#[derive(Debug)]
pub enum Signalled {
    /// It does not run here.
    NotHere,
    /// It was sent to these process groups; what ends a job ends it also where it has none.
    Sent(Vec<i32>),
    /// It cannot be sent.
    Refused(io::Error),
}

/// Signals whose meaning is the end. A job is more than its processes, so they end the job as a whole; others are for the processes alone.
const ENDING: [i32; 6] = [1, 2, 3, 6, 9, 15];

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
        self.lock().insert(id, Entry { job, started, cancel, processes: Processes::default() });
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

    /// Sends a signal to the processes of a job, and ends the job if that is what the signal means.
    pub fn signal(&self, id: JobId, number: i32) -> Signalled {
        let Some(entry) = self.find(id) else { return Signalled::NotHere };
        // The end first: a command that ends by the signal is not to look as if it had ended by itself.
        if ENDING.contains(&number) {
            entry.cancel.cancel();
        }
        entry.processes.signal(number).map_or_else(Signalled::Refused, Signalled::Sent)
    }

    /// Whether a signal ends a job.
    #[must_use]
    pub fn ends(number: i32) -> bool {
        ENDING.contains(&number)
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
        assert!(matches!(running.signal(job(1, "x.x").id, 10), Signalled::Sent(groups) if groups.is_empty()));
        assert!(!cancel.is_cancelled(), "a signal that ends nothing ends nothing");
        assert!(matches!(running.signal(job(1, "x.x").id, 15), Signalled::Sent(_)) && cancel.is_cancelled());
        drop(entered);
        assert!(matches!(running.signal(job(1, "x.x").id, 15), Signalled::NotHere));
    }
}
