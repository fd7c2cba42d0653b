//! One state run at a time: two of them would undo each other's work.
//!
//! Inside the agent the lock is a queue; against a `salt-call --local` beside it, a lock on a file, which the system releases when its
//! holder dies.

use model::{JobId, Timestamp};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a run does while another one goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// It is refused.
    Refuse,
    /// It waits.
    Wait,
    /// It waits unless so many wait already.
    WaitUnless(usize),
}

/// Who holds the lock, as others are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The function that runs.
    pub function: String,
    /// Process that runs it.
    pub pid: u32,
    /// Its job.
    pub job: String,
}

impl Holder {
    /// A run of this process.
    #[must_use]
    pub fn new(function: &str, job: Option<JobId>) -> Self {
        let job = job.unwrap_or_else(|| JobId::at(Timestamp::now()));
        Self { function: function.to_owned(), pid: std::process::id(), job: job.to_string() }
    }

    /// A job in the table of running ones.
    #[must_use]
    pub fn of(entry: &crate::running::Entry) -> Self {
        Self { function: entry.job.function_text(), pid: std::process::id(), job: entry.job.id.to_string() }
    }

    fn line(&self) -> String {
        format!("{}\t{}\t{}\n", self.function, self.pid, self.job)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.trim_end().split('\t');
        Some(Self { function: parts.next()?.to_owned(), pid: parts.next()?.parse().ok()?, job: parts.next()?.to_owned() })
    }

    /// The refusal of another run, in Salt's words.
    #[must_use]
    pub fn refusal(&self) -> String {
        let since = self.job.parse::<JobId>().map(|id| id.made().start_time()).unwrap_or_default();
        format!("The function \"{}\" is running as PID {} and was started at {since} with jid {}", self.function, self.pid, self.job)
    }
}

/// The lock.
#[derive(Debug)]
pub struct RunLock {
    path: PathBuf,
    waiting: AtomicUsize,
    /// The queue inside this process: a file lock alone would let waiters starve.
    order: tokio::sync::Mutex<()>,
    held: std::sync::Mutex<Option<Holder>>,
}

/// The right to run states; given back when dropped.
pub struct Held<'a> {
    lock: &'a RunLock,
    _turn: tokio::sync::MutexGuard<'a, ()>,
    _file: Option<Flock<File>>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.lock.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }
}

impl RunLock {
    /// A lock that other processes see in a file.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, waiting: AtomicUsize::new(0), order: tokio::sync::Mutex::new(()), held: std::sync::Mutex::new(None) }
    }

    /// Takes the lock, or waits for it.
    ///
    /// # Errors
    /// With who holds it, when the run is not to wait.
    pub async fn take(&self, holder: Holder, queue: Queue) -> Result<Held<'_>, Holder> {
        if let Ok(turn) = self.order.try_lock() {
            match self.take_file(&holder) {
                Ok(file) => return Ok(self.held(holder, turn, file)),
                Err(other) if !may_wait(queue, self.waiting.load(Ordering::Relaxed)) => return Err(other),
                Err(_) => drop(turn),
            }
        } else if !may_wait(queue, self.waiting.load(Ordering::Relaxed)) {
            let held = self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            return Err(held.unwrap_or(holder));
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _one_less = Waiting(&self.waiting);
        let turn = self.order.lock().await;
        loop {
            match self.take_file(&holder) {
                Ok(file) => return Ok(self.held(holder, turn, file)),
                // Another process; nobody tells us when it ends.
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Whether a job holds the lock: a state of its run that starts another run must not wait for itself.
    #[must_use]
    pub fn is_held_by(&self, job: JobId) -> bool {
        let held = self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        held.as_ref().is_some_and(|holder| holder.job == job.to_string())
    }

    /// Whether any run of this agent goes on.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some()
    }

    fn held<'a>(&'a self, holder: Holder, turn: tokio::sync::MutexGuard<'a, ()>, file: Option<Flock<File>>) -> Held<'a> {
        *self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(holder);
        Held { lock: self, _turn: turn, _file: file }
    }

    /// Locks the file; where there cannot be one (a read-only disk) the lock inside the process has to do.
    fn take_file(&self, holder: &Holder) -> Result<Option<Flock<File>>, Holder> {
        if let Some(folder) = self.path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let Ok(file) = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path) else { return Ok(None) };
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut file) => {
                let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.line().as_bytes()));
                Ok(Some(file))
            }
            Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
                let mut line = String::new();
                let _ = file.read_to_string(&mut line);
                Err(Holder::parse(&line).unwrap_or_else(|| Holder { function: "state.apply".to_owned(), pid: 0, job: String::new() }))
            }
            Err(_) => Ok(None),
        }
    }
}

fn may_wait(queue: Queue, waiting: usize) -> bool {
    match queue {
        Queue::Refuse => false,
        Queue::Wait => true,
        Queue::WaitUnless(most) => waiting < most,
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(job: &str) -> Holder {
        Holder { function: "state.apply".into(), pid: 7, job: job.into() }
    }

    #[tokio::test]
    async fn a_second_run_is_refused_with_salts_words() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::new(folder.path().join("lock"));
        let _held = lock.take(holder("20261123061947179934"), Queue::Refuse).await.ok().unwrap();
        let other = lock.take(holder("20261123061947179935"), Queue::Refuse).await.err().unwrap();
        assert_eq!(
            other.refusal(),
            "The function \"state.apply\" is running as PID 7 and was started at 2026, Nov 23 06:19:47.179934 with jid 20261123061947179934"
        );
    }

    #[tokio::test]
    async fn a_run_inside_a_run_of_the_same_job_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::new(folder.path().join("lock"));
        let job: JobId = "20261123061947179934".parse().unwrap();
        let held = lock.take(Holder::new("state.apply", Some(job)), Queue::Refuse).await.ok().unwrap();
        assert!(lock.is_held_by(job));
        drop(held);
        assert!(!lock.is_held_by(job));
    }

    #[tokio::test]
    async fn another_process_is_seen_through_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (RunLock::new(folder.path().join("lock")), RunLock::new(folder.path().join("lock")));
        let held = there.take(holder("1"), Queue::Refuse).await.ok().unwrap();
        assert_eq!(here.take(holder("2"), Queue::Refuse).await.err().unwrap(), holder("1"));
        drop(held);
        assert!(here.take(holder("2"), Queue::Refuse).await.is_ok());
    }

    #[tokio::test]
    async fn a_run_waits_unless_enough_wait_already() {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::new(folder.path().join("lock"));
        let held = lock.take(holder("1"), Queue::Refuse).await.ok().unwrap();
        assert!(lock.take(holder("2"), Queue::WaitUnless(0)).await.is_err());
        let second = lock.take(holder("2"), Queue::Wait);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(lock.take(holder("3"), Queue::WaitUnless(1)).await.is_err());
        drop(held);
        assert!(second.await.is_ok());
    }
}
