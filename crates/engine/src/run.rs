//! The run itself: chunks in order, some beside each other, then the listeners.

use crate::decide::{Decision, decide};
use crate::outcome;
use crate::step::{Call, Purpose};
use crate::{Go, Next, Options, Outcome, Reload, Report, Row, Schedule, Services, aggregate, listen};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sdk::{BoxFuture, Cx, Registry, RunMemory};
use sls::{Chunk, Kind, Plan};
use std::collections::HashMap;
use std::sync::Arc;
use value::{Map, Value};

/// Runs a plan. Its arguments should have passed [`crate::validate`].
pub async fn run(plan: &Plan, registry: &Registry, services: &dyn Services, options: &Options) -> Report {
    let lows: Vec<Arc<Value>> = plan.chunks.iter().map(|chunk| Arc::new(chunk.to_value())).collect();
    let memory = Arc::new(RunMemory { low: lows, ..RunMemory::default() });
    let runner = Runner { plan, registry, services, options, memory };
    let mut state = State::new(plan);
    let mut schedule = Schedule::new(plan, options.max_parallel);
    let mut beside: FuturesUnordered<BoxFuture<'_, (usize, Outcome)>> = FuturesUnordered::new();
    loop {
        match schedule.next_step() {
            Next::Done => break,
            Next::Wait => {
                if let Some((index, outcome)) = beside.next().await {
                    schedule.finished(index);
                    runner.finish(index, outcome, &mut state).await;
                }
            }
            Next::Run(index) => {
                let Some(chunk) = plan.chunks.get(index) else { break };
                runner.rehearse_until(index, &mut state).await;
                if state.outcome(index).is_some() {
                    schedule.finished(index);
                    continue;
                }
                let is_cancelled = services.cx(&chunk.env).facts().cancel.is_cancelled();
                if is_cancelled || services.before(chunk).await == Go::Stop {
                    schedule.stop();
                    schedule.finished(index);
                    continue;
                }
                state.give_number(index);
                let work = runner.begin(index, &mut state).await;
                let is_parallel = chunk.args.get("parallel").is_some_and(Value::is_truthy);
                if is_parallel {
                    beside.push(Box::pin(async move { (index, parallel(work.await)) }));
                    continue;
                }
                let mut work = work;
                let outcome = loop {
                    tokio::select! {
                        outcome = &mut work => break outcome,
                        Some((other, outcome)) = beside.next(), if !beside.is_empty() => {
                            schedule.finished(other);
                            runner.finish(other, outcome, &mut state).await;
                        }
                    }
                };
                schedule.finished(index);
                let failed = outcome.result == Some(false);
                runner.finish(index, outcome, &mut state).await;
                let failhard = chunk.args.get("failhard").map_or(options.failhard, Value::is_truthy);
                if failed && failhard && !options.test {
                    schedule.stop();
                    state.stopped = true;
                }
            }
        }
    }
    if !state.stopped {
        runner.listeners(&mut state).await;
    }
    state.report.sort();
    state.report
}

fn parallel(mut outcome: Outcome) -> Outcome {
    outcome.extra.insert("__parallel__", true);
    outcome
}

/// What has become of the chunks so far.
struct State {
    outcomes: Vec<Option<Outcome>>,
    rehearsals: HashMap<usize, Outcome>,
    /// How far the plan's list of rehearsals has been followed.
    rehearsed: usize,
    report: Report,
    /// Number of each chunk: given when it begins, so that results stand in the order of the plan whoever is done first.
    numbers: HashMap<usize, u64>,
    number: u64,
    stopped: bool,
}

impl State {
    fn new(plan: &Plan) -> Self {
        Self {
            outcomes: vec![None; plan.chunks.len()],
            rehearsals: HashMap::new(),
            rehearsed: 0,
            report: Report::default(),
            numbers: HashMap::new(),
            number: 0,
            stopped: false,
        }
    }

    fn give_number(&mut self, index: usize) {
        let number = self.next_number();
        self.numbers.insert(index, number);
    }

    fn next_number(&mut self) -> u64 {
        let number = self.number;
        self.number += 1;
        number
    }

    fn outcome(&self, index: usize) -> Option<&Outcome> {
        self.outcomes.get(index).and_then(Option::as_ref)
    }
}

struct Runner<'a> {
    plan: &'a Plan,
    registry: &'a Registry,
    services: &'a dyn Services,
    options: &'a Options,
    memory: Arc<RunMemory>,
}

impl<'a> Runner<'a> {
    /// Decides over a chunk and gives the work that is left to do.
    async fn begin(&self, index: usize, state: &mut State) -> BoxFuture<'a, Outcome> {
        self.rehearse_targets(index, state).await;
        if let Some(outcome) = self.held_back(index, state) {
            return Box::pin(std::future::ready(outcome));
        }
        let decision = self.decide(index, state);
        match decision {
            Decision::Run { react, watched } => {
                let is_finished = |target: usize| state.outcome(target).is_some();
                let joined = aggregate::joined(self.plan, index, self.registry, self.options, &is_finished);
                self.work(index, react, watched, joined)
            }
            other => Box::pin(std::future::ready(self.outcome_of(other))),
        }
    }

    fn decide(&self, index: usize, state: &State) -> Decision {
        decide(self.plan, index, self.options.test, &|target| state.outcome(target), &|target| state.rehearsals.get(&target))
    }

    fn outcome_of(&self, decision: Decision) -> Outcome {
        let mut outcome = match decision {
            Decision::Run { .. } => Outcome::ok(""),
            Decision::Skip(comment) => Outcome::kept(true, comment),
            Decision::Fail(failed) => Outcome::kept(false, self.failed_comment(&failed)),
        };
        outcome.started = outcome::clock();
        outcome
    }

    fn failed_comment(&self, failed: &[usize]) -> String {
        let mut names: Vec<String> = Vec::new();
        for chunk in failed.iter().filter_map(|index| self.plan.chunks.get(*index)) {
            let name = format!("{}.{}", chunk.sls, chunk.id);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        format!("One or more requisite failed: {}", names.join(", "))
    }

    /// Runs in test mode what a `prereq` of this chunk points to, and before that what those point to.
    async fn rehearse_targets(&self, index: usize, state: &mut State) {
        let mut waiting = self.prereqs(index);
        let mut order = Vec::new();
        while let Some(target) = waiting.pop() {
            if !order.contains(&target) && !state.rehearsals.contains_key(&target) {
                order.push(target);
                waiting.extend(self.prereqs(target));
            }
        }
        // Targets of targets were found later, and are needed earlier.
        for target in order.into_iter().rev() {
            self.rehearse(target, state).await;
        }
    }

    /// Rehearses what stands before a chunk in the plan's own order, so that results come in that order too.
    async fn rehearse_until(&self, index: usize, state: &mut State) {
        while let Some((next, is_rehearsal)) = self.plan.rehearsals.get(state.rehearsed).copied() {
            if !is_rehearsal && next == index {
                return;
            }
            state.rehearsed += 1;
            let is_known = |target: &usize| state.outcome(*target).is_some() || state.rehearsals.contains_key(target);
            let is_ready = self
                .plan
                .requisites
                .get(next)
                .into_iter()
                .flatten()
                .all(|requisite| requisite.kind == Kind::Listen || requisite.targets.iter().all(is_known));
            if is_rehearsal && is_ready && !state.rehearsals.contains_key(&next) {
                self.rehearse(next, state).await;
            }
        }
    }

    async fn rehearse(&self, target: usize, state: &mut State) {
        let Some(chunk) = self.plan.chunks.get(target) else { return };
        let outcome = match self.decide(target, state) {
            Decision::Run { .. } => self.call(chunk.clone(), target, true, Purpose::State, Vec::new(), None).await,
            // What its own requisites decide is final, whatever the chunk with the `prereq` does.
            other => {
                let outcome = self.outcome_of(other);
                state.give_number(target);
                self.finish(target, outcome.clone(), state).await;
                outcome
            }
        };
        state.rehearsals.insert(target, outcome);
    }

    fn prereqs(&self, index: usize) -> Vec<usize> {
        let own = self.plan.requisites.get(index).map_or(&[][..], Vec::as_slice);
        own.iter().filter(|requisite| requisite.kind == Kind::Prereq).flat_map(|requisite| requisite.targets.iter().copied()).collect()
    }

    /// The outcome of a chunk whose preparation failed: a chunk with a `prereq` on it ran first and did not succeed.
    fn held_back(&self, index: usize, state: &State) -> Option<Outcome> {
        let rehearsal = state.rehearsals.get(&index)?;
        let failed: Vec<usize> = (0..index)
            .filter(|earlier| state.outcome(*earlier).is_some_and(|outcome| outcome.result == Some(false)))
            .filter(|earlier| self.prereqs(*earlier).contains(&index))
            .collect();
        match rehearsal.result {
            _ if failed.is_empty() => None,
            // It would have failed itself, and that is why the other one did.
            Some(false) => Some(Outcome { changes: Value::map(), ..rehearsal.clone() }),
            None => Some(Outcome::kept(false, self.failed_comment(&failed))),
            Some(true) => None,
        }
    }

    /// The call of a chunk, and the reaction to what it watches.
    fn work(&self, index: usize, react: bool, watched: Vec<usize>, joined: Option<Map>) -> BoxFuture<'a, Outcome> {
        let runner = Runner {
            plan: self.plan,
            registry: self.registry,
            services: self.services,
            options: self.options,
            memory: Arc::clone(&self.memory),
        };
        Box::pin(async move {
            let Some(chunk) = runner.plan.chunks.get(index) else { return Outcome::failed("this chunk is not in the plan") };
            let outcome = runner.call(chunk.clone(), index, runner.options.test, Purpose::State, Vec::new(), joined).await;
            let watches = runner.registry.state(&chunk.function()).is_some_and(|entry| entry.watches);
            let is_done = outcome.has_changes() || outcome.extra.get("skip_watch").is_some_and(Value::is_truthy);
            if !react || !watches || is_done || !outcome.known {
                return outcome;
            }
            runner.call(chunk.clone(), index, runner.options.test, Purpose::Reaction, watched, None).await
        })
    }

    async fn call(&self, chunk: Chunk, index: usize, is_test: bool, purpose: Purpose, watched: Vec<usize>, joined: Option<Map>) -> Outcome {
        let cx = self.cx(&chunk, index, purpose, &watched);
        let args = joined.as_ref().unwrap_or(&chunk.args);
        Call { registry: self.registry, options: self.options, chunk: &chunk, args, cx, is_test, purpose }.run().await
    }

    /// The right to act, with the chunk attached.
    fn cx(&self, chunk: &Chunk, index: usize, purpose: Purpose, watched: &[usize]) -> Cx {
        let env = chunk.args.get("saltenv").and_then(Value::as_str).unwrap_or(&chunk.env);
        let cx = self.services.cx(env);
        let low = match purpose {
            Purpose::State => self.memory.low.get(index).cloned().unwrap_or_default(),
            Purpose::Reaction => {
                let changed: Vec<Value> =
                    watched.iter().filter_map(|target| self.memory.low.get(*target)).map(|low| (**low).clone()).collect();
                let mut low = chunk.to_value();
                if let Some(map) = low.as_map_mut() {
                    map.insert("sfun", chunk.fun.as_str());
                    map.insert("fun", "mod_watch");
                    map.insert("__reqs__", [("watch", Value::List(changed))].into_iter().collect::<Map>());
                }
                Arc::new(low)
            }
        };
        let known = sdk::Chunk { id: chunk.id.as_ref().to_owned(), sls: chunk.sls.as_ref().to_owned(), low, run: Arc::clone(&self.memory) };
        Cx::grant(cx.read().clone().for_chunk(Arc::new(known)), cx.output().cloned())
    }

    /// Reports an outcome and does what the chunk asks for afterwards.
    async fn finish(&self, index: usize, outcome: Outcome, state: &mut State) {
        let Some(chunk) = self.plan.chunks.get(index) else { return };
        let number = state.numbers.get(&index).copied().unwrap_or(state.number);
        self.report(chunk, &outcome, number, state).await;
        let asks = |word: &str| chunk.args.get(word).is_some_and(Value::is_truthy);
        if !self.options.test && outcome.result != Some(false) {
            for (word, what) in [("reload_modules", Reload::Modules), ("reload_grains", Reload::Grains), ("reload_pillar", Reload::Pillar)]
            {
                if asks(word) {
                    self.services.reload(what).await;
                }
            }
        }
        if let Some(slot) = state.outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }

    async fn report(&self, chunk: &Chunk, outcome: &Outcome, number: u64, state: &mut State) {
        let row = Row::new(chunk, outcome, number);
        self.services.done(&row, self.plan.chunks.len()).await;
        self.fire(chunk, &row).await;
        state.report.push(row);
        for sub in outcome.extra.get("sub_state_run").and_then(Value::as_list).unwrap_or_default() {
            self.sub_state(chunk, sub, state);
        }
    }

    /// A result that a state reports besides its own.
    fn sub_state(&self, chunk: &Chunk, sub: &Value, state: &mut State) {
        let Some(map) = sub.as_map() else { return };
        let mut own = chunk.clone();
        if let Some(low) = map.get("low").and_then(Value::as_map) {
            let word = |key: &str| low.get(key).map(value::text::str);
            own.state = word("state").unwrap_or(own.state);
            own.fun = word("fun").unwrap_or(own.fun);
            own.name = word("name").unwrap_or(own.name);
            own.id = word("__id__").map_or(own.id, Arc::from);
        }
        let mut outcome =
            Outcome::new(map.get("result").and_then(Value::as_bool), "", map.get("changes").cloned().unwrap_or_else(Value::map));
        outcome.comment = map.get("comment").map(value::text::str).unwrap_or_default();
        outcome.duration = map.get("duration").and_then(Value::as_float).unwrap_or(0.0);
        outcome.started = map.get("start_time").map(value::text::str).unwrap_or_default();
        let number = state.next_number();
        state.report.push(Row::new(&own, &outcome, number));
    }

    /// Fires the event of `fire_event`.
    async fn fire(&self, chunk: &Chunk, row: &Row) {
        let end = match chunk.args.get("fire_event") {
            Some(Value::Bool(true)) => chunk.name.clone(),
            Some(Value::Str(text)) if !text.is_empty() => text.clone(),
            _ => return,
        };
        let cx = self.services.cx(&chunk.env);
        let job = cx.facts().job.map(|job| job.to_string()).unwrap_or_default();
        let tag = format!("salt/state_result/{job}/{}/{end}", cx.facts().id);
        let data: Map = [("ret", Value::Map(row.value.clone()))].into_iter().collect();
        if let Err(error) = self.services.event(&tag, Value::Map(data)).await {
            tracing::warn!(%tag, %error, "event of a state was not sent");
        }
    }

    /// Runs the listeners whose targets changed, and reports those that nobody found.
    async fn listeners(&self, state: &mut State) {
        let found = listen::listeners(self.plan, &|index| state.outcome(index).cloned());
        for index in found.react {
            let Some(chunk) = self.plan.chunks.get(index) else { continue };
            let reaction = listen::reaction(chunk);
            let outcome = self.call(reaction.clone(), index, self.options.test, Purpose::Reaction, Vec::new(), None).await;
            let mut shown = reaction;
            shown.fun = "mod_watch".to_owned();
            let number = state.next_number();
            self.report(&shown, &outcome, number, state).await;
        }
        for (module, name) in found.missing {
            let (tag, outcome, name) = listen::missing(&module, &name);
            let number = state.next_number();
            let mut row = Row::new(&Chunk::default(), &outcome, number);
            row.tag = tag;
            row.value.insert("name", name);
            state.report.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_can_move_between_threads() {
        fn sendable<T: Send>(_: fn(&'static Plan, &'static Registry, &'static dyn Services, &'static Options) -> T) {}
        sendable(run);
    }
}
