//! Before a run: the lock, a fresh pillar, and a desk that sees both the pillar and the options of this run.

use super::refused;
use crate::desk::Desk;
use crate::lock::{Held, Holder, Queue};
use crate::pillars;
use sdk::{Cx, Failure, Map, Read, Returned, Value};
use std::sync::Arc;

/// Options that all functions running states share.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only predict.
    pub test: Option<bool>,
    /// Pillar of the caller.
    pub pillar: Option<Value>,
    /// Environment of pillar.
    pub pillarenv: Option<String>,
    /// Environment of states.
    pub saltenv: Option<String>,
    /// What to leave out.
    pub exclude: Option<Value>,
    /// What to do while another run goes on.
    pub queue: Option<Value>,
    /// Run beside another run.
    pub concurrent: bool,
    /// Call no state.
    pub mock: bool,
    /// The only SLS of the top file to run.
    pub whitelist: Vec<String>,
}

impl Options {
    /// Environment of states, if one is asked for here or configured.
    pub fn env(&self, desk: &Desk) -> Option<String> {
        self.saltenv.clone().or_else(|| desk.core.loaded().config.saltenv.clone())
    }
}

/// A prepared run, or the answer that says why there is none.
pub type Prepared<T> = Result<T, Box<Returned>>;

/// Takes the lock of state runs.
pub async fn lock<'a>(desk: &'a Desk, function: &str, options: &Options) -> Prepared<Option<Held<'a>>> {
    let is_inside = desk.facts().job.is_some_and(|job| desk.core.run_lock.is_held_by(job));
    if options.concurrent || is_inside {
        return Ok(None);
    }
    let configured = desk.core.loaded().config.state_queue.clone();
    let queue = match options.queue.as_ref().unwrap_or(&configured) {
        Value::Int(most) if *most > 0 => Queue::WaitUnless(usize::try_from(*most).unwrap_or(usize::MAX)),
        other if other.is_truthy() => Queue::Wait,
        _ => Queue::Refuse,
    };
    match desk.core.run_lock.take(Holder::new(function, desk.facts().job), queue).await {
        Ok(held) => Ok(Some(held)),
        Err(holder) => Err(Box::new(refused(vec![holder.refusal()], 1))),
    }
}

/// A desk with a fresh pillar. Errors in the pillar are an answer: a run with half a pillar would do harm.
pub async fn desk(desk: &Arc<Desk>, options: &Options) -> Result<Prepared<Arc<Desk>>, Failure> {
    let overrides = match &options.pillar {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Map(map)) => map.clone(),
        Some(_) => {
            let message = "Passed invalid arguments: Pillar data must be formatted as a dictionary, unless pillar_enc is specified..";
            return Err(Failure::bad_arguments(message).with_hint("write pillar='{key: value}'"));
        }
    };
    let wanted = pillars::Wanted { saltenv: options.env(desk), pillarenv: options.pillarenv.clone(), overrides };
    let pillar = pillars::compile(&desk.core, &wanted).await?;
    let errors = pillars::errors(&pillar);
    if !errors.is_empty() {
        let mut reasons = vec!["Pillar failed to render with the following messages:".to_owned()];
        reasons.extend(errors);
        return Ok(Err(Box::new(refused(reasons, 5))));
    }
    Ok(Ok(desk.with_facts(|facts| {
        facts.pillar = Arc::new(Value::Map(pillar));
        facts.env = options.env(desk).unwrap_or_else(|| "base".to_owned());
        if let Value::Map(opts) = Arc::make_mut(&mut facts.opts) {
            if let Some(test) = options.test {
                opts.insert("test", test);
            }
            if let Some(env) = &options.saltenv {
                opts.insert("saltenv", env.as_str());
            }
            if let Some(env) = &options.pillarenv {
                opts.insert("pillarenv", env.as_str());
            }
        }
    })))
}

/// The desk that runs states for a function that changes.
pub fn of_cx(cx: &Cx) -> Result<Arc<Desk>, Failure> {
    of_read(cx.read())
}

/// The desk of a function that looks.
pub fn of_read(read: &Read) -> Result<Arc<Desk>, Failure> {
    crate::functions::desk(read)
}
