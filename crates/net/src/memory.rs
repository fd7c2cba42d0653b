//! A wire in memory, with delay and loss, for tests of everything above the sockets.
//!
//! A lost frame is what a transport never does and an attacker can: the session notices it and ends, and both sides begin anew.

use crate::link::{Link, LinkError, Reading, Step};
use bytes::{Bytes, BytesMut};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How bad the wire is; can be changed while it is in use.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Settings>>);

#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    delay: Duration,
    /// Frames lost of a thousand.
    loss: u32,
    is_cut: bool,
}

impl Faults {
    /// Every frame takes so long.
    pub fn delay(&self, delay: Duration) {
        self.change(|settings| settings.delay = delay);
    }

    /// So many frames of a thousand are lost.
    pub fn lose(&self, of_thousand: u32) {
        self.change(|settings| settings.loss = of_thousand);
    }

    /// Frames vanish and nobody is told, until the wire is mended: a half-open connection.
    pub fn cut(&self) {
        self.change(|settings| settings.is_cut = true);
    }

    /// Frames arrive again.
    pub fn mend(&self) {
        self.change(|settings| settings.is_cut = false);
    }

    fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn now(&self) -> Settings {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the memory wire ends at the master: give it to [`crate::listen_in_memory`].
pub struct MemoryPort {
    pub(crate) incoming: mpsc::Receiver<MemoryLink>,
}

/// Where the memory wire begins: give it to [`crate::dial_in_memory`]. Cheap to clone, one for all minions.
#[derive(Clone)]
pub struct MemoryWire {
    port: mpsc::Sender<MemoryLink>,
    faults: Faults,
    /// Seeds the loss of each connection: the same in every run, another one for every connection.
    seeds: Arc<AtomicU64>,
}

impl MemoryWire {
    /// A wire and its end.
    #[must_use]
    pub fn new(faults: Faults) -> (Self, MemoryPort) {
        let (port, incoming) = mpsc::channel(1024);
        (Self { port, faults, seeds: Arc::default() }, MemoryPort { incoming })
    }

    pub(crate) async fn connect(&self) -> Result<MemoryLink, LinkError> {
        // So many frames may be under way; then a sender waits, as on a full socket.
        let (to_master, from_minion) = mpsc::channel(64);
        let (to_minion, from_master) = mpsc::channel(64);
        let link = |out, back, seed| MemoryLink {
            out,
            back,
            faults: self.faults.clone(),
            random: StdRng::seed_from_u64(seed),
            next: None,
            waiting: VecDeque::new(),
            bytes: 0,
            total: 0,
        };
        let theirs = link(to_minion, from_minion, self.seeds.fetch_add(1, Ordering::Relaxed));
        self.port.send(theirs).await.map_err(|_| LinkError::Lost("nobody listens".into()))?;
        Ok(link(to_master, from_master, self.seeds.fetch_add(1, Ordering::Relaxed)))
    }
}

/// One end of a connection in memory.
pub(crate) struct MemoryLink {
    out: mpsc::Sender<(Instant, Bytes)>,
    back: mpsc::Receiver<(Instant, Bytes)>,
    faults: Faults,
    random: StdRng,
    /// The next frame, which is still on its way.
    next: Option<(Instant, Bytes)>,
    waiting: VecDeque<Bytes>,
    bytes: usize,
    total: u64,
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// All connections in memory come from here.
pub(crate) const MEMORY_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Link for MemoryLink {
    fn push<E>(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let mut frame = Vec::with_capacity(length);
        write(&mut frame)?;
        self.bytes += frame.len();
        self.waiting.push_back(frame.into());
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.bytes
    }

    fn written(&self) -> u64 {
        self.total
    }

    async fn step(&mut self, reading: Reading) -> Result<Step, LinkError> {
        loop {
            tokio::select! {
                permit = self.out.reserve(), if !self.waiting.is_empty() => {
                    let settings = self.faults.now();
                    // A cut wire does not tell that the other side has gone.
                    if permit.is_err() && !settings.is_cut {
                        return Err(LinkError::Closed);
                    }
                    let Some(frame) = self.waiting.pop_front() else { continue };
                    self.bytes -= frame.len();
                    self.total += frame.len() as u64;
                    if let Ok(permit) = permit
                        && !settings.is_cut
                        && self.random.random_range(0..1000) >= settings.loss
                    {
                        permit.send((Instant::now() + settings.delay, frame));
                    }
                    if self.waiting.is_empty() {
                        return Ok(Step::Room);
                    }
                }
                frame = self.back.recv(), if reading == Reading::Wanted && self.next.is_none() => {
                    if frame.is_none() && self.faults.now().is_cut {
                        return std::future::pending().await;
                    }
                    self.next = Some(frame.ok_or(LinkError::Closed)?);
                }
                // Frames keep their order, so waiting for the first one holds nothing up.
                () = sleep_until(self.next.as_ref().map(|(due, _)| *due)), if reading == Reading::Wanted && self.next.is_some() => {
                    if let Some((_, frame)) = self.next.take() {
                        return Ok(Step::Frame(BytesMut::from(frame)));
                    }
                }
                () = std::future::pending(), if self.waiting.is_empty() && reading == Reading::Paused => {}
            }
        }
    }

    fn allow(&mut self, _frame: usize) {}
}
