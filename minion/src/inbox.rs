//! Jobs that came, on disk before they are acknowledged: none is lost, none runs twice.
//!
//! The journal holds what came, what has begun and what the master has acknowledged. After a crash a job that had not begun is run, one that
//! had begun is reported as died with the agent, because nobody can know how far it got. Ids of done jobs are remembered, so that a second
//! delivery changes nothing; the memory is bounded, and a job older than it is refused.

use crate::journal::{Journal, Safety};
use model::{Job, JobId};
use proto::ToMinion;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// So many ids of done jobs are remembered.
const REMEMBERED: usize = 20_000;

/// A journal larger than this is written anew.
const COMPACT_AT: u64 = 8 << 20;

/// Why the inbox cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or the journal cannot be opened.
    #[error("cannot open the journal of jobs `{path}`")]
    Open {
        /// The journal.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A record cannot be written.
    #[error("cannot write to the journal of jobs `{path}`")]
    Write {
        /// The journal.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The job cannot be put into bytes.
    #[error("the job cannot be written down")]
    Bad(#[from] proto::codec::BadMessage),
}

/// When a job that came will begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// At once: after a crash it is reported, never run.
    Now,
    /// When there is a place for it: after a crash before that it is run.
    Later,
}

/// What became of a job that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is on the disk now and is to be run.
    New,
    /// It came before and is here still: waiting, running or returned.
    Held,
    /// It came before and its return was acknowledged.
    Done,
    /// It is older than what is remembered, so nobody knows whether it ran.
    Forgotten,
}

/// What a restarted agent has to do.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Jobs that came and had not begun.
    pub waiting: Vec<Job>,
    /// Jobs that had begun and have no return; those in the spool have one.
    pub begun: Vec<Job>,
}

/// The inbox. Its calls write to the disk: an async caller makes them on a thread that may wait.
pub struct Inbox {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    journal: Journal,
    /// Jobs without an acknowledged return, with whether they have begun.
    open: BTreeMap<JobId, (Job, bool)>,
    done: BTreeSet<JobId>,
    /// The largest id that was forgotten.
    floor: Option<JobId>,
}

/// Kinds of records.
const CAME: u8 = 1;
const BEGAN: u8 = 2;
const ACKNOWLEDGED: u8 = 3;
const FLOOR: u8 = 4;

impl Inbox {
    /// Opens the inbox in a folder.
    ///
    /// # Errors
    /// When the folder or the journal cannot be opened.
    pub fn open(folder: &Path) -> Result<(Self, Recovered), Error> {
        let path = folder.join("journal");
        let open = |source| Error::Open { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(open)?;
        let (journal, records) = Journal::open(&path).map_err(open)?;
        let mut state = State { journal, open: BTreeMap::new(), done: BTreeSet::new(), floor: None };
        for record in &records {
            if !state.replay(record) {
                tracing::warn!(path = %path.display(), "a record of the journal is not understood and was passed over");
            }
        }
        let mut recovered = Recovered::default();
        for (job, has_begun) in state.open.values() {
            if *has_begun { recovered.begun.push(job.clone()) } else { recovered.waiting.push(job.clone()) }
        }
        let inbox = Self { path, state: Mutex::new(state) };
        inbox.compact_if_large(&mut inbox.lock());
        Ok((inbox, recovered))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes a job in; when this returns `New` the job is on the disk. One that begins at once is noted as begun with the same write.
    ///
    /// # Errors
    /// When it cannot be written; it must not be run then.
    pub fn receive(&self, job: &Job, begins: Begins) -> Result<Arrival, Error> {
        let mut state = self.lock();
        if state.open.contains_key(&job.id) {
            return Ok(Arrival::Held);
        }
        if state.done.contains(&job.id) {
            return Ok(Arrival::Done);
        }
        if state.floor.is_some_and(|floor| job.id <= floor) {
            return Ok(Arrival::Forgotten);
        }
        let mut record = vec![CAME];
        record.extend(proto::codec::encode(&ToMinion::Publish { job: job.clone() })?);
        let began = id_record(BEGAN, job.id);
        match begins {
            Begins::Now => self.write(&mut state, &[&record, &began], Safety::Disk)?,
            Begins::Later => self.write(&mut state, &[&record], Safety::Disk)?,
        }
        state.open.insert(job.id, (job.clone(), begins == Begins::Now));
        Ok(Arrival::New)
    }

    /// Notes that a job begins. After this it is never run again.
    ///
    /// # Errors
    /// When it cannot be written; the job must not be run then.
    pub fn begin(&self, id: JobId) -> Result<(), Error> {
        let mut state = self.lock();
        // A loss of power right now would run the job a second time, so this too waits for the disk.
        self.write(&mut state, &[&id_record(BEGAN, id)], Safety::Disk)?;
        if let Some((_, has_begun)) = state.open.get_mut(&id) {
            *has_begun = true;
        }
        Ok(())
    }

    /// Notes that the master has the return.
    pub fn acknowledge(&self, id: JobId) {
        let mut state = self.lock();
        if let Err(error) = self.write(&mut state, &[&id_record(ACKNOWLEDGED, id)], Safety::Process) {
            // The return is sent again after a restart, and acknowledged again.
            tracing::warn!(%error, job = %id, "an acknowledged return could not be noted");
        }
        state.close(id);
        self.compact_if_large(&mut state);
    }

    /// Jobs without an acknowledged return.
    #[must_use]
    pub fn holding(&self) -> Vec<JobId> {
        self.lock().open.keys().copied().collect()
    }

    fn write(&self, state: &mut State, records: &[&[u8]], safety: Safety) -> Result<(), Error> {
        state.journal.append(records, safety).map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn compact_if_large(&self, state: &mut State) {
        if state.journal.length() < COMPACT_AT {
            return;
        }
        let records = state.records();
        if let Err(error) = state.journal.replace(records.into_iter()) {
            tracing::warn!(%error, path = %self.path.display(), "the journal of jobs could not be written anew");
        }
    }
}

impl State {
    fn replay(&mut self, record: &[u8]) -> bool {
        let Some((kind, body)) = record.split_first() else { return false };
        if *kind == CAME {
            let Ok(ToMinion::Publish { job }) = proto::codec::decode(body) else { return false };
            self.open.insert(job.id, (job, false));
            return true;
        }
        let Some(id) = read_id(body) else { return false };
        match *kind {
            BEGAN => {
                if let Some((_, has_begun)) = self.open.get_mut(&id) {
                    *has_begun = true;
                }
            }
            ACKNOWLEDGED => self.close(id),
            FLOOR => self.floor = Some(id),
            _ => return false,
        }
        true
    }

    fn close(&mut self, id: JobId) {
        self.open.remove(&id);
        self.done.insert(id);
        while self.done.len() > REMEMBERED {
            if let Some(oldest) = self.done.pop_first() {
                self.floor = self.floor.max(Some(oldest));
            }
        }
    }

    /// The present state as records.
    fn records(&self) -> Vec<Vec<u8>> {
        let mut records: Vec<Vec<u8>> = self.floor.map(|id| id_record(FLOOR, id)).into_iter().collect();
        records.extend(self.done.iter().map(|id| id_record(ACKNOWLEDGED, *id)));
        for (job, has_begun) in self.open.values() {
            let Ok(bytes) = proto::codec::encode(&ToMinion::Publish { job: job.clone() }) else { continue };
            records.push([vec![CAME], bytes].concat());
            if *has_begun {
                records.push(id_record(BEGAN, job.id));
            }
        }
        records
    }
}

fn id_record(kind: u8, id: JobId) -> Vec<u8> {
    let mut record = vec![kind];
    record.extend(id.made().micros().to_le_bytes());
    record
}

fn read_id(body: &[u8]) -> Option<JobId> {
    Some(JobId::at(model::Timestamp(i64::from_le_bytes(body.try_into().ok()?))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::job;

    #[test]
    fn a_second_delivery_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _) = Inbox::open(folder.path()).unwrap();
        assert_eq!(inbox.receive(&job(1, "test.ping"), Begins::Later).unwrap(), Arrival::New);
        assert_eq!(inbox.receive(&job(1, "test.ping"), Begins::Later).unwrap(), Arrival::Held);
        inbox.begin(job(1, "test.ping").id).unwrap();
        inbox.acknowledge(job(1, "test.ping").id);
        assert_eq!(inbox.receive(&job(1, "test.ping"), Begins::Later).unwrap(), Arrival::Done);
        assert!(inbox.holding().is_empty());
    }

    #[test]
    fn after_a_crash_what_waited_is_run_and_what_had_begun_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _) = Inbox::open(folder.path()).unwrap();
        for id in 1..=3 {
            inbox.receive(&job(id, "test.ping"), Begins::Later).unwrap();
        }
        inbox.begin(job(1, "test.ping").id).unwrap();
        inbox.begin(job(3, "test.ping").id).unwrap();
        inbox.acknowledge(job(3, "test.ping").id);
        drop(inbox);
        let (inbox, recovered) = Inbox::open(folder.path()).unwrap();
        let ids = |jobs: &[Job]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        assert_eq!(ids(&recovered.begun), [job(1, "x.x").id]);
        assert_eq!(ids(&recovered.waiting), [job(2, "x.x").id]);
        assert_eq!(inbox.receive(&job(3, "test.ping"), Begins::Later).unwrap(), Arrival::Done);
    }

    #[test]
    fn a_job_that_begins_at_once_is_not_run_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _) = Inbox::open(folder.path()).unwrap();
        inbox.receive(&job(1, "test.ping"), Begins::Now).unwrap();
        drop(inbox);
        let (_, recovered) = Inbox::open(folder.path()).unwrap();
        assert_eq!((recovered.waiting.len(), recovered.begun.len()), (0, 1));
    }

    #[test]
    fn a_job_older_than_the_memory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _) = Inbox::open(folder.path()).unwrap();
        {
            let mut state = inbox.lock();
            for id in 10..10 + REMEMBERED as i64 + 5 {
                state.close(job(id, "x.x").id);
            }
        }
        assert_eq!(inbox.receive(&job(12, "test.ping"), Begins::Later).unwrap(), Arrival::Forgotten);
        assert_eq!(inbox.receive(&job(1_000_000, "test.ping"), Begins::Later).unwrap(), Arrival::New);
    }

    #[test]
    fn compacting_keeps_what_matters() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _) = Inbox::open(folder.path()).unwrap();
        for id in 1..=3 {
            inbox.receive(&job(id, "test.ping"), Begins::Later).unwrap();
        }
        inbox.begin(job(2, "test.ping").id).unwrap();
        inbox.acknowledge(job(3, "test.ping").id);
        {
            let mut state = inbox.lock();
            let records = state.records();
            state.journal.replace(records.into_iter()).unwrap();
        }
        drop(inbox);
        let (inbox, recovered) = Inbox::open(folder.path()).unwrap();
        assert_eq!((recovered.waiting.len(), recovered.begun.len()), (1, 1));
        assert_eq!(inbox.receive(&job(3, "test.ping"), Begins::Later).unwrap(), Arrival::Done);
    }
}
