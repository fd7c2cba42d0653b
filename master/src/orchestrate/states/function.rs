//! `salt.function`: an execution function on minions.

use super::super::job;
use super::{caller, core, is_test, listed, names, target};
use crate::service::{Seen, call_function};
use model::{Call, MinionId};
use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Outlook, Read, Value};
use std::time::Duration;
use value::text;

/// Run an execution function on minions.
///
/// ```salt
/// cmd.run:
///   salt.function:
///     - tgt: 'web*'
///     - arg: [uptime]
/// ```
#[derive(Args)]
pub struct Function {
    /// The function.
    name: String,
    /// Whom it is for.
    tgt: Value,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// Positional arguments.
    arg: Option<Value>,
    /// Named arguments.
    kwarg: Option<Map>,
    /// A minion that does not return has failed.
    #[arg(default = false)]
    expect_minions: bool,
    /// Minions that may fail.
    fail_minions: Option<Value>,
    /// A function of the master that is given each return and says whether it is good.
    fail_function: Option<String>,
    /// Send to a part of the minions at a time: a number or a percentage.
    batch: Option<Value>,
    /// Send to so many of the minions only.
    subset: Option<u32>,
    /// Wait no longer than so many seconds.
    timeout: Option<f64>,
    /// Returners of the master that get the returns too.
    ret: Option<Value>,
    /// Known for compatibility: returners are configured at the master.
    #[arg(ignored)]
    ret_config: Option<Value>,
    /// Known for compatibility: returners are configured at the master.
    #[arg(ignored)]
    ret_kwargs: Option<Value>,
}

/// A number of minions, or a share of them.
pub(super) fn batch(value: &Value) -> Result<api::Batch, Failure> {
    match text::str(value) {
        size if size.is_empty() => Err(Failure::bad_arguments("`batch` is a number of minions, or a percentage")),
        size => Ok(api::Batch { size, wait: None, failhard: false, safe_limit: None }),
    }
}

impl Function {
    async fn send(&self, read: &Read) -> Result<Applied, Failure> {
        let core = core(read)?;
        let args = match &self.arg {
            Some(Value::List(items)) => items.clone(),
            None | Some(Value::Null) => Vec::new(),
            Some(one) => vec![one.clone()],
        };
        let function = self.name.parse().map_err(|error: model::BadId| Failure::bad_arguments(error.to_string()))?;
        let call = Call { function, args, kwargs: self.kwarg.clone().unwrap_or_default() };
        let mut request = api::RunJob::new(target(&self.tgt, &self.tgt_type)?, call);
        request.subset = self.subset;
        request.returners = names(self.ret.as_ref());
        if let Some(value) = &self.batch {
            request.batch = Some(batch(value)?);
        }
        let limit = self.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let ran = job::run(&core, &caller(read), request, limit, &read.facts().cancel).await?;
        let may_fail = names(self.fail_minions.as_ref());
        let counts = |minion: &MinionId| !may_fail.iter().any(|one| one == minion.as_str());
        let (mut failed, mut ran_on, mut changes) = (Vec::new(), Vec::new(), Map::new());
        let (job, nobody) = (ran.job, ran.returns.is_empty());
        for (minion, returned) in ran.returns {
            let is_good = match &self.fail_function {
                _ if !returned.success || returned.value == Value::Bool(false) => false,
                None => true,
                Some(judge) => {
                    let args = CallArgs::new(vec![returned.value.clone()], Map::new());
                    call_function(&core, Seen::master(&core), judge, args).await?.value.is_truthy()
                }
            };
            if !is_good && counts(&minion) {
                failed.push(minion.clone());
            }
            changes.insert(minion.as_str(), returned.value);
            ran_on.push(minion);
        }
        if self.expect_minions {
            for (minion, reason) in ran.silent {
                changes.insert(minion.as_str(), format!("Minion did not return: {reason}"));
                if counts(&minion) {
                    failed.push(minion.clone());
                }
                ran_on.push(minion);
            }
        }
        let comment = match (failed.is_empty(), ran_on.is_empty()) {
            (_, true) => "No minions responded".to_owned(),
            (true, false) => format!("Function ran successfully. Function {} ran on {}.", self.name, listed(&ran_on)),
            (false, false) => {
                let failed = listed(&failed);
                format!("Running function {0} failed on minions: {failed} Function {0} ran on {1}.", self.name, listed(&ran_on))
            }
        };
        let is_good = failed.is_empty() && !nobody;
        let shown = if changes.is_empty() { Map::new() } else { Map::from_iter([("ret", changes)]) };
        let mut applied = Applied { result: is_good, ..Applied::ok(comment, shown) };
        if let Some(job) = job {
            applied.extra.insert("__jid__", job.to_string());
        }
        Ok(applied)
    }
}

impl sdk::State for Function {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        let comment = format!("Function {} would be executed on target {}", self.name, text::str(&self.tgt));
        Ok(Check::Change(Outlook::new(comment, Map::new()), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        self.send(cx.read()).await
    }
}
