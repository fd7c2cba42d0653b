//! `pillar.*`: the pillar of a minion, seen from the master.

use super::{Done, Run, Runner, plain};
use crate::service::compile_pillar;
use manager::Refusal;
use model::{Env, MinionId};
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[Runner {
    name: "pillar.show_pillar",
    arguments: &["minion", "saltenv", "pillarenv"],
    doc: "The pillar of a minion as it is compiled now.",
    body: |run| Box::pin(show_pillar(run)),
}];

async fn show_pillar(run: Run) -> Result<Done, Refusal> {
    let arguments = &run.arguments;
    let minion = MinionId::new(arguments.text("minion")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    let env = |name| arguments.optional_text(name).map(Env::new).transpose().map_err(|error| Refusal::invalid(error.to_string()));
    let compiled = compile_pillar(&run.core, &minion, env("saltenv")?, env("pillarenv")?, Map::new(), None).await;
    let compiled = compiled.map_err(|failure| Refusal::internal(failure.to_string()))?;
    if let [first, ..] = compiled.errors.as_slice() {
        return Err(Refusal::invalid(format!("the pillar of `{minion}` has {} problems, the first: {first}", compiled.errors.len())));
    }
    plain(Value::Map(compiled.pillar))
}
