//! The master's own clock: runners that are called when they are due.

use crate::core::Core;
use crate::policy::Side;
use crate::retry::until_stored;
use crate::runners::{self, Kept};
use api::RunFunction;
use cmdb::Document;
use daemon::Stop;
use jiff::ZonedDateTime;
use manager::Caller;
use model::Timestamp;
use rand::RngExt;
use schedule::{Decision, Entry, Memory, Now, Plan, ReturnJob};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tracing::{error, info, warn};
use value::{Map, Value, text};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// Room of what is remembered, so that a restart neither forgets nor repeats a run.
const ROOM: &str = "schedule";

/// Calls runners when they are due.
pub struct Scheduler {
    core: Arc<Core>,
    memories: BTreeMap<String, Memory>,
    stored: BTreeMap<String, Memory>,
    known: BTreeSet<String>,
    read: Option<Plan>,
    running: JoinSet<String>,
    counts: BTreeMap<String, usize>,
}

impl Scheduler {
    /// The scheduler of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            memories: BTreeMap::new(),
            stored: BTreeMap::new(),
            known: BTreeSet::new(),
            read: None,
            running: JoinSet::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Works until `stop`.
    ///
    /// # Errors
    /// Never: a bad entry is named in the log, and the others run.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        let found = until_stored("the schedule", &stop, || self.core.store.documents(ROOM, "", 1000)).await.unwrap_or_default();
        self.memories = found.into_iter().map(|document| (document.name, Memory::of(&document.value))).collect();
        self.stored = self.memories.clone();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => self.look(&stop).await,
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    if let Ok(name) = ended && let Some(count) = self.counts.get_mut(&name) {
                        *count = count.saturating_sub(1);
                    }
                }
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), async { while self.running.join_next().await.is_some() {} }).await;
        Ok(())
    }

    async fn look(&mut self, stop: &Stop) {
        let all = self.core.settings().config.schedule.clone();
        if all.is_empty() && self.known.is_empty() {
            return;
        }
        if self.read.as_ref().is_none_or(|plan| plan.source != all) {
            self.read_entries(&all);
        }
        let Some(Plan { globals, entries, .. }) = &self.read else { return };
        let now = ZonedDateTime::now();
        let mut chance = |below: i64| rand::rng().random_range(0..below.max(1));
        let mut due = Vec::new();
        for (entry, text) in entries {
            let is_start = self.known.insert(entry.name.clone());
            let running = self.counts.get(&entry.name).copied().unwrap_or(0);
            let memory = self.memories.entry(entry.name.clone()).or_default();
            match schedule::decide(entry, globals, memory, &Now { time: &now, is_start, running }, text, &mut chance) {
                Decision::Run => due.push(entry.clone()),
                Decision::Skip(why) => info!(schedule = entry.name, ?why, "a scheduled run is left out"),
                Decision::Wait => {}
            }
        }
        let at = Timestamp::now();
        let changed: Vec<Document> = self
            .memories
            .iter()
            .filter(|(name, memory)| self.stored.get(*name) != Some(memory))
            .map(|(name, memory)| Document { name: name.clone(), value: memory.to_value(), at })
            .collect();
        // Written before anything runs: what a dying master has begun is not begun again.
        if !changed.is_empty() && until_stored("the schedule", stop, || self.core.store.put_documents(ROOM, &changed)).await.is_some() {
            self.stored = self.memories.clone();
        }
        for entry in due {
            self.begin(entry);
        }
    }

    fn read_entries(&mut self, all: &Map) {
        let plan = Plan::read(all, &Map::new());
        for problem in &plan.problems {
            error!(error = %output::chain(problem), "a part of the schedule is left out");
        }
        self.known.retain(|name| plan.has(name));
        self.read = Some(plan);
    }

    fn begin(&mut self, entry: Entry) {
        *self.counts.entry(entry.name.clone()).or_default() += 1;
        let core = Arc::clone(&self.core);
        info!(schedule = entry.name, function = entry.functions.join(","), "a scheduled runner begins");
        self.running.spawn(async move {
            let caller = Caller { name: "schedule".to_owned(), ..Caller::master() };
            for (index, function) in entry.functions.iter().enumerate() {
                let args = match entry.functions.len() {
                    1 => entry.args.clone(),
                    _ => entry.args.get(index).and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default(),
                };
                let request = RunFunction { function: function.clone(), args, kwargs: entry.kwargs.clone(), detached: false };
                let done = runners::run_kept(&core, &caller, Side::Runner, request, kept(&core, &entry)).await;
                match done {
                    Ok(result) if result.success => {}
                    Ok(result) => warn!(schedule = entry.name, function, result = %text::str(&result.value), "a scheduled runner failed"),
                    Err(refusal) => warn!(schedule = entry.name, function, error = %refusal, "a scheduled runner was refused"),
                }
            }
            entry.name
        });
    }
}

/// How the runs of an entry are kept, unless they are not.
fn kept(core: &Core, entry: &Entry) -> Option<Kept> {
    match entry.return_job {
        // The master's listeners are told of its own runs in any case.
        ReturnJob::NotKept | ReturnJob::No => return None,
        ReturnJob::Yes => {}
    }
    let mut returners = entry.returners.clone();
    returners.retain(|name| match core.couriers.returners().unknown(std::slice::from_ref(name)) {
        None => true,
        Some(why) => {
            warn!(schedule = entry.name, why, "a scheduled run names a returner that there is not");
            false
        }
    });
    let mut metadata = entry.metadata.clone();
    metadata.insert("schedule", entry.name.as_str());
    Some(Kept { metadata: Value::Map(metadata), returners })
}
