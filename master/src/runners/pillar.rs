//! `pillar.*`: the pillar of a minion, seen from the master.

use super::{Done, Run, Runner, plain};
use crate::service::compile_pillar;
use ::pillar::Compiled;
use manager::Refusal;
use model::{Env, Glob, MinionId};
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "pillar.show_pillar",
        arguments: &["minion", "saltenv", "pillarenv"],
        doc: "The pillar of a minion as it is compiled now.",
        body: |run| Box::pin(show_pillar(run)),
    },
    Runner {
        name: "pillar.show_top",
        arguments: &["minion", "saltenv", "pillarenv"],
        doc: "What the pillar's top file gives a minion: SLS names by environment.",
        body: |run| Box::pin(show_top(run)),
    },
    Runner {
        name: "pillar.show_pillar_cache",
        arguments: &["minion", "saltenv", "pillarenv"],
        doc: "The pillar of a minion as the master compiled it last: what targets by pillar are matched on.",
        body: |run| Box::pin(show_cached(run)),
    },
    Runner {
        name: "pillar.clear_pillar_cache",
        arguments: &["minion", "saltenv", "pillarenv"],
        doc: "Forget the pillar of a minion, or of those that fit; it is compiled anew when it is needed.",
        body: |run| Box::pin(forget(run)),
    },
    Runner {
        name: "git_pillar.update",
        arguments: &["branch", "repo"],
        doc: "Ask the remotes of pillar now.",
        body: |run| Box::pin(update(run)),
    },
];

async fn show_top(run: Run) -> Result<Done, Refusal> {
    let compiled = compile(&run).await?.1;
    if !compiled.errors.is_empty() {
        let errors: Value = compiled.errors.iter().map(ToString::to_string).collect();
        run.progress(Map::from_iter([("data", errors), ("outputter", "nested".into())]));
    }
    let top = compiled.top;
    plain(Value::Map(top.into_iter().map(|(env, names)| (env, names.into_iter().collect::<Value>())).collect()))
}

async fn update(run: Run) -> Result<Done, Refusal> {
    let problems = crate::pillar_sources::refresh(&run.core).await;
    if problems.is_empty() {
        return plain(true);
    }
    let told: Vec<String> = problems.into_iter().map(|(remote, why)| format!("{remote}: {why}")).collect();
    Err(Refusal::unavailable(told.join("\n")))
}

async fn show_cached(run: Run) -> Result<Done, Refusal> {
    let minion = MinionId::new(run.arguments.text("minion")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    plain(run.core.pillars.get(&minion).unwrap_or_else(Value::map))
}

async fn forget(run: Run) -> Result<Done, Refusal> {
    let pattern = Glob::new(&run.arguments.text("minion")?);
    let accepted = run.core.keys.accepted();
    let gone = accepted.iter().filter(|minion| pattern.matches(minion.as_str()) && run.core.pillars.forget(minion));
    plain(gone.map(MinionId::as_str).collect::<Value>())
}

/// The minion and its pillar.
async fn compile(run: &Run) -> Result<(MinionId, Compiled), Refusal> {
    let arguments = &run.arguments;
    let minion = MinionId::new(arguments.text("minion")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    let env = |name| arguments.optional_text(name).map(Env::new).transpose().map_err(|error| Refusal::invalid(error.to_string()));
    let compiled = compile_pillar(&run.core, &minion, env("saltenv")?, env("pillarenv")?, Map::new(), None).await;
    Ok((minion, compiled.map_err(|failure| Refusal::internal(failure.to_string()))?))
}

async fn show_pillar(run: Run) -> Result<Done, Refusal> {
    let (minion, compiled) = compile(&run).await?;
    if let [first, ..] = compiled.errors.as_slice() {
        return Err(Refusal::invalid(format!("the pillar of `{minion}` has {} problems, the first: {first}", compiled.errors.len())));
    }
    plain(Value::Map(compiled.pillar))
}
