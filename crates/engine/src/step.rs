//! One chunk: conditions, then `check`, then `apply` unless nothing may change, then `check_cmd`, again if it is to be retried.

use crate::bounds::{self, Bounds};
use crate::conditions::{self, Verdict};
use crate::options::{Options, StateConditions};
use crate::retry::{self, Retry};
use crate::{Outcome, outcome, slots};
use model::{Target, TargetKind};
use sdk::{ArgError, Checked, Cx, Failure, Registry, StateEntry, StateObject};
use sls::Chunk;
use std::time::Instant;
use value::{Map, Value};

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The state itself.
    State,
    /// The reaction to watched changes.
    Reaction,
}

/// One call of a chunk's function.
pub(crate) struct Call<'a> {
    pub registry: &'a Registry,
    pub options: &'a Options,
    pub chunk: &'a Chunk,
    /// Arguments; those of the chunk, or of several chunks joined.
    pub args: &'a Map,
    pub cx: Cx,
    /// Nothing may change.
    pub is_test: bool,
    pub purpose: Purpose,
}

impl Call<'_> {
    /// Calls, retrying as the chunk asks.
    pub async fn run(&self) -> Outcome {
        let started = outcome::clock();
        let clock = Instant::now();
        let retry = self.args.get("retry").and_then(Retry::read);
        let mut outcome = match retry {
            None => self.once().await,
            Some(retry) if self.is_test => {
                let mut outcome = self.once().await;
                outcome.comment += &retry.note();
                outcome
            }
            Some(retry) => self.attempts(retry).await,
        };
        outcome.started = started;
        outcome.duration = (clock.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0;
        if self.args.get("no_log").is_some_and(Value::is_truthy) {
            mask(&mut outcome);
        }
        outcome
    }

    async fn attempts(&self, retry: Retry) -> Outcome {
        let mut said = String::new();
        let mut number = 1;
        loop {
            let mut outcome = self.once().await;
            let is_reached = outcome.result == Some(retry.until);
            if is_reached || number >= retry.attempts || self.cx.facts().cancel.is_cancelled() {
                outcome.comment.insert_str(0, &said);
                return outcome;
            }
            said += &retry::attempt(number, outcome.result, &outcome.comment);
            number += 1;
            let wait = retry.interval + retry.splay.mul_f64(random_part());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cx.facts().cancel.cancelled() => {}
            }
        }
    }

    async fn once(&self) -> Outcome {
        let function = self.chunk.function();
        if let Some(name) = &self.chunk.odd_name {
            let place = if self.chunk.sls.is_empty() { String::new() } else { format!("in SLS '{}' ", self.chunk.sls) };
            let (text, kind) = (value::text::str(name), name.type_name());
            return Outcome::uncallable(format!("ID '{text}' {place}is not formed as a string, but is a {kind}\n"));
        }
        match conditions::before(self.args, &self.cx).await {
            Verdict::Run => {}
            // What is true of the host is asked also where nothing was to be done, as in Salt.
            Verdict::Skip(mut outcome) => {
                if !self.registry.state(&function).is_some_and(|entry| entry.takes("check_cmd")) {
                    conditions::after(self.args, &self.cx, &mut outcome).await;
                }
                return outcome;
            }
            Verdict::Broken(outcome) => return outcome,
        }
        if let Some(unmet) = self.unmet_condition(&function) {
            return unmet;
        }
        if self.options.mock {
            let mut outcome = Outcome::ok("Not called, mocked");
            conditions::after(self.args, &self.cx, &mut outcome).await;
            return outcome;
        }
        let called = match self.purpose {
            Purpose::State => function.clone(),
            Purpose::Reaction => format!("{}.mod_watch", self.chunk.state),
        };
        let Some(entry) = self.registry.state(&function).filter(|entry| self.purpose == Purpose::State || entry.watches) else {
            let message = format!("State '{called}' was not found in SLS '{}'\nReason: '{called}' is not available.\n", self.chunk.sls);
            return Outcome::uncallable(message);
        };
        let bounds = match Bounds::read(self.args, entry) {
            Ok(bounds) => bounds,
            Err(message) => return Outcome::uncallable(message),
        };
        let (name, args) = self.arguments(entry).await;
        let mut outcome = match (entry.prepare)(args) {
            Ok(object) => {
                let (cx, cancel) = bounds.over(&self.cx);
                let work = async { self.call(&*object, &cx).await.unwrap_or_else(Outcome::broken) };
                bounds.wait(work, &cancel).await
            }
            Err(error) => unfit(&error, &called),
        };
        if name != self.chunk.name {
            outcome.name = Some(name);
        }
        if !entry.takes("check_cmd") && outcome.known {
            conditions::after(self.args, &self.cx, &mut outcome).await;
        }
        outcome
    }

    /// Arguments that the state sees, slots filled.
    async fn arguments(&self, entry: &StateEntry) -> (String, Map) {
        let mut args = Map::with_capacity(self.args.len() + 1);
        let mut name = self.chunk.name.clone();
        let name_value = Value::from(name.as_str());
        if slots::has_slot(&name_value) {
            name = value::text::str(&slots::fill(name_value, &self.cx).await);
        }
        args.insert("name", name.as_str());
        for (key, value) in self.args {
            let word = key.as_str().unwrap_or_default();
            if word == "name" || word.starts_with("__") || bounds::is_of_engine(word, entry) {
                continue;
            }
            let value = if slots::has_slot(value) { slots::fill(value.clone(), &self.cx).await } else { value.clone() };
            args.insert(key.clone(), value);
        }
        if !entry.takes("name") && !entry.signature.extra {
            args.remove("name");
        }
        (name, args)
    }

    async fn call(&self, object: &dyn StateObject, cx: &Cx) -> Result<Outcome, Failure> {
        match (self.purpose, self.is_test) {
            (Purpose::Reaction, false) => Ok(Outcome::applied(object.on_watch(cx).await?)),
            (Purpose::Reaction, true) => Ok(Outcome::foreseen(object.check_watch(cx).await?)),
            (Purpose::State, is_test) => match object.check(cx).await? {
                Checked::Desired { comment } => Ok(Outcome::ok(comment)),
                Checked::Fails(applied) => Ok(Outcome::applied(applied)),
                Checked::Change { outlook, .. } if is_test => Ok(Outcome::foreseen(outlook)),
                Checked::Change { change, .. } => Ok(Outcome::applied(object.apply(change, cx).await?)),
                Checked::Later(why) if is_test => Ok(Outcome::new(None, why, Value::map())),
                Checked::Later(why) => Ok(Outcome::failed(why)),
            },
        }
    }

    /// The outcome if the conditions of the configuration keep states of this kind from running here. Those that apply are joined by `or`.
    fn unmet_condition(&self, function: &str) -> Option<Outcome> {
        let applies = |condition: &&StateConditions| {
            condition.function == "*" || condition.function == function || condition.function == self.chunk.state
        };
        let mut targets = self.options.conditions.iter().filter(applies).flat_map(|condition| &condition.targets).peekable();
        targets.peek()?;
        let is_met = targets.any(|target| self.cx.agent().matches(&Target::new(TargetKind::Compound, target.as_str())).unwrap_or(false));
        (!is_met).then(|| Outcome::new(None, "Failed to meet global state conditions. State not called.", Value::map()))
    }
}

/// The outcome of arguments that do not fit.
fn unfit(error: &ArgError, function: &str) -> Outcome {
    match error {
        ArgError::Missing { names, .. } => {
            let lines: String = names.iter().map(|name| format!("Missing parameter {name} for state {function}\n")).collect();
            Outcome::uncallable(lines)
        }
        other => Outcome::failed(format!("{function}: {other}")),
    }
}

/// Hides what a state said and changed.
fn mask(outcome: &mut Outcome) {
    const STARS: &str = "**********";
    fn stars(value: &mut Value) {
        match value {
            Value::Map(map) => map.values_mut().for_each(stars),
            Value::List(items) => items.iter_mut().for_each(stars),
            other => *other = Value::from(STARS),
        }
    }
    outcome.name = Some(STARS.to_owned());
    outcome.comment = STARS.to_owned();
    stars(&mut outcome.changes);
}

/// A number in `0..1` that differs between hosts and calls; waits are spread by it, nothing else hangs on it.
fn random_part() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000_003) / 1_000_003.0
}
