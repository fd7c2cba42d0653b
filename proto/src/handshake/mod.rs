//! The handshake `Hello → Welcome → Ready → Verdict`: state machines of both sides, without IO, clock or random source of their own.
//!
//! Each state is a type that the next step consumes, so no step can be done twice or out of order. The minion signs with its RSA key; the
//! master signs with a short-lived Ed25519 key that its RSA key has certified, so a handshake costs the master no RSA private operation. A
//! minion that was here before shows a ticket instead, and both sides need symmetric work and one X25519 only.

mod certificate;
mod master;
mod messages;
mod minion;
mod schedule;
mod ticket;

#[cfg(test)]
mod tests;

pub use certificate::CERTIFICATE_LIFE;
pub use master::{Claimant, MasterKeys, MasterWaiting, Proven};
pub use messages::{Decision, Refuse};
pub use minion::{MasterSeen, MinionHello, MinionWaiting, Offer, Opened};
pub use ticket::{TICKET_LIFE, Ticket};

use crate::codec::{BadBytes, BadMessage};
use crate::frame::BadFrame;
use crate::{KeyError, OpenError};
use model::{Fingerprint, Timestamp};
use std::time::Duration;

/// Clocks may differ by so much before a certificate counts as expired or not yet valid.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(6 * 3600);

/// Why a handshake went no further.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The bytes are no frame.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// The frame's content is unreadable.
    #[error(transparent)]
    Bytes(#[from] BadBytes),
    /// The frame was not encrypted by the other end of this handshake.
    #[error("the other side could not prove that it took part in the handshake")]
    Open(#[from] OpenError),
    /// A frame has more bytes than a handshake allows.
    #[error("a handshake frame has {0} bytes; {max} are allowed", max = crate::limits::HANDSHAKE_FRAME)]
    Large(usize),
    /// No version that both speak.
    #[error("no common version of the protocol: we speak {ours_oldest} to {ours_newest}, the other side speaks {oldest} to {newest}")]
    Version {
        /// The oldest that we speak.
        ours_oldest: u8,
        /// The newest that we speak.
        ours_newest: u8,
        /// The oldest that the other side speaks.
        oldest: u8,
        /// The newest that the other side speaks.
        newest: u8,
    },
    /// The master has another key than the trusted one.
    #[error("the master has the key {found}, not the trusted one {trusted}")]
    OtherMaster {
        /// Its key.
        found: Fingerprint,
        /// The trusted key.
        trusted: Fingerprint,
    },
    /// The master's certificate is not valid at this time.
    #[error("the master's certificate is valid from {from} to {to}, but here it is {now}; set the clocks right")]
    Expired {
        /// First moment.
        from: Timestamp,
        /// Last moment.
        to: Timestamp,
        /// The moment here.
        now: Timestamp,
    },
    /// A signature or a proof is wrong.
    #[error("the {0} is wrong")]
    Proof(&'static str),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What we have to say does not fit.
    #[error(transparent)]
    Message(#[from] BadMessage),
    /// The master refuses to talk.
    #[error("the master refuses: {0}")]
    Refused(Refuse),
}

impl From<crate::cipher::Exhausted> for HandshakeError {
    fn from(_: crate::cipher::Exhausted) -> Self {
        Self::Proof("counter")
    }
}
