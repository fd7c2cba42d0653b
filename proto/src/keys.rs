//! RSA keys: who a minion or a master is. They sign and verify (PSS with SHA-256) and never decrypt, so there is no oracle to ask.

use model::Fingerprint;
use rand::CryptoRng;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Sizes that are accepted. Smaller ones are weak, larger ones make a stranger's signature expensive to verify.
pub const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Size of a new key unless the configuration says otherwise.
pub const DEFAULT_BITS: usize = 3072;

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text or bytes are no key.
    #[error("this is no RSA key in PEM form: {0}")]
    Unreadable(String),
    /// It is too small or too large.
    #[error("an RSA key has {0} bits; sizes from {min} to {max} are accepted", min = BITS.start(), max = BITS.end())]
    Size(usize),
    /// It has a public exponent that makes verifying expensive.
    #[error("an RSA key has another public exponent than 65537")]
    Exponent,
    /// The operation failed.
    #[error("cannot {what}: {reason}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: String,
    },
}

/// A private RSA key. Cheap to clone; printing it shows the fingerprint only.
#[derive(Clone)]
pub struct PrivateKey {
    key: Arc<rsa::PrivateKey>,
    public: PublicKey,
}

/// A public RSA key with its DER form (SubjectPublicKeyInfo) and fingerprint. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Public>);

struct Public {
    key: rsa::PublicKey,
    der: Vec<u8>,
    fingerprint: Fingerprint,
}

impl PrivateKey {
    /// A new key. Takes from a tenth of a second to seconds.
    ///
    /// # Errors
    /// When the size is not accepted.
    pub fn generate(rng: &mut impl CryptoRng, bits: usize) -> Result<Self, KeyError> {
        if !BITS.contains(&bits) {
            return Err(KeyError::Size(bits));
        }
        let key = rsa::PrivateKey::new(rng, bits);
        Self::from_key(key.map_err(|error| KeyError::Failed { what: "make an RSA key", reason: error.to_string() })?)
    }

    /// The key of a PEM text (`BEGIN PRIVATE KEY`, or `BEGIN RSA PRIVATE KEY` as Salt writes it).
    ///
    /// # Errors
    /// When the text is no accepted key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        use rsa::pkcs1::DecodeRsaPrivateKey;
        let key = if text.contains("BEGIN RSA PRIVATE KEY") {
            rsa::PrivateKey::from_pkcs1_pem(text.trim()).map_err(|error| KeyError::Unreadable(error.to_string()))?
        } else {
            rsa::PrivateKey::from_pkcs8_pem(text.trim()).map_err(|error| KeyError::Unreadable(error.to_string()))?
        };
        Self::from_key(key)
    }

    fn from_key(key: rsa::PrivateKey) -> Result<Self, KeyError> {
        let public = PublicKey::from_key(key.to_public_key())?;
        Ok(Self { key: Arc::new(key), public })
    }

    /// The key as PEM text (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map_err(|error| KeyError::Failed { what: "write an RSA key", reason: error.to_string() })
    }

    /// The key as DER bytes, to derive other secrets of this machine from.
    pub(crate) fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let document = self.key.to_pkcs8_der();
        let document = document.map_err(|error| KeyError::Failed { what: "write an RSA key", reason: error.to_string() })?;
        Ok(document.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signature of a message, RSA-PSS with SHA-256 and a salt of 32 bytes.
    ///
    /// # Errors
    /// When the random source fails.
    pub fn sign(&self, rng: &mut impl CryptoRng, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.key.pss_sign_with_rng::<Sha256, _>(rng, message);
        signature.map_err(|error| KeyError::Failed { what: "sign", reason: error.to_string() })
    }
}

impl PublicKey {
    /// The key of a PEM text (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// When the text is no accepted key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let key = rsa::PublicKey::from_public_key_pem(text.trim());
        Self::from_key(key.map_err(|error| KeyError::Unreadable(error.to_string()))?)
    }

    /// The key of DER bytes (SubjectPublicKeyInfo).
    ///
    /// # Errors
    /// When the bytes are no accepted key.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = rsa::PublicKey::from_public_key_der(der);
        Self::from_key(key.map_err(|error| KeyError::Unreadable(error.to_string()))?)
    }

    fn from_key(key: rsa::PublicKey) -> Result<Self, KeyError> {
        let bits = key.n().bit_width() as usize;
        if !BITS.contains(&bits) {
            return Err(KeyError::Size(bits));
        }
        if *key.e() != rsa::BoxedUint::from(65_537_u64) {
            return Err(KeyError::Exponent);
        }
        let der = key.to_public_key_der();
        let der = der.map_err(|error| KeyError::Failed { what: "write an RSA key", reason: error.to_string() })?.into_vec();
        let fingerprint = Fingerprint(Sha256::digest(&der).into());
        Ok(Self(Arc::new(Public { key, der, fingerprint })))
    }

    /// The key as PEM text (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.0.key.to_public_key_pem(LineEnding::LF);
        pem.map_err(|error| KeyError::Failed { what: "write an RSA key", reason: error.to_string() })
    }

    /// The key as DER bytes (SubjectPublicKeyInfo).
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER form.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// Whether a signature of a message was made by this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.key.pss_verify::<Sha256>(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(*** of {})", self.public.fingerprint())
    }
}
