//! `cache.*`: what the master knows of minions.

use super::{Done, Run, Runner, plain};
use crate::core::refusal;
use crate::{pillars, targets};
use manager::Refusal;
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "cache.grains",
        arguments: &["tgt", "tgt_type"],
        doc: "Grains of minions as they pushed them last.",
        body: |run| Box::pin(grains(run)),
    },
    Runner {
        name: "cache.pillar",
        arguments: &["tgt", "tgt_type"],
        doc: "Pillar of minions as it was compiled last: what targets by pillar are matched on.",
        body: |run| Box::pin(pillar(run)),
    },
    Runner {
        name: "cache.clear_pillar",
        arguments: &["tgt", "tgt_type"],
        doc: "Forget the pillar of minions; it is compiled anew when it is needed.",
        body: |run| Box::pin(clear_pillar(run)),
    },
    Runner {
        name: "cache.clear_all",
        arguments: &["tgt", "tgt_type"],
        doc: "Forget what is only cached of minions. Grains stay: they are the minions' own word, not a cache.",
        body: |run| Box::pin(clear_pillar(run)),
    },
];

async fn grains(run: Run) -> Result<Done, Refusal> {
    let mut grains = Map::new();
    for minion in targets::resolve(&run.core, &run.arguments.target()?).await?.matched {
        if let Some(map) = run.core.store.grains(&minion).await.map_err(|error| refusal(&error))? {
            grains.insert(minion.as_str(), map);
        }
    }
    plain(Value::Map(grains))
}

async fn pillar(run: Run) -> Result<Done, Refusal> {
    let matched = targets::resolve(&run.core, &run.arguments.target()?).await?.matched;
    pillars::complete(&run.core, &matched).await;
    plain(Value::Map(matched.iter().filter_map(|minion| Some((minion.as_str(), run.core.pillars.get(minion)?))).collect()))
}

async fn clear_pillar(run: Run) -> Result<Done, Refusal> {
    let matched = targets::resolve(&run.core, &run.arguments.target()?).await?.matched;
    // Every one of them, so no `all`, which would stop at the first.
    let cleared = matched.iter().filter(|minion| run.core.pillars.forget(minion)).count();
    plain(cleared > 0)
}
