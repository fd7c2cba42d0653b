//! The part that lets beacons look, and sends what they find.

use super::{Beacon, Finding, Options, make};
use crate::core::Core;
use daemon::Stop;
use sdk::{Failure, Map, Value};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use value::text;

/// How often it is looked whose turn it is.
const TICK: Duration = Duration::from_secs(1);
/// A look that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Most findings that wait for the connection; the oldest go first.
const MOST: usize = 1000;

/// Lets beacons look.
pub struct Watch {
    core: Arc<Core>,
    read: Option<Map>,
    beacons: BTreeMap<String, Entry>,
    looking: JoinSet<Looked>,
    waiting: VecDeque<(String, Value)>,
}

/// One beacon. It is away while it looks.
struct Entry {
    options: Options,
    beacon: Option<Box<dyn Beacon>>,
    last: Option<Instant>,
    /// Counts what was read, so that a beacon of an older configuration does not come back.
    generation: u64,
    failed: bool,
}

struct Looked {
    name: String,
    generation: u64,
    beacon: Option<Box<dyn Beacon>>,
    found: Result<Vec<Finding>, Failure>,
}

impl Watch {
    /// The beacons of an agent.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self { core, read: None, beacons: BTreeMap::new(), looking: JoinSet::new(), waiting: VecDeque::new() }
    }

    /// Works until `stop`.
    ///
    /// # Errors
    /// Never: a beacon that fails says so in the log, once until it works again.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut generation = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => {
                    let all = self.core.beacons.all(&self.core.known_pillar().unwrap_or_default());
                    if self.read.as_ref() != Some(&all) {
                        generation += 1;
                        self.read(&all, generation);
                    }
                    self.begin();
                    self.send().await;
                }
                Some(looked) = self.looking.join_next(), if !self.looking.is_empty() => {
                    if let Ok(looked) = looked {
                        self.looked(looked);
                        self.send().await;
                    }
                }
            }
        }
        self.looking.shutdown().await;
        Ok(())
    }

    fn read(&mut self, all: &Map, generation: u64) {
        let is_enabled = all.get("enabled").is_none_or(Value::is_truthy);
        let mut old = std::mem::take(&mut self.beacons);
        for (name, value) in all {
            let name = text::str(name);
            if name == "enabled" || !is_enabled {
                continue;
            }
            let options = Options::read(value);
            // One that is as it was remembers what it knew.
            if let Some(entry) = old.remove(&name).filter(|entry| entry.options == options) {
                self.beacons.insert(name, entry);
                continue;
            }
            match make(options.module.as_deref().unwrap_or(&name), &options.own) {
                Ok(beacon) => {
                    let entry = Entry { options, beacon: Some(beacon), last: None, generation, failed: false };
                    self.beacons.insert(name, entry);
                }
                Err(why) => tracing::error!(beacon = name, why, "this beacon cannot be used"),
            }
        }
        self.read = Some(all.clone());
    }

    fn begin(&mut self) {
        let is_in_states = self.core.run_lock.is_held();
        for (name, entry) in &mut self.beacons {
            let is_due = entry.last.is_none_or(|last| last.elapsed() + TICK / 2 >= entry.options.interval);
            let rests = !entry.options.is_enabled
                || (entry.options.runs_once && entry.last.is_some())
                || (entry.options.rests_during_states && is_in_states);
            if !is_due || rests {
                continue;
            }
            let Some(mut beacon) = entry.beacon.take() else { continue };
            entry.last = Some(Instant::now());
            let (core, name, generation) = (Arc::clone(&self.core), name.clone(), entry.generation);
            self.looking.spawn(async move {
                let desk = core.desk(None, Stop::new());
                let cx = desk.cx();
                match tokio::time::timeout(PATIENCE, beacon.look(cx.read())).await {
                    Ok(found) => Looked { name, generation, beacon: Some(beacon), found },
                    Err(_) => {
                        let failure = Failure::failed(format!("it has not looked within {} s", PATIENCE.as_secs()));
                        Looked { name, generation, beacon: Some(beacon), found: Err(failure) }
                    }
                }
            });
        }
    }

    fn looked(&mut self, looked: Looked) {
        let Some(entry) = self.beacons.get_mut(&looked.name).filter(|entry| entry.generation == looked.generation) else { return };
        entry.beacon = looked.beacon;
        match looked.found {
            Ok(findings) => {
                entry.failed = false;
                for finding in findings {
                    let id = &self.core.loaded().config.id;
                    let mut data = finding.data;
                    data.insert("id", id.as_str());
                    if self.waiting.len() >= MOST {
                        self.waiting.pop_front();
                    }
                    self.waiting.push_back((format!("salt/beacon/{id}/{}/{}", looked.name, finding.tag), Value::Map(data)));
                }
            }
            Err(failure) if !entry.failed => {
                entry.failed = true;
                tracing::warn!(beacon = looked.name, error = %failure, "this beacon cannot look; it goes on trying");
            }
            Err(_) => {}
        }
    }

    /// Sends what was found; without a session it waits.
    async fn send(&mut self) {
        while let Some((tag, data)) = self.waiting.front() {
            if self.core.source.event(tag, data.clone()).await.is_err() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}
