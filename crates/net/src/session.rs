//! What the master sees of a session: its events, and the handle that sends into it.

use crate::mailbox::{Ending, Mailbox};
use model::MinionId;
use proto::{FromMinion, Lane, ToMinion};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// Names a session on this master; never used twice while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Something that happened to a session. Of one minion: first `Up`, then its messages in the order of their lanes, then `Down`, then perhaps the
/// `Up` of its next session.
#[derive(Debug)]
pub enum SessionEvent {
    /// A minion was admitted.
    Up {
        /// The minion.
        minion: MinionId,
        /// The session.
        session: SessionId,
        /// Sends into it.
        handle: SessionHandle,
        /// Where it comes from.
        address: SocketAddr,
        /// Version of the agent.
        version: String,
        /// Whether it came back with a ticket.
        resumed: bool,
    },
    /// A message came.
    Message {
        /// The minion, from the session.
        minion: MinionId,
        /// The session.
        session: SessionId,
        /// The message.
        message: FromMinion,
        /// Holds the memory of a large message against the listener's bound until it is dropped.
        weight: Weight,
    },
    /// The session is over. Messages that were sent and not yet written are lost.
    Down {
        /// The minion.
        minion: MinionId,
        /// The session.
        session: SessionId,
        /// Why.
        reason: DownReason,
    },
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// The minion closed the connection, or the network did.
    Closed,
    /// Nothing was heard for the time of the heartbeats.
    Silent,
    /// The same minion came again with the same key.
    Replaced,
    /// The minion did not keep to the protocol.
    Protocol(String),
    /// It took too long to read what it was sent.
    Slow,
    /// We ended it: key deleted, shutdown.
    Ended(String),
}

impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("connection closed"),
            Self::Silent => f.write_str("nothing heard for too long"),
            Self::Replaced => f.write_str("replaced by a newer session of the same minion"),
            Self::Protocol(what) => write!(f, "broke the protocol: {what}"),
            Self::Slow => f.write_str("did not read what it was sent"),
            Self::Ended(why) => f.write_str(why),
        }
    }
}

/// Memory of a large message on its way; freed when dropped.
#[derive(Debug, Default)]
pub struct Weight(#[expect(dead_code, reason = "held for its drop")] pub(crate) Option<tokio::sync::OwnedSemaphorePermit>);

/// A message that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The session is over.
    #[error("the session is over")]
    Over,
    /// The lane is full: the minion reads too slowly.
    #[error("the {0:?} lane to the minion is full")]
    Full(Lane),
    /// The message cannot be encoded.
    #[error(transparent)]
    Bad(#[from] proto::codec::BadMessage),
}

/// Sends into a session. Cheap to clone; never blocks. Does not keep the session alive.
#[derive(Clone)]
pub struct SessionHandle {
    pub(crate) mailbox: Arc<Mailbox>,
}

impl SessionHandle {
    /// Puts a message into its lane.
    ///
    /// # Errors
    /// When the session is over, the lane is full or the message is too large.
    pub fn send(&self, message: &ToMinion) -> Result<(), SendError> {
        self.send_encoded(&proto::Encoded::to_minion(message)?)
    }

    /// Puts a message that was encoded once for many sessions into its lane.
    ///
    /// # Errors
    /// When the session is over or the lane is full.
    pub fn send_encoded(&self, message: &proto::Encoded) -> Result<(), SendError> {
        self.mailbox.put(message.clone())
    }

    /// Ends the session: says goodbye, closes the connection, and a `Down` with the reason follows.
    pub fn close(&self, reason: impl Into<String>) {
        self.mailbox.end(Ending::Asked(reason.into()));
    }

    /// Whether the session is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.mailbox.is_over()
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionHandle")
    }
}
