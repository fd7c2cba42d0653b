//! The desk of all jobs: holds the tracker and does what it decides. Sessions and requests bring events here.

use crate::bus::Keep;
use crate::core::Core;
use crate::jobs::{Arrived, Tracker, Watchers, tracker::Action};
use crate::retry::until_stored;
use api::JobEvent;
use cmdb::{ProgressChange, Store};
use daemon::Stop;
use model::{Job, JobId, MinionId, Progress, Stage, Timestamp};
use proto::{Encoded, ToMinion};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tracing::{debug, warn};
use value::{Map, Value};

/// Stages wait so long to be stored, since most jobs are over by then and their return stores the last stage.
const LINGER: Duration = Duration::from_millis(200);
/// How often waiting jobs are looked at.
const TICK: Duration = Duration::from_secs(1);

/// The desk of all jobs.
pub struct Desk {
    tracker: Mutex<Tracker>,
    last: Mutex<JobId>,
    /// Stages that are to be stored.
    stages: Mutex<HashMap<(JobId, MinionId), Progress>>,
    changed: Notify,
    /// Processes that run jobs, as minions tell them.
    pids: Mutex<HashMap<JobId, HashMap<MinionId, u32>>>,
    /// Who follows jobs.
    pub watchers: Watchers,
    returns: mpsc::Sender<Arrived>,
}

impl Desk {
    /// A desk with the jobs that were open when the master ended. Returns go to the collector at the other end of `returns`.
    #[must_use]
    pub fn new(tracker: Tracker, last: Option<JobId>, returns: mpsc::Sender<Arrived>) -> Self {
        Self {
            tracker: Mutex::new(tracker),
            last: Mutex::new(last.unwrap_or(JobId::at(Timestamp::default()))),
            stages: Mutex::default(),
            changed: Notify::new(),
            pids: Mutex::default(),
            watchers: Watchers::default(),
            returns,
        }
    }

    /// An id larger than every id before, also when the clock was set back.
    pub fn next_id(&self, now: Timestamp) -> JobId {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = JobId::at(now.max(Timestamp(last.made().micros() + 1)));
        *last
    }

    /// The tracker, for a short look or step.
    pub fn tracker(&self) -> MutexGuard<'_, Tracker> {
        self.tracker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stages of a job that are not stored yet.
    pub fn unstored(&self, job: JobId) -> Vec<(MinionId, Progress)> {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.iter().filter(|((id, _), _)| *id == job).map(|((_, minion), progress)| (minion.clone(), progress.clone())).collect()
    }

    /// Takes a stored job in and sends it.
    pub fn begin(&self, core: &Core, job: Job, now: Timestamp) {
        let actions = self.tracker().begin(job, now);
        self.act(core, actions);
    }

    /// A minion has a session.
    pub fn on_up(&self, core: &Core, minion: &MinionId, now: Timestamp) {
        let actions = self.tracker().on_up(minion, now);
        self.act(core, actions);
    }

    /// A minion has lost its session.
    pub fn on_down(&self, core: &Core, minion: &MinionId, reason: &str, now: Timestamp) {
        let actions = self.tracker().on_down(minion, reason, now);
        self.act(core, actions);
    }

    /// A minion has told which jobs it holds.
    pub fn on_holding(&self, core: &Core, minion: &MinionId, held: &[JobId], now: Timestamp) {
        let actions = self.tracker().on_holding(minion, held, now);
        self.act(core, actions);
    }

    /// A minion has the job on its disk.
    pub fn on_delivered(&self, core: &Core, job: JobId, minion: &MinionId, now: Timestamp) {
        let actions = self.tracker().on_delivered(job, minion, now);
        self.act(core, actions);
    }

    /// A minion has begun with the job, in a process.
    pub fn on_started(&self, core: &Core, job: JobId, minion: &MinionId, pid: u32, now: Timestamp) {
        let actions = self.tracker().on_started(job, minion, now);
        if !actions.is_empty() {
            self.pids_of_all().entry(job).or_default().insert(minion.clone(), pid);
        }
        self.act(core, actions);
    }

    /// Processes that run a job, by minion.
    pub fn pids(&self, job: JobId) -> HashMap<MinionId, u32> {
        self.pids_of_all().get(&job).cloned().unwrap_or_default()
    }

    fn pids_of_all(&self) -> MutexGuard<'_, HashMap<JobId, HashMap<MinionId, u32>>> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A minion's key is gone; its jobs are lost.
    pub fn on_removed(&self, core: &Core, minion: &MinionId, reason: &str, now: Timestamp) {
        let actions = self.tracker().on_removed(minion, reason, now);
        self.act(core, actions);
    }

    /// What has not gone out yet does not go out any more; says whether there was any such.
    pub fn withdraw(&self, core: &Core, job: JobId, only: &[MinionId], reason: &str) -> bool {
        let actions = self.tracker().withdraw(job, only, reason, Timestamp::now());
        let is_any = !actions.is_empty();
        self.act(core, actions);
        is_any
    }

    /// A return has come. When the store is away for so long that the queue is full, it is left to the minion, which sends it again.
    pub fn on_arrived(&self, arrived: Arrived) {
        if let Err(error) = self.returns.try_send(arrived) {
            let arrived = error.into_inner();
            warn!(minion = %arrived.outcome.minion, job = %arrived.outcome.job, "too many returns wait for the store, the minion keeps this one");
        }
    }

    /// Does what the tracker has decided.
    pub fn act(&self, core: &Core, actions: Vec<Action>) {
        // One job goes to many minions: it is encoded once.
        let mut encoded: Option<(JobId, Encoded)> = None;
        let mut is_changed = false;
        for action in actions {
            match action {
                Action::Send(minion, job) => {
                    let Some(handle) = core.roster.handle(&minion) else { continue };
                    if encoded.as_ref().is_none_or(|(id, _)| *id != job.id) {
                        match publish(&job) {
                            Some(bytes) => encoded = Some((job.id, bytes)),
                            None => continue,
                        }
                    }
                    let Some((_, bytes)) = &encoded else { continue };
                    if let Err(error) = handle.send_encoded(bytes) {
                        // It stays queued: the next session or the next tick sends it.
                        debug!(%minion, job = %job.id, %error, "the job waits");
                    }
                }
                Action::Stage(job, minion, progress) => {
                    self.watchers.tell(job, || JobEvent::Stage { minion: minion.clone(), progress: progress.clone() });
                    let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
                    // The return is stored together with its stage.
                    if matches!(progress.stage, Stage::Returned | Stage::Failed) {
                        stages.remove(&(job, minion));
                    } else {
                        stages.insert((job, minion), progress);
                        is_changed = true;
                    }
                }
                Action::BatchDone(job) => {
                    let event = batch_event(&job, core);
                    core.bus.fire(format!("salt/batch/{}/done", job.id), event, Timestamp::now(), Keep::Stored);
                }
                Action::Finished(job) => {
                    self.pids_of_all().remove(&job);
                    self.watchers.finished(job);
                }
            }
        }
        if is_changed {
            self.changed.notify_one();
        }
    }
}

/// Data of `salt/batch/<jid>/start` and `/done`.
pub fn batch_event(job: &Job, core: &Core) -> Value {
    let (up, down): (Vec<&MinionId>, Vec<_>) = job.expected.iter().partition(|minion| core.roster.is_online(minion));
    let mut data = Map::new();
    data.insert("available_minions", up.iter().map(|minion| minion.as_str()).collect::<Value>());
    data.insert("down_minions", down.iter().map(|minion| minion.as_str()).collect::<Value>());
    data.insert("metadata", job.options.metadata.clone());
    Value::Map(data)
}

fn publish(job: &Job) -> Option<Encoded> {
    let message = ToMinion::Publish { job: Job { expected: Vec::new(), ..job.clone() } };
    match Encoded::to_minion(&message) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            warn!(job = %job.id, %error, "the job cannot be sent");
            None
        }
    }
}

/// The part that stores stages and looks after waiting jobs.
pub struct Clerk {
    core: Arc<Core>,
}

impl Clerk {
    /// A clerk for the desk of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Works until `stop`, then stores what waits.
    ///
    /// # Errors
    /// Never; a store that is away is waited for.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        let desk = &self.core.jobs;
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    self.store_stages(&stop).await;
                    return Ok(());
                }
                _ = tick.tick() => {
                    let actions = desk.tracker().on_tick(Timestamp::now());
                    desk.act(&self.core, actions);
                }
                () = desk.changed.notified() => {
                    tokio::select! {
                        () = tokio::time::sleep(LINGER) => {}
                        () = stop.cancelled() => {}
                    }
                    self.store_stages(&stop).await;
                }
            }
        }
    }

    async fn store_stages(&self, stop: &Stop) {
        let waiting = std::mem::take(&mut *self.core.jobs.stages.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return;
        }
        let changes: Vec<_> = waiting.into_iter().map(|((job, minion), progress)| ProgressChange { job, minion, progress }).collect();
        let store: &dyn Store = &*self.core.store;
        until_stored("stages of jobs", stop, || store.set_progress(&changes)).await;
    }
}
