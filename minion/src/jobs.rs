//! One job from the moment it is on the disk until its return is in the spool.

use crate::core::Core;
use crate::desk::{Desk, Watcher};
use crate::inbox::Inbox;
use crate::run::{self, Outcome};
use crate::spool::Spool;
use bytes::Bytes;
use model::{Failure, FailureKind, Job, JobId, MinionId, Return, Timestamp};
use net::DialHandle;
use proto::FromMinion;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use value::Value;

/// Pieces of live output and steps that may wait for the connection; further ones are left out, because the return holds everything.
const PIECES: usize = 256;

/// How long a return waits for the pieces before it.
const FLUSH: Duration = Duration::from_secs(5);

/// What every job needs.
pub struct Jobs {
    /// The agent.
    pub core: Arc<Core>,
    /// Jobs on disk.
    pub inbox: Arc<Inbox>,
    /// Returns on disk.
    pub spool: Arc<Spool>,
    /// The session.
    pub link: DialHandle,
    /// This minion.
    pub minion: MinionId,
    /// How many run at the same time.
    pub places: Arc<Semaphore>,
    /// Taken while outcomes of own runs are handed to the master: one after the other.
    pub own: tokio::sync::Mutex<()>,
}

/// Sends live pieces of one job, in their order.
struct Live {
    job: JobId,
    /// Somebody follows the job; otherwise only its steps are told.
    is_followed: bool,
    sequence: AtomicU64,
    pieces: mpsc::Sender<FromMinion>,
}

impl Watcher for Live {
    fn output(&self, stream: host::Stream, bytes: &[u8]) {
        if !self.is_followed {
            return;
        }
        let stream = match stream {
            host::Stream::Out => proto::Stream::Stdout,
            host::Stream::Err => proto::Stream::Stderr,
        };
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let _ = self.pieces.try_send(FromMinion::Output { job: self.job, sequence, stream, bytes: Bytes::copy_from_slice(bytes) });
    }

    fn progress(&self, data: Value) {
        let _ = self.pieces.try_send(FromMinion::Progress { job: self.job, data });
    }
}

impl Jobs {
    /// Where outcomes of own runs wait for the master.
    #[must_use]
    pub fn own_folder(&self) -> std::path::PathBuf {
        self.core.loaded().config.spool_folder().join("own")
    }

    /// A place to run in, if one is free.
    #[must_use]
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a place and runs a job that is on the disk and has not begun.
    pub async fn wait_and_run(self: Arc<Self>, job: Job, stop: CancellationToken) {
        // While it waits it is only on the disk, so an agent that stops now runs it after its next start.
        let place = tokio::select! {
            place = Arc::clone(&self.places).acquire_owned() => place,
            () = stop.cancelled() => return,
        };
        let Ok(place) = place else { return };
        let (inbox, id) = (Arc::clone(&self.inbox), job.id);
        if let Some(Err(error)) = blocking(move || inbox.begin(id)).await {
            let failure = Failure::failed(format!("the job was not run: {}", output::chain(&error)));
            self.give_back(&job, Timestamp::now(), failed(failure)).await;
            return;
        }
        self.run(job, place, stop).await;
    }

    /// Runs a job that is noted as begun. Ends with its return in the spool and on its way.
    pub async fn run(self: Arc<Self>, job: Job, _place: OwnedSemaphorePermit, stop: CancellationToken) {
        let id = job.id;
        let started = Timestamp::now();
        let cancel = CancellationToken::new();
        let _ = self.link.send(&FromMinion::Started { job: id, pid: std::process::id() }).await;
        let (watcher, forwarding) = if job.options.stream || self.core.loaded().config.state_events {
            let (pieces, arriving) = mpsc::channel(PIECES);
            let live: Arc<dyn Watcher> = Arc::new(Live { job: id, is_followed: job.options.stream, sequence: AtomicU64::new(0), pieces });
            (Some(live), Some(tokio::spawn(forward(self.link.clone(), arriving))))
        } else {
            (None, None)
        };
        let outcome = self.outcome(&job, started, &cancel, watcher, &stop).await;
        if let Some(forwarding) = forwarding {
            let _ = tokio::time::timeout(FLUSH, forwarding).await;
        }
        self.give_back(&job, started, outcome).await;
        if self.core.running.is_idle() {
            blocking(host::give_back_memory).await;
        }
    }

    async fn outcome(
        &self,
        job: &Job,
        started: Timestamp,
        cancel: &CancellationToken,
        watcher: Option<Arc<dyn Watcher>>,
        stop: &CancellationToken,
    ) -> Outcome {
        let _entered = self.core.running.enter(job.clone(), started, cancel.clone());
        let core = Arc::clone(&self.core);
        if core.known_pillar().is_none() && job.calls.iter().any(|call| !crate::call::asks_for_nothing(&call.function)) {
            // Right after the start: the first job must not see an empty pillar.
            let _ = core.pillar().await;
        }
        let desk = core.desk(Some(job.id), cancel.clone());
        let desk = Desk::watched(core, (**desk.facts()).clone(), watcher);
        let calls = job.calls.clone();
        let runtime = self.core.runtime.clone();
        // File operations of functions block; the thread of the session must not.
        let mut work = tokio::task::spawn_blocking(move || runtime.block_on(async { run::calls(&desk, &calls).await }));
        let deadline = async {
            match job.options.deadline {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            done = &mut work => return done.unwrap_or_else(broke),
            () = deadline => Some(Failure::new(FailureKind::TimedOut, format!(
                "the job was ended: its deadline of {} s has passed", job.options.deadline.unwrap_or_default().as_secs_f64()
            ))),
            () = stop.cancelled() => Some(Failure::new(FailureKind::Cancelled, "the job was ended because the agent was stopped")),
        };
        cancel.cancel();
        let done = work.await.unwrap_or_else(broke);
        match why {
            Some(failure) if !done.success => failed(failure),
            _ => done,
        }
    }

    /// Puts a return into the spool and sends it. Without a session it is sent after the next connect.
    pub async fn give_back(&self, job: &Job, started: Timestamp, outcome: Outcome) {
        let finished = Timestamp::now();
        for note in &outcome.notes {
            tracing::warn!(job = %job.id, note, "noted while a job ran");
        }
        // On its own command line a missing function ends with 255; a job that meets one returns 1, to be shown as text. Both as Salt has it.
        let is_missing = outcome.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::NoFunction);
        let (retcode, out) = if is_missing { (1, Some("nested".to_owned())) } else { (outcome.retcode, outcome.out) };
        let outcome = Return {
            job: job.id,
            minion: self.minion.clone(),
            function: job.function_text(),
            value: outcome.value,
            retcode,
            success: outcome.success,
            out,
            started,
            finished,
            notes: outcome.notes,
        };
        let spool = Arc::clone(&self.spool);
        let Some(message) = blocking(move || spool.put(outcome)).await else { return };
        tracing::info!(job = %job.id, function = %job.function_text(), "job done");
        if let Err(error) = self.link.send(&message).await {
            tracing::debug!(job = %job.id, %error, "the return waits for the connection");
        }
    }

    /// The return of a job that had begun when the agent died.
    pub async fn died(&self, job: &Job) {
        let failure = Failure::failed("the agent ended while the job ran; nobody knows how far it got, so it was not run again")
            .with_hint("look at the host, then run it again");
        self.give_back(job, job.id.made(), failed(failure)).await;
    }
}

/// Runs something that waits for the disk.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::error!(%error, "work on the disk ended abnormally");
            None
        }
    }
}

async fn forward(link: DialHandle, mut pieces: mpsc::Receiver<FromMinion>) {
    while let Some(piece) = pieces.recv().await {
        // Without a session live pieces are of no use to anybody.
        let _ = link.send(&piece).await;
    }
}

/// The outcome of a job that was not run, or not to its end.
#[must_use]
pub fn failed(failure: Failure) -> Outcome {
    let value = Value::from(failure.to_string());
    Outcome { value, retcode: failure.retcode.max(1), success: false, out: None, failure: Some(failure), notes: Vec::new() }
}

fn broke(error: tokio::task::JoinError) -> Outcome {
    failed(Failure::failed(format!("the function ended abnormally: {error}")))
}
