//! A request becomes a job: its target is resolved, it is stored, then sent.

use crate::bus::Keep;
use crate::core::{Core, refusal};
use crate::jobs::batch_event;
use crate::policy::{self, Ask};
use crate::targets::{absent, resolve};
use api::{Refused, RunJob, Submitted, WAITS_FOR_TURN};
use manager::{Caller, Origin, Refusal};
use model::{Batch, Call, Job, JobId, JobOptions, MinionId, Progress, Stage, Timestamp};
use rand::seq::IndexedRandom;
use tracing::info;
use value::{Map, Value};

/// The argument that tells an authority which minion asks it to sign; nobody but the master sets it.
const WHO_ASKS: &str = "__pub_id";

/// Calls of a minion that an authority answers say whose they are; in all others nobody can claim to be somebody.
fn named(mut calls: Vec<Call>, caller: &Caller) -> Vec<Call> {
    for call in &mut calls {
        call.kwargs.remove(WHO_ASKS);
        if caller.origin == Origin::Minion && call.function.to_string() == "x509.sign_remote_certificate" {
            call.kwargs.insert(WHO_ASKS, caller.name.as_str());
        }
    }
    calls
}

/// Makes a job and sends it. When no minion matches, no job is made.
///
/// # Errors
/// When the request makes no sense or the store is away; then nothing was sent.
pub async fn submit(core: &Core, caller: &Caller, request: RunJob) -> Result<Submitted, Refusal> {
    if request.calls.is_empty() {
        return Err(Refusal::invalid("a job needs at least one function"));
    }
    if let Some(unknown) = core.couriers.returners().unknown(&request.returners) {
        return Err(Refusal::invalid(unknown));
    }
    let mut resolved = resolve(core, &request.target).await?;
    if let Some(count) = request.subset {
        let online: Vec<MinionId> = resolved.matched.into_iter().filter(|id| core.roster.is_online(id)).collect();
        resolved.matched = online.sample(&mut rand::rng(), count as usize).cloned().collect();
        resolved.matched.sort();
    }
    // Before anything is told of whom the target means: a refusal says no more than a rule would.
    if let Err(refusal) = policy::require(core, caller, Ask::Job { calls: &request.calls, minions: &resolved.matched }).await {
        tell_refused(core, caller, request);
        return Err(refusal);
    }
    if resolved.matched.is_empty() {
        return Ok(Submitted { refused: resolved.refused, ..Submitted::default() });
    }
    let batch = batch(request.batch.as_ref(), resolved.matched.len())?;
    let offline = absent(core, &resolved.matched).await?;
    let now = Timestamp::now();
    let job = Job {
        id: core.jobs.next_id(now),
        target: request.target,
        calls: named(request.calls, caller),
        user: caller.name.clone(),
        options: JobOptions {
            deadline: request.deadline.map(Into::into),
            queue_offline: request.queue_offline.map(Into::into),
            stream: request.stream,
            metadata: request.metadata,
            batch: batch.map(Box::new),
            returners: request.returners.into(),
        },
        expected: resolved.matched.clone(),
    };
    let id = job.id;
    core.audit(caller, "job.submit", ("job", &id.to_string()), "ok", audited(&job)).await?;
    core.store.insert_job(&job, &waiting(&job)).await.map_err(|error| refusal(&error))?;
    info!(job = %id, function = job.function_text(), minions = job.expected.len(), user = %caller, "job made");
    core.bus.fire(format!("salt/job/{id}/new"), new_event(&job, &resolved.refused), now, Keep::Stored);
    if core.is_heard() {
        core.bus.fire(format!("salt/job/{id}/publish"), published(&job), now, Keep::LiveOnly);
    }
    let there = job.expected.iter().filter(|minion| core.roster.is_online(minion)).count();
    let size = job.options.batch.as_ref().map(|batch| u32::try_from(batch.size.of(there)).unwrap_or(u32::MAX));
    if size.is_some() {
        core.bus.fire(format!("salt/batch/{id}/start"), batch_event(&job, core), now, Keep::Stored);
    }
    core.jobs.begin(core, job, now);
    Ok(Submitted { job: Some(id), matched: resolved.matched, offline, refused: resolved.refused, batch: size })
}

/// Tells that a job was refused: `salt/job/<jid>/error`, under an id that no job has. Whoever asked is told why; the bus is told only that.
fn tell_refused(core: &Core, caller: &Caller, request: RunJob) {
    if !core.is_heard() {
        return;
    }
    let now = Timestamp::now();
    let id = core.jobs.next_id(now);
    let options = JobOptions { metadata: request.metadata, returners: request.returners.into(), ..JobOptions::default() };
    let job = Job { id, target: request.target, calls: request.calls, user: caller.name.clone(), options, expected: Vec::new() };
    let mut data = published(&job);
    if let Some(data) = data.as_map_mut() {
        let error = Map::from_iter([("name", "AuthorizationError"), ("message", "Authorization error occurred.")]);
        data.insert("error", error);
    }
    core.bus.fire(format!("salt/job/{id}/error"), data, now, Keep::LiveOnly);
}

/// The batch that is asked for, if the job is for so many minions that it is one.
fn batch(asked: Option<&api::Batch>, minions: usize) -> Result<Option<Batch>, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    let size = asked.size.parse().map_err(Refusal::invalid)?;
    let is_one = asked.safe_limit.is_none_or(|limit| minions >= limit as usize);
    Ok(is_one.then(|| Batch { size, wait: asked.wait.map(Into::into), failhard: asked.failhard }))
}

/// In a batch every minion begins by waiting for its turn: so it stands in the store should the master end right now.
fn waiting(job: &Job) -> Vec<(MinionId, Progress)> {
    if job.options.batch.is_none() {
        return Vec::new();
    }
    let waits = Progress { stage: Stage::Queued, reason: Some(WAITS_FOR_TURN.to_owned()), since: job.made() };
    job.expected.iter().map(|minion| (minion.clone(), waits.clone())).collect()
}

/// What the audit log says of a job: whom it is for and what it runs. Arguments may hold secrets and are left to the job itself.
fn audited(job: &Job) -> Value {
    let mut detail = Map::new();
    detail.insert("target", job.target.expression.as_str());
    detail.insert("target_kind", job.target.kind.name());
    detail.insert("function", job.function_text());
    detail.insert("minions", job.expected.len());
    Value::Map(detail)
}

/// Data of `salt/job/<jid>/new`.
fn new_event(job: &Job, refused: &[Refused]) -> Value {
    let mut data = Map::new();
    data.insert("jid", job.id.to_string());
    data.insert("tgt", job.target.expression.as_str());
    data.insert("tgt_type", job.target.kind.name());
    data.insert("user", job.user.as_str());
    data.insert("fun", job.function_text());
    data.insert("arg", job.calls.first().map(model::Call::salt_args).unwrap_or_default());
    data.insert("minions", job.expected.iter().map(MinionId::as_str).collect::<Value>());
    data.insert("missing", refused.iter().map(|one| one.minion.as_str()).collect::<Value>());
    Value::Map(data)
}

/// Data of `salt/job/<jid>/publish`: what goes to the minions.
fn published(job: &Job) -> Value {
    let mut data = Map::new();
    data.insert("jid", job.id.to_string());
    data.insert("tgt", job.target.expression.as_str());
    data.insert("tgt_type", job.target.kind.name());
    data.insert("fun", job.function_text());
    data.insert("arg", job.calls.first().map(model::Call::salt_args).unwrap_or_default());
    data.insert("ret", job.options.returners.join(","));
    data.insert("user", job.user.as_str());
    if !job.options.metadata.is_null() {
        data.insert("metadata", job.options.metadata.clone());
    }
    Value::Map(data)
}

/// A job id from text.
///
/// # Errors
/// When the text is none.
pub fn parse_id(text: &str) -> Result<JobId, Refusal> {
    text.parse().map_err(|error: model::BadId| Refusal::invalid(error.to_string()))
}
