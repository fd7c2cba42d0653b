//! Who has a session now, and the mailbox of each. Sessions put themselves in; publishing and signals only look.

use model::{MinionId, Timestamp};
use net::{SessionHandle, SessionId};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The session of one minion.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Which session.
    pub session: SessionId,
    /// Sends into it.
    pub handle: SessionHandle,
    /// Where it comes from.
    pub address: SocketAddr,
    /// When it began.
    pub since: Timestamp,
}

/// The sessions of all minions.
#[derive(Default)]
pub struct Roster {
    seats: RwLock<HashMap<MinionId, Seat>>,
}

impl Roster {
    /// A session began; it takes the place of an older one.
    pub fn seat(&self, minion: MinionId, seat: Seat) {
        self.write().insert(minion, seat);
    }

    /// A session ended. `false` when the minion has a newer one, or none.
    pub fn leave(&self, minion: &MinionId, session: SessionId) -> bool {
        let mut seats = self.write();
        let is_current = seats.get(minion).is_some_and(|seat| seat.session == session);
        if is_current {
            seats.remove(minion);
        }
        is_current
    }

    /// The session of a minion.
    pub fn get(&self, minion: &MinionId) -> Option<Seat> {
        self.read().get(minion).cloned()
    }

    /// Sends into the session of a minion.
    pub fn handle(&self, minion: &MinionId) -> Option<SessionHandle> {
        self.read().get(minion).map(|seat| seat.handle.clone())
    }

    /// Whether a minion has a session.
    pub fn is_online(&self, minion: &MinionId) -> bool {
        self.read().contains_key(minion)
    }

    /// The minions that have a session, in no order.
    pub fn ids(&self) -> Vec<MinionId> {
        self.read().keys().cloned().collect()
    }

    /// How many minions have a session.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<MinionId, Seat>> {
        self.seats.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<MinionId, Seat>> {
        self.seats.write().unwrap_or_else(PoisonError::into_inner)
    }
}
