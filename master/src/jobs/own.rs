//! Runs that a minion started by itself: they become jobs of this master, so that their returns are kept like all others.

use crate::bus::Keep;
use crate::core::Core;
use model::{Call, Failure, Job, JobId, JobOptions, MinionId, Progress, Stage, Target, TargetKind, Timestamp};
use tracing::warn;
use value::{Map, Value, text};

/// Makes a job of what a minion has run, and gives its id. What is not to be kept is only told to the listeners.
///
/// # Errors
/// When the question makes no sense, or the store is away.
pub async fn adopt(core: &Core, minion: &MinionId, data: &Value) -> Result<Option<JobId>, Failure> {
    let now = Timestamp::now();
    let id = core.jobs.next_id(now);
    let calls = data.get("calls").cloned().unwrap_or_default();
    let calls: Vec<Call> = serde_json::to_value(&calls)
        .and_then(serde_json::from_value)
        .map_err(|error| Failure::bad_arguments(format!("this is no list of calls: {error}")))?;
    if calls.is_empty() {
        return Err(Failure::bad_arguments("a run has at least one call"));
    }
    // A minion names returners that this master has, and no others.
    let mut returners: Vec<String> = data.get("returners").and_then(Value::as_list).unwrap_or_default().iter().map(text::str).collect();
    returners.retain(|name| match core.couriers.returners().unknown(std::slice::from_ref(name)) {
        None => true,
        Some(why) => {
            warn!(%minion, why, "a scheduled run names a returner that there is not");
            false
        }
    });
    let job = Job {
        id,
        target: Target::new(TargetKind::List, minion.as_str()),
        calls,
        user: format!("minion:{minion}"),
        options: JobOptions {
            metadata: data.get("metadata").cloned().unwrap_or_default(),
            returners: returners.into(),
            ..JobOptions::default()
        },
        expected: vec![minion.clone()],
    };
    if !data.get("keep").is_some_and(Value::is_truthy) {
        core.bus.fire(format!("salt/job/{id}/ret/{minion}"), told(&job, minion, data), now, Keep::LiveOnly);
        return Ok(None);
    }
    let running = Progress { stage: Stage::Running, reason: None, since: now };
    let standing = vec![(minion.clone(), running)];
    core.store.insert_job(&job, &standing).await.map_err(|error| Failure::unavailable(output::chain(&error)))?;
    core.jobs.tracker().restore(job, standing, now);
    Ok(Some(id))
}

fn told(job: &Job, minion: &MinionId, data: &Value) -> Value {
    let mut event = Map::new();
    event.insert("cmd", "_return");
    event.insert("id", minion.as_str());
    event.insert("jid", job.id.to_string());
    event.insert("fun", job.function_text());
    event.insert("fun_args", job.calls.first().map(Call::salt_args).unwrap_or_default());
    for key in ["return", "retcode", "success", "out", "metadata"] {
        event.insert(key, data.get(key).cloned().unwrap_or_default());
    }
    if let Some(name) = data.get("metadata").and_then(|metadata| metadata.get("schedule")) {
        event.insert("schedule", name.clone());
    }
    Value::Map(event)
}
