//! The master's online key and the certificate that its RSA key gives it.

use super::messages::Certificate;
use super::{CLOCK_TOLERANCE, HandshakeError};
use crate::{KeyError, PrivateKey, PublicKey};
use bytes::Bytes;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use model::Timestamp;
use rand::CryptoRng;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a certificate is valid.
pub const CERTIFICATE_LIFE: Duration = Duration::from_secs(24 * 3600);

const LABEL: &[u8] = b"sylvite 1 online key\0";

/// The key that signs handshakes, with its certificate.
pub(super) struct OnlineKey {
    key: SigningKey,
    pub certificate: Certificate,
}

fn signed_bytes(online_key: &[u8; 32], from: Timestamp, to: Timestamp) -> Vec<u8> {
    [LABEL, online_key.as_slice(), &from.micros().to_be_bytes(), &to.micros().to_be_bytes()].concat()
}

impl OnlineKey {
    /// A new key from `now` on. The one RSA private operation of a day.
    pub(super) fn new(master: &PrivateKey, now: Timestamp, rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        let key = SigningKey::from_bytes(&seed);
        let online_key = key.verifying_key().to_bytes();
        let to = now.plus(CERTIFICATE_LIFE);
        let signature = master.sign(rng, &signed_bytes(&online_key, now, to))?;
        let master_key = Bytes::copy_from_slice(master.public().der());
        Ok(Self { key, certificate: Certificate { master_key, online_key, from: now, to, signature: signature.into() } })
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl Certificate {
    /// The master's key, if this certificate is from it and valid.
    pub(super) fn check(&self, now: Timestamp) -> Result<PublicKey, HandshakeError> {
        let master = PublicKey::from_der(&self.master_key)?;
        if !master.verifies(&signed_bytes(&self.online_key, self.from, self.to), &self.signature) {
            return Err(HandshakeError::Proof("signature of the master's certificate"));
        }
        let (early, late) = (self.from.since(now), now.since(self.to));
        if early > CLOCK_TOLERANCE || late > CLOCK_TOLERANCE {
            return Err(HandshakeError::Expired { from: self.from, to: self.to, now });
        }
        Ok(master)
    }

    /// Whether the certified key has signed a message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let parts = (VerifyingKey::from_bytes(&self.online_key), Signature::from_slice(signature));
        matches!(parts, (Ok(key), Ok(signature)) if key.verify_strict(message, &signature).is_ok())
    }
}
