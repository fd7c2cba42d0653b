//! The pillar of each minion as it was compiled last: what targets by pillar are matched on, as with Salt's cache of minion data.
//!
//! It is refreshed whenever a minion asks for its pillar; one that has not asked since the master started is compiled when a target needs
//! it. Pillar holds secrets, so it stays in memory and never reaches the store. It is kept as JSON text: a tenth of the size of the values.

use crate::core::Core;
use crate::service::compile_pillar;
use futures_util::StreamExt;
use model::MinionId;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use tracing::warn;
use value::{Map, Value};

/// Pillars that are compiled at the same time for one target; the pillar service bounds them once more.
const AT_ONCE: usize = 4;

/// The last pillar of each minion.
#[derive(Default)]
pub struct Pillars(RwLock<BTreeMap<MinionId, Arc<[u8]>>>);

impl Pillars {
    /// Keeps the pillar of a minion.
    pub fn put(&self, minion: &MinionId, pillar: &Map) {
        match serde_json::to_vec(pillar) {
            Ok(bytes) => {
                self.0.write().unwrap_or_else(PoisonError::into_inner).insert(minion.clone(), bytes.into());
            }
            Err(error) => warn!(%minion, %error, "the pillar of this minion cannot be kept for targets"),
        }
    }

    /// The last pillar of a minion.
    #[must_use]
    pub fn get(&self, minion: &MinionId) -> Option<Value> {
        let bytes = self.0.read().unwrap_or_else(PoisonError::into_inner).get(minion).cloned()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Forgets the pillar of a minion; says whether there was one.
    pub fn forget(&self, minion: &MinionId) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(minion).is_some()
    }

    /// Forgets all, such as after a change of the configuration.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn missing(&self, minions: &[MinionId]) -> Vec<MinionId> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        minions.iter().filter(|id| !known.contains_key(*id)).cloned().collect()
    }
}

/// Compiles the pillar of those minions that have none yet. One whose pillar does not compile has none, and matches no target by pillar.
pub async fn complete(core: &Core, minions: &[MinionId]) {
    let missing = core.pillars.missing(minions);
    let compiling = futures_util::stream::iter(missing).map(|minion| async move {
        match compile_pillar(core, &minion, None, None, Map::new(), None).await {
            Ok(compiled) if compiled.errors.is_empty() => core.pillars.put(&minion, &compiled.pillar),
            // The pillar service has logged why.
            Ok(_) => warn!(%minion, "a target by pillar passes this minion over, its pillar has problems"),
            Err(error) => warn!(%minion, %error, "a target by pillar passes this minion over, its pillar cannot be compiled"),
        }
    });
    compiling.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}
