//! The sessions of a listener: one for each minion, and what all connections share.

use crate::admission::Strangers;
use crate::connection::Events;
use crate::mailbox::{Ending, Mailbox};
use crate::{DownReason, Gate, ListenConfig, ListenError, MasterIdentity, SessionEvent, SessionId};
use model::{MinionId, Timestamp};
use proto::handshake::MasterKeys;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Unit in which the memory of large messages is counted.
const KIB: usize = 1024;

/// What all connections of a listener share.
pub(crate) struct Shared {
    pub(crate) config: ListenConfig,
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) events: Events,
    pub(crate) strangers: Arc<Strangers>,
    /// Ends every connection at once, without goodbye.
    pub(crate) cut: CancellationToken,
    keys: RwLock<Arc<MasterKeys>>,
    sessions: Mutex<HashMap<MinionId, Entry>>,
    /// Minions whose sessions were ended a moment ago: whoever was being admitted just then must not slip in.
    ended: Mutex<HashMap<MinionId, Instant>>,
    counter: AtomicU64,
    large: Arc<Semaphore>,
}

struct Entry {
    session: SessionId,
    mailbox: Arc<Mailbox>,
}

/// The session may not begin: nobody takes events any more, or the minion was shut out meanwhile.
pub(crate) struct ShutOut;

impl Shared {
    pub(crate) fn new(config: ListenConfig, identity: MasterIdentity, gate: Arc<dyn Gate>, events: Events) -> Result<Self, ListenError> {
        let limits = &config.limits;
        // One message of the largest size must always find room, or it would wait for ever.
        let large = limits.large_messages.max(proto::limits::MESSAGE).div_ceil(KIB);
        Ok(Self {
            strangers: Strangers::new(limits.pending, limits.pending_per_address, limits.handshakes_per_second),
            keys: RwLock::new(Arc::new(MasterKeys::new(identity.key, Timestamp::now(), &mut rand::rng())?)),
            large: Arc::new(Semaphore::new(large.min(Semaphore::MAX_PERMITS))),
            sessions: Mutex::default(),
            ended: Mutex::default(),
            counter: AtomicU64::new(1),
            cut: CancellationToken::new(),
            config,
            gate,
            events,
        })
    }

    pub(crate) fn keys(&self) -> Arc<MasterKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_keys(&self, keys: MasterKeys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    pub(crate) fn next_session(&self) -> SessionId {
        SessionId(self.counter.fetch_add(1, Ordering::Relaxed))
    }

    /// Memory for a large message.
    pub(crate) async fn large(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let count = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        Arc::clone(&self.large).acquire_many_owned(count).await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MinionId, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a session that the gate was asked about at `asked`, and reports it. An older one of the same minion is replaced: its `Down` comes before the new `Up`, and no message of it
    /// comes after.
    pub(crate) async fn enter(
        &self,
        minion: &MinionId,
        session: SessionId,
        mailbox: &Arc<Mailbox>,
        asked: Instant,
        up: SessionEvent,
    ) -> Result<(), ShutOut> {
        let mut permits = self.events.reserve_many(2).await.map_err(|_| ShutOut)?;
        // Reported under the lock, so that the order of events is the order of entering.
        let mut sessions = self.lock();
        if self.ended().get(minion).is_some_and(|ended| *ended >= asked) {
            return Err(ShutOut);
        }
        let old = sessions.insert(minion.clone(), Entry { session, mailbox: Arc::clone(mailbox) });
        if let (Some(old), Some(permit)) = (old, permits.next()) {
            old.mailbox.end(Ending::Replaced);
            permit.send(SessionEvent::Down { minion: minion.clone(), session: old.session, reason: DownReason::Replaced });
        }
        if let Some(permit) = permits.next() {
            permit.send(up);
        }
        Ok(())
    }

    /// Takes a session out and reports its end, unless a newer one has done so.
    pub(crate) async fn leave(&self, minion: &MinionId, session: SessionId, reason: DownReason) {
        let permit = self.events.reserve().await;
        let mut sessions = self.lock();
        if sessions.get(minion).is_some_and(|entry| entry.session == session) {
            sessions.remove(minion);
            if let Ok(permit) = permit {
                permit.send(SessionEvent::Down { minion: minion.clone(), session, reason });
            }
        }
    }

    fn ended(&self) -> MutexGuard<'_, HashMap<MinionId, Instant>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn end_all(&self, reason: &str) {
        for entry in self.lock().values() {
            entry.mailbox.end(Ending::Asked(reason.to_owned()));
        }
    }
}

/// The sessions of a listener, to count and to end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions(pub(crate) Arc<Shared>);

impl Sessions {
    /// Number of open sessions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ends the session of a minion, because its key was deleted or rejected; whether there was one. No other session is touched. To be called
    /// after the decision is in force at the gate: a handshake that asked the gate before this gives no session either.
    pub fn end(&self, minion: &MinionId, reason: impl Into<String>) -> bool {
        let sessions = self.0.lock();
        let now = Instant::now();
        let mut ended = self.0.ended();
        ended.retain(|_, at| now.duration_since(*at) <= self.0.config.limits.handshake);
        ended.insert(minion.clone(), now);
        drop(ended);
        let entry = sessions.get(minion);
        if let Some(entry) = entry {
            entry.mailbox.end(Ending::Asked(reason.into()));
        }
        entry.is_some()
    }
}
