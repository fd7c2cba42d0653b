//! Who may open a session: the listener asks, the master's keys answer.

use async_trait::async_trait;
use model::{Fingerprint, MinionId};
use std::net::SocketAddr;
use std::time::Duration;
use value::{Map, Secret};

/// A minion that has proved that it owns its key.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The id that it claims.
    pub minion: MinionId,
    /// Its public key, PEM.
    pub public_key: String,
    /// Fingerprint of the key.
    pub fingerprint: Fingerprint,
    /// A join token, if it has one.
    pub join_token: Option<Secret<String>>,
    /// Grains offered for automatic acceptance (`autosign_grains`). The minion says so itself: they prove nothing.
    pub autosign_grains: Map,
    /// Version of the agent.
    pub version: String,
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// Whether it came back with a ticket instead of a signature.
    pub resumed: bool,
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The session may begin.
    Accepted,
    /// An operator has yet to decide.
    Pending {
        /// Ask again after this.
        retry: Duration,
    },
    /// An operator has said no.
    Rejected(String),
    /// The id belongs to another key.
    Denied,
    /// Not now.
    Busy {
        /// Ask again after this.
        retry_after: Duration,
    },
}

/// Decides about claims.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Decides about one claim. Called once for each session, after the handshake has proved the key; it may ask a store, but the connection waits
    /// for it and its handshake time runs on.
    async fn admit(&self, claim: Claim) -> Admission;
}
