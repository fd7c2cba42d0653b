//! Runners: functions of the master itself, a table for each module. What is in no table is refused with the nearest known name.
//!
//! A new module is its file with `pub const RUNNERS`, its `mod` line, and its word in [`TABLES`].

mod arguments;
mod cache;
mod doc;
mod event;
mod jobs;
mod manage;
mod pillar;
mod salt;

use crate::bus::Keep;
use crate::core::Core;
use api::{RunFunction, RunResult};
pub use arguments::Arguments;
use futures_util::future::BoxFuture;
use manager::{Caller, Refusal};
use model::{Timestamp, nearest};
use std::sync::Arc;
use tracing::info;
use value::{Map, Value};

/// The tables of all modules.
const TABLES: &[&[Runner]] =
    &[cache::RUNNERS, doc::RUNNERS, event::RUNNERS, jobs::RUNNERS, manage::RUNNERS, pillar::RUNNERS, salt::RUNNERS];

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
    /// What it was given.
    pub arguments: Arguments,
}

/// A value without an outputter of its own.
///
/// # Errors
/// Never: it stands at the end of bodies.
pub fn plain(value: impl Into<Value>) -> Result<Done, Refusal> {
    Ok((value.into(), None))
}

/// All runners.
pub fn all() -> impl Iterator<Item = &'static Runner> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// Runs a runner as a job of the master: it has an id and fires `salt/run/<jid>/new` and `/ret`.
///
/// # Errors
/// When there is no such runner. A runner that fails is a result, not an error.
pub async fn run(core: &Arc<Core>, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
    let Some(runner) = all().find(|runner| runner.name == request.function) else {
        let refusal = Refusal::not_found(format!("no runner `{}`", request.function));
        return Err(match nearest(&request.function, all().map(|runner| runner.name)) {
            Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
            None => refusal.with_hint("`salt-run doc.runner` lists them"),
        });
    };
    if request.detached {
        return Err(Refusal::unsupported("runners do not run in the background yet").with_hint("leave `--async` out"));
    }
    let now = Timestamp::now();
    let id = core.jobs.next_id(now);
    core.audit(caller, "runner.run", ("runner", runner.name), "ok", Value::Map(Map::from_iter([("jid", id.to_string())]))).await?;
    info!(job = %id, runner = runner.name, user = %caller, "runner called");
    let mut event = Map::new();
    event.insert("fun", format!("runner.{}", runner.name));
    event.insert("jid", id.to_string());
    event.insert("user", caller.name.as_str());
    event.insert("fun_args", Value::List(request.args.clone()));
    core.bus.fire(format!("salt/run/{id}/new"), Value::Map(event.clone()), now, Keep::Stored);
    let done = match Arguments::bind(runner.name, runner.arguments, request.args, request.kwargs) {
        Ok(arguments) => (runner.body)(Run { core: Arc::clone(core), caller: caller.clone(), arguments }).await,
        Err(refusal) => Err(refusal),
    };
    let result = match done {
        Ok((value, out)) => RunResult { job: Some(id), value, success: true, retcode: 0, out },
        Err(refusal) => RunResult { job: Some(id), value: Value::from(refusal.to_string()), success: false, retcode: 1, out: None },
    };
    event.insert("return", result.value.clone());
    event.insert("success", result.success);
    core.bus.fire(format!("salt/run/{id}/ret"), Value::Map(event), Timestamp::now(), Keep::LiveOnly);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_name_no_runner_twice() {
        let mut names: Vec<_> = all().map(|runner| runner.name).collect();
        names.sort_unstable();
        let many = names.len();
        names.dedup();
        assert_eq!(names.len(), many);
    }
}
