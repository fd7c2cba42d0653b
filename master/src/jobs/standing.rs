//! How a job stands: from the tracker while it is open, from the store afterwards.

use crate::core::{Core, refusal};
use manager::Refusal;
use model::{JobId, MinionId, Progress};
use std::collections::BTreeMap;

/// Where a job stands on each of its minions, by id; empty when no such job is known.
///
/// # Errors
/// When the store is away.
pub async fn standing(core: &Core, id: JobId) -> Result<BTreeMap<MinionId, Progress>, Refusal> {
    let tracked = core.jobs.tracker().progress(id).map(|all| all.iter().map(|(id, progress)| (id.clone(), progress.clone())).collect());
    if let Some(tracked) = tracked {
        return Ok(tracked);
    }
    // The last stages of a finished job may still wait to be stored.
    let unstored = core.jobs.unstored(id);
    let mut standing: BTreeMap<_, _> = core.store.progress(id).await.map_err(|error| refusal(&error))?.into_iter().collect();
    for (minion, progress) in unstored {
        if standing.get(&minion).is_some_and(|stored| !stored.stage.is_final()) {
            standing.insert(minion, progress);
        }
    }
    Ok(standing)
}
