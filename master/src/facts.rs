//! Facts that minions push: grains, presence, version. They go into the CMDB in batches.

use crate::estate::Estate;
use crate::retry::until_stored;
use cmdb::{GrainPush, PresenceChange, Store};
use daemon::Stop;
use model::{MinionId, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::debug;
use value::Map;

/// Most facts of one commit.
const BATCH: usize = 200;

/// A fact.
enum Fact {
    Presence(PresenceChange),
    Grains(GrainPush),
}

/// Takes facts. They wait in memory while the store is away; a minion has at most a few of them, so their number is bound by that of minions.
#[derive(Clone)]
pub struct Facts {
    facts: mpsc::UnboundedSender<Fact>,
}

/// Stores facts.
pub struct Registrar {
    store: Arc<dyn Store>,
    estate: Arc<Estate>,
    facts: mpsc::UnboundedReceiver<Fact>,
}

impl Facts {
    /// A way in, and the part at its end.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, estate: Arc<Estate>) -> (Self, Registrar) {
        let (facts, receiver) = mpsc::unbounded_channel();
        (Self { facts }, Registrar { store, estate, facts: receiver })
    }

    /// A session began or ended.
    pub fn presence(&self, change: PresenceChange) {
        let _ = self.facts.send(Fact::Presence(change));
    }

    /// A minion pushed its grains.
    pub fn grains(&self, minion: MinionId, grains: Map, version: String, at: Timestamp) {
        debug!(%minion, version, grains = grains.len(), "grains came");
        let _ = self.facts.send(Fact::Grains(GrainPush { minion, grains, at }));
    }
}

impl Registrar {
    /// Stores facts until `stop` and until nobody can bring any, so that the last sessions' ends are in.
    ///
    /// # Errors
    /// Never; a store that is away is waited for.
    pub async fn run(mut self, stop: Stop) -> Result<(), Infallible> {
        loop {
            let mut batch = Vec::new();
            let count = tokio::select! {
                count = self.facts.recv_many(&mut batch, BATCH) => count,
                () = stop.cancelled(), if self.facts.is_empty() => 0,
            };
            if count == 0 {
                return Ok(());
            }
            let (mut presence, mut grains) = (Vec::new(), Vec::new());
            for fact in batch {
                match fact {
                    Fact::Presence(change) => presence.push(change),
                    Fact::Grains(push) => grains.push(push),
                }
            }
            if !presence.is_empty() {
                until_stored("presence", &stop, || self.store.set_presence(&presence)).await;
            }
            if !grains.is_empty() {
                until_stored("grains", &stop, || self.store.put_grains(&grains)).await;
                until_stored("hosts", &stop, || self.estate.learn(&grains)).await;
            }
        }
    }
}
