//! A master that answers by script. The tests of the command lines use it too.

#![allow(dead_code, reason = "each test file uses its part")]

use api::{
    Absent, ChangeKeys, Counts, CreateToken, ErrorCode, EventFilter, FireEvent, Fired, GrainChange, GrainFilter, JobEvent, JobFilter,
    JobSummary, JobView, JoinToken, KeyAction, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged, MasterKey, MinionFilter, MinionJob,
    MinionSummary, MinionView, NewToken, Page, Preview, RunFunction, RunJob, RunResult, SignalJob, Signalled, Status, StoreStatus,
    Submitted, WatchJob,
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use manager::{Caller, Control, Estate, Followed, Refusal, Stream, Written};
use model::{Event, Fingerprint, JobId, Key, KeyState, MinionId, Presence, Progress, Return, Stage, Target, Timestamp};
use std::sync::{Arc, Mutex};
use value::{Map, Value};

pub const JOB: &str = "20261124050000000000";

pub fn job() -> JobId {
    JOB.parse().unwrap()
}

pub fn minion(id: &str) -> MinionId {
    id.parse().unwrap()
}

pub fn noon() -> Timestamp {
    Timestamp::from_civil([2026, 11, 24, 12, 0, 0, 0]).unwrap()
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub fn returned(id: &str, value: impl Into<Value>, retcode: i32) -> JobEvent {
    JobEvent::Returned {
        returned: Return {
            job: job(),
            minion: minion(id),
            function: "test.ping".to_owned(),
            value: value.into(),
            retcode,
            success: retcode == 0,
            out: None,
            started: noon(),
            finished: noon().plus(std::time::Duration::from_millis(1500)),
            notes: Vec::new(),
        },
    }
}

pub fn stage(id: &str, stage: Stage, reason: Option<&str>) -> JobEvent {
    JobEvent::Stage { minion: minion(id), progress: Progress { stage, reason: reason.map(str::to_owned), since: noon() } }
}

pub fn key(id: &str, state: KeyState) -> Key {
    Key {
        minion: minion(id),
        fingerprint: Fingerprint([id.len() as u8; 32]),
        public: format!("PEM of {id}\n"),
        state,
        first_seen: noon(),
        changed: noon(),
        changed_by: "root".to_owned(),
    }
}

/// What the master will say, and what it was asked.
#[derive(Default)]
pub struct Script {
    /// Minions that every target means.
    pub matched: Vec<&'static str>,
    pub offline: Vec<Absent>,
    /// What follows the first item of a job's stream.
    pub events: Vec<JobEvent>,
    /// The job's stream does not end.
    pub stays_open: bool,
    pub keys: Mutex<Vec<Key>>,
    pub runner: Option<RunResult>,
    pub bus: Vec<Event>,
    pub grains: Map,
    pub asked: Mutex<Vec<String>>,
    pub jobs_asked: Mutex<Vec<RunJob>>,
}

impl Script {
    fn note(&self, what: impl Into<String>) {
        self.asked.lock().unwrap().push(what.into());
    }
}

impl Estate for Script {}
impl manager::People for Script {}

#[async_trait]
impl Control for Script {
    async fn submit(&self, _: &Caller, request: RunJob) -> Result<Submitted, Refusal> {
        self.jobs_asked.lock().unwrap().push(request);
        let matched: Vec<MinionId> = self.matched.iter().map(|id| minion(id)).collect();
        Ok(Submitted { job: (!matched.is_empty()).then(job), matched, offline: self.offline.clone(), ..Submitted::default() })
    }

    async fn job(&self, _: &Caller, id: JobId) -> Result<JobView, Refusal> {
        if id != job() {
            return Err(Refusal::not_found(format!("there is no job {id}")).with_hint("`sylvite job list` shows the latest"));
        }
        let returns = self.events.iter().filter_map(|event| match event {
            JobEvent::Returned { returned } => Some(returned.clone()),
            _ => None,
        });
        let minions = returns.map(|returned| MinionJob {
            minion: returned.minion.clone(),
            progress: Progress { stage: Stage::Returned, reason: None, since: noon() },
            returned: Some(returned),
        });
        Ok(JobView { job: summary(), minions: minions.collect() })
    }

    async fn jobs(&self, _: &Caller, filter: JobFilter) -> Result<Page<JobSummary>, Refusal> {
        self.note(format!("{filter:?}"));
        Ok(Page::whole(vec![summary()]))
    }

    async fn watch(&self, _: &Caller, _: JobId, how: WatchJob) -> Result<Stream<JobEvent>, Refusal> {
        self.note(format!("{how:?}"));
        let events = stream::iter(self.events.clone());
        Ok(if self.stays_open { events.chain(stream::pending()).boxed() } else { events.boxed() })
    }

    async fn signal(&self, _: &Caller, _: JobId, signal: SignalJob) -> Result<Signalled, Refusal> {
        self.note(format!("{signal:?}"));
        Ok(Signalled { sent: self.matched.iter().map(|id| minion(id)).collect(), skipped: Vec::new() })
    }

    async fn keys(&self, _: &Caller, filter: KeyFilter) -> Result<Vec<Key>, Refusal> {
        let wanted = |key: &&Key| {
            filter.state.is_none_or(|state| key.state == state)
                && filter.minion.as_deref().is_none_or(|pattern| pattern == "*" || pattern == key.minion.as_str())
        };
        Ok(self.keys.lock().unwrap().iter().filter(wanted).cloned().collect())
    }

    async fn change_keys(&self, caller: &Caller, change: ChangeKeys) -> Result<KeysChanged, Refusal> {
        let mut keys = self.keys.lock().unwrap();
        let states = match (change.states.is_empty(), change.action) {
            (false, _) => change.states.clone(),
            (true, KeyAction::Delete) => vec![KeyState::Pending, KeyState::Accepted, KeyState::Rejected, KeyState::Denied],
            (true, KeyAction::Accept | KeyAction::Reject) => vec![KeyState::Pending],
        };
        let fits = |key: &Key, pattern: &String| pattern == "*" || pattern == key.minion.as_str();
        let meant = |key: &Key| states.contains(&key.state) && change.minions.iter().any(|pattern| fits(key, pattern));
        let unmatched = change.minions.iter().filter(|pattern| !keys.iter().any(|key| meant(key) && fits(key, pattern)));
        let unmatched = unmatched.cloned().collect();
        let mut changed: Vec<Key> = keys.iter().filter(|key| meant(key)).cloned().collect();
        if !change.dry_run {
            for key in &mut changed {
                match change.action {
                    KeyAction::Accept => key.state = KeyState::Accepted,
                    KeyAction::Reject => key.state = KeyState::Rejected,
                    KeyAction::Delete => {}
                }
                key.changed_by.clone_from(&caller.name);
                keys.retain(|old| old.minion != key.minion);
                if change.action != KeyAction::Delete {
                    keys.push(key.clone());
                }
            }
        }
        Ok(KeysChanged { keys: changed, unmatched })
    }

    async fn key_history(&self, _: &Caller, _: KeyHistoryFilter) -> Result<Vec<KeyChange>, Refusal> {
        Ok(vec![KeyChange {
            at: noon(),
            minion: minion("web1"),
            fingerprint: Fingerprint([1; 32]),
            from: Some(KeyState::Pending),
            to: Some(KeyState::Accepted),
            by: "alice".to_owned(),
        }])
    }

    async fn master_key(&self, _: &Caller) -> Result<MasterKey, Refusal> {
        Ok(MasterKey { fingerprint: Fingerprint([0xab; 32]), public: "PEM".to_owned() })
    }

    async fn join_tokens(&self, _: &Caller) -> Result<Vec<JoinToken>, Refusal> {
        Ok(Vec::new())
    }

    async fn create_join_token(&self, caller: &Caller, request: CreateToken) -> Result<NewToken, Refusal> {
        self.note(format!("{request:?}"));
        let token = JoinToken {
            id: "t1".to_owned(),
            pattern: request.pattern,
            uses_left: request.uses,
            made: noon(),
            expires: noon().plus(request.lifetime.0),
            made_by: caller.name.clone(),
            note: request.note,
        };
        Ok(NewToken { secret: "s3cret".to_owned(), token })
    }

    async fn delete_join_token(&self, _: &Caller, id: &str) -> Result<(), Refusal> {
        self.note(format!("delete {id}"));
        Ok(())
    }

    async fn minions(&self, _: &Caller, filter: MinionFilter) -> Result<Page<MinionSummary>, Refusal> {
        self.note(format!("{filter:?}"));
        let mut items: Vec<MinionSummary> = self.matched.iter().map(|id| minion_summary(id)).collect();
        for absent in &self.offline {
            if let Some(item) = items.iter_mut().find(|item| item.id == absent.minion) {
                item.presence = Presence::Offline { since: noon(), reason: absent.reason.clone().unwrap_or_default() };
            }
        }
        Ok(Page::whole(items))
    }

    async fn minion(&self, _: &Caller, id: &MinionId) -> Result<MinionView, Refusal> {
        Ok(MinionView { minion: minion_summary(id.as_str()), grains: self.grains.clone() })
    }

    async fn grain_history(&self, _: &Caller, _: &MinionId, filter: GrainFilter) -> Result<Vec<GrainChange>, Refusal> {
        let path = filter.path.unwrap_or_default();
        Ok(vec![GrainChange { at: noon(), path, old: Some("12.1".into()), new: Some("12.2".into()) }])
    }

    async fn preview(&self, _: &Caller, _: Target) -> Result<Preview, Refusal> {
        Ok(Preview { matched: self.matched.iter().map(|id| minion(id)).collect(), ..Preview::default() })
    }

    async fn runner(&self, _: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
        self.note(format!("{request:?}"));
        self.runner.clone().ok_or_else(|| Refusal::not_found(format!("no runner `{}`", request.function)))
    }

    async fn events(&self, _: &Caller, filter: EventFilter) -> Result<Stream<Vec<Followed>>, Refusal> {
        self.note(format!("{filter:?}"));
        Ok(stream::iter(self.bus.clone()).map(|event| vec![Followed::Event(Arc::new(Written::new(event)))]).boxed())
    }

    async fn fire(&self, _: &Caller, event: FireEvent) -> Result<Fired, Refusal> {
        self.note(format!("{event:?}"));
        Ok(Fired { sequence: 7 })
    }

    async fn status(&self, _: &Caller) -> Result<Status, Refusal> {
        Err(Refusal::new(ErrorCode::Unavailable, "the database is away").with_hint("start it")).or(Ok(Status {
            version: "0.1.0".to_owned(),
            master: "hub_master".to_owned(),
            started: noon(),
            listen: "0.0.0.0:4515".to_owned(),
            online: 2,
            accepted: 3,
            pending: 1,
            active_jobs: 0,
            store: StoreStatus { kind: "sqlite".to_owned(), reachable: true, problem: None },
        }))
    }
}

fn minion_summary(id: &str) -> MinionSummary {
    MinionSummary {
        id: minion(id),
        presence: Presence::Online { since: noon(), address: "10.0.0.1:4000".to_owned() },
        key: Some(KeyState::Accepted),
        version: "0.1.0".to_owned(),
        os: "Debian-12".to_owned(),
        grains_at: Some(noon()),
    }
}

fn summary() -> JobSummary {
    let call = model::Call { function: "test.ping".parse().unwrap(), args: vec![Value::Int(1)], kwargs: Map::new() };
    JobSummary {
        id: job(),
        target: Target::new(model::TargetKind::Grain, "os:Debian"),
        calls: vec![call],
        user: "sudo_alice".to_owned(),
        made: noon(),
        finished: None,
        counts: Counts::of([Stage::Returned, Stage::Returned, Stage::Queued]),
        metadata: Value::Null,
    }
}
