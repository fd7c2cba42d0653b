//! The part that follows the bus and does reactions.

use super::act::react;
use super::{Queue, USER, Waiting};
use crate::core::Core;
use crate::retry::until_stored;
use daemon::Stop;
use manager::Written;
use model::Timestamp;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tracing::{error, info, warn};
use value::Value;

/// How often waiting reactions are looked at without being told of new ones.
const TICK: Duration = Duration::from_secs(1);
/// Events that are looked at together.
const PART: u32 = 500;
/// How long running reactions may take to end when the master stops. What does not end is done again after the next start.
const DRAIN: Duration = Duration::from_secs(5);
/// Longest pause before another attempt.
const LONGEST: Duration = Duration::from_secs(300);

/// Follows the bus and does reactions.
pub struct Reactor {
    core: Arc<Core>,
    queue: Queue,
    /// Number of the last event that was looked at.
    seen: u64,
    /// The number that is on the disk.
    stored: u64,
    /// Whether a reaction may wait in the store.
    may_wait: bool,
    running: JoinSet<String>,
    names: BTreeSet<String>,
}

impl Reactor {
    /// The reactor of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        let queue = Queue::new(Arc::clone(&core.store));
        Self { core, queue, seen: 0, stored: 0, may_wait: true, running: JoinSet::new(), names: BTreeSet::new() }
    }

    /// Works until `stop`.
    ///
    /// # Errors
    /// Never: a reaction that fails is tried again and at last laid aside; a store that is away is waited for.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        let (mut live, _) = self.core.bus.listen();
        self.catch_up(&stop).await;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                event = live.recv() => match event {
                    Ok(event) => {
                        let mut batch = vec![event];
                        while batch.len() < PART as usize && let Ok(event) = live.try_recv() {
                            batch.push(event);
                        }
                        self.take(batch, &stop).await;
                        if self.may_wait {
                            self.begin(&stop).await;
                        }
                    }
                    // What the bus no longer holds stands in the store.
                    Err(RecvError::Lagged(missed)) => {
                        warn!(missed, "the reactor is behind, it reads the events it missed from the store");
                        tokio::select! {
                            () = self.core.bus.until_kept() => {}
                            () = stop.cancelled() => break,
                        }
                        self.read_stored(&stop).await;
                    }
                    Err(RecvError::Closed) => break,
                },
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    match ended {
                        Ok(name) => drop(self.names.remove(&name)),
                        Err(error) => {
                            error!(%error, "a reaction broke off");
                            // Which one is not told: all that wait may be begun again.
                            self.names.clear();
                        }
                    }
                    self.begin(&stop).await;
                }
                _ = tick.tick() => {
                    self.begin(&stop).await;
                    if self.stored != self.seen {
                        self.put(&[], &stop).await;
                    }
                }
            }
        }
        let _ = tokio::time::timeout(DRAIN, async { while self.running.join_next().await.is_some() {} }).await;
        Ok(())
    }

    /// What happened while the master was not there, as far as events are kept.
    async fn catch_up(&mut self, stop: &Stop) {
        let cursor = until_stored("the reactor's place", stop, || self.queue.cursor()).await.flatten();
        match cursor {
            Some(seen) => {
                self.seen = seen;
                self.stored = seen;
                self.read_stored(stop).await;
            }
            None => {
                // The first start: what was before is nobody's business.
                let last = until_stored("events", stop, || self.core.store.last_sequence()).await;
                self.seen = last.unwrap_or(0);
            }
        }
    }

    async fn read_stored(&mut self, stop: &Stop) {
        loop {
            let filter = cmdb::EventFilter { after: self.seen, ..cmdb::EventFilter::default() };
            let Some(found) = until_stored("events", stop, || self.core.store.events(&filter, PART)).await else { return };
            if found.is_empty() {
                return;
            }
            self.take(found.into_iter().map(|event| Arc::new(Written::new(event))).collect(), stop).await;
        }
    }

    /// Looks at events, and stores what they lead to.
    async fn take(&mut self, events: Vec<Arc<Written>>, stop: &Stop) {
        let rules = Arc::clone(&self.core.settings().reactor);
        let mut led = Vec::new();
        for event in events {
            if event.sequence <= self.seen {
                continue;
            }
            self.seen = event.sequence;
            if event.data.get("user").and_then(Value::as_str) == Some(USER) {
                continue;
            }
            let files: Vec<String> = rules.of(&event.tag).into_iter().map(str::to_owned).collect();
            if !files.is_empty() {
                led.push((event, files));
            }
        }
        if !led.is_empty() {
            self.put(&led, stop).await;
        }
    }

    async fn put(&mut self, led: &[(Arc<Written>, Vec<String>)], stop: &Stop) {
        self.may_wait |= !led.is_empty();
        let now = Timestamp::now();
        if until_stored("reactions", stop, || self.queue.put(led, self.seen, now)).await.is_some() {
            self.stored = self.seen;
        }
    }

    /// Begins reactions that wait, as far as there is room.
    async fn begin(&mut self, stop: &Stop) {
        let settings = self.core.settings();
        let most = settings.config.reactor_worker_threads.max(1);
        if self.running.len() >= most || (settings.reactor.is_empty() && self.names.is_empty() && self.stored == 0) {
            return;
        }
        let Ok(waiting) = self.queue.waiting().await else { return };
        self.may_wait = !waiting.is_empty();
        let now = Timestamp::now();
        for one in waiting {
            if self.running.len() >= most {
                return;
            }
            if one.not_before > now || !self.names.insert(one.name.clone()) {
                continue;
            }
            let (core, queue, stop) = (Arc::clone(&self.core), self.queue.clone(), stop.clone());
            self.running.spawn(async move {
                let name = one.name.clone();
                attempt(&core, &queue, one, &stop).await;
                name
            });
        }
    }
}

/// Tries a reaction once.
async fn attempt(core: &Arc<Core>, queue: &Queue, mut waiting: Waiting, stop: &Stop) {
    waiting.attempts += 1;
    let result = react(core, &mut waiting).await;
    let now = Timestamp::now();
    let Err(why) = result else {
        info!(tag = waiting.tag, sls = waiting.sls, "reaction done");
        until_stored("reactions", stop, || queue.done(&waiting.name)).await;
        return;
    };
    waiting.error = Some(why.clone());
    let most = core.settings().config.reactor_attempts.max(1);
    if waiting.attempts >= most {
        error!(
            tag = waiting.tag,
            sls = waiting.sls,
            error = why,
            attempts = waiting.attempts,
            "a reaction failed and is given up; `salt-run reactor.dead` shows it"
        );
        until_stored("reactions", stop, || queue.bury(&waiting, now)).await;
    } else {
        let pause = Duration::from_secs(1 << waiting.attempts.min(10)).min(LONGEST);
        waiting.not_before = now.plus(pause);
        warn!(tag = waiting.tag, sls = waiting.sls, error = why, pause = pause.as_secs(), "a reaction failed and is tried again");
        until_stored("reactions", stop, || queue.again(&waiting, now)).await;
    }
}
