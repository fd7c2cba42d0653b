//! The minion's side of a handshake.

use super::master::{refusal, within};
use super::messages::{Decision, Hello, Ready, Verdict, Welcome, WelcomeBody};
use super::schedule::{MASTER_SIGNS, MINION_SIGNS, Secrets, greeted, signed, welcomed};
use super::{HandshakeError, Ticket};
use crate::cipher::{Part, Session};
use crate::codec::{decode, encode};
use crate::frame::{Kind, NEWEST, OLDEST, clear_frame, clear_payload};
use crate::{OpenError, PrivateKey, PublicKey};
use bytes::Bytes;
use model::{Fingerprint, MinionId, Timestamp};
use rand::CryptoRng;
use subtle::ConstantTimeEq;
use value::{Map, Secret};
use x25519_dalek::EphemeralSecret;

/// What a minion brings to a handshake.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its id.
    pub minion: MinionId,
    /// Its key.
    pub key: PrivateKey,
    /// Version of the agent.
    pub version: String,
    /// A join token.
    pub join_token: Option<Secret<String>>,
    /// Grains for automatic acceptance.
    pub autosign_grains: Map,
}

/// The minion has said hello and waits for the welcome.
pub struct MinionHello {
    hello: Vec<u8>,
    secret: EphemeralSecret,
    ticket: Option<Ticket>,
}

/// The minion knows the master. Nothing secret has been sent yet: now is the moment to pin a key seen for the first time.
pub struct MasterSeen {
    /// The master's key.
    pub master: PublicKey,
    /// Whether the ticket was taken.
    pub resumed: bool,
    session: Session,
    secrets: Secrets,
    welcomed: [u8; 32],
}

/// The minion has proved itself and waits for the verdict.
pub struct MinionWaiting {
    session: Session,
    secrets: Secrets,
    master: PublicKey,
}

/// What the master has decided.
pub struct Opened {
    /// The decision.
    pub decision: Decision,
    /// The session, to be used only if the decision is [`Decision::Accepted`].
    pub session: Session,
    /// For the next time.
    pub ticket: Option<Ticket>,
}

impl MinionHello {
    /// Begins a handshake.
    ///
    /// # Errors
    /// When the hello would be too large.
    pub fn start(offer: &Offer, ticket: Option<Ticket>, rng: &mut impl CryptoRng) -> Result<(Self, Vec<u8>), HandshakeError> {
        let secret = EphemeralSecret::random_from_rng(rng);
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let hello = Hello {
            oldest: OLDEST,
            newest: NEWEST,
            minion: offer.minion.clone(),
            nonce,
            ephemeral: x25519_dalek::PublicKey::from(&secret).to_bytes(),
            public_key: Bytes::copy_from_slice(offer.key.public().der()),
            ticket: ticket.as_ref().map(|ticket| ticket.sealed.clone()),
        };
        let frame = clear_frame(Kind::Hello, &encode(&hello)?);
        within(&frame)?;
        Ok((Self { hello: frame.clone(), secret, ticket }, frame))
    }

    /// Takes the welcome. With `trusted`, a master with any other key is refused.
    ///
    /// # Errors
    /// When the master is not the trusted one, did not prove itself, or refused to talk.
    pub fn welcome(self, frame: &[u8], trusted: Option<Fingerprint>, now: Timestamp) -> Result<MasterSeen, HandshakeError> {
        within(frame)?;
        if let Some(refuse) = refusal(frame) {
            return Err(HandshakeError::Refused(refuse));
        }
        let welcome: Welcome = decode(clear_payload(frame, Kind::Welcome)?)?;
        let body: WelcomeBody = decode(&welcome.body)?;
        if !(OLDEST..=NEWEST).contains(&body.version) {
            let (oldest, newest) = (body.version, body.version);
            return Err(HandshakeError::Version { ours_oldest: OLDEST, ours_newest: NEWEST, oldest, newest });
        }
        let greeted = greeted(&self.hello, &welcome.body);
        let shared = self.secret.diffie_hellman(&body.ephemeral.into());
        if !shared.was_contributory() {
            return Err(HandshakeError::Proof("master's ephemeral key"));
        }
        let resumed = body.certificate.is_none();
        let (secrets, master) = match (body.certificate, self.ticket) {
            (Some(certificate), _) => {
                let master = certificate.check(now)?;
                if !certificate.verifies(&signed(MASTER_SIGNS, &greeted), &welcome.proof) {
                    return Err(HandshakeError::Proof("master's signature"));
                }
                (Secrets::new(&greeted, shared.as_bytes(), None), master)
            }
            (None, Some(ticket)) => {
                let secrets = Secrets::new(&greeted, shared.as_bytes(), Some(&ticket.secret));
                if !bool::from(secrets.confirmation().ct_eq(&welcome.proof)) {
                    return Err(HandshakeError::Proof("master's confirmation of the ticket"));
                }
                (secrets, ticket.master)
            }
            (None, None) => return Err(HandshakeError::Proof("master's certificate")),
        };
        match trusted {
            Some(trusted) if trusted != master.fingerprint() => {
                return Err(HandshakeError::OtherMaster { found: master.fingerprint(), trusted });
            }
            Some(_) | None => {}
        }
        let session = secrets.of_minion(body.version);
        Ok(MasterSeen { master, resumed, session, secrets, welcomed: welcomed(&greeted, &welcome.proof) })
    }
}

impl MasterSeen {
    /// Proves to the master who the minion is. Costs an RSA signature, unless the ticket was taken.
    ///
    /// # Errors
    /// When the key cannot sign or the frame would be too large.
    pub fn ready(mut self, offer: &Offer, rng: &mut impl CryptoRng) -> Result<(MinionWaiting, Vec<u8>), HandshakeError> {
        let signature = match self.resumed {
            true => None,
            false => Some(offer.key.sign(rng, &signed(MINION_SIGNS, &self.welcomed))?.into()),
        };
        let ready = Ready {
            signature,
            version: offer.version.clone(),
            join_token: offer.join_token.as_ref().map(|token| token.reveal().clone()),
            autosign_grains: offer.autosign_grains.clone(),
        };
        let mut frame = Vec::new();
        self.session.sealer.seal(Kind::Ready, Part::WHOLE, &[&encode(&ready)?], &mut frame)?;
        within(&frame)?;
        Ok((MinionWaiting { session: self.session, secrets: self.secrets, master: self.master }, frame))
    }
}

impl MinionWaiting {
    /// Takes the verdict.
    ///
    /// # Errors
    /// When the frame is not the master's verdict.
    pub fn verdict(mut self, frame: &mut [u8]) -> Result<Opened, HandshakeError> {
        within(frame)?;
        let (header, range) = self.session.opener.open(frame)?;
        if header.kind != Kind::Verdict {
            return Err(HandshakeError::Open(OpenError::Foreign));
        }
        let verdict: Verdict = decode(frame.get(range).unwrap_or_default())?;
        let secret = self.secrets.resumption();
        let ticket = verdict.ticket.map(|sealed| Ticket { sealed, secret, master: self.master });
        Ok(Opened { decision: verdict.decision, session: self.session, ticket })
    }
}
