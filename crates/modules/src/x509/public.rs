//! Public keys: read, compared, signatures checked with.

use super::key::{Digest, curve_size, padded};
use super::source::{self, Encoding};
use super::{Certificate, Error, Key, Request, oid};
use der::{Decode, Encode};
use ed25519_dalek::Verifier as _;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::traits::PublicKeyParts as _;
use sdk::Secret;
use sdk::host::Look;
use x509_cert::spki::{AlgorithmIdentifierOwned, DecodePublicKey as _, SubjectPublicKeyInfoOwned};

/// A public key, of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(pub SubjectPublicKeyInfoOwned);

impl PublicKey {
    /// The key in these bytes.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        SubjectPublicKeyInfoOwned::from_der(der).map(Self).map_err(|_| Error::Der("public key"))
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.0.to_der().unwrap_or_default()
    }

    /// It as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        source::to_pem("PUBLIC KEY", &self.der())
    }

    /// `rsa`, `ec`, `ed25519`, `ed448`; the number of others.
    #[must_use]
    pub fn kind(&self) -> String {
        match self.0.algorithm.oid {
            oid::RSA => "rsa".to_owned(),
            oid::EC => "ec".to_owned(),
            oid::ED25519 => "ed25519".to_owned(),
            oid::ED448 => "ed448".to_owned(),
            other => other.to_string(),
        }
    }

    /// Its size in bits, where it has a choice.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        match self.0.algorithm.oid {
            oid::RSA => rsa::PublicKey::from_public_key_der(&self.der()).ok().map(|key| key.n().bit_width() as usize),
            oid::EC => curve_size(self.0.algorithm.parameters.as_ref()?.decode_as().ok()?),
            _ => None,
        }
    }

    /// The digest by which certificates name it.
    #[must_use]
    pub fn identifier(&self) -> Vec<u8> {
        Digest::Sha1.of(self.0.subject_public_key.raw_bytes())
    }

    /// Whether a signature of a text is that of this key.
    ///
    /// # Errors
    /// When the kind of the signature is not known here.
    pub fn verifies(&self, text: &[u8], algorithm: &AlgorithmIdentifierOwned, signature: &[u8]) -> Result<bool, Error> {
        let der = self.der();
        let unknown = || Error::argument(format!("signatures of `{}` are not checked here", oid::signature_name(algorithm.oid)));
        if self.0.algorithm.oid == oid::ED25519 {
            let Ok(key) = ed25519_dalek::VerifyingKey::from_public_key_der(&der) else { return Err(unknown()) };
            let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return Ok(false) };
            return Ok(algorithm.oid == oid::ED25519 && key.verify(text, &signature).is_ok());
        }
        let digest = oid::signature_digest(algorithm.oid).ok_or_else(unknown)?;
        let short = digest.of(text);
        if self.0.algorithm.oid == oid::RSA {
            if algorithm.oid != oid::rsa_with(digest) {
                return Ok(false);
            }
            let key = rsa::PublicKey::from_public_key_der(&der).map_err(|_| unknown())?;
            return Ok(key.verify(digest.padding(), &short, signature).is_ok());
        }
        if algorithm.oid != oid::ecdsa_with(digest) {
            return Ok(false);
        }
        macro_rules! curve {
            ($curve:ident, $short:expr) => {{
                let key = $curve::PublicKey::from_public_key_der(&der).map_err(|_| unknown())?;
                let key = $curve::ecdsa::VerifyingKey::from(key);
                let Ok(signature) = $curve::ecdsa::Signature::from_der(signature) else { return Ok(false) };
                Ok(key.verify_prehash($short, &signature).is_ok())
            }};
        }
        match self.size() {
            Some(256) => curve!(p256, &short),
            Some(384) => curve!(p384, &padded(&short, 24)),
            Some(521) => curve!(p521, &padded(&short, 33)),
            _ => Err(unknown()),
        }
    }

    /// The public key of anything that has one: a public key, a certificate, a private key, a request.
    ///
    /// # Errors
    /// When there is none, or the private key cannot be opened.
    pub fn of(text: &str, passphrase: Option<&Secret<String>>, host: &dyn Look) -> Result<Self, Error> {
        if let Ok(key) = Self::load(text, host) {
            return Ok(key);
        }
        if let Ok((certificates, _)) = Certificate::load_all(text, host)
            && let Some(certificate) = certificates.first()
        {
            return Ok(certificate.public());
        }
        match Key::load(text, passphrase, host) {
            Ok((key, _)) => return key.public(),
            Err(error @ (Error::Passphrase | Error::Locked | Error::NotLocked)) => return Err(error),
            Err(_) => {}
        }
        Request::load(text, host).map(|(request, _)| request.public()).map_err(|_| Error::NoKey)
    }

    fn load(text: &str, host: &dyn Look) -> Result<Self, Error> {
        let bytes = source::bytes(text, host)?;
        let (der, encoding, _) = source::der_of(&bytes, &["PUBLIC KEY"], "public key")?;
        Self::from_der(&der).map_err(|error| if encoding == Encoding::Pem { Error::Pem("public key") } else { error })
    }
}
