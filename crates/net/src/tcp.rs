//! A link over TCP with our own ZMTP end.
//!
//! Lean on purpose, because a master holds tens of thousands: an idle connection owns no buffer. What is read goes through one scratch buffer
//! of the thread.

use crate::link::{LOW_WATER, Link, LinkError, Reading, Step};
use crate::zmtp::{Event, GREETING, Machine, Role, frame_header};
use bytes::BytesMut;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;

const SCRATCH: usize = 64 * 1024;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// A link over TCP.
pub(crate) struct TcpLink {
    stream: TcpStream,
    machine: Machine,
    arrived: VecDeque<BytesMut>,
    out: Vec<u8>,
    written: usize,
    total: u64,
    /// Whether what waits has been above the low-water mark since room was last reported.
    crowded: bool,
    is_ready: bool,
}

impl TcpLink {
    pub(crate) fn new(stream: TcpStream, role: Role) -> Self {
        // Small frames must not wait for a full segment. An error here means that the peer is gone, which the first read tells.
        let _ = stream.set_nodelay(true);
        let socket = socket2::SockRef::from(&stream);
        let keepalive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15));
        let _ = socket.set_tcp_keepalive(&keepalive);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_user_timeout(Some(Duration::from_secs(60)));
        Self {
            stream,
            machine: Machine::new(role),
            arrived: VecDeque::new(),
            out: GREETING.to_vec(),
            written: 0,
            total: 0,
            crowded: false,
            is_ready: false,
        }
    }

    /// Waits until the peer's READY is there and ours is written.
    pub(crate) async fn open(&mut self) -> Result<(), LinkError> {
        while !self.is_ready || self.waiting() > 0 {
            self.stream.ready(self.interest(Reading::Wanted)).await.map_err(lost)?;
            self.write_some()?;
            // Messages may follow the READY at once; they stay in `arrived`.
            self.read_some()?;
        }
        Ok(())
    }

    fn interest(&self, reading: Reading) -> Interest {
        match (reading, self.waiting() > 0) {
            (Reading::Wanted, false) => Interest::READABLE,
            (Reading::Wanted, true) => Interest::READABLE | Interest::WRITABLE,
            (Reading::Paused, _) => Interest::WRITABLE,
        }
    }

    /// Writes what the socket takes now.
    fn write_some(&mut self) -> Result<(), LinkError> {
        while let Some(rest @ [_, ..]) = self.out.get(self.written..) {
            match self.stream.try_write(rest) {
                Ok(0) => return Err(LinkError::Closed),
                Ok(count) => {
                    self.written += count;
                    self.total += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(lost(error)),
            }
        }
        self.written = 0;
        if self.out.capacity() > 1024 {
            self.out = Vec::new();
        } else {
            self.out.clear();
        }
        Ok(())
    }

    /// Reads what is there now, up to one scratch buffer.
    fn read_some(&mut self) -> Result<(), LinkError> {
        READ.with_borrow_mut(|scratch| {
            let count = match self.stream.try_read(scratch) {
                Ok(0) => return Err(LinkError::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(lost(error)),
            };
            let mut input = scratch.get(..count).unwrap_or_default();
            while !input.is_empty() {
                match self.machine.feed(&mut input, &mut self.out) {
                    Ok(None) => {}
                    Ok(Some(Event::Ready)) => self.is_ready = true,
                    Ok(Some(Event::Message(frame))) => self.arrived.push_back(frame),
                    Err(error) => return Err(LinkError::Protocol(error.to_string())),
                }
            }
            Ok(())
        })
    }
}

fn lost(error: io::Error) -> LinkError {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => LinkError::Closed,
        _ => LinkError::Lost(error.to_string()),
    }
}

impl Link for TcpLink {
    fn push<E>(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        if self.out.capacity() == 0 {
            self.out.reserve_exact(length + 9);
        }
        frame_header(length, &mut self.out);
        self.crowded |= self.waiting() > LOW_WATER;
        write(&mut self.out)
    }

    fn waiting(&self) -> usize {
        self.out.len() - self.written
    }

    fn written(&self) -> u64 {
        self.total
    }

    async fn step(&mut self, reading: Reading) -> Result<Step, LinkError> {
        loop {
            if reading == Reading::Wanted
                && let Some(frame) = self.arrived.pop_front()
            {
                if self.arrived.is_empty() && self.arrived.capacity() > 16 {
                    self.arrived = VecDeque::new();
                }
                return Ok(Step::Frame(frame));
            }
            if self.waiting() > 0 {
                self.write_some()?;
                if self.waiting() == 0 || (self.crowded && self.waiting() <= LOW_WATER) {
                    self.crowded = false;
                    return Ok(Step::Room);
                }
            }
            if reading == Reading::Paused && self.waiting() == 0 {
                // Nothing to do until the caller wants something else.
                return std::future::pending().await;
            }
            let ready = self.stream.ready(self.interest(reading)).await.map_err(lost)?;
            if reading == Reading::Wanted && ready.is_readable() {
                self.read_some()?;
            }
        }
    }

    fn allow(&mut self, frame: usize) {
        self.machine.allow(frame);
    }
}
