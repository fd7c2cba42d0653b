//! Runners: functions of the master itself. One table names them all; what is not in it is refused with the nearest known name.

mod arguments;
mod cache;
mod jobs;
mod manage;
mod pillar;

use crate::bus::Keep;
use crate::core::Core;
use api::{RunFunction, RunResult};
use arguments::Arguments;
use manager::{Caller, Refusal};
use model::{Timestamp, nearest};
use std::sync::Arc;
use tracing::info;
use value::{Map, Value};

/// A runner: its name, its arguments in order, and what it does.
struct Runner {
    name: &'static str,
    arguments: &'static [&'static str],
    doc: &'static str,
}

/// All runners.
const RUNNERS: &[Runner] = &[
    Runner { name: "cache.grains", arguments: &["tgt", "tgt_type"], doc: "Grains of minions as they pushed them last." },
    Runner { name: "doc.runner", arguments: &[], doc: "The runners with their arguments." },
    Runner { name: "event.send", arguments: &["tag", "data"], doc: "Fire an event." },
    Runner { name: "jobs.active", arguments: &[], doc: "Jobs that are not done, with where they run and who has returned." },
    Runner { name: "jobs.exit_success", arguments: &["jid"], doc: "Whether each minion of a job did what it was asked." },
    Runner { name: "jobs.last_run", arguments: &["function", "target"], doc: "The newest job, also of a function or target." },
    Runner { name: "jobs.list_job", arguments: &["jid"], doc: "One job with its minions and returns." },
    Runner {
        name: "jobs.list_jobs",
        arguments: &["search_function", "search_target", "start_time", "end_time"],
        doc: "Jobs that are kept, newest last.",
    },
    Runner { name: "jobs.lookup_jid", arguments: &["jid", "missing"], doc: "The returns of a job." },
    Runner { name: "jobs.master", arguments: &[], doc: "Runs of the master itself that are not done." },
    Runner { name: "jobs.print_job", arguments: &["jid"], doc: "One job with its minions and returns, under its id." },
    Runner { name: "manage.down", arguments: &[], doc: "Minions with an accepted key that have no session." },
    Runner { name: "manage.present", arguments: &[], doc: "Minions that have a session." },
    Runner { name: "manage.not_present", arguments: &[], doc: "Minions with an accepted key that have no session." },
    Runner { name: "manage.status", arguments: &[], doc: "Minions that are there and that are not." },
    Runner { name: "manage.up", arguments: &[], doc: "Minions that have a session." },
    Runner { name: "manage.versions", arguments: &[], doc: "Versions of master and minions." },
    Runner {
        name: "pillar.show_pillar",
        arguments: &["minion", "saltenv", "pillarenv"],
        doc: "The pillar of a minion as it is compiled now.",
    },
];

/// Runs a runner as a job of the master: it has an id and fires `salt/run/<jid>/new` and `/ret`.
///
/// # Errors
/// When there is no such runner. A runner that fails is a result, not an error.
pub async fn run(core: &Arc<Core>, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
    let Some(runner) = RUNNERS.iter().find(|runner| runner.name == request.function) else {
        let refusal = Refusal::not_found(format!("no runner `{}`", request.function));
        return Err(match nearest(&request.function, RUNNERS.iter().map(|runner| runner.name)) {
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
        Ok(arguments) => call(core, caller, runner.name, &arguments).await,
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

/// A value, and the outputter that shows it best.
type Done = (Value, Option<String>);

async fn call(core: &Arc<Core>, caller: &Caller, name: &str, arguments: &Arguments) -> Result<Done, Refusal> {
    let plain = |value: Value| Ok((value, None));
    match name {
        "cache.grains" => plain(cache::grains(core, arguments).await?),
        "doc.runner" => plain(docs()),
        "event.send" => {
            let data = arguments.get("data").cloned().unwrap_or_else(Value::map);
            let event = api::FireEvent { tag: arguments.text("tag")?, data };
            crate::control::fire(core, caller, event).await?;
            plain(Value::Bool(true))
        }
        "jobs.active" => plain(jobs::active(core).await?),
        "jobs.exit_success" => plain(jobs::exit_success(core, arguments).await?),
        "jobs.last_run" => plain(jobs::last_run(core, arguments).await?),
        "jobs.list_job" => plain(jobs::list_job(core, arguments).await?),
        "jobs.list_jobs" => plain(jobs::list_jobs(core, arguments).await?),
        "jobs.lookup_jid" => jobs::lookup_jid(core, arguments).await,
        "jobs.master" => plain(Value::List(Vec::new())),
        "jobs.print_job" => plain(jobs::print_job(core, arguments).await?),
        "manage.down" | "manage.not_present" => plain(manage::down(core)),
        "manage.up" | "manage.present" => plain(manage::up(core)),
        "manage.status" => plain(manage::status(core)),
        "manage.versions" => plain(manage::versions(core).await?),
        "pillar.show_pillar" => plain(pillar::show_pillar(core, arguments).await?),
        other => Err(Refusal::internal(format!("runner `{other}` stands in the table and has no body"))),
    }
}

fn docs() -> Value {
    let doc = |runner: &Runner| {
        (runner.name, format!("{}\n\nsalt-run {} {}", runner.doc, runner.name, runner.arguments.join(" ")).trim_end().to_owned())
    };
    Value::Map(RUNNERS.iter().map(doc).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_module_and_names_no_runner_twice() {
        let mut names: Vec<_> = RUNNERS.iter().map(|runner| runner.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RUNNERS.len());
    }
}
