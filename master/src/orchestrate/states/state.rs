//! `salt.state`: states on minions.

use super::super::job::{self, Ran};
use super::{caller, core, is_test, listed, names, target};
use model::{Call, JobId, MinionId};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Value};
use std::time::Duration;
use value::text;

/// Apply states on minions.
///
/// ```salt
/// web servers:
///   salt.state:
///     - tgt: 'web*'
///     - sls: [nginx, php]
/// ```
#[derive(Args)]
pub struct State {
    /// Known for compatibility: the name says nothing.
    #[arg(ignored)]
    name: String,
    /// Whom it is for.
    tgt: Value,
    /// Kind of the target.
    #[arg(default = "glob")]
    tgt_type: String,
    /// Names of SLS.
    sls: Option<Value>,
    /// Apply what the top file gives each minion.
    #[arg(default = false)]
    highstate: bool,
    /// Apply what another top file gives each minion.
    top: Option<String>,
    /// Pillar for this run.
    pillar: Option<Map>,
    /// Environment of pillar.
    pillarenv: Option<String>,
    /// Environment of states.
    saltenv: Option<String>,
    /// Only predict; an orchestration in test mode does so anyway.
    test: Option<bool>,
    /// SLS to leave out.
    exclude: Option<Value>,
    /// Run beside another state run of the minion.
    #[arg(default = false)]
    concurrent: bool,
    /// Wait for another state run of the minion.
    queue: Option<Value>,
    /// A minion that does not return has failed.
    #[arg(default = true)]
    expect_minions: bool,
    /// Minions that may fail, beside those of `allow_fail`.
    fail_minions: Option<Value>,
    /// So many minions may fail.
    #[arg(default = 0)]
    allow_fail: u64,
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
    /// Known for compatibility: jobs know their orchestration anyway.
    #[arg(ignored)]
    orchestration_jid: Option<Value>,
}

/// What the minions' states came to.
struct Result {
    job: Option<JobId>,
    failed: Vec<MinionId>,
    /// Why, where the return does not show it.
    details: Vec<String>,
    changed: Vec<MinionId>,
    quiet: Vec<MinionId>,
    changes: Map,
    nobody: bool,
}

impl State {
    fn call(&self, test: Option<bool>) -> std::result::Result<Call, Failure> {
        let sls = names(self.sls.as_ref());
        let mut args = Vec::new();
        let function = if self.highstate {
            "state.highstate"
        } else if let Some(top) = &self.top {
            args.push(Value::from(top));
            "state.top"
        } else if sls.is_empty() {
            return Err(Failure::bad_arguments("No highstate or sls specified, no execution made")
                .with_hint("give one of `sls`, `highstate`, `top`"));
        } else {
            args.push(Value::List(sls.iter().map(Value::from).collect()));
            "state.sls"
        };
        let mut kwargs = Map::new();
        let mut give = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                kwargs.insert(key, value);
            }
        };
        give("test", test.map(Value::Bool));
        give("pillar", self.pillar.clone().map(Value::Map));
        give("pillarenv", self.pillarenv.as_deref().map(Value::from));
        give("saltenv", self.saltenv.as_deref().map(Value::from));
        give("exclude", self.exclude.clone());
        give("queue", self.queue.clone());
        give("concurrent", self.concurrent.then_some(Value::Bool(true)));
        Ok(Call { function: function.parse().map_err(|error: model::BadId| Failure::bad_arguments(error.to_string()))?, args, kwargs })
    }

    async fn send(&self, read: &Read, test: Option<bool>) -> std::result::Result<Result, Failure> {
        let core = core(read)?;
        let mut request = api::RunJob::new(target(&self.tgt, &self.tgt_type)?, self.call(test)?);
        request.subset = self.subset;
        request.returners = names(self.ret.as_ref());
        if let Some(batch) = &self.batch {
            request.batch = Some(super::function::batch(batch)?);
        }
        if let Some(job) = read.facts().job {
            request.metadata = Value::Map(Map::from_iter([("orchestration_jid", job.to_string())]));
        }
        let limit = self.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let ran = job::run(&core, &caller(read), request, limit, &read.facts().cancel).await?;
        Ok(self.judge(ran))
    }

    fn judge(&self, ran: Ran) -> Result {
        let may_fail = names(self.fail_minions.as_ref());
        let counts = |minion: &MinionId| !may_fail.iter().any(|one| one == minion.as_str());
        let mut result = Result {
            job: ran.job,
            failed: Vec::new(),
            details: Vec::new(),
            changed: Vec::new(),
            quiet: Vec::new(),
            changes: Map::new(),
            nobody: ran.returns.is_empty(),
        };
        for (minion, returned) in ran.returns {
            let states = returned.value.as_map();
            let is_good = returned.success && states.is_some_and(|states| states.values().all(|state| !is_false(state)));
            let has_changes = states.is_some_and(|states| {
                states
                    .values()
                    .any(|state| state.get("changes").is_some_and(Value::is_truthy) || state.get("result").is_some_and(Value::is_null))
            });
            if !is_good && counts(&minion) {
                result.details.extend(detail(&minion, &returned.value));
                result.failed.push(minion.clone());
            }
            if !is_good || has_changes {
                result.changes.insert(minion.as_str(), returned.value);
                if is_good {
                    result.changed.push(minion);
                }
            } else {
                result.quiet.push(minion);
            }
        }
        if self.expect_minions {
            for (minion, reason) in ran.silent {
                result.changes.insert(minion.as_str(), format!("Minion did not return: {reason}"));
                if counts(&minion) {
                    result.details.push(format!("Minion {minion} did not return a state result."));
                    result.failed.push(minion);
                }
            }
        }
        result
    }
}

/// A line about a return that is no result of states.
fn detail(minion: &MinionId, value: &Value) -> Option<String> {
    match value {
        Value::Map(_) => None,
        Value::List(errors) if errors.is_empty() => Some(format!("Minion {minion} returned an empty error list.")),
        Value::List(errors) => {
            let errors: Vec<String> = errors.iter().map(text::str).collect();
            Some(format!("Minion {minion} returned errors: {}", errors.join("; ")))
        }
        other => Some(format!("Minion {minion} returned {} instead of a state result.", text::repr(other))),
    }
}

fn is_false(state: &Value) -> bool {
    state.get("result").and_then(Value::as_bool) == Some(false)
}

impl Result {
    fn is_good(&self, allow_fail: u64) -> bool {
        !self.nobody && self.failed.len() as u64 <= allow_fail
    }

    fn comment(&self, allow_fail: u64) -> String {
        if self.nobody && self.failed.is_empty() {
            return "No minions returned".to_owned();
        }
        if !self.is_good(allow_fail) {
            let lines = std::iter::once(format!("Run failed on minions: {}", listed(&self.failed))).chain(self.details.iter().cloned());
            return lines.collect::<Vec<_>>().join("\n");
        }
        let mut comment = "States ran successfully.".to_owned();
        if !self.changed.is_empty() {
            comment.push_str(&format!(" Updating {}.", listed(&self.changed)));
        }
        if !self.quiet.is_empty() {
            comment.push_str(&format!(" No changes made to {}.", listed(&self.quiet)));
        }
        comment
    }

    fn changes(&self) -> Map {
        if self.changes.is_empty() {
            return Map::new();
        }
        Map::from_iter([("out", Value::from("highstate")), ("ret", Value::Map(self.changes.clone()))])
    }
}

impl sdk::State for State {
    type Change = ();

    async fn check(&self, read: &Read) -> std::result::Result<Check<()>, Failure> {
        self.call(None)?;
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        // The minions are asked what would change: that is the only way to know.
        let result = self.send(read, Some(true)).await?;
        let comment = result.comment(self.allow_fail);
        Ok(match (result.is_good(self.allow_fail), result.changed.is_empty()) {
            (false, _) => Check::Fails(Applied::failed(comment).with_changes(result.changes())),
            (true, true) => Check::Desired(comment),
            (true, false) => Check::Change(Outlook::new(comment, result.changes()), ()),
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> std::result::Result<Applied, Failure> {
        let result = self.send(cx.read(), self.test).await?;
        let comment = result.comment(self.allow_fail);
        let mut applied = Applied { result: result.is_good(self.allow_fail), ..Applied::ok(comment, result.changes()) };
        if let Some(job) = result.job {
            applied.extra.insert("__jid__", job.to_string());
        }
        Ok(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Return, Timestamp};
    use std::collections::BTreeMap;

    fn ran(returns: &[(&str, &str, bool)], silent: &[&str]) -> Ran {
        let id = |name: &str| MinionId::new(name).unwrap();
        let returned = |(name, value, success): &(&str, &str, bool)| {
            let one = Return {
                job: JobId::at(Timestamp(1)),
                minion: id(name),
                function: "state.sls".to_owned(),
                value: serde_json::from_str(value).unwrap(),
                retcode: i32::from(!success),
                success: *success,
                out: None,
                started: Timestamp(1),
                finished: Timestamp(2),
                notes: Vec::new(),
            };
            (id(name), one)
        };
        Ran {
            job: None,
            returns: returns.iter().map(returned).collect(),
            silent: silent.iter().map(|name| (id(name), "offline".to_owned())).collect::<BTreeMap<_, _>>(),
        }
    }

    fn state(json: &str) -> State {
        let args: Map = serde_json::from_str(json).unwrap();
        State::decode(sdk::CallArgs::named(args)).unwrap()
    }

    #[test]
    fn comments_name_who_failed_who_changed_and_who_did_not() {
        let plain = state(r#"{"name": "x", "tgt": "*", "sls": "a"}"#);
        let changed = r#"{"s": {"result": true, "changes": {"a": 1}}}"#;
        let quiet = r#"{"s": {"result": true, "changes": {}}}"#;
        let failed = r#"{"s": {"result": false, "changes": {}}}"#;
        let good = plain.judge(ran(&[("a", changed, true), ("b", quiet, true)], &[]));
        assert_eq!(good.comment(0), "States ran successfully. Updating a. No changes made to b.");
        assert_eq!(good.changes().get("ret").unwrap().as_map().unwrap().len(), 1);
        let bad = plain.judge(ran(&[("a", changed, true), ("b", failed, false)], &["c"]));
        assert_eq!(bad.comment(0), "Run failed on minions: b, c\nMinion c did not return a state result.");
        assert!(bad.is_good(2) && !bad.is_good(1));
        let some = state(r#"{"name": "x", "tgt": "*", "sls": "a", "fail_minions": "b, d", "expect_minions": false}"#);
        assert!(some.judge(ran(&[("a", changed, true), ("b", failed, false)], &["c"])).is_good(0));
        assert_eq!(plain.judge(ran(&[], &[])).comment(0), "No minions returned");
        let odd = plain.judge(ran(&[("a", r#"["no such sls", "b"]"#, false), ("b", "false", true)], &[]));
        let told =
            "Run failed on minions: a, b\nMinion a returned errors: no such sls; b\nMinion b returned False instead of a state result.";
        assert_eq!(odd.comment(0), told);
    }
}
