//! What the frames of a handshake hold.

use crate::codec::BadBytes;
use crate::{wire_enum, wire_struct};
use bytes::Bytes;
use model::{MinionId, Timestamp};
use std::fmt;
use std::time::Duration;
use value::Map;

/// Minion to master, in the clear.
#[derive(Debug)]
pub(super) struct Hello {
    /// Oldest version that the minion speaks.
    pub oldest: u8,
    /// Newest version that the minion speaks.
    pub newest: u8,
    pub minion: MinionId,
    pub nonce: [u8; 32],
    /// X25519.
    pub ephemeral: [u8; 32],
    /// SubjectPublicKeyInfo.
    pub public_key: Bytes,
    pub ticket: Option<Bytes>,
}

/// Master to minion, in the clear: what is proven, and the proof.
#[derive(Debug)]
pub(super) struct Welcome {
    /// [`WelcomeBody`], as bytes, because its bytes are signed.
    pub body: Bytes,
    /// Ed25519 signature (64 bytes), or for a resumed session a MAC (32 bytes).
    pub proof: Bytes,
}

#[derive(Debug)]
pub(super) struct WelcomeBody {
    /// The chosen version.
    pub version: u8,
    pub nonce: [u8; 32],
    /// X25519.
    pub ephemeral: [u8; 32],
    /// Missing when the ticket was taken: then the proof needs none.
    pub certificate: Option<Certificate>,
}

/// The master's RSA key vouches for an Ed25519 key for a day.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    /// SubjectPublicKeyInfo of the master's RSA key.
    pub master_key: Bytes,
    /// Ed25519.
    pub online_key: [u8; 32],
    pub from: Timestamp,
    pub to: Timestamp,
    /// RSA-PSS.
    pub signature: Bytes,
}

/// Minion to master, encrypted.
#[derive(Debug)]
pub(super) struct Ready {
    /// RSA-PSS; missing when the ticket was taken.
    pub signature: Option<Bytes>,
    pub version: String,
    pub join_token: Option<String>,
    pub autosign_grains: Map,
}

/// Master to minion, encrypted: what has been decided about the minion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The session is open.
    Accepted {
        /// How many bytes of data frames the minion may have on the way that the master has not yet reported as taken.
        window: u64,
    },
    /// An operator has yet to decide.
    Pending {
        /// Ask again after this.
        retry: Duration,
    },
    /// An operator has said no.
    Rejected {
        /// Why.
        reason: String,
        /// Ask again after this.
        retry: Duration,
    },
    /// The id belongs to another key.
    Denied {
        /// Ask again after this.
        retry: Duration,
    },
    /// Not now.
    Busy {
        /// Ask again after this.
        retry: Duration,
    },
}

#[derive(Debug)]
pub(super) struct Verdict {
    pub decision: Decision,
    /// For the next time.
    pub ticket: Option<Bytes>,
}

/// Master to minion, in the clear, instead of a welcome. Anybody on the way can write it: it is a hint and no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refuse {
    /// Not now.
    Busy {
        /// Ask again after this.
        retry: Duration,
    },
    /// No common version.
    Version {
        /// Oldest that the master speaks.
        oldest: u8,
        /// Newest that the master speaks.
        newest: u8,
    },
}

impl Refuse {
    /// The frame that says so.
    ///
    /// # Errors
    /// Never in practice: it is small.
    pub fn to_frame(&self) -> Result<Vec<u8>, crate::codec::BadMessage> {
        Ok(crate::frame::clear_frame(crate::frame::Kind::Refuse, &crate::codec::encode(self)?))
    }
}

impl fmt::Display for Refuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { retry } => write!(f, "it is busy; ask again in {retry:?}"),
            Self::Version { oldest, newest } => write!(f, "it speaks versions {oldest} to {newest} of the protocol"),
        }
    }
}

wire_struct!(Hello { oldest, newest, minion, nonce, ephemeral, public_key, ticket });
wire_struct!(Welcome { body, proof });
wire_struct!(WelcomeBody { version, nonce, ephemeral, certificate });
wire_struct!(Certificate { master_key, online_key, from, to, signature });
wire_struct!(Ready { signature, version, join_token, autosign_grains });
wire_struct!(Verdict { decision, ticket });
wire_enum!(Decision {
    0 Accepted { window },
    1 Pending { retry },
    2 Rejected { reason, retry },
    3 Denied { retry },
    4 Busy { retry },
});
wire_enum!(Refuse { 0 Busy { retry }, 1 Version { oldest, newest } });

/// The versions that a hello offers. They are its first two bytes in every version, so that a hello that is not understood otherwise can still
/// be answered.
pub(super) fn versions(payload: &[u8]) -> Result<(u8, u8), BadBytes> {
    match payload {
        [oldest, newest, ..] => Ok((*oldest, *newest)),
        _ => Err(BadBytes::Short),
    }
}
