//! `jobs.*`: what was run, in Salt's shapes.

use super::{Arguments, Done};
use crate::control::{summary, view};
use crate::core::{Core, refusal};
use api::{JobFilter, JobSummary, JobView};
use manager::Refusal;
use model::{Stage, Target, TargetKind};
use std::sync::Arc;
use value::{Map, Value};

/// The fields of a job in listings.
fn entry(job: &JobSummary) -> Map {
    let mut entry = Map::new();
    entry.insert("Function", job.function_text());
    entry.insert("Arguments", job.calls.first().map(model::Call::salt_args).unwrap_or_default());
    entry.insert("Target", target(&job.target));
    entry.insert("Target-type", job.target.kind.name());
    entry.insert("User", job.user.as_str());
    entry.insert("StartTime", job.made.start_time());
    if !job.metadata.is_null() {
        entry.insert("Metadata", job.metadata.clone());
    }
    entry
}

fn target(target: &Target) -> Value {
    match target.kind {
        TargetKind::List => target.expression.split(',').map(str::trim).collect(),
        _ => Value::from(&target.expression),
    }
}

/// A job with its minions and their returns.
fn whole(view: &JobView) -> Map {
    let mut entry = entry(&view.job);
    entry.insert("Minions", view.minions.iter().map(|minion| minion.minion.as_str()).collect::<Value>());
    let mut results = Map::new();
    for minion in &view.minions {
        let Some(returned) = &minion.returned else { continue };
        let mut result = Map::new();
        result.insert("return", returned.value.clone());
        result.insert("retcode", returned.retcode);
        result.insert("success", returned.success);
        if let Some(out) = &returned.out {
            result.insert("out", out.as_str());
        }
        results.insert(returned.minion.as_str(), result);
    }
    entry.insert("Result", results);
    if let Some(finished) = view.job.finished {
        entry.insert("EndTime", finished.start_time());
    }
    entry
}

/// Every job that is kept, by id.
pub async fn list_jobs(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let mut jobs = listed(core, arguments, None).await?;
    jobs.reverse();
    Ok(Value::Map(jobs.iter().map(|job| (job.id.to_string(), entry(job))).collect()))
}

/// Jobs, newest first, as the arguments narrow them.
async fn listed(core: &Arc<Core>, arguments: &Arguments, limit: Option<usize>) -> Result<Vec<JobSummary>, Refusal> {
    let pattern = |names: [&str; 2]| names.into_iter().find_map(|name| arguments.optional_text(name));
    let filter = JobFilter {
        function: pattern(["search_function", "function"]),
        target: pattern(["search_target", "target"]),
        ..JobFilter::default()
    };
    let mut jobs = Vec::new();
    let mut cursor = None;
    loop {
        let part =
            crate::control::list(core, JobFilter { cursor, limit: Some(limit.map_or(1000, |limit| limit as u32)), ..filter.clone() })
                .await?;
        jobs.extend(part.items);
        match part.next {
            Some(next) if limit.is_none_or(|limit| jobs.len() < limit) => cursor = Some(next),
            _ => return Ok(jobs),
        }
    }
}

/// One job, or a mapping with `Error` when it is not known.
pub async fn list_job(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.job()?;
    let mut job = Map::from_iter([("jid", id.to_string())]);
    match view(core, id).await {
        Ok(view) => job.extend(whole(&view)),
        Err(refusal) if refusal.code == api::ErrorCode::NotFound => {
            job.insert("Error", "Cannot contact returner or no job with this jid");
            job.insert("StartTime", "");
            job.insert("Result", Map::new());
        }
        Err(refusal) => return Err(refusal),
    }
    Ok(Value::Map(job))
}

/// One job under its id.
pub async fn print_job(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.job()?;
    Ok(Value::Map(Map::from_iter([(id.to_string(), whole(&view(core, id).await?))])))
}

/// The returns of a job; with `missing` also who has not returned.
pub async fn lookup_jid(core: &Arc<Core>, arguments: &Arguments) -> Result<Done, Refusal> {
    let view = match view(core, arguments.job()?).await {
        Err(refusal) if refusal.code == api::ErrorCode::NotFound => return Ok((Value::map(), None)),
        other => other?,
    };
    let mut returns = Map::new();
    let mut out = None;
    for minion in &view.minions {
        match &minion.returned {
            Some(returned) => {
                returns.insert(minion.minion.as_str(), returned.value.clone());
                out = out.or_else(|| returned.out.clone());
            }
            None if arguments.flag("missing") => {
                let reason = minion.progress.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                returns.insert(minion.minion.as_str(), format!("Minion did not return: {}{reason}", minion.progress.stage));
            }
            None => {}
        }
    }
    Ok((Value::Map(returns), out))
}

/// Jobs that are not done.
pub async fn active(core: &Arc<Core>) -> Result<Value, Refusal> {
    let open: Vec<_> = core.jobs.tracker().open_jobs().map(|job| job.id).collect();
    let mut active = Map::new();
    for id in open {
        let Some(stored) = core.store.job_summary(id).await.map_err(|error| refusal(&error))? else { continue };
        let mut entry = entry(&summary(stored));
        let standing = crate::jobs::standing(core, id).await?;
        let at = |stages: &[Stage]| {
            standing.iter().filter(|(_, p)| stages.contains(&p.stage)).map(|(minion, _)| minion.as_str()).collect::<Vec<_>>()
        };
        let running = at(&[Stage::Delivered, Stage::Running]).into_iter().map(|minion| Value::Map(Map::from_iter([(minion, Value::Null)])));
        entry.insert("Running", Value::List(running.collect()));
        entry.insert("Returned", at(&[Stage::Returned, Stage::Failed]));
        active.insert(id.to_string(), entry);
    }
    Ok(Value::Map(active))
}

/// Whether each minion of a job did what it was asked.
pub async fn exit_success(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let view = view(core, arguments.job()?).await?;
    Ok(Value::Map(
        view.minions.iter().map(|one| (one.minion.as_str(), one.returned.as_ref().is_some_and(|returned| returned.success))).collect(),
    ))
}

/// The newest job under its id, or false.
pub async fn last_run(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    match listed(core, arguments, Some(1)).await?.first() {
        Some(job) => Ok(Value::Map(Map::from_iter([(job.id.to_string(), whole(&view(core, job.id).await?))]))),
        None => Ok(Value::Bool(false)),
    }
}
