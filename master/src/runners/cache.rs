//! `cache.*`: what minions have pushed.

use super::Arguments;
use crate::core::{Core, refusal};
use manager::Refusal;
use model::{Target, TargetKind};
use std::sync::Arc;
use value::{Map, Value};

/// Grains of the targeted minions.
pub async fn grains(core: &Arc<Core>, arguments: &Arguments) -> Result<Value, Refusal> {
    let kind = arguments.optional_text("tgt_type").map_or(Ok(TargetKind::Glob), |kind| kind.parse()).map_err(Refusal::invalid)?;
    let target = Target::new(kind, arguments.optional_text("tgt").unwrap_or_else(|| "*".to_owned()));
    let mut grains = Map::new();
    for minion in crate::targets::resolve(core, &target).await?.matched {
        if let Some(map) = core.store.grains(&minion).await.map_err(|error| refusal(&error))? {
            grains.insert(minion.as_str(), map);
        }
    }
    Ok(Value::Map(grains))
}
