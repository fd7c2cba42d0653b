//! The minion's loop: find a master, shake hands, run the session, and again.

use crate::backoff::Waits;
use crate::dealer::DealerLink;
use crate::handle::Line;
use crate::link::{Link, LinkError, Reading, Step};
use crate::mailbox::{Ending, LaneLimits, Mailbox};
use crate::memory::MemoryWire;
use crate::pump::{End, Pump, Turn};
use crate::tcp::TcpLink;
use crate::zmtp::Role;
use crate::{DEFAULT_PORT, DialConfig, DialError, DialEvent, DialHandle, MasterOrder, Refusal, pin};
use bytes::BytesMut;
use model::{Fingerprint, Timestamp};
use proto::handshake::{Decision, HandshakeError, MinionHello, Offer, Opened, Refuse, Ticket};
use proto::{Session, ToMinion};
use rand::seq::SliceRandom;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many events may wait; then nothing more is read from the master.
const EVENTS: usize = 256;

/// Lanes of a minion are smaller than a master's: what is long is streamed.
const LANES: LaneLimits = LaneLimits { control: 1 << 20, returns: 1 << 20, bulk: 1 << 20 };

/// Nothing of what waits is written for so long: the master or the network is stuck.
const STALL: Duration = Duration::from_secs(60);

/// The minion's end. Nothing happens before [`Dialer::run`].
pub struct Dialer {
    config: DialConfig,
    offer: Offer,
    transport: Transport,
    line: Arc<Line>,
    events: mpsc::Sender<DialEvent>,
    ticket: Option<Ticket>,
}

enum Transport {
    Zmq,
    Lean,
    Memory(MemoryWire),
}

/// Prepares a connection over ZeroMQ.
#[must_use]
pub fn dial(config: DialConfig) -> (Dialer, DialHandle, mpsc::Receiver<DialEvent>) {
    with(config, Transport::Zmq)
}

/// Prepares a connection over our own ZMTP end, which takes a few kilobytes where the `zeromq` crate takes tens: for a simulator that holds ten
/// thousand minions.
#[must_use]
pub fn dial_lean(config: DialConfig) -> (Dialer, DialHandle, mpsc::Receiver<DialEvent>) {
    with(config, Transport::Lean)
}

/// Prepares a connection over a wire in memory.
#[must_use]
pub fn dial_in_memory(wire: MemoryWire, config: DialConfig) -> (Dialer, DialHandle, mpsc::Receiver<DialEvent>) {
    with(config, Transport::Memory(wire))
}

fn with(config: DialConfig, transport: Transport) -> (Dialer, DialHandle, mpsc::Receiver<DialEvent>) {
    let (events, receiver) = mpsc::channel(EVENTS);
    let line = Arc::new(Line::new(config.request));
    let offer = Offer {
        minion: config.id.clone(),
        key: config.key.clone(),
        version: config.version.clone(),
        join_token: config.join_token.clone(),
        autosign_grains: config.autosign_grains.clone(),
    };
    let handle = DialHandle(Arc::clone(&line));
    (Dialer { config, offer, transport, line, events, ticket: None }, handle, receiver)
}

/// How an attempt ended when it did not end the dialer.
enum Outcome {
    /// There was a session.
    Session { reason: String, retry_after: Option<Duration> },
    /// The master answered, and does not admit us.
    Refused { refusal: Refusal, retry: Duration },
    /// No master answered.
    Failed(String),
}

/// Why an attempt gave no session.
#[derive(Debug, thiserror::Error)]
enum NoSession {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error(transparent)]
    Fatal(#[from] DialError),
}

impl Dialer {
    /// Connects, and connects again, until `stop`.
    ///
    /// # Errors
    /// When going on is useless or dangerous: the master's key is not the trusted one, or cannot be kept.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), DialError> {
        let result = tokio::select! {
            result = self.keep_connected() => result,
            () = stop.cancelled() => Ok(()),
        };
        self.line.disconnected();
        result
    }

    async fn keep_connected(&mut self) -> Result<(), DialError> {
        let mut waits = Waits::new(self.config.backoff);
        let mut masters = Vec::new();
        loop {
            if masters.is_empty() {
                masters = self.round()?;
            }
            let Some(master) = masters.pop() else { continue };
            let outcome = self.attempt(&master).await?;
            // Only after the last master of a round there is a wait, unless one of them has asked for it.
            let is_last = masters.is_empty();
            let wait = |waits: &mut Waits, asked| match (is_last, asked) {
                (false, None) => Duration::ZERO,
                (true, _) | (false, Some(_)) => waits.next(asked, &mut rand::rng()),
            };
            let (event, retry) = match outcome {
                Outcome::Session { reason, retry_after } => {
                    waits.reset();
                    masters.clear();
                    (DialEvent::Disconnected { reason }, waits.next(retry_after, &mut rand::rng()))
                }
                Outcome::Refused { refusal, retry } => {
                    let retry = wait(&mut waits, is_last.then_some(retry));
                    (DialEvent::Waiting { master, refusal, retry }, retry)
                }
                Outcome::Failed(reason) => {
                    let retry = wait(&mut waits, None);
                    (DialEvent::Failed { master, reason, retry }, retry)
                }
            };
            if self.events.send(event).await.is_err() {
                return Ok(());
            }
            tokio::time::sleep(retry).await;
        }
    }

    /// The masters in the order of this round, last first.
    fn round(&self) -> Result<Vec<String>, DialError> {
        let mut masters = self.config.masters.clone();
        if masters.is_empty() {
            return Err(DialError::NoMaster);
        }
        match self.config.order {
            MasterOrder::AsListed => masters.reverse(),
            MasterOrder::Shuffled => masters.shuffle(&mut rand::rng()),
        }
        Ok(masters)
    }

    async fn attempt(&mut self, master: &str) -> Result<Outcome, DialError> {
        let attempt = match &self.transport {
            Transport::Zmq => {
                let limit = self.config.connect;
                match DealerLink::connect(&address(master), limit).await {
                    Ok(link) => Box::pin(self.over(link, master)).await,
                    Err(error) => Err(error.into()),
                }
            }
            Transport::Lean => match lean(&address(master), self.config.connect).await {
                Ok(link) => Box::pin(self.over(link, master)).await,
                Err(error) => Err(error.into()),
            },
            Transport::Memory(wire) => match wire.clone().connect().await {
                Ok(link) => Box::pin(self.over(link, master)).await,
                Err(error) => Err(error.into()),
            },
        };
        match attempt {
            Ok(outcome) => Ok(outcome),
            Err(NoSession::Fatal(error)) => Err(error),
            Err(NoSession::Handshake(HandshakeError::OtherMaster { found, trusted })) => {
                Err(pin::wrong(&self.config.pin, master, found, trusted))
            }
            Err(NoSession::Handshake(HandshakeError::Refused(Refuse::Busy { retry }))) => {
                Ok(Outcome::Refused { refusal: Refusal::Busy, retry })
            }
            Err(NoSession::Link(error)) => Ok(Outcome::Failed(error.to_string())),
            Err(NoSession::Handshake(error)) => {
                // Should the ticket be what went wrong, the next attempt goes without.
                self.ticket = None;
                Ok(Outcome::Failed(error.to_string()))
            }
        }
    }

    async fn over<L: Link>(&mut self, mut link: L, master: &str) -> Result<Outcome, NoSession> {
        let limit = self.config.connect;
        let shaken = tokio::time::timeout(limit, self.shake(&mut link)).await;
        let shaken = shaken.map_err(|_| LinkError::Lost(format!("the master did not finish the handshake within {limit:?}")))?;
        let Shaken { opened, fingerprint, resumed } = shaken?;
        let refused = |refusal, retry| Ok(Outcome::Refused { refusal, retry });
        let window = match opened.decision {
            Decision::Accepted { window } => window,
            Decision::Pending { retry } => return refused(Refusal::Pending, retry),
            Decision::Rejected { reason, retry } => return refused(Refusal::Rejected(reason), retry),
            Decision::Denied { retry } => return refused(Refusal::Denied, retry),
            Decision::Busy { retry } => return refused(Refusal::Busy, retry),
        };
        self.ticket = opened.ticket;
        let connected = DialEvent::Connected { master: master.to_owned(), fingerprint, resumed };
        let (reason, retry_after) = self.talk(link, opened.session, window, connected).await;
        Ok(Outcome::Session { reason, retry_after })
    }

    async fn shake<L: Link>(&mut self, link: &mut L) -> Result<Shaken, NoSession> {
        let trusted = pin::trusted(&self.config.pin)?;
        let ticket = self.ticket.clone().filter(|ticket| Some(ticket.master().fingerprint()) == trusted);
        let (hello, bytes) = MinionHello::start(&self.offer, ticket, &mut rand::rng())?;
        write(link, &bytes);
        let welcome = frame(link).await?;
        let seen = hello.welcome(&welcome, trusted, Timestamp::now())?;
        if trusted.is_none() {
            pin::pin(&self.config.pin, &seen.master)?;
        }
        let (fingerprint, resumed) = (seen.master.fingerprint(), seen.resumed);
        let (waiting, bytes) = if resumed {
            seen.ready(&self.offer, &mut rand::rng())?
        } else {
            // An RSA signature takes milliseconds.
            let offer = self.offer.clone();
            let signing = tokio::task::spawn_blocking(move || seen.ready(&offer, &mut rand::rng()));
            signing.await.map_err(|error| LinkError::Lost(error.to_string()))??
        };
        write(link, &bytes);
        let mut verdict = frame(link).await?;
        let opened = waiting.verdict(&mut verdict)?;
        Ok(Shaken { opened, fingerprint, resumed })
    }

    /// Runs a session; gives why it ended and what the master asked for.
    async fn talk<L: Link>(&self, link: L, session: Session, window: u64, connected: DialEvent) -> (String, Option<Duration>) {
        let mailbox = Arc::new(Mailbox::new(LANES));
        self.line.connected(Arc::clone(&mailbox));
        let pump = Pump::new(link, session, self.config.heartbeat, STALL, window);
        let result = self.pump(pump, &mailbox, connected).await;
        mailbox.end(Ending::Over);
        self.line.disconnected();
        result
    }

    async fn pump<L: Link>(&self, mut pump: Pump<L>, mailbox: &Mailbox, connected: DialEvent) -> (String, Option<Duration>) {
        // What the consumer has not taken yet keeps the session from reading on, and from nothing else.
        let mut hold = Some(connected);
        loop {
            if let Err(end) = mailbox.drain(|outbox| pump.fill(outbox)) {
                return (reason(end), None);
            }
            self.line.room.notify_waiters();
            let reading = if hold.is_none() { Reading::Wanted } else { Reading::Paused };
            tokio::select! {
                turn = pump.step(reading) => match turn {
                    Ok(Turn::Room | Turn::Begun(_)) => {}
                    Ok(Turn::Message(bytes)) => match proto::codec::decode_shared::<ToMinion>(&bytes) {
                        Ok(ToMinion::Response { id, body }) => self.line.answered(id, body),
                        Ok(ToMinion::Goodbye { reason, retry_after }) => return (reason, retry_after),
                        Ok(message) => hold = Some(DialEvent::Message(message)),
                        Err(error) => return (format!("the master sent what is no message: {error}"), None),
                    },
                    Err(end) => return (reason(end), None),
                },
                () = mailbox.changed.notified() => {}
                permit = self.events.reserve(), if hold.is_some() => {
                    let Ok(permit) = permit else { return ("the agent is stopping".into(), None) };
                    if let Some(event) = hold.take() {
                        permit.send(event);
                    }
                    pump.listen_again();
                }
            }
        }
    }
}

async fn lean(address: &str, limit: Duration) -> Result<TcpLink, LinkError> {
    let connect = async {
        let stream = tokio::net::TcpStream::connect(address).await.map_err(|error| LinkError::Lost(error.to_string()))?;
        let mut link = TcpLink::new(stream, Role::Dealer);
        link.open().await?;
        Ok(link)
    };
    let connected = tokio::time::timeout(limit, connect).await;
    connected.unwrap_or_else(|_| Err(LinkError::Lost(format!("no connection within {limit:?}"))))
}

struct Shaken {
    opened: Opened,
    fingerprint: Fingerprint,
    resumed: bool,
}

fn reason(end: End) -> String {
    match end {
        End::Closed => "connection closed".into(),
        End::Silent => "nothing heard from the master for too long".into(),
        End::Slow => "the master takes nothing of what is sent".into(),
        End::Protocol(what) => format!("the master broke the protocol: {what}"),
    }
}

async fn frame<L: Link>(link: &mut L) -> Result<BytesMut, LinkError> {
    loop {
        if let Step::Frame(frame) = link.step(Reading::Wanted).await? {
            return Ok(frame);
        }
    }
}

fn write<L: Link>(link: &mut L, bytes: &[u8]) {
    let pushed: Result<(), std::convert::Infallible> = link.push(bytes.len(), |out| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    let Ok(()) = pushed;
}

/// `host:port` of a configured master; the port may be left out.
fn address(master: &str) -> String {
    let master = master.trim().trim_start_matches("tcp://");
    let bare_v6 = master.matches(':').count() > 1 && !master.starts_with('[');
    match master.rsplit_once(':') {
        _ if bare_v6 => format!("[{master}]:{DEFAULT_PORT}"),
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && !host.is_empty() => master.to_owned(),
        _ => format!("{master}:{DEFAULT_PORT}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_master_may_be_left_out() {
        for (given, full) in [
            ("salt", "salt:4515"),
            ("salt:99", "salt:99"),
            ("10.0.0.1", "10.0.0.1:4515"),
            ("tcp://salt", "salt:4515"),
            ("::1", "[::1]:4515"),
            ("[::1]", "[::1]:4515"),
            ("[::1]:99", "[::1]:99"),
        ] {
            assert_eq!(address(given), full, "{given}");
        }
    }
}
