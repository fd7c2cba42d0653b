//! The clients that call minions: `local`, `local_async`, `local_batch`, `local_subset`.

use super::chunk::{Chunk, Given};
use super::fault::Fault;
use super::reply::object;
use super::room::Room;
use crate::Caller;
use api::{Batch, JobEvent, RunJob, Span, Submitted, WatchJob};
use futures_util::StreamExt;
use model::{Call, FunctionName, JobId, MinionId, Return, Target, TargetKind};
use value::{Map, Value, text};

/// How a job is run and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Wait, one mapping.
    Wait,
    /// Do not wait.
    Async,
    /// Some at a time, one mapping for each minion.
    Batch,
    /// Only some.
    Subset,
}

/// Runs a chunk; more than one element only with [`How::Batch`].
pub(crate) async fn run(room: &Room, caller: &Caller, chunk: &Chunk, how: How) -> Result<Vec<Value>, Fault> {
    let request = request(chunk, how)?;
    let submitted = room.control().submit(caller, request).await.map_err(|refusal| Fault::of_local(&refusal))?;
    let Some(id) = submitted.job else {
        return Ok(if how == How::Batch { Vec::new() } else { vec![Value::map()] });
    };
    if how == How::Async {
        let minions = submitted.matched.iter().map(MinionId::as_str).collect::<Value>();
        return Ok(vec![object([("jid", id.to_string().into()), ("minions", minions)])]);
    }
    let returns = returns(room, caller, id).await?;
    let full = chunk.flag("full_return");
    let told = returns.iter().map(|returned| (returned.minion.to_string(), shown(returned, full)));
    if how == How::Batch {
        return Ok(told.map(|(minion, value)| object([(minion.as_str(), value)])).collect());
    }
    let mut all: Map = told.collect();
    for minion in missing(&submitted, &returns) {
        all.insert(minion.as_str(), false);
    }
    Ok(vec![Value::Map(all)])
}

/// All returns, in the order they came. It ends when nothing more can come soon: minions that are away are not waited for.
async fn returns(room: &Room, caller: &Caller, id: JobId) -> Result<Vec<Return>, Fault> {
    let watched = room.control().watch(caller, id, WatchJob { until_done: false }).await;
    let mut events = watched.map_err(|refusal| Fault::of_local(&refusal))?;
    let mut returns = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            JobEvent::Returned { returned } => returns.push(returned),
            JobEvent::Done { .. } | JobEvent::Idle { .. } => break,
            // Only live output is ever left out.
            JobEvent::Lagged { .. }
            | JobEvent::Submitted(_)
            | JobEvent::Stage { .. }
            | JobEvent::Output { .. }
            | JobEvent::Progress { .. } => {}
        }
    }
    Ok(returns)
}

/// Minions that did not return: `false`, which clients take for offline.
fn missing<'a>(submitted: &'a Submitted, returns: &[Return]) -> Vec<&'a MinionId> {
    submitted.matched.iter().filter(|minion| !returns.iter().any(|returned| returned.minion == **minion)).collect()
}

fn shown(returned: &Return, full: bool) -> Value {
    if !full {
        return returned.value.clone();
    }
    let mut shown = Map::new();
    shown.insert("ret", returned.value.clone());
    shown.insert("retcode", returned.retcode);
    shown.insert("jid", returned.job.to_string());
    if let Some(out) = &returned.out {
        shown.insert("out", out.as_str());
    }
    Value::Map(shown)
}

fn request(chunk: &Chunk, how: How) -> Result<RunJob, Fault> {
    let mut calls = calls(chunk)?.into_iter();
    let first = calls.next().ok_or_else(|| Fault::unexpected("a chunk needs `fun`"))?;
    let mut request = RunJob::new(target(chunk)?, first);
    request.calls.extend(calls);
    request.metadata = chunk.0.get("metadata").filter(|value| value.as_map().is_some()).cloned().unwrap_or_default();
    let returners = chunk.text("ret").unwrap_or_default();
    request.returners =
        returners.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "local").map(str::to_owned).collect();
    match how {
        How::Wait | How::Async => {}
        How::Batch => {
            let wait =
                chunk.0.get("batch_wait").and_then(Value::as_float).and_then(|wait| std::time::Duration::try_from_secs_f64(wait).ok());
            request.batch = Some(Batch {
                size: chunk.text("batch").unwrap_or_else(|| "50%".to_owned()),
                wait: wait.map(Span::from),
                failhard: chunk.flag("failhard"),
                safe_limit: None,
            });
        }
        How::Subset => {
            let many = ["subset", "sub"].into_iter().find_map(|name| chunk.text(name));
            let many = many.map_or(Ok(3), |many| many.parse()).map_err(|_| Fault::unexpected("`subset` must be a number"))?;
            request.subset = Some(many);
        }
    }
    Ok(request)
}

/// Whom it is for. The library of pepper names the kind `expr_form`.
fn target(chunk: &Chunk) -> Result<Target, Fault> {
    let kind = ["tgt_type", "expr_form"].into_iter().find_map(|name| chunk.text(name)).filter(|kind| !kind.is_empty());
    let kind = kind.map_or(Ok(TargetKind::Glob), |kind| kind.parse()).map_err(Fault::unexpected)?;
    let target = match chunk.0.get("tgt") {
        None | Some(Value::Null) => return Err(Fault::unexpected("a chunk for minions needs `tgt`")),
        Some(Value::List(ids)) if matches!(kind, TargetKind::Glob | TargetKind::List) => {
            Target::new(TargetKind::List, ids.iter().map(text::str).collect::<Vec<_>>().join(","))
        }
        // Words of a compound target may come as a list.
        Some(Value::List(words)) => Target::new(kind, words.iter().map(text::str).collect::<Vec<_>>().join(" ")),
        Some(one) => Target::new(kind, text::str(one)),
    };
    let delimiter = chunk.text("delimiter").filter(|delimiter| !delimiter.is_empty());
    Ok(match delimiter {
        Some(delimiter) => Target { delimiter, ..target },
        None => target,
    })
}

fn calls(chunk: &Chunk) -> Result<Vec<Call>, Fault> {
    let names: Vec<String> = match chunk.0.get("fun") {
        Some(Value::List(names)) => names.iter().map(text::str).collect(),
        _ => chunk.function()?.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
    };
    let given = if names.len() == 1 { vec![chunk.for_minions()?] } else { chunk.for_each(names.len())? };
    let call = |(name, Given { args, kwargs }): (String, Given)| {
        let function = FunctionName::new(&name).map_err(|error| Fault::unexpected(error.to_string()))?;
        Ok(Call { function, args, kwargs })
    };
    names.into_iter().zip(given).map(call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str, how: How) -> Result<RunJob, Fault> {
        request(&Chunk(serde_json::from_str(json).unwrap()), how)
    }

    #[test]
    fn a_target_is_of_its_kind_and_a_list_is_one_of_ids() {
        let target = |json: &str| of(json, How::Wait).map(|request| (request.target.kind, request.target.expression));
        assert_eq!(target(r#"{"tgt": "*", "fun": "test.ping"}"#).unwrap(), (TargetKind::Glob, "*".to_owned()));
        assert_eq!(target(r#"{"tgt": ["a", "b"], "tgt_type": "list", "fun": "x.y"}"#).unwrap(), (TargetKind::List, "a,b".to_owned()));
        assert_eq!(target(r#"{"tgt": "os:Debian", "expr_form": "grain", "fun": "x.y"}"#).unwrap().0, TargetKind::Grain);
        for bad in [r#"{"fun": "test.ping"}"#, r#"{"tgt": "*", "tgt_type": "x", "fun": "test.ping"}"#, r#"{"tgt": "*"}"#] {
            assert_eq!(target(bad).unwrap_err().status, http::StatusCode::INTERNAL_SERVER_ERROR, "{bad}");
        }
    }

    #[test]
    fn options_of_a_batch_and_several_functions_come_through() {
        let batch = of(r#"{"tgt": "*", "fun": "test.ping", "batch": "25%", "batch_wait": 2, "failhard": true}"#, How::Batch).unwrap();
        let batch = batch.batch.unwrap();
        assert!(batch.size == "25%" && batch.wait.is_some() && batch.failhard);
        let several = of(r#"{"tgt": "*", "fun": ["test.ping", "test.echo"], "arg": [[], ["x"]]}"#, How::Wait).unwrap();
        assert!(several.calls.len() == 2 && several.calls[1].args == ["x".into()]);
        assert_eq!(of(r#"{"tgt": "*", "fun": "test.ping", "subset": "2"}"#, How::Subset).unwrap().subset, Some(2));
    }
}
