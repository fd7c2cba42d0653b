//! An open session on a link: seals what goes out, opens what comes in, keeps the heartbeat and the window. The same on both sides.

use crate::Heartbeat;
use crate::link::{HIGH_WATER, Link, LinkError, Reading, Step};
use bytes::{Bytes, BytesMut};
use proto::frame::Kind;
use proto::{Arrived, Chunk, Inbox, OVERHEAD, OpenError, Outbox, Part, Session};
use rand::RngExt;
use std::time::Duration;
use tokio::time::Instant;

/// Tells the peer how much was taken after so many bytes.
const CREDIT_EVERY: u64 = 256 * 1024;

/// Why a session is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Silent,
    Slow,
    Protocol(String),
}

impl From<LinkError> for End {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Closed | LinkError::Lost(_) => Self::Closed,
            LinkError::Protocol(what) => Self::Protocol(what),
        }
    }
}

/// What a step has brought.
#[derive(Debug)]
pub(crate) enum Turn {
    /// A whole message.
    Message(Bytes),
    /// A large message of so many bytes begins.
    Begun(usize),
    /// More can be sent.
    Room,
}

/// An open session on a link.
pub(crate) struct Pump<L> {
    pub(crate) link: L,
    session: Session,
    inbox: Inbox,
    heartbeat: Heartbeat,
    stall: Duration,
    tick: Instant,
    sent: Instant,
    heard: Instant,
    /// Since when the link has written nothing of what waits, and how much it had written then.
    stuck: Option<(Instant, u64)>,
    /// Bytes of data taken in, and how many of them the peer knows of.
    taken: u64,
    reported: u64,
    /// Bytes of data that the peer lets us have on the way, how many we sent, and how many of them it has taken.
    window: u64,
    given: u64,
    credited: u64,
}

impl<L: Link> Pump<L> {
    pub(crate) fn new(mut link: L, session: Session, heartbeat: Heartbeat, stall: Duration, window: u64) -> Self {
        link.allow(proto::limits::FRAME);
        let now = Instant::now();
        Self {
            link,
            session,
            inbox: Inbox::default(),
            heartbeat,
            stall,
            tick: now + jittered(heartbeat.interval),
            sent: now,
            heard: now,
            stuck: None,
            taken: 0,
            reported: 0,
            window,
            given: 0,
            credited: 0,
        }
    }

    /// Moves messages from the outbox to the link while it takes them.
    pub(crate) fn fill(&mut self, outbox: &mut Outbox) -> Result<(), End> {
        while self.link.waiting() < HIGH_WATER && self.given.saturating_sub(self.credited) < self.window {
            let Some(Chunk { part, total, bytes }) = outbox.next_chunk() else { break };
            let total = total.map(u32::to_le_bytes);
            let prefix: &[u8] = total.as_ref().map_or(&[], |bytes| bytes.as_slice());
            self.given += (prefix.len() + bytes.len()) as u64;
            self.push(Kind::Data, part, &[prefix, &bytes])?;
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, part: Part, payload: &[&[u8]]) -> Result<(), End> {
        let length = payload.iter().map(|piece| piece.len()).sum::<usize>() + OVERHEAD;
        let sealer = &mut self.session.sealer;
        let pushed = self.link.push(length, |out| sealer.seal(kind, part, payload, out));
        pushed.map_err(|error| End::Protocol(error.to_string()))?;
        self.sent = Instant::now();
        Ok(())
    }

    /// Runs the session until there is something to tell. Giving it up in the middle loses nothing.
    pub(crate) async fn step(&mut self, reading: Reading) -> Result<Turn, End> {
        loop {
            tokio::select! {
                biased;
                step = self.link.step(reading) => match step? {
                    Step::Room => return Ok(Turn::Room),
                    Step::Frame(frame) => {
                        if let Some(turn) = self.take(frame)? {
                            return Ok(turn);
                        }
                    }
                },
                () = tokio::time::sleep_until(self.tick) => self.beat(reading)?,
            }
        }
    }

    fn take(&mut self, mut frame: BytesMut) -> Result<Option<Turn>, End> {
        let (header, range) = match self.session.opener.open(&mut frame) {
            Ok(opened) => opened,
            Err(OpenError::Replayed) => return Ok(None),
            Err(error) => return Err(End::Protocol(error.to_string())),
        };
        self.heard = Instant::now();
        let payload = frame.freeze().slice(range);
        match header.kind {
            Kind::Ping => Ok(None),
            Kind::Credit => {
                let credited = payload.as_ref().try_into().map(u64::from_le_bytes);
                let credited = credited.ok().filter(|credited| *credited <= self.given);
                self.credited = credited.ok_or_else(|| End::Protocol("a credit beyond what was sent".into()))?.max(self.credited);
                Ok(Some(Turn::Room))
            }
            Kind::Data => {
                self.taken += payload.len() as u64;
                if self.taken - self.reported >= CREDIT_EVERY {
                    self.reported = self.taken;
                    let taken = self.taken.to_le_bytes();
                    self.push(Kind::Credit, Part::WHOLE, &[&taken])?;
                }
                let part = Part { lane: header.lane, first: header.first, last: header.last };
                match self.inbox.accept(part, payload) {
                    Ok(Arrived::Message(bytes)) => Ok(Some(Turn::Message(bytes))),
                    Ok(Arrived::Begun(length)) => Ok(Some(Turn::Begun(length))),
                    Ok(Arrived::More) => Ok(None),
                    Err(error) => Err(End::Protocol(error.to_string())),
                }
            }
            Kind::Hello | Kind::Welcome | Kind::Ready | Kind::Verdict | Kind::Refuse => {
                Err(End::Protocol("a frame of the handshake in an open session".into()))
            }
        }
    }

    /// The clock of the session: sends a sign of life, notices a silent peer and one that takes nothing.
    fn beat(&mut self, reading: Reading) -> Result<(), End> {
        let now = Instant::now();
        self.tick = now + jittered(self.heartbeat.interval);
        if reading == Reading::Paused {
            // We did not listen: silence means nothing.
            self.heard = now;
        }
        // Looked at once an interval: a little early, so that it is never much too late.
        if now.duration_since(self.heard) + self.heartbeat.interval / 2 >= self.heartbeat.patience() {
            return Err(End::Silent);
        }
        let written = self.link.written();
        match self.stuck.filter(|(_, before)| *before == written && self.link.waiting() > 0) {
            Some((since, _)) if now.duration_since(since) >= self.stall => return Err(End::Slow),
            Some(_) => {}
            None => self.stuck = Some((now, written)),
        }
        // A full link needs no ping: the peer will have enough to read.
        if now.duration_since(self.sent) >= self.heartbeat.interval / 2 && self.link.waiting() < HIGH_WATER {
            self.push(Kind::Ping, Part::WHOLE, &[])?;
        }
        Ok(())
    }

    /// The consumer listens again after a pause.
    pub(crate) fn listen_again(&mut self) {
        self.heard = Instant::now();
    }

    /// Writes what waits, for no longer than `limit`; what comes meanwhile is dropped.
    pub(crate) async fn finish(mut self, limit: Duration) {
        let write = async {
            while self.link.waiting() > 0 {
                if self.link.step(Reading::Wanted).await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(limit, write).await;
    }
}

/// A time around `interval`, up to a fifth less or more, so that ten thousand heartbeats spread out.
fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.8..1.2))
}
