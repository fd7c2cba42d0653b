//! What waits to be written into one session: three bounded lanes.

use crate::SendError;
use proto::{Encoded, Lane, Outbox};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How many bytes may wait in each lane. An empty lane always takes one message, however large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// Jobs, signals, acknowledgements, questions.
    pub control: usize,
    /// Output, returns, answers of usual size.
    pub returns: usize,
    /// File content.
    pub bulk: usize,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self { control: 4 << 20, returns: 8 << 20, bulk: 8 << 20 }
    }
}

impl LaneLimits {
    const fn of(&self, lane: Lane) -> usize {
        match lane {
            Lane::Control => self.control,
            Lane::Returns => self.returns,
            Lane::Bulk => self.bulk,
        }
    }
}

/// What waits to be written into one session.
pub(crate) struct Mailbox {
    inner: Mutex<Inner>,
    /// Woken when there is something to write or the session is to end.
    pub(crate) changed: Notify,
    limits: LaneLimits,
}

#[derive(Default)]
struct Inner {
    outbox: Outbox,
    /// Why the session is to end; nothing more is taken.
    end: Option<Ending>,
}

/// Why a session is to end from our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Somebody asked for it.
    Asked(String),
    /// A newer session of the same minion has begun and has reported this one's end.
    Replaced,
    /// It is over already.
    Over,
}

impl Mailbox {
    pub(crate) fn new(limits: LaneLimits) -> Self {
        Self { inner: Mutex::default(), changed: Notify::new(), limits }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message into its lane.
    pub(crate) fn put(&self, message: Encoded) -> Result<(), SendError> {
        let mut inner = self.lock();
        if inner.end.is_some() {
            return Err(SendError::Over);
        }
        let lane = message.lane;
        let waiting = inner.outbox.bytes(lane);
        if waiting > 0 && waiting + message.bytes.len() > self.limits.of(lane) {
            return Err(SendError::Full(lane));
        }
        inner.outbox.push(message);
        drop(inner);
        self.changed.notify_one();
        Ok(())
    }

    /// Lets `take` take from what waits.
    pub(crate) fn drain<T>(&self, take: impl FnOnce(&mut Outbox) -> T) -> T {
        take(&mut self.lock().outbox)
    }

    /// Asks for the end; the first reason stands, but being over overrides all.
    pub(crate) fn end(&self, ending: Ending) {
        let mut inner = self.lock();
        if ending == Ending::Over {
            *inner = Inner { outbox: Outbox::default(), end: Some(Ending::Over) };
        } else {
            inner.end.get_or_insert(ending);
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether and why the session is to end.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.lock().end.clone()
    }

    /// Does something that must not happen after the session was replaced.
    pub(crate) fn unless_replaced<T>(&self, act: impl FnOnce() -> T) -> Option<T> {
        let inner = self.lock();
        (inner.end != Some(Ending::Replaced)).then(act)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lock().end.is_some()
    }
}
