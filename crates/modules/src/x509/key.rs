//! Private keys: made, read, written, signed with.

use super::pkcs12::{self, Container};
use super::public::PublicKey;
use super::source::{self, Encoding};
use super::{Error, oid};
use der::asn1::BitString;
use der::{Any, Decode, Encode};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use pkcs8::pkcs5::pbes2;
use pkcs8::{DecodePrivateKey, EncodePrivateKey, EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef};
use rsa::Pkcs1v15Sign;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::traits::PublicKeyParts as _;
use sdk::Secret;
use sdk::host::Look;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

/// How a text is made short before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The digest of a name.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return Err(Error::argument(format!("Invalid value '{name}' for digest. Valid: sha1, sha224, sha256, sha384, sha512"))),
        })
    }

    /// The short text.
    #[must_use]
    pub fn of(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha224 => Sha224::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
            Self::Sha384 => Sha384::digest(text).to_vec(),
            Self::Sha512 => Sha512::digest(text).to_vec(),
        }
    }

    /// The padding of RSA for it.
    pub(super) fn padding(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Self::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}

/// What a key is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, with so many bits.
    Rsa(usize),
    /// An elliptic curve, with so many bits.
    Ec(usize),
    /// Ed25519.
    Ed25519,
}

impl Algorithm {
    /// The algorithm of a name, with its size.
    ///
    /// # Errors
    /// When there is no such algorithm, or it has no keys of this size.
    pub fn parse(name: &str, size: Option<usize>) -> Result<Self, Error> {
        match (name, size) {
            ("rsa", None) => Ok(Self::Rsa(2048)),
            ("rsa", Some(bits @ (2048 | 3072 | 4096))) => Ok(Self::Rsa(bits)),
            ("rsa", Some(_)) => Err(Error::argument("RSA key size must be either 2048, 3072 or 4096 bits.")),
            ("ec", None) => Ok(Self::Ec(256)),
            ("ec", Some(bits @ (256 | 384 | 521))) => Ok(Self::Ec(bits)),
            ("ec", Some(_)) => Err(Error::argument("EC key size must be either 256, 384, 521 bits.")),
            ("ed25519", None) => Ok(Self::Ed25519),
            ("ed25519" | "ed448", Some(_)) => Err(Error::argument(format!("keysize is an invalid parameter for {name}"))),
            ("ed448", None) => Err(Error::argument("keys of ed448 cannot be made here; use ed25519")),
            _ => Err(Error::argument(format!(
                "Invalid algorithm specified for generating private key: {name}. Valid: rsa, ec, ed25519, ed448"
            ))),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ec(_) => "ec",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Its size in bits, where it has a choice.
    #[must_use]
    pub const fn size(self) -> Option<usize> {
        match self {
            Self::Rsa(bits) | Self::Ec(bits) => Some(bits),
            Self::Ed25519 => None,
        }
    }
}

/// A private key.
pub enum Key {
    /// RSA.
    Rsa(Box<rsa::PrivateKey>),
    /// NIST P-256.
    P256(p256::ecdsa::SigningKey),
    /// NIST P-384.
    P384(p384::ecdsa::SigningKey),
    /// NIST P-521.
    P521(p521::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
}

/// The key is not shown.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.algorithm())
    }
}

/// How often a passphrase is hashed: fifty times what OpenSSL does, and every tool reads it.
const ITERATIONS: u32 = 100_000;

const LABELS: [&str; 4] = ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

impl Key {
    /// A new key. RSA takes a second or more.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let random = |error: &dyn std::fmt::Display| Error::argument(format!("no key can be made: {error}"));
        Ok(match algorithm {
            Algorithm::Rsa(bits) => Self::Rsa(Box::new(rsa::PrivateKey::new(&mut rand::rng(), bits).map_err(|error| random(&error))?)),
            Algorithm::Ec(384) => loop {
                if let Ok(key) = p384::ecdsa::SigningKey::from_slice(&rand::random::<[u8; 48]>()) {
                    break Self::P384(key);
                }
            },
            Algorithm::Ec(521) => loop {
                let mut bytes = [0; 66];
                rand::fill(&mut bytes);
                bytes[0] &= 1;
                if let Ok(key) = p521::ecdsa::SigningKey::from_slice(&bytes) {
                    break Self::P521(key);
                }
            },
            Algorithm::Ec(_) => loop {
                if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&rand::random::<[u8; 32]>()) {
                    break Self::P256(key);
                }
            },
            Algorithm::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&rand::random())),
        })
    }

    /// What it is made for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(key) => Algorithm::Rsa(key.n().bit_width() as usize),
            Self::P256(_) => Algorithm::Ec(256),
            Self::P384(_) => Algorithm::Ec(384),
            Self::P521(_) => Algorithm::Ec(521),
            Self::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Reads a key, and says how it was written.
    ///
    /// # Errors
    /// When it is none, or the passphrase is not that of the key.
    pub fn load(text: &str, passphrase: Option<&Secret<String>>, host: &dyn Look) -> Result<(Self, Encoding), Error> {
        let bytes = source::bytes(text, host)?;
        let (der, encoding, label) = source::der_of(&bytes, &LABELS, "private key")?;
        let bad = || if encoding == Encoding::Pem { Error::Pem("private key") } else { Error::Der("private key") };
        if source::is_pem(&bytes) && String::from_utf8_lossy(&bytes).contains("DEK-Info:") {
            return Err(Error::argument("keys in the encryption of old OpenSSL are not read; convert it with `openssl pkcs8 -topk8`"));
        }
        if encoding == Encoding::Der && pkcs12::is_container(&der) {
            let key = Container::read(&der, passphrase)?.key;
            let none = || Error::argument("PKCS12-encoded blob does not contain a private key.");
            return Ok((key.ok_or_else(none)?, Encoding::Pkcs12));
        }
        let is_locked = label == "ENCRYPTED PRIVATE KEY" || (label.is_empty() && EncryptedPrivateKeyInfoRef::from_der(&der).is_ok());
        let key = match (is_locked, passphrase) {
            (true, None) => return Err(Error::Locked),
            (false, Some(_)) => return Err(Error::NotLocked),
            (true, Some(passphrase)) => {
                let locked = EncryptedPrivateKeyInfoRef::from_der(&der).map_err(|_| bad())?;
                let open = locked.decrypt(passphrase.reveal()).map_err(|_| Error::Passphrase)?;
                Self::from_pkcs8(open.as_bytes())
            }
            (false, None) => match label.as_str() {
                "RSA PRIVATE KEY" => rsa::PrivateKey::from_pkcs1_der(&der).ok().map(|key| Self::Rsa(Box::new(key))),
                "EC PRIVATE KEY" => Self::from_sec1(&der),
                "" => Self::from_pkcs8(&der)
                    .or_else(|| rsa::PrivateKey::from_pkcs1_der(&der).ok().map(|key| Self::Rsa(Box::new(key))))
                    .or_else(|| Self::from_sec1(&der)),
                _ => Self::from_pkcs8(&der),
            },
        };
        Ok((key.ok_or_else(bad)?, encoding))
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let info = PrivateKeyInfoRef::from_der(der).ok()?;
        match info.algorithm.oid {
            oid::RSA => rsa::PrivateKey::from_pkcs8_der(der).ok().map(|key| Self::Rsa(Box::new(key))),
            oid::ED25519 => ed25519_dalek::SigningKey::from_pkcs8_der(der).ok().map(Self::Ed25519),
            oid::EC => match info.algorithm.parameters_oid().ok()? {
                oid::P256 => p256::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P256(key.into())),
                oid::P384 => p384::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P384(key.into())),
                oid::P521 => p521::SecretKey::from_pkcs8_der(der).ok().map(|key| Self::P521(key.into())),
                _ => None,
            },
            _ => None,
        }
    }

    fn from_sec1(der: &[u8]) -> Option<Self> {
        p256::SecretKey::from_sec1_der(der)
            .ok()
            .map(|key| Self::P256(key.into()))
            .or_else(|| p384::SecretKey::from_sec1_der(der).ok().map(|key| Self::P384(key.into())))
            .or_else(|| p521::SecretKey::from_sec1_der(der).ok().map(|key| Self::P521(key.into())))
    }

    /// The key in these bytes, which are PKCS#8 without encryption.
    pub(super) fn from_plain(der: &[u8]) -> Option<Self> {
        Self::from_pkcs8(der)
    }

    fn document(&self) -> Result<pkcs8::SecretDocument, Error> {
        let made = match self {
            Self::Rsa(key) => key.to_pkcs8_der(),
            Self::P256(key) => p256::SecretKey::from(key).to_pkcs8_der(),
            Self::P384(key) => p384::SecretKey::from(key).to_pkcs8_der(),
            Self::P521(key) => p521::SecretKey::from(key).to_pkcs8_der(),
            Self::Ed25519(key) => {
                // The public half is left out, as other tools do: not all of them read the newer form.
                let pair = ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None };
                pair.to_pkcs8_der()
            }
        };
        made.map_err(|error| Error::argument(format!("the key cannot be written: {error}")))
    }

    /// The key as PKCS#8, encrypted where there is a passphrase.
    ///
    /// # Errors
    /// When it cannot be encrypted.
    pub fn encode(&self, encoding: Encoding, passphrase: Option<&Secret<String>>) -> Result<Vec<u8>, Error> {
        if encoding == Encoding::Pkcs12 {
            let own = Self::from_pkcs8(self.document()?.as_bytes());
            return Container { key: own, ..Container::default() }.write(passphrase);
        }
        let plain = self.document()?;
        let (document, label) = match passphrase {
            None => (plain, "PRIVATE KEY"),
            Some(passphrase) => {
                let info = PrivateKeyInfoRef::from_der(plain.as_bytes()).map_err(Error::asn1("private key"))?;
                let bad = |error: &dyn std::fmt::Display| Error::argument(format!("the key cannot be encrypted: {error}"));
                let (salt, iv): ([u8; 16], [u8; 16]) = (rand::random(), rand::random());
                let how = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv).map_err(|error| bad(&error))?;
                let locked = info.encrypt_with_params(how, passphrase.reveal()).map_err(|error| bad(&error))?;
                (locked, "ENCRYPTED PRIVATE KEY")
            }
        };
        if encoding.is_text() {
            let text = document.to_pem(label, LineEnding::LF).map_err(|error| Error::argument(error.to_string()))?;
            return Ok(text.as_bytes().to_vec());
        }
        Ok(document.as_bytes().to_vec())
    }

    /// Its public half.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn public(&self) -> Result<PublicKey, Error> {
        use x509_cert::spki::EncodePublicKey as _;
        let document = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::P521(key) => p521::PublicKey::from(key.verifying_key()).to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
        };
        PublicKey::from_der(document.map_err(|error| Error::argument(error.to_string()))?.as_bytes())
    }

    /// The name of what [`Key::sign`] does.
    #[must_use]
    pub fn signature_algorithm(&self, digest: Digest) -> AlgorithmIdentifierOwned {
        let (oid, null) = match self {
            Self::Rsa(_) => (oid::rsa_with(digest), true),
            Self::P256(_) | Self::P384(_) | Self::P521(_) => (oid::ecdsa_with(digest), false),
            Self::Ed25519(_) => (oid::ED25519, false),
        };
        AlgorithmIdentifierOwned { oid, parameters: null.then(Any::null) }
    }

    /// Signs what has an ASN.1 form.
    ///
    /// # Errors
    /// When it has none, or the key is too small.
    pub fn sign(&self, what: &impl Encode, digest: Digest) -> Result<BitString, Error> {
        let text = what.to_der().map_err(Error::asn1("what is to be signed"))?;
        let short = digest.of(&text);
        let refused = |error: &dyn std::fmt::Display| Error::argument(format!("the key cannot sign: {error}"));
        let signature = match self {
            Self::Rsa(key) => key.sign(digest.padding(), &short).map_err(|error| refused(&error))?,
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&short).map_err(|error| refused(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(&padded(&short, 24)).map_err(|error| refused(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature = key.sign_prehash(&padded(&short, 33)).map_err(|error| refused(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::Ed25519(key) => ed25519_dalek::Signer::sign(key, &text).to_bytes().to_vec(),
        };
        BitString::from_bytes(&signature).map_err(Error::asn1("signature"))
    }
}

/// A short text that is too short for a curve gets zeros in front, which do not change its number.
pub(super) fn padded(short: &[u8], least: usize) -> Vec<u8> {
    let mut all = vec![0; least.saturating_sub(short.len())];
    all.extend_from_slice(short);
    all
}

/// The identifier that a curve has in a key.
pub(super) fn curve_size(curve: ObjectIdentifier) -> Option<usize> {
    match curve {
        oid::P256 => Some(256),
        oid::P384 => Some(384),
        oid::P521 => Some(521),
        _ => None,
    }
}
