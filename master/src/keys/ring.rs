//! What is known of the key that holds each id: a copy of the store's truth, so that ten thousand minions may come back at once.

use cmdb::{KeyFilter, Page, Store};
use model::{Fingerprint, Key, KeyState, MinionId};
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// The key that holds an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which key.
    pub fingerprint: Fingerprint,
    /// What has been decided.
    pub state: KeyState,
}

/// The keys that hold ids; denied ones hold none.
#[derive(Default)]
pub struct KeyRing {
    known: RwLock<BTreeMap<MinionId, Known>>,
}

impl KeyRing {
    /// Reads the ring from the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &dyn Store) -> cmdb::Result<Self> {
        let mut known = BTreeMap::new();
        let mut page = Page::first(Page::MAX);
        loop {
            let keys = store.keys(&KeyFilter::default(), &page).await?;
            known.extend(keys.items.iter().filter_map(entry));
            match keys.next {
                Some(cursor) => page = Page::after(cursor, Page::MAX),
                None => return Ok(Self { known: RwLock::new(known) }),
            }
        }
    }

    /// The key that holds an id.
    pub fn get(&self, minion: &MinionId) -> Option<Known> {
        self.read().get(minion).copied()
    }

    /// Ids with an accepted key, sorted.
    pub fn accepted(&self) -> Vec<MinionId> {
        self.in_state(KeyState::Accepted)
    }

    /// Ids whose key is in a state, sorted.
    pub fn in_state(&self, state: KeyState) -> Vec<MinionId> {
        self.read().iter().filter(|(_, known)| known.state == state).map(|(id, _)| id.clone()).collect()
    }

    /// How many ids have a key in a state.
    pub fn count(&self, state: KeyState) -> usize {
        self.read().values().filter(|known| known.state == state).count()
    }

    /// Brings an id up to what the store says of its keys now.
    pub fn set(&self, minion: &MinionId, keys: &[Key]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match keys.iter().find_map(entry) {
            Some((id, key)) => known.insert(id, key),
            None => known.remove(minion),
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<MinionId, Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(key: &Key) -> Option<(MinionId, Known)> {
    (key.state != KeyState::Denied).then(|| (key.minion.clone(), Known { fingerprint: key.fingerprint, state: key.state }))
}
