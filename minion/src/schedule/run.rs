//! The part that looks at the clock, and runs what is due.

use crate::jobs::{Jobs, blocking};
use crate::own::{Fate, OwnRun};
use daemon::Stop;
use jiff::ZonedDateTime;
use model::{Call, FunctionName};
use schedule::{Decision, Entry, Now, Plan, ReturnJob, Skip};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use value::{Map, Value};

/// How often the clock is looked at: the finest step of a schedule is a second.
const TICK: Duration = Duration::from_secs(1);

/// Runs what is due.
pub struct Scheduler {
    jobs: Arc<Jobs>,
    /// The schedule as it was last read.
    read: Option<Plan>,
    /// Entries that this agent has looked at before.
    known: BTreeSet<String>,
    running: JoinSet<String>,
}

impl Scheduler {
    /// The scheduler of an agent.
    #[must_use]
    pub fn new(jobs: Arc<Jobs>) -> Self {
        Self { jobs, read: None, known: BTreeSet::new(), running: JoinSet::new() }
    }

    /// Works until `stop`, then lets runs end for as long as the session lets jobs.
    ///
    /// # Errors
    /// Never: a bad entry is named in the log, and the others run.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        let core = Arc::clone(&self.jobs.core);
        let recalled = Arc::clone(&core);
        blocking(move || recalled.schedule.recall()).await;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => self.look(&stop).await,
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => match ended {
                    Ok(name) => core.schedule.count(&name, -1),
                    Err(error) => tracing::error!(%error, "a scheduled run ended abnormally"),
                },
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(8), async { while self.running.join_next().await.is_some() {} }).await;
        Ok(())
    }

    async fn look(&mut self, stop: &Stop) {
        let core = Arc::clone(&self.jobs.core);
        let pillar = core.known_pillar().unwrap_or_default();
        let all = core.schedule.all(&pillar);
        if all.is_empty() && self.known.is_empty() {
            return;
        }
        if self.read.as_ref().is_none_or(|plan| plan.source != all) {
            self.read(&all, &whens(&pillar, &core.grains()));
        }
        let Some(Plan { globals, entries, .. }) = &self.read else { return };
        let now = ZonedDateTime::now();
        let mut chance = |below: i64| rand::random_range(0..below.max(1));
        let mut due = Vec::new();
        for (entry, text) in entries {
            let is_start = self.known.insert(entry.name.clone());
            let seen = Now { time: &now, is_start, running: core.schedule.running(&entry.name) };
            let decision =
                core.schedule.with_memory(&entry.name, |memory| schedule::decide(entry, globals, memory, &seen, text, &mut chance));
            match decision {
                Decision::Run => due.push((entry.clone(), None)),
                Decision::Skip(why) => {
                    tracing::info!(schedule = entry.name, ?why, "a scheduled run is left out");
                    if let (Some(instead), Skip::Range) = (&globals.skip_function, why) {
                        due.push((entry.clone(), Some(instead.clone())));
                    }
                }
                Decision::Wait => {}
            }
        }
        for (name, is_forced) in core.schedule.asked() {
            match entries.iter().find(|(entry, _)| entry.name == name) {
                Some((entry, _)) if entry.is_enabled || is_forced => due.push((entry.clone(), None)),
                _ => tracing::warn!(schedule = name, "an entry that was asked for is gone or disabled"),
            }
        }
        for (entry, instead) in due {
            self.begin(entry, instead, stop);
        }
        blocking(move || core.schedule.remember()).await;
    }

    fn read(&mut self, all: &Map, whens: &Map) {
        let plan = Plan::read(all, whens);
        for problem in &plan.problems {
            tracing::error!(error = %output::chain(problem), "a part of the schedule is left out");
        }
        self.jobs.core.schedule.forget_others(all);
        self.known.retain(|name| plan.has(name));
        self.read = Some(plan);
    }

    fn begin(&mut self, entry: Entry, instead: Option<String>, stop: &Stop) {
        let names = instead.map_or_else(|| entry.functions.clone(), |function| vec![function]);
        let mut calls = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let Ok(function) = FunctionName::new(name) else {
                tracing::error!(schedule = entry.name, function = name, "this is no name of a function, the entry is not run");
                return;
            };
            // Several functions take a list of arguments each; one takes them as they stand.
            let args = match names.len() {
                1 => entry.args.clone(),
                _ => entry.args.get(index).and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default(),
            };
            calls.push(Call { function, args, kwargs: entry.kwargs.clone() });
        }
        tracing::info!(schedule = entry.name, function = names.join(","), "a scheduled run begins");
        let jobs = Arc::clone(&self.jobs);
        jobs.core.schedule.count(&entry.name, 1);
        let stop = stop.clone();
        self.running.spawn(async move {
            let mut metadata = entry.metadata.clone();
            metadata.insert("schedule", entry.name.as_str());
            let fate = match entry.return_job {
                ReturnJob::Yes => Fate::Kept,
                ReturnJob::NotKept => Fate::Told,
                ReturnJob::No => Fate::Dropped,
            };
            let returners = entry.returners.clone();
            OwnRun { calls, metadata: Value::Map(metadata), fate, returners, is_listed: entry.jid_include }.run(&jobs, stop).await;
            entry.name
        });
    }
}

/// Names of moments, from grains and pillar.
fn whens(pillar: &Value, grains: &Value) -> Map {
    let mut whens = grains.get("whens").and_then(Value::as_map).cloned().unwrap_or_default();
    whens.extend(pillar.get("whens").and_then(Value::as_map).cloned().unwrap_or_default());
    whens
}
