//! The master's side of a handshake.

use super::certificate::OnlineKey;
use super::messages::{Decision, Hello, Ready, Refuse, Verdict, Welcome, WelcomeBody, versions};
use super::schedule::{MASTER_SIGNS, MINION_SIGNS, Secrets, greeted, signed, welcomed};
use super::ticket::{Content, Sealing};
use super::{CERTIFICATE_LIFE, HandshakeError};
use crate::cipher::{Part, Session};
use crate::codec::{decode, decode_within, encode};
use crate::frame::{Kind, NEWEST, OLDEST, clear_frame, clear_payload};
use crate::{KeyError, OpenError, PrivateKey, PublicKey, limits};
use bytes::Bytes;
use model::{MinionId, Timestamp};
use rand::CryptoRng;
use value::{Map, Secret};
use x25519_dalek::EphemeralSecret;

/// A handshake frame may make the master hold this much and no more.
const MEMORY: usize = 64 * 1024;

/// The keys that the master shakes hands with.
pub struct MasterKeys {
    online: OnlineKey,
    sealing: Sealing,
    key: PrivateKey,
}

impl MasterKeys {
    /// Keys from `now` on.
    ///
    /// # Errors
    /// When the RSA key cannot sign.
    pub fn new(key: PrivateKey, now: Timestamp, rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        Ok(Self { online: OnlineKey::new(&key, now, rng)?, sealing: Sealing::new(&key)?, key })
    }

    /// The keys that follow these once half of the certificate's life is over.
    ///
    /// # Errors
    /// When the RSA key cannot sign.
    pub fn renewed(&self, now: Timestamp, rng: &mut impl CryptoRng) -> Result<Option<Self>, KeyError> {
        let from = self.online.certificate.from;
        // A clock that was set back makes the certificate one of the future: renew it, too.
        let is_fresh = now >= from && now.since(from) < CERTIFICATE_LIFE / 2;
        if is_fresh { Ok(None) } else { Self::new(self.key.clone(), now, rng).map(Some) }
    }

    /// The master's public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        self.key.public()
    }
}

/// The master has welcomed and waits for the minion's proof.
pub struct MasterWaiting {
    session: Session,
    secrets: Secrets,
    welcomed: [u8; 32],
    minion: MinionId,
    public_key: PublicKey,
    resumed: bool,
}

/// A minion that has proved to own its key.
pub struct Proven {
    /// What it said about itself.
    pub claimant: Claimant,
    session: Session,
    secrets: Secrets,
}

/// What a minion says about itself; id and key are proven.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// Its id.
    pub minion: MinionId,
    /// Its key.
    pub public_key: PublicKey,
    /// Version of the agent.
    pub version: String,
    /// A join token.
    pub join_token: Option<Secret<String>>,
    /// Grains for automatic acceptance.
    pub autosign_grains: Map,
    /// Whether it came back with a ticket.
    pub resumed: bool,
}

impl MasterWaiting {
    /// Takes a hello and makes the welcome. Costs two X25519 operations and an Ed25519 signature.
    ///
    /// # Errors
    /// When the hello is unreadable or speaks no common version; [`HandshakeError::Version`] is worth a [`Refuse`].
    pub fn hello(keys: &MasterKeys, frame: &[u8], now: Timestamp, rng: &mut impl CryptoRng) -> Result<(Self, Vec<u8>), HandshakeError> {
        let payload = within(frame).and_then(|frame| Ok(clear_payload(frame, Kind::Hello)?))?;
        let (oldest, newest) = versions(payload)?;
        let version = NEWEST.min(newest);
        if version < OLDEST.max(oldest) {
            return Err(HandshakeError::Version { ours_oldest: OLDEST, ours_newest: NEWEST, oldest, newest });
        }
        let hello: Hello = decode_within(payload, MEMORY)?;
        let public_key = PublicKey::from_der(&hello.public_key)?;
        let ticket = hello.ticket.and_then(|ticket| keys.sealing.open(&ticket, now));
        let ticket = ticket.filter(|content| content.minion == hello.minion && content.fingerprint == public_key.fingerprint());

        let secret = EphemeralSecret::random_from_rng(rng);
        let ephemeral = x25519_dalek::PublicKey::from(&secret).to_bytes();
        let shared = secret.diffie_hellman(&hello.ephemeral.into());
        if !shared.was_contributory() {
            return Err(HandshakeError::Proof("minion's ephemeral key"));
        }
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let certificate = ticket.is_none().then(|| keys.online.certificate.clone());
        let body = encode(&WelcomeBody { version, nonce, ephemeral, certificate })?;
        let greeted = greeted(frame, &body);
        let secrets = Secrets::new(&greeted, shared.as_bytes(), ticket.as_ref().map(|content| &content.secret));
        let proof = match &ticket {
            Some(_) => Bytes::copy_from_slice(&secrets.confirmation()),
            None => Bytes::copy_from_slice(&keys.online.sign(&signed(MASTER_SIGNS, &greeted))),
        };
        let welcomed = welcomed(&greeted, &proof);
        let welcome = clear_frame(Kind::Welcome, &encode(&Welcome { body: body.into(), proof })?);
        let session = secrets.of_master(version);
        Ok((Self { session, secrets, welcomed, minion: hello.minion, public_key, resumed: ticket.is_some() }, welcome))
    }

    /// Takes the minion's proof. Costs an RSA verification, unless the minion came with a ticket.
    ///
    /// # Errors
    /// When the proof is missing or wrong.
    pub fn ready(mut self, frame: &mut [u8]) -> Result<Proven, HandshakeError> {
        within(frame)?;
        let (header, range) = self.session.opener.open(frame)?;
        if header.kind != Kind::Ready {
            return Err(HandshakeError::Open(OpenError::Foreign));
        }
        let ready: Ready = decode_within(frame.get(range).unwrap_or_default(), MEMORY)?;
        let is_proven = match (&ready.signature, self.resumed) {
            // That the frame opened at all proves that the minion has the ticket's secret.
            (None, true) => true,
            (Some(signature), false) => self.public_key.verifies(&signed(MINION_SIGNS, &self.welcomed), signature),
            (Some(_), true) | (None, false) => false,
        };
        if !is_proven {
            return Err(HandshakeError::Proof("minion's signature"));
        }
        let claimant = Claimant {
            minion: self.minion,
            public_key: self.public_key,
            version: ready.version,
            join_token: ready.join_token.map(Secret::new),
            autosign_grains: ready.autosign_grains,
            resumed: self.resumed,
        };
        Ok(Proven { claimant, session: self.session, secrets: self.secrets })
    }
}

impl Proven {
    /// Tells the minion what has been decided; the session is open if it is [`Decision::Accepted`], else the connection is to be closed.
    ///
    /// # Errors
    /// When the verdict cannot be made.
    pub fn verdict(
        mut self,
        keys: &MasterKeys,
        decision: Decision,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Session), HandshakeError> {
        let ticket = match &decision {
            Decision::Accepted { .. } => {
                let fingerprint = self.claimant.public_key.fingerprint();
                let secret = *self.secrets.resumption();
                let content = Content { minion: self.claimant.minion, fingerprint, secret, given: now };
                Some(keys.sealing.seal(&content, rng)?)
            }
            Decision::Pending { .. } | Decision::Rejected { .. } | Decision::Denied { .. } | Decision::Busy { .. } => None,
        };
        let mut frame = Vec::new();
        self.session.sealer.seal(Kind::Verdict, Part::WHOLE, &[&encode(&Verdict { decision, ticket })?], &mut frame)?;
        Ok((frame, self.session))
    }
}

/// Refuses frames that are too large for a handshake.
pub(super) fn within(frame: &[u8]) -> Result<&[u8], HandshakeError> {
    if frame.len() > limits::HANDSHAKE_FRAME { Err(HandshakeError::Large(frame.len())) } else { Ok(frame) }
}

/// What a [`Refuse`] frame says; for the minion.
pub(super) fn refusal(frame: &[u8]) -> Option<Refuse> {
    decode(clear_payload(frame, Kind::Refuse).ok()?).ok()
}
