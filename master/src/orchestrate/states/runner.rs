//! `salt.runner`, `salt.wheel`, `salt.parallel_runners`: functions of the master.

use super::{caller, core, is_test};
use crate::policy::Side;
use crate::runners;
use api::{RunFunction, RunResult};
use futures_util::future::join_all;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Value};
use value::text;

/// Runners that know test mode: they are run in it instead of being left out.
const KNOW_TEST: [&str; 4] = ["state.orchestrate", "state.orch", "state.sls", "state.orchestrate_single"];

async fn call(read: &Read, side: Side, function: &str, args: Vec<Value>, mut kwargs: Map, test: bool) -> Result<RunResult, Failure> {
    if test {
        kwargs.insert("test", true);
    }
    let request = RunFunction { function: function.to_owned(), args, kwargs, detached: false };
    runners::run(&core(read)?, &caller(read), side, request).await.map_err(|refusal| Failure::failed(refusal.to_string()))
}

fn shown(result: &RunResult) -> Map {
    Map::from_iter([("return", result.value.clone())])
}

fn judged(kind: &str, name: &str, result: &RunResult) -> Applied {
    let is_good = result.success && result.retcode == 0;
    let word = if is_good { "executed" } else { "failed" };
    let mut applied = Applied { result: is_good, ..Applied::ok(format!("{kind} function '{name}' {word}."), shown(result)) };
    applied.extra.insert("__orchestration__", true);
    if let Some(job) = result.job {
        applied.extra.insert("__jid__", job.to_string());
    }
    applied
}

/// Call a runner.
///
/// ```salt
/// tidy:
///   salt.runner:
///     - name: cache.clear_all
/// ```
#[derive(Args)]
pub struct Runner {
    /// The runner.
    name: String,
    /// Positional arguments.
    arg: Option<Value>,
    /// Its named arguments.
    #[arg(extra)]
    kwargs: Map,
}

impl Runner {
    fn args(&self) -> Vec<Value> {
        self.arg.as_ref().and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default()
    }
}

impl sdk::State for Runner {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        if KNOW_TEST.contains(&self.name.as_str()) {
            let result = call(read, Side::Runner, &self.name, self.args(), self.kwargs.clone(), true).await?;
            let applied = judged("Runner", &self.name, &result);
            return Ok(if applied.result {
                Check::Change(Outlook::new(format!("Runner function '{}' was executed in test mode.", self.name), applied.changes), ())
            } else {
                Check::Fails(applied)
            });
        }
        let comment = format!("Runner function '{}' would be executed.", self.name);
        Ok(Check::Change(Outlook::new(comment, Map::new()), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let result = call(cx.read(), Side::Runner, &self.name, self.args(), self.kwargs.clone(), false).await?;
        Ok(judged("Runner", &self.name, &result))
    }
}

/// Call a wheel function.
///
/// ```salt
/// accept:
///   salt.wheel:
///     - name: key.accept
///     - match: web1
/// ```
#[derive(Args)]
pub struct Wheel {
    /// The function.
    name: String,
    /// Positional arguments.
    arg: Option<Value>,
    /// Its named arguments.
    #[arg(extra)]
    kwargs: Map,
}

impl sdk::State for Wheel {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        let comment = format!("Wheel function '{}' would be executed.", self.name);
        Ok(Check::Change(Outlook::new(comment, Map::new()), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let args = self.arg.as_ref().and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
        let result = call(cx.read(), Side::Wheel, &self.name, args, self.kwargs.clone(), false).await?;
        Ok(judged("Wheel", &self.name, &result))
    }
}

/// Call several runners at the same time.
///
/// ```salt
/// both:
///   salt.parallel_runners:
///     - runners:
///         one: [{name: state.orchestrate}, {kwarg: {mods: orch.one}}]
///         two: [{name: state.orchestrate}, {kwarg: {mods: orch.two}}]
/// ```
#[derive(Args)]
pub struct ParallelRunners {
    /// Known for compatibility: the name says nothing.
    #[arg(ignored)]
    name: String,
    /// The runners, by names of one's own: `name`, `arg`, `kwarg` of each.
    runners: Map,
}

/// One of several runners.
struct Named {
    id: String,
    runner: String,
    args: Vec<Value>,
    kwargs: Map,
}

impl ParallelRunners {
    fn calls(&self) -> Result<Vec<Named>, Failure> {
        let call = |(id, value): (&Value, &Value)| {
            let mut options = Map::new();
            match value {
                Value::Map(map) => options = map.clone(),
                Value::List(items) => items.iter().filter_map(Value::as_map).for_each(|map| options.extend(map.clone())),
                _ => {}
            }
            let id = text::str(id);
            let runner = options.get("name").map(text::str).unwrap_or_else(|| id.clone());
            let args = options.get("arg").and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
            let kwargs = options.get("kwarg").and_then(Value::as_map).cloned().unwrap_or_default();
            if !runner.contains('.') {
                return Err(Failure::bad_arguments(format!("the runner `{id}` has no `name` such as `state.orchestrate`")));
            }
            Ok(Named { id, runner, args, kwargs })
        };
        self.runners.iter().map(call).collect()
    }

    async fn all(&self, read: &Read, test: bool) -> Result<Applied, Failure> {
        let calls = self.calls()?;
        let meant = calls.iter().filter(|one| !test || KNOW_TEST.contains(&one.runner.as_str()));
        let running = meant
            .map(|one| async move { (&one.id, call(read, Side::Runner, &one.runner, one.args.clone(), one.kwargs.clone(), test).await) });
        let (mut changes, mut failed) = (Map::new(), Vec::new());
        for (id, result) in join_all(running).await {
            match result {
                Ok(result) => {
                    if !result.success || result.retcode != 0 {
                        failed.push(id.clone());
                    }
                    changes.insert(id.as_str(), result.value);
                }
                Err(failure) => {
                    failed.push(id.clone());
                    changes.insert(id.as_str(), failure.to_string());
                }
            }
        }
        let comment = match failed.as_slice() {
            [] => "All runner functions executed successfully.".to_owned(),
            [one] => format!("Runner {one} failed."),
            many => format!("Runners {} failed.", many.join(", ")),
        };
        Ok(Applied { result: failed.is_empty(), ..Applied::ok(comment, Map::from_iter([("ret", changes)])) })
    }
}

impl sdk::State for ParallelRunners {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let names: Vec<String> = self.calls()?.into_iter().map(|call| call.id).collect();
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        let applied = self.all(read, true).await?;
        if !applied.result {
            return Ok(Check::Fails(applied));
        }
        Ok(Check::Change(Outlook::new(format!("Runners {} would be executed.", names.join(", ")), applied.changes), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.all(cx.read(), false).await
    }
}
