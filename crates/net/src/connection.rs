//! One connection at the master: the handshake, the gate, then the session.

use crate::admission::{Open, Place};
use crate::link::{Link, LinkError, Reading, Step};
use crate::mailbox::{Ending, Mailbox};
use crate::pump::{End, Pump, Turn};
use crate::registry::Shared;
use crate::{Admission, Claim, DownReason, SessionEvent, SessionHandle, SessionId, Weight};
use model::{MinionId, Timestamp};
use proto::handshake::{Claimant, Decision, HandshakeError, MasterWaiting, Refuse};
use proto::{Encoded, FromMinion, Session, ToMinion};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, warn};

/// How long a goodbye may take to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// How many bytes a minion may have on the way to us.
pub(crate) const WINDOW: u64 = 2 << 20;

/// A rejected or denied key may ask again after this, in case the operator changes his mind.
const REFUSED_RETRY: Duration = Duration::from_secs(300);

/// A minion from a crowded address may come again after this.
const CROWD_RETRY: Duration = Duration::from_secs(5);

/// A minion that was admitted. Its key and what else it claimed are not kept: they would take more room than the session.
struct Admitted<L> {
    link: L,
    session: Session,
    minion: MinionId,
    version: String,
    resumed: bool,
    /// When the gate was asked.
    asked: Instant,
}

/// Runs one connection from its first byte to its end.
pub(crate) async fn run<L: Link + 'static>(shared: Arc<Shared>, link: L, address: SocketAddr, place: Place, open: Open) {
    let handshake = Box::pin(tokio::time::timeout(shared.config.limits.handshake, handshake(&shared, link, address)));
    let admitted = match handshake.await {
        Ok(Ok(Some(admitted))) => admitted,
        Ok(Ok(None)) => return,
        Ok(Err(error)) => return debug!(%address, %error, "handshake failed"),
        Err(_) => return debug!(%address, "handshake took too long"),
    };
    drop(place);
    Box::pin(serve(shared, admitted, address)).await;
    drop(open);
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
enum NoSession {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("the minion's key cannot be written: {0}")]
    Key(#[from] proto::KeyError),
}

async fn frame<L: Link>(link: &mut L) -> Result<bytes::BytesMut, LinkError> {
    loop {
        if let Step::Frame(frame) = link.step(Reading::Wanted).await? {
            return Ok(frame);
        }
    }
}

/// Writes a frame and waits until it is out.
async fn write<L: Link>(link: &mut L, bytes: &[u8]) -> Result<(), LinkError> {
    let pushed: Result<(), std::convert::Infallible> = link.push(bytes.len(), |out| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    let Ok(()) = pushed;
    while link.waiting() > 0 {
        link.step(Reading::Paused).await?;
    }
    Ok(())
}

async fn handshake<L: Link>(shared: &Shared, mut link: L, address: SocketAddr) -> Result<Option<Admitted<L>>, NoSession> {
    let hello = frame(&mut link).await?;
    let keys = shared.keys();
    if !shared.strangers.may_shake(address.ip(), Instant::now()) {
        debug!(%address, "too many handshakes from one address");
        let refuse = Refuse::Busy { retry: CROWD_RETRY };
        write(&mut link, &refuse.to_frame().map_err(HandshakeError::from)?).await?;
        return Ok(None);
    }
    // What is computed here and below takes a third of a millisecond: it may run where it stands.
    let waiting = MasterWaiting::hello(&keys, &hello, Timestamp::now(), &mut rand::rng());
    let (waiting, welcome) = match waiting {
        Ok(welcomed) => welcomed,
        Err(HandshakeError::Version { ours_oldest, ours_newest, oldest, newest }) => {
            warn!(%address, oldest, newest, "a minion speaks no version of the protocol that we speak");
            let refuse = Refuse::Version { oldest: ours_oldest, newest: ours_newest };
            write(&mut link, &refuse.to_frame().map_err(HandshakeError::from)?).await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    drop(hello);
    write(&mut link, &welcome).await?;
    drop(welcome);
    let mut ready = frame(&mut link).await?;
    let proven = waiting.ready(&mut ready)?;
    drop(ready);
    let claimant = proven.claimant.clone();
    let claim = Claim {
        minion: claimant.minion.clone(),
        public_key: claimant.public_key.to_pem()?,
        fingerprint: claimant.public_key.fingerprint(),
        join_token: claimant.join_token.clone(),
        autosign_grains: claimant.autosign_grains.clone(),
        version: claimant.version.clone(),
        address,
        resumed: claimant.resumed,
    };
    let asked = Instant::now();
    let decision = match shared.gate.admit(claim).await {
        Admission::Accepted => Decision::Accepted { window: WINDOW },
        Admission::Pending { retry } => Decision::Pending { retry },
        Admission::Rejected(reason) => Decision::Rejected { reason, retry: REFUSED_RETRY },
        Admission::Denied => Decision::Denied { retry: REFUSED_RETRY },
        Admission::Busy { retry_after } => Decision::Busy { retry: retry_after },
    };
    let is_accepted = matches!(decision, Decision::Accepted { .. });
    let (verdict, session) = proven.verdict(&keys, decision, Timestamp::now(), &mut rand::rng())?;
    write(&mut link, &verdict).await?;
    let Claimant { minion, version, resumed, .. } = claimant;
    Ok(is_accepted.then_some(Admitted { link, session, minion, version, resumed, asked }))
}

/// Reports the session, runs it, reports its end.
async fn serve<L: Link>(shared: Arc<Shared>, admitted: Admitted<L>, address: SocketAddr) {
    let Admitted { link, session, minion, version, resumed, asked } = admitted;
    let id = shared.next_session();
    let mailbox = Arc::new(Mailbox::new(shared.config.limits.lanes));
    let handle = SessionHandle { mailbox: Arc::clone(&mailbox) };
    let up = SessionEvent::Up { minion: minion.clone(), session: id, handle, address, version, resumed };
    let mut pump = Pump::new(link, session, shared.config.heartbeat, shared.config.limits.write_stall, u64::MAX);
    // What is needed at the beginning and at the end only must not take room in every idle session.
    if Box::pin(shared.enter(&minion, id, &mailbox, asked, up)).await.is_err() {
        return;
    }
    let reason = match talk(&shared, &mut pump, &minion, id, &mailbox).await {
        Over::Down(reason) => reason,
        Over::Ending(ending) => Box::pin(part(pump, ending)).await,
    };
    mailbox.end(Ending::Over);
    Box::pin(shared.leave(&minion, id, reason)).await;
}

/// What keeps a session from reading on.
enum Hold {
    /// The consumer has not taken the last message.
    Event(Box<SessionEvent>),
    /// A large message begins and there is no memory for it yet.
    Memory(usize),
}

/// How a session came to its end.
enum Over {
    Down(DownReason),
    Ending(Ending),
}

async fn talk<L: Link>(shared: &Shared, pump: &mut Pump<L>, minion: &MinionId, session: SessionId, mailbox: &Mailbox) -> Over {
    let mut hold: Option<Hold> = None;
    let mut weight = Weight::default();
    loop {
        if let Err(end) = mailbox.drain(|outbox| pump.fill(outbox)) {
            return Over::Down(down(end));
        }
        if let Some(ending) = mailbox.ending() {
            return Over::Ending(ending);
        }
        let reading = if hold.is_none() { Reading::Wanted } else { Reading::Paused };
        tokio::select! {
            turn = pump.step(reading) => match turn {
                Ok(Turn::Room) => {}
                Ok(Turn::Begun(length)) => hold = Some(Hold::Memory(length)),
                Ok(Turn::Message(bytes)) => match proto::codec::decode_shared::<FromMinion>(&bytes) {
                    Ok(message) => {
                        let event = SessionEvent::Message { minion: minion.clone(), session, message, weight: std::mem::take(&mut weight) };
                        // Almost always there is room at once.
                        match shared.events.try_reserve() {
                            Ok(permit) => {
                                mailbox.unless_replaced(|| permit.send(event));
                            }
                            Err(_) => hold = Some(Hold::Event(Box::new(event))),
                        }
                    }
                    Err(error) => return Over::Down(DownReason::Protocol(error.to_string())),
                },
                Err(end) => return Over::Down(down(end)),
            },
            () = mailbox.changed.notified() => {}
            permit = shared.events.reserve(), if matches!(hold, Some(Hold::Event(_))) => {
                let Ok(permit) = permit else { return Over::Down(DownReason::Ended("the master is stopping".into())) };
                if let Some(Hold::Event(event)) = hold.take() {
                    mailbox.unless_replaced(|| permit.send(*event));
                }
                pump.listen_again();
            }
            permit = shared.memory(&hold), if matches!(hold, Some(Hold::Memory(_))) => {
                weight = Weight(permit);
                hold = None;
                pump.listen_again();
            }
        }
    }
}

fn down(end: End) -> DownReason {
    match end {
        End::Closed => DownReason::Closed,
        End::Silent => DownReason::Silent,
        End::Slow => DownReason::Slow,
        End::Protocol(what) => DownReason::Protocol(what),
    }
}

/// Ends a session from our side, with a word to the minion.
async fn part<L: Link>(mut pump: Pump<L>, ending: Ending) -> DownReason {
    let (reason, retry_after, down) = match ending {
        Ending::Asked(reason) => (reason.clone(), None, DownReason::Ended(reason)),
        // Two hosts with one id and one key would drive each other out without end: slow that down.
        Ending::Replaced => {
            ("another session of this minion id with the same key has begun".into(), Some(Duration::from_secs(30)), DownReason::Replaced)
        }
        Ending::Over => return DownReason::Closed,
    };
    if let Ok(message) = Encoded::to_minion(&ToMinion::Goodbye { reason, retry_after }) {
        let mut outbox = proto::Outbox::default();
        outbox.push(message);
        if pump.fill(&mut outbox).is_ok() {
            pump.finish(FAREWELL).await;
        }
    }
    down
}

impl Shared {
    /// Memory for the large message that holds the session up.
    async fn memory(&self, hold: &Option<Hold>) -> Option<tokio::sync::OwnedSemaphorePermit> {
        match hold {
            Some(Hold::Memory(length)) => self.large(*length).await,
            Some(Hold::Event(_)) | None => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

/// Where events go; a name for the type that several functions share.
pub(crate) type Events = mpsc::Sender<SessionEvent>;
