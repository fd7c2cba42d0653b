//! What waits to be written into one session: three bounded lanes.

use crate::SendError;
use proto::{Encoded, Lane};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How many bytes may wait in each lane. An empty lane always takes one message, however large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// Jobs, signals, acknowledgements.
    pub control: usize,
    /// Answers of usual size.
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
    waiting: VecDeque<Encoded>,
    bytes: [usize; 3],
    end: Option<String>,
    over: bool,
}

impl Mailbox {
    pub(crate) fn new(limits: LaneLimits) -> Self {
        Self { inner: Mutex::default(), changed: Notify::new(), limits }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, message: Encoded) -> Result<(), SendError> {
        let mut inner = self.lock();
        if inner.over || inner.end.is_some() {
            return Err(SendError::Over);
        }
        let (lane, size) = (message.lane, message.bytes.len());
        let waiting = &mut inner.bytes[lane as usize];
        if *waiting > 0 && *waiting + size > self.limits.of(lane) {
            return Err(SendError::Full(lane));
        }
        *waiting += size;
        inner.waiting.push_back(message);
        drop(inner);
        self.changed.notify_one();
        Ok(())
    }

    pub(crate) fn close(&self, reason: String) {
        self.lock().end.get_or_insert(reason);
        self.changed.notify_one();
    }

    pub(crate) fn is_over(&self) -> bool {
        let inner = self.lock();
        inner.over || inner.end.is_some()
    }
}
