//! How far every open job is on every minion: pure, an event in, actions out. The shell around it stores, sends and tells watchers.
//!
//! A stage only moves forward, and only a return is the end for good: a minion that was given up (`lost`, `expired`) and comes back with
//! its return after all is believed.

use crate::jobs::batch::{self, Batch};
use model::{Job, JobId, MinionId, Progress, Stage, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// What the shell is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send the job to the minion.
    Send(MinionId, Arc<Job>),
    /// Store the stage and tell watchers.
    Stage(JobId, MinionId, Progress),
    /// Nothing more is expected of the job.
    Finished(JobId),
    /// The last minion of a batch is done.
    BatchDone(Arc<Job>),
}

/// A job that a connected minion has not acknowledged after so long is sent again; the minion runs it once all the same.
const AGAIN: Duration = Duration::from_secs(30);

/// How patient the tracker is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a job without `queue_offline` waits for a minion that has just lost its connection.
    pub reconnect: Duration,
    /// After how long without a word of its minion a delivered job is lost.
    pub silence: Duration,
}

/// A job that is not finished.
struct Open {
    job: Arc<Job>,
    progress: HashMap<MinionId, Progress>,
    left: usize,
    batch: Option<Batch>,
    /// When this master took it in.
    since: Timestamp,
}

impl Open {
    /// Whether the job may go to the minion now.
    fn may_go(&self, minion: &MinionId) -> bool {
        self.batch.as_ref().is_none_or(|batch| batch.is_active(minion))
    }
}

/// Where a minion stands with the master.
#[derive(Clone, Debug)]
enum Line {
    Up,
    Down { since: Timestamp, reason: String },
}

/// All open jobs.
pub struct Tracker {
    patience: Patience,
    jobs: BTreeMap<JobId, Open>,
    /// Open jobs of each minion that has any.
    of_minion: HashMap<MinionId, BTreeSet<JobId>>,
    lines: HashMap<MinionId, Line>,
    /// When unanswered jobs were last sent again.
    ticked: Timestamp,
}

impl Tracker {
    /// A tracker without jobs.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self { patience, jobs: BTreeMap::new(), of_minion: HashMap::new(), lines: HashMap::new(), ticked: Timestamp::default() }
    }

    /// Takes a stored job in: it goes to the minions that are there; for the others it waits, or is lost at once.
    pub fn begin(&mut self, job: Job, now: Timestamp) -> Vec<Action> {
        let job = Arc::new(job);
        let mut actions = Vec::new();
        let is_up = |minion: &&MinionId| matches!(self.lines.get(*minion), Some(Line::Up));
        let batch = job.options.batch.as_ref().map(|options| Batch::new(options, job.expected.iter().filter(is_up).count()));
        let mut open = Open {
            job: Arc::clone(&job),
            progress: HashMap::with_capacity(job.expected.len()),
            left: job.expected.len(),
            batch,
            since: now,
        };
        for minion in &job.expected {
            let progress = match (self.lines.get(minion), &mut open.batch) {
                (Some(Line::Up), Some(batch)) => {
                    batch.wants(minion);
                    Progress { stage: Stage::Queued, reason: Some(batch::WAITS.to_owned()), since: now }
                }
                (Some(Line::Up), None) => {
                    actions.push(Action::Send(minion.clone(), Arc::clone(&job)));
                    Progress { stage: Stage::Queued, reason: None, since: now }
                }
                (line, _) => {
                    let away = away(line);
                    match job.options.queue_offline {
                        Some(span) => Progress {
                            stage: Stage::Queued,
                            reason: Some(format!("{away}; waits until {}", now.plus(span).in_words())),
                            since: now,
                        },
                        None => {
                            open.left -= 1;
                            Progress { stage: Stage::Lost, reason: Some(away), since: now }
                        }
                    }
                }
            };
            if !progress.stage.is_final() {
                self.of_minion.entry(minion.clone()).or_default().insert(job.id);
            }
            // Who waits for a turn was stored so together with the job.
            if progress.reason.as_deref().is_some_and(|reason| reason != batch::WAITS) {
                actions.push(Action::Stage(job.id, minion.clone(), progress.clone()));
            }
            open.progress.insert(minion.clone(), progress);
        }
        if open.left == 0 {
            actions.extend(open.batch.is_some().then(|| Action::BatchDone(Arc::clone(&job))));
            actions.push(Action::Finished(job.id));
        } else {
            self.jobs.insert(job.id, open);
            actions.extend(self.turns(job.id, now));
        }
        actions
    }

    /// Gives the free turns of a batch.
    fn turns(&mut self, id: JobId, now: Timestamp) -> Vec<Action> {
        let Some(open) = self.jobs.get_mut(&id) else { return Vec::new() };
        let Some(batch) = &mut open.batch else { return Vec::new() };
        let mut actions = Vec::new();
        for minion in batch.turns(now) {
            let progress = Progress { stage: Stage::Queued, reason: None, since: now };
            open.progress.insert(minion.clone(), progress.clone());
            actions.push(Action::Stage(id, minion.clone(), progress));
            actions.push(Action::Send(minion, Arc::clone(&open.job)));
        }
        actions
    }

    /// What has not been sent is not sent any more: minions that are away or wait for a turn in a batch. Only these, or all when none is named.
    pub fn withdraw(&mut self, job: JobId, only: &[MinionId], reason: &str, now: Timestamp) -> Vec<Action> {
        let Some(open) = self.jobs.get_mut(&job) else { return Vec::new() };
        // Otherwise the place of one that is withdrawn would go to the next.
        if let Some(batch) = open.batch.as_mut().filter(|_| only.is_empty()) {
            batch.stop();
        }
        let open = &*open;
        let unsent = |(minion, progress): &(&MinionId, &Progress)| {
            let is_meant = only.is_empty() || only.contains(minion);
            let is_up = matches!(self.lines.get(*minion), Some(Line::Up));
            is_meant && progress.stage == Stage::Queued && !(is_up && open.may_go(minion))
        };
        let mut unsent: Vec<MinionId> = open.progress.iter().filter(unsent).map(|(minion, _)| minion.clone()).collect();
        unsent.sort();
        unsent.into_iter().flat_map(|minion| self.on_lost(job, &minion, reason, now)).collect()
    }

    /// Takes a job in again after a restart, as it was stored. A minion that has not taken it gets its whole time again to come back.
    pub fn restore(&mut self, job: Job, progress: impl IntoIterator<Item = (MinionId, Progress)>, now: Timestamp) {
        let id = job.id;
        let mut batch = job.options.batch.as_ref().map(|options| Batch::new(options, job.expected.len()));
        let mut progress: HashMap<_, _> = progress.into_iter().collect();
        for (minion, progress) in &mut progress {
            if progress.stage == Stage::Queued && job.options.queue_offline.is_none() {
                progress.since = now;
            }
            let Some(batch) = batch.as_mut().filter(|_| !progress.stage.is_final()) else { continue };
            // One that was given its turn keeps it. One that waits may have been given it in the last moment before the end.
            match progress.reason.as_deref() {
                Some(batch::WAITS) => batch.asks(minion),
                _ => batch.has(minion),
            }
        }
        let open: Vec<_> = progress.iter().filter(|(_, p)| !p.stage.is_final()).map(|(minion, _)| minion.clone()).collect();
        if open.is_empty() {
            return;
        }
        for minion in &open {
            self.of_minion.entry(minion.clone()).or_default().insert(id);
        }
        self.jobs.insert(id, Open { job: Arc::new(job), left: open.len(), progress, batch, since: now });
    }

    /// A minion has a session: it is sent all that waits for it.
    pub fn on_up(&mut self, minion: &MinionId, now: Timestamp) -> Vec<Action> {
        self.lines.insert(minion.clone(), Line::Up);
        let mut actions = Vec::new();
        for id in self.of_minion.get(minion).cloned().unwrap_or_default() {
            let Some(open) = self.jobs.get_mut(&id) else { continue };
            let may_go = open.may_go(minion);
            let Some(progress) = open.progress.get_mut(minion) else { continue };
            let reason = if progress.stage == Stage::Queued && !may_go {
                Some(batch::WAITS.to_owned())
            } else {
                if progress.stage == Stage::Queued {
                    actions.push(Action::Send(minion.clone(), Arc::clone(&open.job)));
                }
                None
            };
            if progress.reason != reason {
                progress.reason = reason;
                progress.since = now;
                actions.push(Action::Stage(id, minion.clone(), progress.clone()));
            }
            if let (Some(batch), Stage::Queued, false) = (&mut open.batch, progress.stage, may_go) {
                batch.wants(minion);
                actions.extend(self.turns(id, now));
            }
        }
        actions
    }

    /// A minion has told what it holds. What it was sent and does not hold is lost; what it holds is delivered.
    pub fn on_holding(&mut self, minion: &MinionId, held: &[JobId], now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        for id in self.of_minion.get(minion).cloned().unwrap_or_default() {
            let Some(stage) = self.jobs.get(&id).and_then(|open| open.progress.get(minion)).map(|progress| progress.stage) else {
                continue;
            };
            let reason = "the minion came back without it and without a return; look into the minion's log and disk";
            match (stage, held.contains(&id)) {
                (Stage::Queued, true) => actions.extend(self.advance(id, minion, Stage::Delivered, None, now)),
                (Stage::Delivered | Stage::Running, false) => {
                    actions.extend(self.advance(id, minion, Stage::Lost, Some(reason.to_owned()), now))
                }
                _ => {}
            }
            if let Some(batch) = self.jobs.get_mut(&id).and_then(|open| open.batch.as_mut()) {
                batch.heard(minion);
                actions.extend(self.turns(id, now));
            }
        }
        actions
    }

    /// A minion has lost its session; its jobs say so.
    pub fn on_down(&mut self, minion: &MinionId, reason: &str, now: Timestamp) -> Vec<Action> {
        let line = Line::Down { since: now, reason: reason.to_owned() };
        let away = away(Some(&line));
        self.lines.insert(minion.clone(), line);
        let mut actions = Vec::new();
        for id in self.of_minion.get(minion).cloned().unwrap_or_default() {
            let Some(open) = self.jobs.get_mut(&id) else { continue };
            if let Some(batch) = open.batch.as_mut().filter(|batch| !batch.is_active(minion)) {
                batch.leaves(minion, now);
            }
            let Some(progress) = open.progress.get_mut(minion) else { continue };
            progress.reason = Some(away.clone());
            actions.push(Action::Stage(id, minion.clone(), progress.clone()));
        }
        actions
    }

    /// The minion has the job on its disk.
    pub fn on_delivered(&mut self, job: JobId, minion: &MinionId, now: Timestamp) -> Vec<Action> {
        self.advance(job, minion, Stage::Delivered, None, now)
    }

    /// The minion has begun.
    pub fn on_started(&mut self, job: JobId, minion: &MinionId, now: Timestamp) -> Vec<Action> {
        self.advance(job, minion, Stage::Running, None, now)
    }

    /// The minion's return is committed.
    pub fn on_return(&mut self, job: JobId, minion: &MinionId, success: bool, now: Timestamp) -> Vec<Action> {
        self.advance(job, minion, if success { Stage::Returned } else { Stage::Failed }, None, now)
    }

    /// The job will not come back from the minion, for a reason known here, such as its key being deleted.
    pub fn on_lost(&mut self, job: JobId, minion: &MinionId, reason: &str, now: Timestamp) -> Vec<Action> {
        self.advance(job, minion, Stage::Lost, Some(reason.to_owned()), now)
    }

    /// The minion is gone for good: all its jobs are lost.
    pub fn on_removed(&mut self, minion: &MinionId, reason: &str, now: Timestamp) -> Vec<Action> {
        let jobs = self.of_minion.get(minion).cloned().unwrap_or_default();
        self.lines.remove(minion);
        jobs.into_iter().flat_map(|job| self.on_lost(job, minion, reason, now)).collect()
    }

    /// Time has passed: gives up what has waited too long.
    pub fn on_tick(&mut self, now: Timestamp) -> Vec<Action> {
        let mut over = Vec::new();
        let mut again = Vec::new();
        let mut gone = Vec::new();
        for (minion, jobs) in &self.of_minion {
            let line = self.lines.get(minion);
            if matches!(line, Some(Line::Up)) {
                again.extend(jobs.iter().filter_map(|id| {
                    let open = self.jobs.get(id)?;
                    let progress = open.progress.get(minion)?;
                    let is_unanswered =
                        progress.stage == Stage::Queued && open.may_go(minion) && now.since(progress.since.max(self.ticked)) >= AGAIN;
                    is_unanswered.then(|| Action::Send(minion.clone(), Arc::clone(&open.job)))
                }));
                continue;
            }
            let down_since = match line {
                Some(Line::Down { since, .. }) => *since,
                _ => Timestamp::default(),
            };
            for id in jobs {
                let Some(open) = self.jobs.get(id) else { continue };
                let Some(progress) = open.progress.get(minion) else { continue };
                // After a restart no minion is known to be down: it is counted from the job's last sign of life.
                let quiet = now.since(down_since.max(progress.since));
                if open.batch.as_ref().is_some_and(|batch| batch.is_active(minion))
                    && quiet.min(now.since(open.since)) >= self.patience.reconnect
                {
                    gone.push((*id, minion.clone()));
                }
                let (limit, stage) = match (progress.stage, open.job.options.queue_offline) {
                    (Stage::Queued, Some(span)) if now >= open.job.made().plus(span) => (Duration::ZERO, Stage::Expired),
                    (Stage::Queued, Some(_)) => continue,
                    (Stage::Queued, None) => (self.patience.reconnect, Stage::Lost),
                    _ => (self.patience.silence, Stage::Lost),
                };
                if quiet >= limit {
                    let reason = match stage {
                        Stage::Expired => format!("{}; its waiting time is over", away(line)),
                        _ if progress.stage == Stage::Queued => format!("{} before it took the job", away(line)),
                        _ => format!("{}, no word of the job since {}", away(line), progress.since.in_words()),
                    };
                    over.push((*id, minion.clone(), stage, reason));
                }
            }
        }
        if !again.is_empty() {
            self.ticked = now;
        }
        again.extend(over.into_iter().flat_map(|(job, minion, stage, reason)| self.advance(job, &minion, stage, Some(reason), now)));
        // A minion that stays away with the job does not keep its place in the batch; it is waited for all the same.
        for (job, minion) in gone {
            if let Some(batch) = self.jobs.get_mut(&job).and_then(|open| open.batch.as_mut()) {
                batch.leaves(&minion, now);
            }
        }
        let mut batches = Vec::new();
        for (id, open) in &mut self.jobs {
            let Some(batch) = &mut open.batch else { continue };
            if now.since(open.since) >= self.patience.reconnect {
                batch.heard_all();
            }
            batches.push(*id);
        }
        again.extend(batches.into_iter().flat_map(|id| self.turns(id, now)));
        again
    }

    /// Stage of every minion of an open job.
    #[must_use]
    pub fn progress(&self, job: JobId) -> Option<&HashMap<MinionId, Progress>> {
        self.jobs.get(&job).map(|open| &open.progress)
    }

    /// A job that is open.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<Arc<Job>> {
        self.jobs.get(&id).map(|open| Arc::clone(&open.job))
    }

    /// Open jobs, oldest first.
    pub fn open_jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.jobs.values().map(|open| &open.job)
    }

    /// Whether a minion is expected to return a job, so that nobody returns what he was not sent.
    #[must_use]
    pub fn expects(&self, job: JobId, minion: &MinionId) -> Option<bool> {
        self.jobs.get(&job).map(|open| open.progress.contains_key(minion))
    }

    fn advance(&mut self, id: JobId, minion: &MinionId, stage: Stage, reason: Option<String>, now: Timestamp) -> Vec<Action> {
        let Some(open) = self.jobs.get_mut(&id) else { return Vec::new() };
        let Some(progress) = open.progress.get_mut(minion) else { return Vec::new() };
        let given_up = matches!(progress.stage, Stage::Lost | Stage::Expired);
        let sealed = matches!(progress.stage, Stage::Returned | Stage::Failed);
        if sealed
            || (stage <= progress.stage && !given_up)
            || (given_up && stage.is_final() && !matches!(stage, Stage::Returned | Stage::Failed))
        {
            return Vec::new();
        }
        let was_final = progress.stage.is_final();
        *progress = Progress { stage, reason, since: now };
        let mut stopped = Vec::new();
        if let Some(batch) = &mut open.batch {
            if stage.is_final() {
                let had_turn = batch.is_active(minion);
                batch.leaves(minion, now);
                if had_turn && stage != Stage::Returned {
                    stopped = batch.failed();
                }
            } else {
                batch.has(minion);
            }
        }
        let mut actions = vec![Action::Stage(id, minion.clone(), progress.clone())];
        match (was_final, stage.is_final()) {
            (false, true) => {
                open.left -= 1;
                if let Some(jobs) = self.of_minion.get_mut(minion) {
                    jobs.remove(&id);
                    if jobs.is_empty() {
                        self.of_minion.remove(minion);
                    }
                }
            }
            (true, false) => {
                open.left += 1;
                self.of_minion.entry(minion.clone()).or_default().insert(id);
            }
            _ => {}
        }
        if open.left == 0 {
            if let Some(open) = self.jobs.remove(&id).filter(|open| open.batch.is_some()) {
                actions.push(Action::BatchDone(open.job));
            }
            actions.push(Action::Finished(id));
            return actions;
        }
        let why = format!("not sent: the batch stopped because the job failed on {minion}");
        actions.extend(stopped.into_iter().flat_map(|other| self.on_lost(id, &other, &why, now)));
        if stage.is_final() {
            actions.extend(self.turns(id, now));
        }
        actions
    }
}

fn away(line: Option<&Line>) -> String {
    match line {
        Some(Line::Down { since, reason }) => format!("offline since {} ({reason})", since.in_words()),
        Some(Line::Up) => "online".to_owned(),
        None => "offline, not seen since this master started".to_owned(),
    }
}

#[cfg(test)]
mod tests;
