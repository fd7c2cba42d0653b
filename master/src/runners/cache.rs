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
        name: "cache.clear_grains",
        arguments: &["tgt", "tgt_type"],
        doc: "Have minions push their grains anew. Those that are known stay until then: they are the minions' own word, not a cache.",
        body: |run| Box::pin(clear_grains(run)),
    },
    Runner {
        name: "cache.mine",
        arguments: &["tgt", "tgt_type"],
        doc: "All that minions have put into the mine.",
        body: |run| Box::pin(mine(run)),
    },
    Runner {
        name: "cache.clear_mine",
        arguments: &["tgt", "tgt_type"],
        doc: "Take all out of the mine that minions have put there.",
        body: |run| Box::pin(clear_mine(run, None)),
    },
    Runner {
        name: "cache.clear_mine_func",
        arguments: &["tgt", "tgt_type", "clear_mine_func_flag"],
        doc: "Take one function's answers of minions out of the mine.",
        body: |run| {
            Box::pin(async move {
                let function = run.arguments.text("clear_mine_func_flag")?;
                clear_mine(run, Some(function)).await
            })
        },
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

async fn clear_grains(run: Run) -> Result<Done, Refusal> {
    let function = "saltutil.refresh_grains".parse().map_err(|error: model::BadId| Refusal::internal(error.to_string()))?;
    let request = api::RunJob::new(run.arguments.target()?, model::Call { function, args: Vec::new(), kwargs: Map::new() });
    let returned = crate::jobs::gather(&run.core, &run.caller, request, None).await?;
    plain(!returned.is_empty())
}

async fn mine(run: Run) -> Result<Done, Refusal> {
    let mut found = Map::new();
    for minion in targets::resolve(&run.core, &run.arguments.target()?).await?.matched {
        let entries = run.core.store.mine_of(&minion).await.map_err(|error| refusal(&error))?;
        if !entries.is_empty() {
            found.insert(minion.as_str(), entries.into_iter().map(|entry| (Value::from(entry.function), entry.value)).collect::<Map>());
        }
    }
    plain(Value::Map(found))
}

async fn clear_mine(run: Run, function: Option<String>) -> Result<Done, Refusal> {
    let mut gone = 0;
    for minion in targets::resolve(&run.core, &run.arguments.target()?).await?.matched {
        gone += run.core.store.delete_mine(&minion, function.as_deref()).await.map_err(|error| refusal(&error))?;
    }
    plain(gone > 0)
}
