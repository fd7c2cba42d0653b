//! The master's end: configuration, and the listener that admits minions.

use crate::mailbox::LaneLimits;
use crate::memory::{MEMORY_ADDRESS, MemoryPort};
use crate::registry::Shared;
use crate::tcp::TcpLink;
use crate::zmtp::Role;
use crate::{Gate, MasterIdentity, SessionEvent, Sessions, connection};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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
    /// Connections that are still in their handshake, from one address or one IPv6 network; the loopback address has no such share.
    pub pending_per_address: usize,
    /// A connection that has not said what it is after this is closed.
    pub greeting: Duration,
    /// A handshake takes no longer, the gate's answer included.
    pub handshake: Duration,
    /// Handshakes a second from one address or one IPv6 network, which each cost us some computing; ten times as many at once are no offence.
    /// Beyond that a minion is asked to come back later. The loopback address has no such bound.
    pub handshakes_per_second: u32,
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
            pending: 4_096,
            pending_per_address: 512,
            greeting: Duration::from_secs(5),
            handshake: Duration::from_secs(10),
            handshakes_per_second: 500,
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
    source: Source,
    address: SocketAddr,
    shared: Arc<Shared>,
}

enum Source {
    Tcp(std::net::TcpListener),
    Memory(MemoryPort),
}

/// Takes the port. Sessions are reported through the receiver; when it is dropped the sessions end.
///
/// # Errors
/// When the address cannot be taken or the master's key cannot sign.
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
    with(Source::Tcp(socket), address, config, identity, gate)
}

/// The same over a wire in memory.
///
/// # Errors
/// When the master's key cannot sign.
pub fn listen_in_memory(
    port: MemoryPort,
    config: ListenConfig,
    identity: MasterIdentity,
    gate: Arc<dyn Gate>,
) -> Result<(Listener, mpsc::Receiver<SessionEvent>), ListenError> {
    with(Source::Memory(port), MEMORY_ADDRESS, config, identity, gate)
}

fn with(
    source: Source,
    address: SocketAddr,
    config: ListenConfig,
    identity: MasterIdentity,
    gate: Arc<dyn Gate>,
) -> Result<(Listener, mpsc::Receiver<SessionEvent>), ListenError> {
    let (events, receiver) = mpsc::channel(config.limits.events.max(2));
    let shared = Arc::new(Shared::new(config, identity, gate, events)?);
    Ok((Listener { source, address, shared }, receiver))
}

impl Listener {
    /// Where it listens, with the port that was taken.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// The sessions of this listener, to count and to end.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions(Arc::clone(&self.shared))
    }

    /// Admits minions until `stop`, then says goodbye to all of them.
    ///
    /// # Errors
    /// When the listener cannot go on.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ListenError> {
        let Self { source, address, shared } = self;
        let tasks = TaskTracker::new();
        let renew = tasks.spawn(renew_keys(Arc::clone(&shared), stop.clone()));
        let accepting = async {
            match source {
                Source::Tcp(socket) => accept_tcp(socket, address, &shared, &tasks).await,
                Source::Memory(port) => {
                    accept_memory(port, &shared, &tasks).await;
                    Ok(())
                }
            }
        };
        let result = tokio::select! {
            result = accepting => result,
            () = stop.cancelled() => Ok(()),
        };
        renew.abort();
        shared.end_all("the master is stopping");
        tasks.close();
        // Each session has a short time for its goodbye; whoever is still in its handshake is cut off.
        let _ = tokio::time::timeout(Duration::from_secs(3), tasks.wait()).await;
        shared.cut.cancel();
        tasks.wait().await;
        result
    }
}

async fn accept_tcp(
    socket: std::net::TcpListener,
    address: SocketAddr,
    shared: &Arc<Shared>,
    tasks: &TaskTracker,
) -> Result<(), ListenError> {
    let socket = tokio::net::TcpListener::from_std(socket).map_err(|source| ListenError::Bind { address, source })?;
    let mut pause = Duration::ZERO;
    loop {
        let Some(permit) = shared.strangers.wait().await else { return Ok(()) };
        match socket.accept().await {
            Ok((stream, peer)) => {
                pause = Duration::ZERO;
                let open = shared.strangers.open(shared.config.limits.connections);
                let (Some(open), Some(place)) = (open, shared.strangers.enter(permit, peer.ip())) else {
                    tracing::debug!(%peer, "too many connections");
                    continue;
                };
                let shared = Arc::clone(shared);
                let cut = shared.cut.clone();
                let run = async move {
                    let mut link = TcpLink::new(stream, Role::Router);
                    let opened = tokio::time::timeout(shared.config.limits.greeting, link.open()).await;
                    match opened {
                        Ok(Ok(())) => connection::run(shared, link, peer, place, open).await,
                        Ok(Err(error)) => tracing::debug!(%peer, %error, "connection refused"),
                        Err(_) => tracing::debug!(%peer, "nothing said in time"),
                    }
                };
                tasks.spawn(async move { cut.run_until_cancelled(run).await });
            }
            // Out of file descriptors or memory: trying again at once would only burn time.
            Err(error) => {
                pause = (pause * 2).clamp(Duration::from_millis(10), Duration::from_secs(1));
                tracing::warn!(%error, ?pause, "cannot accept connections");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn accept_memory(mut port: MemoryPort, shared: &Arc<Shared>, tasks: &TaskTracker) {
    while let Some(link) = port.incoming.recv().await {
        let Some(permit) = shared.strangers.wait().await else { return };
        let open = shared.strangers.open(shared.config.limits.connections);
        let (Some(open), Some(place)) = (open, shared.strangers.enter(permit, MEMORY_ADDRESS.ip())) else { continue };
        let (cut, run) = (shared.cut.clone(), connection::run(Arc::clone(shared), link, MEMORY_ADDRESS, place, open));
        tasks.spawn(async move { cut.run_until_cancelled(run).await });
    }
}

/// Looks after the online key, which is renewed twice a day.
async fn renew_keys(shared: Arc<Shared>, stop: CancellationToken) {
    let mut every = tokio::time::interval(Duration::from_secs(600));
    loop {
        tokio::select! {
            _ = every.tick() => {}
            () = stop.cancelled() => return,
        }
        let keys = shared.keys();
        let renewed = tokio::task::spawn_blocking(move || keys.renewed(model::Timestamp::now(), &mut rand::rng())).await;
        match renewed {
            Ok(Ok(Some(keys))) => shared.set_keys(keys),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(%error, "cannot renew the master's online key"),
            Err(error) => tracing::error!(%error, "cannot renew the master's online key"),
        }
    }
}
