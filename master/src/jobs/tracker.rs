//! How far every open job is on every minion: pure, an event in, actions out. The shell around it stores, sends and tells watchers.
//!
//! A stage only moves forward, and only a return is the end for good: a minion that was given up (`lost`, `expired`) and comes back with
//! its return after all is believed.

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
        let mut open = Open { job: Arc::clone(&job), progress: HashMap::with_capacity(job.expected.len()), left: job.expected.len() };
        for minion in &job.expected {
            let progress = match self.lines.get(minion) {
                Some(Line::Up) => {
                    actions.push(Action::Send(minion.clone(), Arc::clone(&job)));
                    Progress { stage: Stage::Queued, reason: None, since: now }
                }
                line => {
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
            if progress.reason.is_some() {
                actions.push(Action::Stage(job.id, minion.clone(), progress.clone()));
            }
            open.progress.insert(minion.clone(), progress);
        }
        if open.left == 0 {
            actions.push(Action::Finished(job.id));
        } else {
            self.jobs.insert(job.id, open);
        }
        actions
    }

    /// Takes a job in again after a restart, as it was stored.
    pub fn restore(&mut self, job: Job, progress: impl IntoIterator<Item = (MinionId, Progress)>) {
        let id = job.id;
        let progress: HashMap<_, _> = progress.into_iter().collect();
        let open: Vec<_> = progress.iter().filter(|(_, p)| !p.stage.is_final()).map(|(minion, _)| minion.clone()).collect();
        if open.is_empty() {
            return;
        }
        for minion in &open {
            self.of_minion.entry(minion.clone()).or_default().insert(id);
        }
        self.jobs.insert(id, Open { job: Arc::new(job), left: open.len(), progress });
    }

    /// A minion has a session: it is sent all that waits for it.
    pub fn on_up(&mut self, minion: &MinionId, now: Timestamp) -> Vec<Action> {
        self.lines.insert(minion.clone(), Line::Up);
        let mut actions = Vec::new();
        for id in self.of_minion.get(minion).cloned().unwrap_or_default() {
            let Some(open) = self.jobs.get_mut(&id) else { continue };
            let Some(progress) = open.progress.get_mut(minion) else { continue };
            if progress.stage == Stage::Queued {
                actions.push(Action::Send(minion.clone(), Arc::clone(&open.job)));
            }
            if progress.reason.take().is_some() {
                progress.since = now;
                actions.push(Action::Stage(id, minion.clone(), progress.clone()));
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
            let Some(progress) = self.jobs.get_mut(&id).and_then(|open| open.progress.get_mut(minion)) else { continue };
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
        for (minion, jobs) in &self.of_minion {
            let line = self.lines.get(minion);
            if matches!(line, Some(Line::Up)) {
                again.extend(jobs.iter().filter_map(|id| {
                    let open = self.jobs.get(id)?;
                    let progress = open.progress.get(minion)?;
                    let is_unanswered = progress.stage == Stage::Queued && now.since(progress.since.max(self.ticked)) >= AGAIN;
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
        again
    }

    /// Stage of every minion of an open job.
    #[must_use]
    pub fn progress(&self, job: JobId) -> Option<&HashMap<MinionId, Progress>> {
        self.jobs.get(&job).map(|open| &open.progress)
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
            self.jobs.remove(&id);
            actions.push(Action::Finished(id));
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
mod tests {
    use super::*;
    use model::{Call, FunctionName, JobOptions, Target, TargetKind};

    const PATIENCE: Patience = Patience { reconnect: Duration::from_secs(60), silence: Duration::from_secs(3600) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    fn id(name: &str) -> MinionId {
        MinionId::new(name).unwrap()
    }

    fn job(minions: &[&str], queue: Option<u64>) -> Job {
        Job {
            id: JobId::at(at(0)),
            target: Target::new(TargetKind::Glob, "*"),
            calls: vec![Call { function: FunctionName::new("test.ping").unwrap(), args: vec![], kwargs: value::Map::new() }],
            user: "root".to_owned(),
            options: JobOptions { queue_offline: queue.map(Duration::from_secs), ..JobOptions::default() },
            expected: minions.iter().map(|name| id(name)).collect(),
        }
    }

    fn stages(actions: &[Action]) -> Vec<(String, Stage)> {
        actions
            .iter()
            .filter_map(|action| match action {
                Action::Stage(_, minion, progress) => Some((minion.to_string(), progress.stage)),
                _ => None,
            })
            .collect()
    }

    fn tracker(up: &[&str]) -> Tracker {
        let mut tracker = Tracker::new(PATIENCE);
        for minion in up {
            tracker.on_up(&id(minion), at(0));
        }
        tracker
    }

    #[test]
    fn a_job_goes_through_its_stages_and_finishes_once() {
        let mut t = tracker(&["a"]);
        let job = job(&["a"], None);
        let (jid, a) = (job.id, id("a"));
        assert!(matches!(t.begin(job, at(0)).as_slice(), [Action::Send(..)]));
        assert_eq!(stages(&t.on_delivered(jid, &a, at(1))), [("a".into(), Stage::Delivered)]);
        assert_eq!(stages(&t.on_started(jid, &a, at(1))), [("a".into(), Stage::Running)]);
        let actions = t.on_return(jid, &a, true, at(2));
        assert_eq!(actions.last(), Some(&Action::Finished(jid)));
        assert_eq!(t.on_return(jid, &a, true, at(3)), []);
    }

    #[test]
    fn a_late_acknowledgement_does_not_move_a_stage_back() {
        let mut t = tracker(&["a", "b"]);
        let job = job(&["a", "b"], None);
        let (jid, a) = (job.id, id("a"));
        t.begin(job, at(0));
        t.on_return(jid, &a, false, at(1));
        assert_eq!(t.on_delivered(jid, &a, at(2)), []);
        assert_eq!(t.progress(jid).unwrap()[&a].stage, Stage::Failed);
    }

    #[test]
    fn a_minion_that_is_away_is_lost_with_the_reason_or_waits_if_asked() {
        let mut t = tracker(&["a"]);
        t.on_down(&id("a"), "stopped", at(0));
        let lost = t.begin(job(&["a"], None), at(1));
        assert_eq!(stages(&lost), [("a".into(), Stage::Lost)]);
        assert!(format!("{lost:?}").contains("offline since 2027-01-15 08:00:00 UTC (stopped)"), "{lost:?}");
        let waits = t.begin(job(&["a"], Some(300)), at(1));
        assert_eq!(stages(&waits), [("a".into(), Stage::Queued)]);
        assert!(matches!(t.on_up(&id("a"), at(10)).as_slice(), [Action::Send(..), Action::Stage(..)]));
    }

    #[test]
    fn a_waiting_job_expires_when_its_time_is_over() {
        let mut t = tracker(&[]);
        t.begin(job(&["a"], Some(300)), at(0));
        assert_eq!(t.on_tick(at(299)), []);
        assert_eq!(stages(&t.on_tick(at(300))), [("a".into(), Stage::Expired)]);
    }

    #[test]
    fn an_undelivered_job_waits_a_minute_for_a_reconnect() {
        let mut t = tracker(&["a"]);
        let job = job(&["a"], None);
        t.begin(job, at(0));
        t.on_down(&id("a"), "connection reset", at(5));
        assert_eq!(t.on_tick(at(64)), []);
        assert_eq!(stages(&t.on_tick(at(65))), [("a".into(), Stage::Lost)]);
    }

    #[test]
    fn a_running_job_outlives_its_connection() {
        let mut t = tracker(&["a"]);
        let job = job(&["a"], None);
        let (jid, a) = (job.id, id("a"));
        t.begin(job, at(0));
        t.on_started(jid, &a, at(1));
        t.on_down(&a, "connection reset", at(5));
        assert_eq!(t.on_tick(at(600)), []);
        assert!(!t.on_up(&a, at(700)).iter().any(|action| matches!(action, Action::Send(..))), "it is not sent twice");
        assert_eq!(stages(&t.on_return(jid, &a, true, at(701))), [("a".into(), Stage::Returned)]);
    }

    #[test]
    fn a_return_of_a_minion_that_was_given_up_is_believed() {
        let mut t = tracker(&["a", "b"]);
        let job = job(&["a", "b"], None);
        let (jid, a) = (job.id, id("a"));
        t.begin(job, at(0));
        t.on_down(&a, "gone", at(0));
        t.on_tick(at(100));
        assert_eq!(t.progress(jid).unwrap()[&a].stage, Stage::Lost);
        assert_eq!(stages(&t.on_return(jid, &a, true, at(200))), [("a".into(), Stage::Returned)]);
    }

    #[test]
    fn a_restored_job_is_sent_again_only_where_it_was_not_delivered() {
        let mut t = Tracker::new(PATIENCE);
        let job = job(&["a", "b", "c"], None);
        let stage = |stage| Progress { stage, reason: None, since: at(0) };
        t.restore(job, [(id("a"), stage(Stage::Queued)), (id("b"), stage(Stage::Running)), (id("c"), stage(Stage::Returned))]);
        assert!(matches!(t.on_up(&id("a"), at(9)).as_slice(), [Action::Send(..)]));
        assert_eq!(t.on_up(&id("b"), at(9)), []);
        assert_eq!(t.on_up(&id("c"), at(9)), []);
    }

    #[test]
    fn what_a_minion_comes_back_without_is_lost() {
        let mut t = tracker(&["a", "b"]);
        let job = job(&["a", "b"], None);
        let (jid, a, b) = (job.id, id("a"), id("b"));
        t.begin(job, at(0));
        t.on_started(jid, &a, at(1));
        t.on_up(&b, at(2));
        assert_eq!(stages(&t.on_holding(&a, &[], at(2))), [("a".into(), Stage::Lost)]);
        assert_eq!(stages(&t.on_holding(&b, &[jid], at(2))), [("b".into(), Stage::Delivered)]);
    }

    #[test]
    fn an_unacknowledged_job_is_sent_again_to_a_connected_minion() {
        let mut t = tracker(&["a"]);
        t.begin(job(&["a"], None), at(0));
        assert_eq!(t.on_tick(at(29)), []);
        assert!(matches!(t.on_tick(at(30)).as_slice(), [Action::Send(..)]));
        assert_eq!(t.on_tick(at(31)), []);
    }

    #[test]
    fn a_removed_minion_loses_its_jobs_and_no_other() {
        let mut t = tracker(&["a", "b"]);
        t.begin(job(&["a", "b"], None), at(0));
        assert_eq!(stages(&t.on_removed(&id("a"), "key deleted by root", at(1))), [("a".into(), Stage::Lost)]);
    }
}
