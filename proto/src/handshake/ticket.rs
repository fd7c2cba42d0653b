//! Tickets: what lets a minion come back without signatures. The master seals them and keeps nothing.
//!
//! The sealing key of a day follows from the master's RSA key, so tickets survive a restart and hold for every master with the same key. Whoever
//! has that key could be the master anyway; past sessions stay closed to him, because each has its own X25519.

use super::HandshakeError;
use crate::codec::{decode, encode};
use crate::{KeyError, PrivateKey, PublicKey, wire_struct};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use bytes::Bytes;
use hkdf::Hkdf;
use model::{Fingerprint, MinionId, Timestamp};
use rand::CryptoRng;
use sha2::Sha256;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a ticket can be used.
pub const TICKET_LIFE: Duration = Duration::from_secs(24 * 3600);

const DAY: i64 = 24 * 3600 * 1_000_000;
const LABEL: &[u8] = b"sylvite 1 ticket";
const NONCE: usize = 12;

/// A minion's ticket with the secret that goes with it.
#[derive(Clone)]
pub struct Ticket {
    /// What the master sealed.
    pub(super) sealed: Bytes,
    pub(super) secret: Zeroizing<[u8; 32]>,
    /// The master that gave it.
    pub(super) master: PublicKey,
}

impl Ticket {
    /// The master that gave it.
    #[must_use]
    pub fn master(&self) -> &PublicKey {
        &self.master
    }
}

/// What a ticket holds.
pub(super) struct Content {
    pub minion: MinionId,
    pub fingerprint: Fingerprint,
    pub secret: [u8; 32],
    pub given: Timestamp,
}

wire_struct!(Content { minion, fingerprint, secret, given });

/// Seals and opens tickets.
pub(super) struct Sealing(Hkdf<Sha256>);

impl Sealing {
    pub(super) fn new(master: &PrivateKey) -> Result<Self, KeyError> {
        Ok(Self(Hkdf::new(Some(LABEL), &master.to_der()?)))
    }

    fn cipher(&self, day: i64) -> Aes256Gcm {
        let mut key = Zeroizing::new([0_u8; 32]);
        self.0.expand(&day.to_be_bytes(), key.as_mut()).expect("HKDF-SHA256 gives up to 8160 bytes");
        Aes256Gcm::new((&*key).into())
    }

    pub(super) fn seal(&self, content: &Content, rng: &mut impl CryptoRng) -> Result<Bytes, HandshakeError> {
        let day = content.given.micros().div_euclid(DAY);
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let plain = Zeroizing::new(encode(content)?);
        let sealed = self.cipher(day).encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: LABEL });
        let sealed = sealed.map_err(|_| HandshakeError::Proof("ticket"))?;
        // The day travels as one byte: only today and yesterday are tried anyway.
        Ok([&[day.to_be_bytes()[7]], nonce.as_slice(), &sealed].concat().into())
    }

    /// The content of a ticket that is ours and not too old.
    pub(super) fn open(&self, ticket: &[u8], now: Timestamp) -> Option<Content> {
        let (mark, rest) = ticket.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let today = now.micros().div_euclid(DAY);
        let day = [today, today - 1].into_iter().find(|day| day.to_be_bytes()[7] == *mark)?;
        let plain = self.cipher(day).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: LABEL }).ok().map(Zeroizing::new)?;
        let content: Content = decode(&plain).ok()?;
        (now.since(content.given) <= TICKET_LIFE).then_some(content)
    }
}
