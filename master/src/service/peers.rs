//! What minions ask of each other and of the master: `publish.publish`, `publish.full_data`, `publish.runner`. Whether they may stands in
//! `peer` and `peer_run`, and is judged where everybody's requests are.

use crate::core::Core;
use crate::jobs::gather;
use crate::policy::Side;
use crate::runners;
use api::{RunFunction, RunJob};
use manager::{Caller, Refusal};
use model::{Call, Failure, FailureKind, MinionId, Target, TargetKind};
use std::sync::Arc;
use std::time::Duration;
use value::{Map, Value, text};

/// How long returns are waited for unless the minion says otherwise.
const USUAL: Duration = Duration::from_secs(5);
/// Nobody waits longer.
const LONGEST: Duration = Duration::from_secs(600);

/// A refusal as the minion is told it.
fn failure(refusal: &Refusal) -> Failure {
    Failure::new(FailureKind::Refused, refusal.to_string())
}

fn word(data: &Value, key: &str) -> Option<String> {
    data.get(key).filter(|value| !value.is_null()).map(text::str)
}

fn call(data: &Value) -> Result<Call, Failure> {
    let function = word(data, "fun").unwrap_or_default();
    // One that publishes for another could go round for ever.
    if function.starts_with("publish.") {
        return Err(Failure::new(FailureKind::Refused, format!("`{function}` cannot be published")));
    }
    let function = function.parse().map_err(|error: model::BadId| Failure::bad_arguments(error.to_string()))?;
    let args = data.get("args").and_then(Value::as_list).unwrap_or_default().to_vec();
    let kwargs = data.get("kwargs").and_then(Value::as_map).cloned().unwrap_or_default();
    Ok(Call { function, args, kwargs })
}

/// Runs a function on other minions for one of them; gives return, exit status and outputter of each.
///
/// # Errors
/// When the minion may not, or the target is malformed.
pub async fn publish(core: &Arc<Core>, minion: &MinionId, data: &Value) -> Result<Value, Failure> {
    let kind = word(data, "tgt_type").map_or(Ok(TargetKind::Glob), |kind| kind.parse()).map_err(Failure::bad_arguments)?;
    let target = Target::new(kind, word(data, "tgt").unwrap_or_default());
    let limit = data.get("timeout").and_then(Value::as_float).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let request = RunJob::new(target, call(data)?);
    let limit = limit.unwrap_or(USUAL).min(LONGEST);
    let returns = gather(core, &Caller::minion(minion), request, Some(limit)).await.map_err(|refusal| failure(&refusal))?;
    let shown = |one: model::Return| {
        let mut row = Map::new();
        row.insert("ret", one.value);
        row.insert("retcode", one.retcode);
        row.insert("jid", one.job.to_string());
        if let Some(out) = one.out {
            row.insert("out", out);
        }
        (one.minion.as_str().to_owned(), Value::Map(row))
    };
    Ok(Value::Map(returns.into_iter().map(shown).collect()))
}

/// Calls a runner for a minion.
///
/// # Errors
/// When the minion may not, or the runner fails.
pub async fn runner(core: &Arc<Core>, minion: &MinionId, data: &Value) -> Result<Value, Failure> {
    let Call { function, args, kwargs } = call(data)?;
    let request = RunFunction { function: function.to_string(), args, kwargs, detached: false };
    let result = runners::run(core, &Caller::minion(minion), Side::Runner, request).await.map_err(|refusal| failure(&refusal))?;
    if result.success { Ok(result.value) } else { Err(Failure::failed(text::str(&result.value))) }
}
