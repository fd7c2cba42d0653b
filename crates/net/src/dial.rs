//! The minion's end: its configuration, its events, its errors.

use crate::{Heartbeat, IdentityError};
use model::{Failure, Fingerprint, MinionId};
use proto::{PrivateKey, ToMinion};
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Secret};

/// How a minion reaches its master.
#[derive(Clone, Debug)]
pub struct DialConfig {
    /// Masters as `host:port`, `host` or `[v6]:port`; tried in turn until one admits the minion.
    pub masters: Vec<String>,
    /// In which order they are tried.
    pub order: MasterOrder,
    /// Id of the minion.
    pub id: MinionId,
    /// Its key.
    pub key: PrivateKey,
    /// Which master is the right one.
    pub pin: Pin,
    /// Sent with the first contact.
    pub join_token: Option<Secret<String>>,
    /// Sent with the first contact.
    pub autosign_grains: Map,
    /// Version of the agent.
    pub version: String,
    /// Waiting between attempts.
    pub backoff: Backoff,
    /// Heartbeats.
    pub heartbeat: Heartbeat,
    /// A connection and a handshake take no longer.
    pub connect: Duration,
    /// A request takes no longer unless its caller says so.
    pub request: Duration,
}

impl DialConfig {
    /// The usual configuration of a minion with one master.
    #[must_use]
    pub fn new(master: impl Into<String>, id: MinionId, key: PrivateKey, pin: Pin) -> Self {
        Self {
            masters: vec![master.into()],
            order: MasterOrder::AsListed,
            id,
            key,
            pin,
            join_token: None,
            autosign_grains: Map::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            backoff: Backoff::default(),
            heartbeat: Heartbeat::default(),
            connect: Duration::from_secs(10),
            request: Duration::from_secs(60),
        }
    }
}

/// In which order several masters are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MasterOrder {
    /// The first one first, again after every loss.
    #[default]
    AsListed,
    /// A shuffled order, new after every loss: spreads minions over masters.
    Shuffled,
}

/// Which master is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The file with the master's public key (`minion_master.pub`). Written at first sight, obeyed ever after.
    pub file: PathBuf,
    /// Fingerprint that the master's key must have (`master_finger`).
    pub finger: Option<Fingerprint>,
}

/// Waiting between attempts: a random time up to a bound that doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// First bound.
    pub first: Duration,
    /// Last bound.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(60) }
    }
}

/// What happened to the connection.
#[derive(Debug)]
pub enum DialEvent {
    /// A master has admitted the minion.
    Connected {
        /// Which one, as configured.
        master: String,
        /// Fingerprint of its key.
        fingerprint: Fingerprint,
        /// Whether a ticket was enough.
        resumed: bool,
    },
    /// The session is over; another one is being sought.
    Disconnected {
        /// Why.
        reason: String,
    },
    /// The master has not yet accepted the key, or has refused it; it is asked again.
    Waiting {
        /// Which master.
        master: String,
        /// Its answer.
        refusal: Refusal,
        /// Asked again after this.
        retry: Duration,
    },
    /// An attempt failed before any master answered; the next one follows.
    Failed {
        /// Which master.
        master: String,
        /// Why.
        reason: String,
        /// Tried again after this.
        retry: Duration,
    },
    /// A message came.
    Message(ToMinion),
}

/// Why a master does not admit a minion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An operator has yet to decide.
    Pending,
    /// An operator has said no.
    Rejected(String),
    /// The id belongs to another key.
    Denied,
    /// The master has too much to do.
    Busy,
}

/// Why a minion cannot go on trying.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The master has another key than before.
    #[error(
        "the master at `{master}` has the key {found}, but this minion trusts {pinned}; if the master was rebuilt, compare the fingerprint on the master \
         (`sylvite key finger --master`) and remove `{file}`"
    )]
    MasterChanged {
        /// The master.
        master: String,
        /// Fingerprint of its key.
        found: Fingerprint,
        /// Fingerprint that is trusted.
        pinned: Fingerprint,
        /// Where the trusted key is kept.
        file: PathBuf,
    },
    /// The master's key has not the configured fingerprint.
    #[error("the master at `{master}` has the key {found}, but `master_finger` says {wanted}; compare both before trusting it")]
    WrongFinger {
        /// The master.
        master: String,
        /// Fingerprint of its key.
        found: Fingerprint,
        /// Fingerprint that is wanted.
        wanted: Fingerprint,
    },
    /// No master is configured.
    #[error("no master is configured; set `master` in the configuration")]
    NoMaster,
    /// The pinned key cannot be read or written.
    #[error(transparent)]
    Pin(#[from] IdentityError),
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no session, or it ended before the answer.
    #[error("no connection to a master")]
    NotConnected,
    /// The answer did not come in time.
    #[error("the master did not answer within {0:?}")]
    TimedOut(Duration),
    /// The master answered that it cannot.
    #[error("the master answered: {0}")]
    Failed(Failure),
    /// The message cannot be encoded.
    #[error(transparent)]
    Bad(#[from] proto::codec::BadMessage),
}
