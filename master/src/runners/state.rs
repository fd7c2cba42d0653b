//! `state.*`: orchestration.

use super::{Done, Run, Runner, plain};
use crate::orchestrate::{Orchestration, orchestrate, show};
use engine::{Pauses, Wish};
use manager::Refusal;
use value::{Map, Value, text};

const ARGUMENTS: &[&str] = &["mods", "saltenv", "test", "exclude", "pillar", "pillarenv", "pillar_enc", "orchestration_jid"];

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner { name: "state.orchestrate", arguments: ARGUMENTS, doc: "Run SLS on the master.", body: |run| Box::pin(run_sls(run)) },
    Runner { name: "state.orch", arguments: ARGUMENTS, doc: "As `state.orchestrate`.", body: |run| Box::pin(run_sls(run)) },
    Runner { name: "state.sls", arguments: ARGUMENTS, doc: "As `state.orchestrate`.", body: |run| Box::pin(run_sls(run)) },
    Runner {
        name: "state.orchestrate_single",
        arguments: &["fun", "name", "test", "queue", "pillar", "**kwargs"],
        doc: "Run one state on the master.",
        body: |run| Box::pin(single(run)),
    },
    Runner {
        name: "state.orchestrate_high",
        arguments: &["data", "test", "queue", "pillar", "**kwargs"],
        doc: "Run states on the master that are given as data.",
        body: |run| Box::pin(high(run)),
    },
    Runner {
        name: "state.orchestrate_show_sls",
        arguments: ARGUMENTS,
        doc: "The states that SLS have on the master, without running them.",
        body: |run| Box::pin(show_sls(run)),
    },
    Runner {
        name: "state.orch_show_sls",
        arguments: ARGUMENTS,
        doc: "As `state.orchestrate_show_sls`.",
        body: |run| Box::pin(show_sls(run)),
    },
    Runner {
        name: "state.pause",
        arguments: &["jid", "state_id", "duration"],
        doc: "Hold a running orchestration before its next state, or before one.",
        body: |run| Box::pin(pause(run)),
    },
    Runner {
        name: "state.set_pause",
        arguments: &["jid", "state_id", "duration"],
        doc: "As `state.pause`.",
        body: |run| Box::pin(pause(run)),
    },
    Runner {
        name: "state.resume",
        arguments: &["jid", "state_id"],
        doc: "Let a held orchestration go on.",
        body: |run| Box::pin(resume(run)),
    },
    Runner { name: "state.rm_pause", arguments: &["jid", "state_id"], doc: "As `state.resume`.", body: |run| Box::pin(resume(run)) },
    Runner {
        name: "state.soft_kill",
        arguments: &["jid", "state_id"],
        doc: "End a running orchestration before its next state, or before one.",
        body: |run| Box::pin(soft_kill(run)),
    },
];

fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(other) => text::str(other).split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
    }
}

fn wanted(run: &Run) -> Result<Orchestration, Refusal> {
    let arguments = &run.arguments;
    let pillar = match arguments.get("pillar") {
        None => Map::new(),
        Some(Value::Map(map)) => map.clone(),
        Some(_) => return Err(Refusal::invalid("Pillar data must be formatted as a dictionary").with_hint("write pillar='{key: value}'")),
    };
    Ok(Orchestration {
        names: names(arguments.get("mods")),
        env: arguments.optional_text("saltenv").unwrap_or_else(|| "base".to_owned()),
        exclude: names(arguments.get("exclude")),
        pillar,
        test: arguments.flag("test"),
        job: run.job,
        user: run.caller.name.clone(),
    })
}

/// Results of the master's own run, in the shape that Salt's users know.
fn answer(run: &Run, value: Value, retcode: i32) -> Done {
    let mut whole = Map::new();
    whole.insert("data", Map::from_iter([(run.core.id.as_str(), value)]));
    whole.insert("outputter", "highstate");
    whole.insert("retcode", retcode);
    (Value::Map(whole), None)
}

async fn run_sls(run: Run) -> Result<Done, Refusal> {
    let wanted = wanted(&run)?;
    if wanted.names.is_empty() {
        return Err(Refusal::invalid("`state.orchestrate` needs the names of SLS").with_hint("salt-run state.orchestrate orch.deploy"));
    }
    let ran = orchestrate(&run.core, &wanted).await?;
    Ok(answer(&run, ran.value, ran.retcode))
}

async fn show_sls(run: Run) -> Result<Done, Refusal> {
    let shown = show(&run.core, &wanted(&run)?).await?;
    plain(Value::Map(Map::from_iter([(run.core.id.as_str(), shown)])))
}

async fn single(run: Run) -> Result<Done, Refusal> {
    let (function, name) = (run.arguments.text("fun")?, run.arguments.text("name")?);
    let options: Vec<Value> = std::iter::once(("name".to_owned(), Value::from(name.as_str())))
        .chain(run.arguments.extra().iter().map(|(key, value)| (text::str(key), value.clone())))
        .map(|(key, value)| Value::Map(Map::from_iter([(key, value)])))
        .collect();
    let state = Map::from_iter([(function, Value::List(options))]);
    run_data(run, Map::from_iter([(name, state)])).await
}

async fn high(run: Run) -> Result<Done, Refusal> {
    let Some(Value::Map(data)) = run.arguments.get("data").cloned() else {
        return Err(Refusal::invalid("`state.orchestrate_high` needs the states as a mapping in `data`"));
    };
    run_data(run, data).await
}

/// Runs states that no file holds.
async fn run_data(run: Run, data: Map) -> Result<Done, Refusal> {
    let wanted = wanted_of_data(&run);
    let ran = crate::orchestrate::of_data(&run.core, &wanted, data).await?;
    let told = Map::from_iter([(run.core.id.as_str(), ran.value.clone())]);
    run.progress(Map::from_iter([("data", Value::Map(told)), ("outputter", "highstate".into())]));
    Ok(answer(&run, ran.value, ran.retcode))
}

fn wanted_of_data(run: &Run) -> Orchestration {
    let pillar = run.arguments.get("pillar").and_then(Value::as_map).cloned().unwrap_or_default();
    Orchestration {
        names: Vec::new(),
        env: "base".to_owned(),
        exclude: Vec::new(),
        pillar,
        test: run.arguments.flag("test"),
        job: run.job,
        user: run.caller.name.clone(),
    }
}

async fn pause(run: Run) -> Result<Done, Refusal> {
    let (job, duration) = (run.arguments.job()?, run.arguments.seconds("duration")?);
    run.core.pauses.wish(&job.to_string(), run.arguments.optional_text("state_id").as_deref(), Pauses::pause(duration));
    plain(true)
}

async fn resume(run: Run) -> Result<Done, Refusal> {
    let job = run.arguments.job()?;
    plain(run.core.pauses.take_back(&job.to_string(), run.arguments.optional_text("state_id").as_deref()))
}

async fn soft_kill(run: Run) -> Result<Done, Refusal> {
    let job = run.arguments.job()?;
    run.core.pauses.wish(&job.to_string(), run.arguments.optional_text("state_id").as_deref(), Wish::Kill);
    plain(true)
}
