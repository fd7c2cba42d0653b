//! Following a job: first how it stands, then every change, each once.

use crate::core::Core;
use crate::jobs::standing;
use api::{Counts, JobEvent, WatchJob};
use cmdb::Page;
use manager::{Refusal, Stream};
use model::{JobId, MinionId, Progress, Stage};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Pieces of output that a slow watcher may be behind before further ones are left out. Stages and returns never are.
const BEHIND: usize = 1000;

/// A job's watchers.
#[derive(Default)]
pub struct Watchers {
    of_job: Mutex<HashMap<JobId, Vec<Watcher>>>,
}

struct Watcher {
    events: mpsc::UnboundedSender<JobEvent>,
    lag: Arc<Lag>,
}

/// How far a watcher is behind.
#[derive(Default)]
struct Lag {
    waiting: AtomicUsize,
    missed: AtomicU64,
}

impl Watchers {
    /// Tells the watchers of a job, if there are any.
    pub fn tell(&self, job: JobId, event: impl Fn() -> JobEvent) {
        let mut of_job = self.lock();
        let Some(watchers) = of_job.get_mut(&job) else { return };
        watchers.retain(|watcher| {
            let event = event();
            let may_be_left_out = matches!(event, JobEvent::Output { .. } | JobEvent::Progress { .. });
            if may_be_left_out && watcher.lag.waiting.load(Ordering::Relaxed) >= BEHIND {
                watcher.lag.missed.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            watcher.lag.waiting.fetch_add(1, Ordering::Relaxed);
            watcher.events.send(event).is_ok()
        });
        if watchers.is_empty() {
            of_job.remove(&job);
        }
    }

    /// Nothing more comes of a job: its watchers end when they have told what they have.
    pub fn finished(&self, job: JobId) {
        self.lock().remove(&job);
    }

    fn add(&self, job: JobId) -> (mpsc::UnboundedReceiver<JobEvent>, Arc<Lag>) {
        let (events, receiver) = mpsc::unbounded_channel();
        let lag = Arc::new(Lag::default());
        self.lock().entry(job).or_default().push(Watcher { events, lag: Arc::clone(&lag) });
        (receiver, lag)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Vec<Watcher>>> {
        self.of_job.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows a job.
///
/// # Errors
/// When there is no such job, or the store is away.
pub async fn watch(core: Arc<Core>, id: JobId, how: WatchJob) -> Result<Stream<JobEvent>, Refusal> {
    // Registered before the look at how things stand, so that nothing falls between; what is told by both is told once.
    let (events, lag) = core.jobs.watchers.add(id);
    let is_open = core.jobs.tracker().progress(id).is_some();
    let standing = standing(&core, id).await?;
    if standing.is_empty() {
        core.jobs.watchers.finished(id);
        return Err(no_job(id));
    }
    let (out, mut told) = mpsc::channel(256);
    let teller = Teller { core, id, how, out, standing: BTreeMap::new(), returned: HashSet::new() };
    tokio::spawn(async move {
        // A watcher that went away, or a store that went away in the middle, ends the stream; it can be opened again without a gap.
        let _ = teller.run(standing, is_open, events, &lag).await;
    });
    Ok(Box::pin(futures_util::stream::poll_fn(move |context| told.poll_recv(context))))
}

/// No job has this id.
#[must_use]
pub fn no_job(id: JobId) -> Refusal {
    Refusal::not_found(format!("no job {id} is known")).with_hint("jobs are kept for `keep_jobs_seconds`; see `sylvite job list`")
}

/// Tells one watcher.
struct Teller {
    core: Arc<Core>,
    id: JobId,
    how: WatchJob,
    out: mpsc::Sender<JobEvent>,
    standing: BTreeMap<MinionId, Progress>,
    returned: HashSet<MinionId>,
}

/// The watcher is gone, or the store is.
struct Over;

impl Teller {
    async fn run(
        mut self,
        standing: BTreeMap<MinionId, Progress>,
        is_open: bool,
        mut events: mpsc::UnboundedReceiver<JobEvent>,
        lag: &Lag,
    ) -> Result<(), Over> {
        let has_returns = standing.values().any(|progress| matches!(progress.stage, Stage::Returned | Stage::Failed));
        for (minion, progress) in standing {
            self.tell(JobEvent::Stage { minion, progress }).await?;
        }
        if has_returns {
            self.tell_returns().await?;
        }
        // The watchers of a job that is over hear nothing more.
        if is_open {
            while !self.is_over() {
                let Some(event) = events.recv().await else { break };
                lag.waiting.fetch_sub(1, Ordering::Relaxed);
                let missed = lag.missed.swap(0, Ordering::Relaxed);
                if missed > 0 {
                    self.tell(JobEvent::Lagged { missed }).await?;
                }
                self.tell(event).await?;
            }
        }
        let counts = Counts::of(self.standing.values().map(|progress| progress.stage));
        let last = if counts.is_done() { JobEvent::Done { counts } } else { JobEvent::Idle { counts } };
        self.tell(last).await
    }

    /// Nothing more is to be waited for.
    fn is_over(&self) -> bool {
        let is_quiet = |(minion, progress): (&MinionId, &Progress)| {
            progress.stage.is_final() || (!self.how.until_done && !self.core.roster.is_online(minion))
        };
        self.standing.iter().all(is_quiet)
    }

    async fn tell_returns(&mut self) -> Result<(), Over> {
        let mut page = Page::first(500);
        loop {
            let part = self.core.store.returns(self.id, &page).await.map_err(|_| Over)?;
            for returned in part.items {
                self.tell(JobEvent::Returned { returned }).await?;
            }
            match part.next {
                Some(cursor) => page = Page::after(cursor, 500),
                None => return Ok(()),
            }
        }
    }

    /// Tells an event unless it has been told.
    async fn tell(&mut self, event: JobEvent) -> Result<(), Over> {
        match &event {
            JobEvent::Stage { minion, progress } => {
                if self.standing.get(minion) == Some(progress) {
                    return Ok(());
                }
                self.standing.insert(minion.clone(), progress.clone());
            }
            JobEvent::Returned { returned } if !self.returned.insert(returned.minion.clone()) => return Ok(()),
            _ => {}
        }
        self.out.send(event).await.map_err(|_| Over)
    }
}
