//! `cache.*`: what minions have pushed.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use manager::Refusal;
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[Runner {
    name: "cache.grains",
    arguments: &["tgt", "tgt_type"],
    doc: "Grains of minions as they pushed them last.",
    body: |run| Box::pin(grains(run)),
}];

async fn grains(run: Run) -> Result<Done, Refusal> {
    let target = run.arguments.target()?;
    let mut grains = Map::new();
    for minion in crate::targets::resolve(&run.core, &target).await?.matched {
        if let Some(map) = run.core.store.grains(&minion).await.map_err(|error| refusal(&error))? {
            grains.insert(minion.as_str(), map);
        }
    }
    plain(Value::Map(grains))
}
