//! `pillar.*`: the pillar of a minion, seen from the master.

use super::Arguments;
use crate::core::Core;
use crate::service::compile_pillar;
use manager::Refusal;
use model::{Env, MinionId};
use std::sync::Arc;
use value::{Map, Value};

/// The pillar of a minion as it is compiled now.
pub async fn show_pillar(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let minion = MinionId::new(arguments.text("minion")?).map_err(|error| Refusal::invalid(error.to_string()))?;
    let env = |name| arguments.optional_text(name).map(Env::new).transpose().map_err(|error| Refusal::invalid(error.to_string()));
    let compiled = compile_pillar(core, &minion, env("saltenv")?, env("pillarenv")?, Map::new(), None).await;
    let compiled = compiled.map_err(|failure| Refusal::internal(failure.to_string()))?;
    if let [first, ..] = compiled.errors.as_slice() {
        return Err(Refusal::invalid(format!("the pillar of `{minion}` has {} problems, the first: {first}", compiled.errors.len())));
    }
    Ok(Value::Map(compiled.pillar))
}
