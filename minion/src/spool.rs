//! Returns on disk until the master has acknowledged them.
//!
//! A return is one small file, named after its job. On a full disk it stays in memory, which is said once, and is written as soon as that
//! works again: losing a return is worse than using memory, and the master usually takes it long before.

use crate::journal::{first_record, frame, sync_folder};
use model::{JobId, Return};
use proto::FromMinion;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the spool of returns `{path}`")]
pub struct Error {
    path: PathBuf,
    source: std::io::Error,
}

/// The spool. Its calls write to the disk: an async caller makes them on a thread that may wait.
pub struct Spool {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// Every return that is not acknowledged: its number, and itself while it is not on the disk.
    held: BTreeMap<JobId, (u64, Option<Return>)>,
    is_full: bool,
}

impl Spool {
    /// Opens the spool in a folder and takes stock of what is in it.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let fail = |source| Error { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let mut state = State::default();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<JobId>().ok());
            match id {
                Some(id) => {
                    state.held.insert(id, (0, None));
                }
                // What a dead process was writing.
                None => drop(std::fs::remove_file(&path)),
            }
        }
        for (number, _) in state.held.values_mut() {
            *number = state.next;
            state.next += 1;
        }
        Ok(Self { folder: folder.to_owned(), state: Mutex::new(state) })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn path(&self, id: JobId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    /// Keeps a return and gives its message. Of two returns of one job the first one stands.
    pub fn put(&self, outcome: Return) -> FromMinion {
        let mut state = self.lock();
        let id = outcome.job;
        if let Some((number, _)) = state.held.get(&id) {
            let number = *number;
            drop(state);
            return self.message(id).unwrap_or(FromMinion::Return { outcome, sequence: number });
        }
        let sequence = state.next;
        state.next += 1;
        let (message, written) = self.write(outcome, sequence);
        let FromMinion::Return { outcome, .. } = &message else { return message };
        let kept = match written {
            Ok(()) => None,
            Err(error) => {
                if !state.is_full {
                    tracing::error!(%error, folder = %self.folder.display(), "a return cannot be written to disk and is kept in memory");
                }
                state.is_full = true;
                Some(outcome.clone())
            }
        };
        state.held.insert(id, (sequence, kept));
        message
    }

    /// Writes one return; a return that cannot be put into bytes is replaced by one that says so.
    fn write(&self, outcome: Return, sequence: u64) -> (FromMinion, std::io::Result<()>) {
        let mut message = FromMinion::Return { outcome, sequence };
        let bytes = match proto::codec::encode(&message) {
            Ok(bytes) => bytes,
            Err(error) => {
                let FromMinion::Return { outcome, .. } = message else { return (message, Ok(())) };
                let value = format!("the function ended, but what it returned cannot be sent: {error}").into();
                message = FromMinion::Return { outcome: Return { value, retcode: 1, success: false, out: None, ..outcome }, sequence };
                proto::codec::encode(&message).unwrap_or_default()
            }
        };
        let FromMinion::Return { outcome, .. } = &message else { return (message, Ok(())) };
        let written = self.write_file(&self.path(outcome.job), &frame(&bytes));
        (message, written)
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let fresh = path.with_extension("new");
        let write = || {
            let mut file = std::fs::File::create(&fresh)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            std::fs::rename(&fresh, path)
        };
        let written = write();
        match &written {
            Ok(()) => sync_folder(path),
            Err(_) => drop(std::fs::remove_file(&fresh)),
        }
        written
    }

    /// The message of a held return.
    #[must_use]
    pub fn message(&self, id: JobId) -> Option<FromMinion> {
        let (sequence, kept) = self.lock().held.get(&id).cloned()?;
        if let Some(outcome) = kept {
            return Some(FromMinion::Return { outcome, sequence });
        }
        let bytes = std::fs::read(self.path(id)).ok()?;
        match proto::codec::decode(first_record(&bytes)?.0) {
            Ok(FromMinion::Return { outcome, .. }) => Some(FromMinion::Return { outcome, sequence }),
            _ => None,
        }
    }

    /// Jobs with a held return, in the order of their numbers.
    #[must_use]
    pub fn held(&self) -> Vec<JobId> {
        let state = self.lock();
        let mut held: Vec<(u64, JobId)> = state.held.iter().map(|(id, (number, _))| (*number, *id)).collect();
        held.sort_unstable();
        held.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether a job has a held return.
    #[must_use]
    pub fn holds(&self, id: JobId) -> bool {
        self.lock().held.contains_key(&id)
    }

    /// Forgets a return that the master has.
    pub fn forget(&self, id: JobId) {
        self.lock().held.remove(&id);
        if let Err(error) = std::fs::remove_file(self.path(id))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, job = %id, "an acknowledged return cannot be removed");
        }
    }

    /// A return file that cannot be read: the caller makes another one in its place.
    pub fn discard_unreadable(&self, id: JobId) {
        tracing::error!(job = %id, "a return on disk cannot be read and is given up");
        self.forget(id);
    }

    /// Writes what only memory holds, as far as the disk lets us; says how many are left.
    pub fn save(&self) -> usize {
        let mut state = self.lock();
        let waiting: Vec<(JobId, u64, Return)> =
            state.held.iter().filter_map(|(id, (number, kept))| Some((*id, *number, kept.clone()?))).collect();
        let mut left = waiting.len();
        for (id, number, outcome) in waiting {
            if self.write(outcome, number).1.is_err() {
                break;
            }
            left -= 1;
            if let Some((_, kept)) = state.held.get_mut(&id) {
                *kept = None;
            }
        }
        if left == 0 && state.is_full {
            state.is_full = false;
            tracing::info!(folder = %self.folder.display(), "returns are written to disk again");
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::outcome;
    use value::Value;

    fn value_of(message: Option<FromMinion>) -> Value {
        match message {
            Some(FromMinion::Return { outcome, .. }) => outcome.value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_return_outlives_the_process_until_it_is_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        spool.put(outcome(1, "one"));
        spool.put(outcome(2, "two"));
        drop(spool);
        let spool = Spool::open(folder.path()).unwrap();
        assert_eq!(spool.held(), [outcome(1, 0).job, outcome(2, 0).job]);
        assert_eq!(value_of(spool.message(outcome(2, 0).job)), Value::from("two"));
        spool.forget(outcome(1, 0).job);
        spool.forget(outcome(1, 0).job);
        assert_eq!(Spool::open(folder.path()).unwrap().held(), [outcome(2, 0).job]);
    }

    #[test]
    fn the_first_return_of_a_job_stands() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        spool.put(outcome(1, "first"));
        assert_eq!(value_of(Some(spool.put(outcome(1, "second")))), Value::from("first"));
    }

    #[test]
    fn on_a_full_disk_a_return_stays_in_memory_and_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("spool");
        let spool = Spool::open(&place).unwrap();
        // A folder that is no folder any more refuses every write, as a full disk does.
        std::fs::remove_dir(&place).unwrap();
        std::fs::write(&place, "").unwrap();
        spool.put(outcome(1, "kept"));
        assert_eq!(value_of(spool.message(outcome(1, 0).job)), Value::from("kept"));
        assert_eq!(spool.save(), 1);
        std::fs::remove_file(&place).unwrap();
        std::fs::create_dir(&place).unwrap();
        assert_eq!(spool.save(), 0);
        assert_eq!(Spool::open(&place).unwrap().held(), [outcome(1, 0).job]);
    }

    #[test]
    fn a_return_that_cannot_be_sent_is_replaced_by_one_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let deep = (0..200).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        let message = spool.put(outcome(1, deep));
        let FromMinion::Return { outcome, .. } = message else { panic!() };
        assert!(!outcome.success && outcome.value.as_str().unwrap().contains("cannot be sent"), "{outcome:?}");
    }

    #[test]
    fn what_a_dead_process_was_writing_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("20261123061947179934.new"), "half").unwrap();
        assert!(Spool::open(folder.path()).unwrap().held().is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
