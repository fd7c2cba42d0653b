//! The session with the master: what comes in, and what is told without being asked.

use crate::inbox::{Arrival, Begins, Recovered};
use crate::jobs::{Jobs, blocking, failed};
use crate::{mine, own, startup, sync};
use daemon::Stop;
use model::{Call, Failure, FailureKind, FunctionName, Job, JobId, Timestamp};
use net::{DialEvent, Refusal};
use proto::{FromMinion, Refresh, RequestBody, ResponseBody, ToMinion};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use value::Value;

/// How often the spool is looked at.
const TICK: Duration = Duration::from_secs(5);

/// A return that was sent and is not acknowledged after this long is sent again.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often files that nobody has used for long are swept out of the cache.
const SWEEP: Duration = Duration::from_secs(24 * 3600);

/// How long running jobs may go on after the agent was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// The part that listens to the master.
pub struct Session {
    jobs: Arc<Jobs>,
    events: mpsc::Receiver<DialEvent>,
    running: JoinSet<()>,
    /// Refreshing and asking; nothing is lost when it is broken off.
    chores: JoinSet<()>,
    /// When returns were last sent.
    sent: BTreeMap<JobId, Instant>,
    is_connected: bool,
    /// When the mine was last filled.
    mined: Option<Instant>,
    /// Ends the jobs that do not end by themselves after a stop.
    end_jobs: Stop,
    has_started_up: bool,
}

/// Nothing the session meets ends the agent.
#[derive(Debug, thiserror::Error)]
pub enum Error {}

impl Session {
    /// A session that takes up what an agent before this one left.
    #[must_use]
    pub fn new(jobs: Arc<Jobs>, events: mpsc::Receiver<DialEvent>) -> Self {
        Self {
            jobs,
            events,
            running: JoinSet::new(),
            chores: JoinSet::new(),
            sent: BTreeMap::new(),
            is_connected: false,
            mined: None,
            end_jobs: Stop::new(),
            has_started_up: false,
        }
    }

    /// Listens until told to stop; then lets running jobs end for a moment.
    ///
    /// # Errors
    /// Never: what goes wrong is logged, or told to the master.
    pub async fn run(mut self, recovered: Recovered, stop: Stop) -> Result<(), Error> {
        self.take_up(recovered).await;
        let core = Arc::clone(&self.jobs.core);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut looked, mut swept) = (Instant::now(), None::<Instant>);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                event = self.events.recv() => match event {
                    Some(event) => self.on(event).await,
                    None => break,
                },
                () = core.grains_changed.notified() => self.send_facts().await,
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a job's task ended abnormally");
                    }
                }
                Some(_) = self.chores.join_next(), if !self.chores.is_empty() => {}
                _ = tick.tick() => {
                    self.care_for_spool().await;
                    if swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
                        swept = Some(Instant::now());
                        let core = Arc::clone(&core);
                        self.chores.spawn(async move { blocking(move || core.source.sweep()).await.unwrap_or_default() });
                    }
                    let minutes = core.loaded().config.mine_interval;
                    let is_due = self.mined.is_some_and(|mined| mined.elapsed() >= Duration::from_secs(minutes * 60));
                    if minutes > 0 && is_due && self.is_connected {
                        self.fill_mine();
                    }
                    let every = core.loaded().config.grains_refresh_every;
                    if every > 0 && looked.elapsed() >= Duration::from_secs(every * 60) {
                        looked = Instant::now();
                        self.look_again().await;
                    }
                }
            }
        }
        self.drain().await;
        Ok(())
    }

    /// What a dead agent left: jobs that had begun are reported, those that had not are run.
    async fn take_up(&mut self, recovered: Recovered) {
        for job in &recovered.begun {
            if !self.jobs.spool.holds(job.id) {
                tracing::warn!(job = %job.id, function = %job.function_text(), "this job ran when the agent ended; it is reported as failed");
                self.jobs.died(job).await;
            }
        }
        for job in recovered.waiting {
            tracing::info!(job = %job.id, function = %job.function_text(), "this job came before the agent ended and is run now");
            self.running.spawn(Arc::clone(&self.jobs).wait_and_run(job, self.end_jobs.clone()));
        }
    }

    async fn on(&mut self, event: DialEvent) {
        match event {
            DialEvent::Connected { master, fingerprint, resumed } => {
                tracing::info!(%master, %fingerprint, resumed, "connected");
                self.is_connected = true;
                daemon::notify_ready(&format!("connected to {master}"));
                self.greet(resumed).await;
                self.run_startup_states();
            }
            DialEvent::Disconnected { reason } => {
                self.is_connected = false;
                tracing::warn!(reason, "the connection is lost");
                daemon::notify_ready("not connected");
            }
            DialEvent::Waiting { master, refusal, retry } => {
                let why = match &refusal {
                    Refusal::Pending => "the master has not accepted this minion's key yet".to_owned(),
                    Refusal::Rejected(reason) => format!("the master has rejected this minion's key: {reason}"),
                    Refusal::Denied => {
                        "another key is known under this id; remove it on the master, or give this minion another id".to_owned()
                    }
                    Refusal::Busy => "the master is busy".to_owned(),
                };
                tracing::warn!(%master, retry = retry.as_secs(), "{why}");
                daemon::notify_ready(&why);
            }
            DialEvent::Failed { master, reason, retry } => {
                tracing::warn!(%master, reason, retry = retry.as_secs_f64(), "the master cannot be reached");
            }
            DialEvent::Message(message) => self.on_message(message).await,
        }
    }

    /// States that the configuration wants at every start of the agent, once there is a master to ask.
    fn run_startup_states(&mut self) {
        if std::mem::replace(&mut self.has_started_up, true) {
            return;
        }
        let core = Arc::clone(&self.jobs.core);
        let loaded = core.loaded();
        let (function, args) = match loaded.config.startup_states.as_str() {
            "" => return,
            "highstate" => ("state.highstate", Vec::new()),
            "sls" => ("state.sls", vec![Value::List(loaded.config.sls_list.iter().map(Value::from).collect())]),
            "top" => ("state.top", vec![Value::from("top.sls")]),
            other => {
                tracing::error!(startup_states = other, "`startup_states` is none of highstate, sls, top; nothing is run");
                return;
            }
        };
        let Ok(function) = FunctionName::new(function) else { return };
        let call = Call { function, args, kwargs: value::Map::new() };
        let cancel = self.end_jobs.clone();
        let runtime = core.runtime.clone();
        self.running.spawn(async move {
            let desk = core.desk(Some(JobId::at(Timestamp::now())), cancel);
            let outcome = blocking(move || runtime.block_on(async { crate::run::call(&desk, &call).await })).await;
            match outcome {
                Some(outcome) if outcome.success => tracing::info!("startup states went well"),
                Some(outcome) => tracing::error!(retcode = outcome.retcode, "startup states did not go well"),
                None => {}
            }
        });
    }

    /// First words of a session: who we are, what we hold, and every return the master may have missed.
    async fn greet(&mut self, resumed: bool) {
        self.send_facts().await;
        // A session that goes on where it was cut off is no start.
        let begun = if resumed { Vec::new() } else { startup::events(&self.jobs.core, self.jobs.minion.as_str(), Timestamp::now()) };
        for (tag, data) in begun {
            let _ = self.jobs.link.send(&FromMinion::Event { tag, data }).await;
        }
        let _ = self.jobs.link.send(&FromMinion::Holding { jobs: self.jobs.inbox.holding() }).await;
        self.sent.clear();
        self.send_returns(|_| true).await;
        let core = Arc::clone(&self.jobs.core);
        let jobs = Arc::clone(&self.jobs);
        let link = self.jobs.link.clone();
        self.chores.spawn(async move {
            let asked = RequestBody::Custom { function: "master_opts".to_owned(), data: Value::Null };
            match link.request(asked).await {
                Ok(ResponseBody::Value { value: Value::Map(opts) }) => core.obey_master(opts),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the master does not say how its trees are read"),
            }
            // Only the first time: ten thousand minions that come back to a restarted master must not ask it for ten thousand pillars.
            if let Err(failure) = core.pillar().await {
                tracing::warn!(error = %failure, "the pillar cannot be had yet");
            }
            own::flush(&jobs).await;
        });
        self.fill_mine();
    }

    /// Hands the answers of `mine_functions` to the master.
    fn fill_mine(&mut self) {
        let core = Arc::clone(&self.jobs.core);
        self.mined = Some(Instant::now());
        self.chores.spawn(async move {
            let _ = core.pillar().await;
            if let Err(failure) = mine::update(&core, None, false).await {
                tracing::warn!(error = %failure, "the mine cannot be filled");
            }
        });
    }

    async fn send_facts(&self) {
        let core = &self.jobs.core;
        let grains = core.grains().as_map().cloned().unwrap_or_default();
        let _ = self.jobs.link.send(&FromMinion::Facts { grains, version: env!("CARGO_PKG_VERSION").to_owned() }).await;
    }

    async fn send_returns(&mut self, due: impl Fn(Option<Instant>) -> bool) {
        for id in self.jobs.spool.held() {
            if !due(self.sent.get(&id).copied()) {
                continue;
            }
            let spool = Arc::clone(&self.jobs.spool);
            match blocking(move || spool.message(id)).await.flatten() {
                Some(message) => {
                    if self.jobs.link.send(&message).await.is_err() {
                        return;
                    }
                    self.sent.insert(id, Instant::now());
                }
                // Between listing and reading it may have been acknowledged.
                None if !self.jobs.spool.holds(id) => {}
                None => self.jobs.spool.discard_unreadable(id),
            }
        }
    }

    async fn care_for_spool(&mut self) {
        let spool = Arc::clone(&self.jobs.spool);
        blocking(move || spool.save()).await;
        if self.is_connected {
            let held: std::collections::BTreeSet<JobId> = self.jobs.spool.held().into_iter().collect();
            self.sent.retain(|id, _| held.contains(id));
            // A return is first sent by its job; it counts from the first tick that sees it.
            for id in held {
                self.sent.entry(id).or_insert_with(Instant::now);
            }
            self.send_returns(|sent| sent.is_none_or(|sent| sent.elapsed() >= PATIENCE)).await;
        }
    }

    /// Looks at the host on the interval, and tells the master only if something has changed.
    async fn look_again(&mut self) {
        let core = Arc::clone(&self.jobs.core);
        let before = core.grains();
        let after = blocking(move || core.refresh_grains()).await;
        if after.is_some_and(|after| after != before) {
            self.send_facts().await;
        }
    }

    async fn on_message(&mut self, message: ToMinion) {
        match message {
            ToMinion::Publish { job } => self.take(job).await,
            ToMinion::Signal { job, signal } => {
                let told = self.jobs.core.running.signal(job, signal.number());
                tracing::info!(%job, ?signal, ?told, "a job is signalled");
            }
            ToMinion::ReturnAck { job } => {
                self.sent.remove(&job);
                let jobs = Arc::clone(&self.jobs);
                blocking(move || {
                    jobs.inbox.acknowledge(job);
                    jobs.spool.forget(job);
                })
                .await;
            }
            ToMinion::Refresh { what } => self.refresh(what),
            ToMinion::Goodbye { reason, retry_after } => tracing::info!(reason, ?retry_after, "the master ends the session"),
            ToMinion::Response { id, .. } => tracing::debug!(id, "an answer to a question nobody asked"),
        }
    }

    async fn take(&mut self, job: Job) {
        let id = job.id;
        let place = self.jobs.place();
        let begins = if place.is_some() { Begins::Now } else { Begins::Later };
        let (inbox, given) = (Arc::clone(&self.jobs.inbox), job.clone());
        let Some(arrival) = blocking(move || inbox.receive(&given, begins)).await else { return };
        match arrival {
            Ok(Arrival::New) => {
                tracing::info!(job = %id, function = %job.function_text(), user = %job.user, "job taken");
                let _ = self.jobs.link.send(&FromMinion::Ack { job: id }).await;
                let jobs = Arc::clone(&self.jobs);
                match place {
                    Some(place) => self.running.spawn(jobs.run(job, place, self.end_jobs.clone())),
                    None => self.running.spawn(jobs.wait_and_run(job, self.end_jobs.clone())),
                };
            }
            Ok(Arrival::Held) => {
                let _ = self.jobs.link.send(&FromMinion::Ack { job: id }).await;
                if self.jobs.spool.holds(id) {
                    self.sent.remove(&id);
                    self.send_returns(|sent| sent.is_none()).await;
                }
            }
            Ok(Arrival::Done) => {
                tracing::debug!(job = %id, "a job came again after its return was acknowledged");
                let _ = self.jobs.link.send(&FromMinion::Ack { job: id }).await;
            }
            Ok(Arrival::Forgotten) => {
                let failure = Failure::new(
                    FailureKind::Refused,
                    "the job is older than all that this minion remembers, so it may have run already; it was not run",
                );
                self.jobs.give_back(&job, Timestamp::now(), failed(failure)).await;
            }
            Err(error) => {
                let text = format!("the job was not run, because it cannot be written to disk first: {}", output::chain(&error));
                tracing::error!(job = %id, "{text}");
                self.jobs.give_back(&job, Timestamp::now(), failed(Failure::failed(text))).await;
            }
        }
    }

    fn refresh(&mut self, what: Refresh) {
        let core = Arc::clone(&self.jobs.core);
        self.chores.spawn(async move {
            match what {
                Refresh::Grains => {
                    let looked = Arc::clone(&core);
                    blocking(move || looked.refresh_grains()).await;
                    core.grains_changed.notify_one();
                }
                Refresh::Pillar => {
                    if let Err(failure) = core.refresh_pillar().await {
                        tracing::warn!(error = %failure, "the pillar cannot be had");
                    }
                }
                Refresh::Modules => {
                    let desk = core.desk(None, Stop::new());
                    let synced = desk.blocking(|desk| sync::sync(&desk, "base", sync::Kind::Grains)).await;
                    match synced {
                        Ok((Value::List(names), _)) => tracing::info!(count = names.len(), "custom grains synced"),
                        Ok(_) => {}
                        Err(failure) => tracing::warn!(error = %failure, "custom grains cannot be synced"),
                    }
                }
            }
        });
    }

    /// Lets running jobs end; those that take longer are ended, and say so in their returns.
    async fn drain(&mut self) {
        self.chores.shutdown().await;
        if self.running.is_empty() {
            return;
        }
        tracing::info!(jobs = self.jobs.core.running.count(), "waiting for running jobs");
        let all = async { while self.running.join_next().await.is_some() {} };
        tokio::pin!(all);
        if tokio::time::timeout(GRACE, &mut all).await.is_err() {
            self.end_jobs.cancel();
            let _ = tokio::time::timeout(GRACE, all).await;
        }
    }
}
