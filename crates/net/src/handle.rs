//! What the rest of a minion sends and asks through.

use crate::mailbox::Mailbox;
use crate::{RequestError, SendError};
use proto::{Encoded, FromMinion, RequestBody, ResponseBody};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

type Answer = Result<ResponseBody, model::Failure>;

/// What dialer and handles share.
pub(crate) struct Line {
    session: Mutex<Option<Arc<Mailbox>>>,
    /// Woken when a lane has room again or the session is over.
    pub(crate) room: Notify,
    requests: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    counter: AtomicU64,
    limit: Duration,
}

impl Line {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { session: Mutex::default(), room: Notify::new(), requests: Mutex::default(), counter: AtomicU64::new(1), limit }
    }

    /// A session is open.
    pub(crate) fn connected(&self, mailbox: Arc<Mailbox>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(mailbox);
    }

    /// The session is over: whoever waits for an answer is told.
    pub(crate) fn disconnected(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.requests().clear();
        self.room.notify_waiters();
    }

    /// An answer came.
    pub(crate) fn answered(&self, id: u64, answer: Answer) {
        // Nobody waits for an answer that came too late.
        if let Some(waiting) = self.requests().remove(&id) {
            let _ = waiting.send(answer);
        }
    }

    fn requests(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mailbox(&self) -> Option<Arc<Mailbox>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sends to the master and asks it. Cheap to clone.
#[derive(Clone)]
pub struct DialHandle(pub(crate) Arc<Line>);

impl DialHandle {
    /// Sends a message; waits while its lane is full. `Ok` means that the message is on its way in this session, not that it arrived: what
    /// must not be lost is sent again after the next `Connected`.
    ///
    /// # Errors
    /// When there is no session or the message is too large.
    pub async fn send(&self, message: &FromMinion) -> Result<(), RequestError> {
        let encoded = Encoded::from_minion(message)?;
        let mailbox = self.0.mailbox().ok_or(RequestError::NotConnected)?;
        loop {
            let room = self.0.room.notified();
            tokio::pin!(room);
            // Registered before looking, so that no wake-up falls between.
            room.as_mut().enable();
            match mailbox.put(encoded.clone()) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(_)) => room.await,
                Err(SendError::Over) => return Err(RequestError::NotConnected),
                Err(SendError::Bad(error)) => return Err(error.into()),
            }
        }
    }

    /// Asks the master.
    ///
    /// # Errors
    /// When there is no session, no answer in the configured time, or the answer is a failure.
    pub async fn request(&self, body: RequestBody) -> Result<ResponseBody, RequestError> {
        self.request_within(body, self.0.limit).await
    }

    /// Asks the master with an own time limit.
    ///
    /// # Errors
    /// When there is no session, no answer in time, or the answer is a failure.
    pub async fn request_within(&self, body: RequestBody, limit: Duration) -> Result<ResponseBody, RequestError> {
        let id = self.0.counter.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.0.requests().insert(id, sender);
        let forget = Forget { line: &self.0, id };
        let ask = async {
            self.send(&FromMinion::Request { id, body }).await?;
            answer.await.map_err(|_| RequestError::NotConnected)?.map_err(RequestError::Failed)
        };
        let result = tokio::time::timeout(limit, ask).await;
        drop(forget);
        result.unwrap_or(Err(RequestError::TimedOut(limit)))
    }

    /// Whether there is a session.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.0.mailbox().is_some()
    }
}

/// Takes a request off the list when nobody waits for it any more, also when the asking future is dropped.
struct Forget<'a> {
    line: &'a Line,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.line.requests().remove(&self.id);
    }
}

impl fmt::Debug for DialHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DialHandle(connected: {})", self.is_connected())
    }
}
