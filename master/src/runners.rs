//! Runners: functions of the master itself, a table for each module. What is in no table is refused with the nearest known name.
//!
//! A new module is its file with `pub const RUNNERS`, its `mod` line, and its word in [`TABLES`].

mod arguments;
mod bank;
mod bootstrap;
mod cache;
mod doc;
mod event;
mod fileserver;
mod jobs;
mod manage;
mod matching;
pub mod mine;
mod net;
mod pillar;
mod queue;
mod reactor;
mod record;
mod returner;
mod salt;
mod saltutil;
mod state;
mod survey;
pub mod test;
mod told;

use crate::bus::Keep;
use crate::core::Core;
use crate::policy::{self, Ask, Side};
use api::{RunFunction, RunResult};
pub use arguments::Arguments;
use futures_util::future::BoxFuture;
use manager::{Caller, Refusal};
use model::{JobId, Timestamp, nearest};
pub use record::{Kept, Runs};
use std::sync::Arc;
use tracing::{error, info};
use value::{Map, Value};

/// The tables of all modules.
const TABLES: &[&[Runner]] = &[
    bank::RUNNERS,
    bootstrap::RUNNERS,
    cache::RUNNERS,
    doc::RUNNERS,
    event::RUNNERS,
    fileserver::RUNNERS,
    jobs::RUNNERS,
    manage::RUNNERS,
    matching::RUNNERS,
    mine::RUNNERS,
    net::RUNNERS,
    pillar::RUNNERS,
    queue::RUNNERS,
    reactor::RUNNERS,
    returner::RUNNERS,
    salt::RUNNERS,
    saltutil::RUNNERS,
    state::RUNNERS,
    survey::RUNNERS,
    test::RUNNERS,
];

/// A value, and the outputter that shows it best.
pub type Done = (Value, Option<String>);

/// What a runner does.
pub type Body = fn(Run) -> BoxFuture<'static, Result<Done, Refusal>>;

/// A runner.
pub struct Runner {
    /// `module.function`.
    pub name: &'static str,
    /// Names of its arguments, in order; `*args` takes all further ones, `**kwargs` all further names.
    pub arguments: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// What it does.
    pub body: Body,
}

/// One run of a runner.
pub struct Run {
    /// The master.
    pub core: Arc<Core>,
    /// Who asks.
    pub caller: Caller,
    /// Its id, as of any job.
    pub job: JobId,
    /// What it was given.
    pub arguments: Arguments,
}

impl Run {
    /// Tells the bus how far this run is: `salt/run/<jid>/progress`.
    pub fn progress(&self, data: Map) {
        self.core.bus.fire(format!("salt/run/{}/progress", self.job), Value::Map(data), Timestamp::now(), Keep::LiveOnly);
    }

    /// The same, if whoever asks wants to see it (`display_progress=True`).
    pub fn message(&self, message: impl Into<String>) {
        if self.arguments.flag("display_progress") {
            self.progress(Map::from_iter([("message", message.into())]));
        }
    }
}

/// A value without an outputter of its own.
///
/// # Errors
/// Never: it stands at the end of bodies.
pub fn plain(value: impl Into<Value>) -> Result<Done, Refusal> {
    Ok((value.into(), None))
}

/// All runners, or all wheel functions.
pub fn all(side: Side) -> impl Iterator<Item = &'static Runner> {
    let tables = match side {
        Side::Runner => TABLES,
        Side::Wheel => crate::wheels::TABLES,
    };
    tables.iter().flat_map(|table| table.iter())
}

/// Runs a function of the master: it is a job of the master itself, whose return is kept, and fires `salt/run/<jid>/new` and `/ret`, or
/// `salt/wheel/…`.
///
/// # Errors
/// When there is no such function, or whoever asks may not call it. One that fails is a result, not an error.
pub async fn run(core: &Arc<Core>, caller: &Caller, side: Side, request: RunFunction) -> Result<RunResult, Refusal> {
    let kept = told::is_kept(&request.function).then(Kept::default);
    run_kept(core, caller, side, request, kept).await
}

/// The same, kept as it is said, or not at all.
///
/// # Errors
/// As [`run`].
pub async fn run_kept(
    core: &Arc<Core>,
    caller: &Caller,
    side: Side,
    request: RunFunction,
    kept: Option<Kept>,
) -> Result<RunResult, Refusal> {
    let Some(runner) = all(side).find(|runner| runner.name == request.function) else {
        // Who may call nothing is not told what there is.
        let ask = Ask::Master { side, function: &request.function, args: &request.args, kwargs: &request.kwargs };
        policy::require(core, caller, ask).await?;
        let refusal = Refusal::not_found(format!("no {} `{}`", side.name(), request.function));
        return Err(match nearest(&request.function, all(side).map(|runner| runner.name)) {
            Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
            None => refusal.with_hint("`salt-run doc.runner` and `salt-run doc.wheel` list them"),
        });
    };
    let ask = Ask::Master { side, function: runner.name, args: &request.args, kwargs: &request.kwargs };
    policy::require(core, caller, ask).await?;
    let now = Timestamp::now();
    let id = core.jobs.next_id(now);
    let verb = format!("{}.run", side.name());
    core.audit(caller, &verb, (side.name(), runner.name), "ok", Value::Map(Map::from_iter([("jid", id.to_string())]))).await?;
    info!(job = %id, function = runner.name, side = side.name(), user = %caller, "a function of the master was called");
    let mut event = Map::new();
    event.insert("fun", format!("{}.{}", side.name(), runner.name));
    event.insert("jid", id.to_string());
    event.insert("user", caller.name.as_str());
    let told = told::arguments(runner, &request);
    event.insert("fun_args", Value::List(fun_args(&told)));
    core.bus.fire(format!("salt/{}/{id}/new", side.tag()), Value::Map(event.clone()), now, Keep::Stored);
    let Some(kept) = kept else { return Ok(finish(Arc::clone(core), caller.clone(), side, runner, id, event, request).await.0) };
    let name = format!("{}.{}", side.name(), runner.name);
    record::begin(core, id, &name, told, &caller.name, &kept).await?;
    let is_detached = request.detached;
    let (core, caller) = (Arc::clone(core), caller.clone());
    // It goes on when whoever waits for it goes away.
    let running = tokio::spawn(async move {
        let (result, event) = finish(Arc::clone(&core), caller, side, runner, id, event, request).await;
        if let Err(refusal) = record::finish(&core, id, event, result.retcode, result.out.clone(), &kept).await {
            error!(job = %id, %refusal, "the return of a function of the master cannot be kept");
        }
        result
    });
    if is_detached {
        return Ok(RunResult { job: Some(id), value: Value::Null, success: true, retcode: 0, out: None });
    }
    running.await.map_err(|error| Refusal::internal(format!("`{}` broke off: {error}", runner.name)))
}

/// Runs it and tells the bus; gives the result and the event that told it.
async fn finish(
    core: Arc<Core>,
    caller: Caller,
    side: Side,
    runner: &'static Runner,
    id: JobId,
    mut event: Map,
    request: RunFunction,
) -> (RunResult, Map) {
    let _entered = core.runs.enter(id, event.clone());
    let done = match Arguments::bind(runner.name, runner.arguments, request.args, request.kwargs) {
        Ok(arguments) => (runner.body)(Run { core: Arc::clone(&core), caller, job: id, arguments }).await,
        Err(refusal) => Err(misused(runner, &refusal)),
    };
    let needs = format!("`{}` needs the argument", runner.name);
    let done = done.map_err(|refusal| if refusal.message.starts_with(&needs) { misused(runner, &refusal) } else { refusal });
    let done =
        done.map_err(|refusal| if refusal.message.starts_with(MISUSED) { refusal.to_string() } else { failed(side, runner, &refusal) });
    let result = match done {
        Ok((value, out)) => {
            let retcode = wrapped_retcode(&value);
            RunResult { job: Some(id), value, success: retcode == 0, retcode, out }
        }
        Err(text) => RunResult { job: Some(id), value: Value::from(text), success: false, retcode: 1, out: None },
    };
    event.insert("return", result.value.clone());
    event.insert("success", result.success);
    if result.retcode != 0 {
        event.insert("retcode", result.retcode);
    }
    core.bus.fire(format!("salt/{}/{id}/ret", side.tag()), Value::Map(event.clone()), Timestamp::now(), Keep::LiveOnly);
    (result, event)
}

/// How Salt begins to tell of wrong arguments.
const MISUSED: &str = "\nPassed invalid arguments: ";

/// A function that failed, as Salt begins to tell of it; where Salt goes on with a traceback, the reason follows.
fn failed(side: Side, runner: &Runner, refusal: &Refusal) -> String {
    format!("Exception occurred in {} {}: {refusal}", side.name(), runner.name)
}

/// Wrong arguments, as Salt tells of them: with what the function takes.
fn misused(runner: &Runner, refusal: &Refusal) -> Refusal {
    let usage = format!("{}({})\n{}", runner.name, runner.arguments.join(", "), runner.doc);
    Refusal::invalid(format!("{MISUSED}{refusal}\n\nUsage:\n{usage}"))
}

/// Arguments in Salt's shape: positional ones, then the named ones as one mapping.
fn fun_args(request: &RunFunction) -> Vec<Value> {
    let mut args = request.args.clone();
    if !request.kwargs.is_empty() {
        args.push(Value::Map(request.kwargs.clone()));
    }
    args
}

/// Exit status of an answer that comes with its outputter (`data`, `outputter`, `retcode`).
fn wrapped_retcode(value: &Value) -> i32 {
    let is_wrapped = value.get("data").is_some() && value.get("outputter").is_some();
    let retcode = value.get("retcode").filter(|_| is_wrapped).and_then(Value::as_int);
    retcode.and_then(|code| i32::try_from(code).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_name_no_function_twice() {
        for side in [Side::Runner, Side::Wheel] {
            let mut names: Vec<_> = all(side).map(|runner| runner.name).collect();
            names.sort_unstable();
            let many = names.len();
            names.dedup();
            assert_eq!(names.len(), many);
        }
    }
}
