//! PKCS#12: a key and certificates in one container under one password, as browsers, Java and Windows take them.
//!
//! Written is what today's tools read: PBES2 with AES-256 and a seal of HMAC with SHA-256. Containers of old tools, in 3DES or RC2, are
//! refused with the way to convert them.

use super::{Certificate, Encoding, Error, Key};
use der::{Decode as _, Encode as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use pkcs8::pkcs5::{self, pbes2};
use sdk::Secret;
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha384, Sha512};

/// What is in a container.
#[derive(Debug, Default)]
pub struct Container {
    /// The key.
    pub key: Option<Key>,
    /// The certificate of the key, then others.
    pub certificates: Vec<Certificate>,
    /// The name that people see.
    pub name: Option<String>,
}

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 1];
const LOCKED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3];
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const NULL: u8 = 5;
const OID: u8 = 6;
const BMP: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, made of parts.
const CONTEXT: u8 = 0xa0;
/// `[0]` in place of a string of octets.
const CONTEXT_OCTETS: u8 = 0x80;

/// How often the password is hashed for the seal: what OpenSSL does.
const SEAL_ITERATIONS: u16 = 2048;
/// The same for what is encrypted.
const ITERATIONS: u32 = 100_000;

/// An element of ASN.1.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => all.push(short),
        _ => {
            let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            all.push(0x80 | length.len().to_le_bytes()[0]);
            all.extend(length);
        }
    }
    all.extend(content);
    all
}

/// Elements one after the other.
#[derive(Clone, Copy)]
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The next element: its tag, its content, and all of it.
    fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, first) = (*self.0.first()?, usize::from(*self.0.get(1)?));
        let (length, head) = if first < 0x80 {
            (first, 2)
        } else {
            // More than four bytes of length are no container; none at all is a form that is not DER.
            let count = first & 0x7f;
            let bytes = self.0.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
        };
        let end = head.checked_add(length)?;
        let (all, content) = (self.0.get(..end)?, self.0.get(head..end)?);
        self.0 = self.0.get(end..)?;
        Some((tag, content, all))
    }

    /// The content of the next element, which has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, ..)| *found == tag).map(|(_, content, _)| content)
    }

    /// The elements in the next one, which has this tag.
    fn open(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }
}

/// Whether bytes are a container.
#[must_use]
pub fn is_container(der: &[u8]) -> bool {
    let mut parts = Elements(der).open(SEQUENCE);
    parts.as_mut().and_then(|parts| parts.take(INTEGER)) == Some(&[3])
}

/// The password as the seal takes it: UTF-16 with a zero at its end.
fn wide(password: &str) -> Vec<u8> {
    password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect()
}

/// A seal's key: the first block of the derivation of PKCS#12, which is as long as the digest.
fn seal_key<D: sha2::Digest>(block: usize, salt: &[u8], password: &[u8], iterations: u64) -> Vec<u8> {
    let filled = |text: &[u8]| text.iter().copied().cycle().take(text.len().div_ceil(block) * block).collect::<Vec<u8>>();
    let mut key = D::new().chain_update(vec![3; block]).chain_update(filled(salt)).chain_update(filled(password)).finalize().to_vec();
    for _ in 1..iterations {
        key = D::digest(&key).to_vec();
    }
    key
}

macro_rules! seal {
    ($digest:ty, $block:literal, $data:expr, $salt:expr, $password:expr, $iterations:expr) => {{
        let key = seal_key::<$digest>($block, $salt, $password, $iterations);
        let mut seal = Hmac::<$digest>::new_from_slice(&key).map_err(|error| Error::argument(error.to_string()))?;
        seal.update($data);
        Ok(seal.finalize().into_bytes().to_vec())
    }};
}

fn seal(digest: &[u8], data: &[u8], salt: &[u8], password: &[u8], iterations: u64) -> Result<Vec<u8>, Error> {
    match digest {
        SHA1 => seal!(Sha1, 64, data, salt, password, iterations),
        SHA256 => seal!(Sha256, 64, data, salt, password, iterations),
        SHA384 => seal!(Sha384, 128, data, salt, password, iterations),
        SHA512 => seal!(Sha512, 128, data, salt, password, iterations),
        _ => Err(Error::argument("the container is sealed with a digest that is not known here")),
    }
}

impl Container {
    /// The bytes of the container, encrypted where there is a passphrase.
    ///
    /// # Errors
    /// When something in it cannot be written or encrypted.
    pub fn write(&self, passphrase: Option<&Secret<String>>) -> Result<Vec<u8>, Error> {
        let id = self.certificates.first().map(|own| Sha1::digest(own.der()).to_vec());
        let attributes = |is_own: bool| {
            let mut all = Vec::new();
            if let Some(name) = self.name.as_ref().filter(|_| is_own) {
                let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
                all.push(element(SEQUENCE, &[&element(OID, &[FRIENDLY_NAME]), &element(SET, &[&element(BMP, &[&text])])]));
            }
            if let Some(id) = id.as_ref().filter(|_| is_own && self.key.is_some()) {
                all.push(element(SEQUENCE, &[&element(OID, &[LOCAL_KEY_ID]), &element(SET, &[&element(OCTETS, &[id])])]));
            }
            if all.is_empty() { Vec::new() } else { element(SET, &[&all.concat()]) }
        };
        let bag = |kind: &[u8], value: &[u8], is_own: bool| {
            element(SEQUENCE, &[&element(OID, &[kind]), &element(CONTEXT, &[value]), &attributes(is_own)])
        };
        let mut parts = Vec::new();
        if !self.certificates.is_empty() {
            let bags = self.certificates.iter().enumerate().map(|(at, certificate)| {
                let inside = element(CONTEXT, &[&element(OCTETS, &[&certificate.der()])]);
                bag(CERTIFICATE_BAG, &element(SEQUENCE, &[&element(OID, &[X509]), &inside]), at == 0)
            });
            let bags = element(SEQUENCE, &[&bags.collect::<Vec<_>>().concat()]);
            parts.push(match passphrase {
                None => element(SEQUENCE, &[&element(OID, &[DATA]), &element(CONTEXT, &[&element(OCTETS, &[&bags])])]),
                Some(passphrase) => encrypted(&bags, passphrase)?,
            });
        }
        if let Some(key) = &self.key {
            let kind = if passphrase.is_some() { LOCKED_KEY_BAG } else { KEY_BAG };
            let bags = element(SEQUENCE, &[&bag(kind, &key.encode(Encoding::Der, passphrase)?, true)]);
            parts.push(element(SEQUENCE, &[&element(OID, &[DATA]), &element(CONTEXT, &[&element(OCTETS, &[&bags])])]));
        }
        let content = element(SEQUENCE, &[&parts.concat()]);
        let salt: [u8; 16] = rand::random();
        let password = wide(passphrase.map_or("", |passphrase| passphrase.reveal()));
        let sealed = seal(SHA256, &content, &salt, &password, u64::from(SEAL_ITERATIONS))?;
        let algorithm = element(SEQUENCE, &[&element(OID, &[SHA256]), &element(NULL, &[])]);
        let digest = element(SEQUENCE, &[&algorithm, &element(OCTETS, &[&sealed])]);
        let seal = element(SEQUENCE, &[&digest, &element(OCTETS, &[&salt]), &element(INTEGER, &[&SEAL_ITERATIONS.to_be_bytes()])]);
        let outer = element(SEQUENCE, &[&element(OID, &[DATA]), &element(CONTEXT, &[&element(OCTETS, &[&content])])]);
        Ok(element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &outer, &seal]))
    }

    /// Reads a container.
    ///
    /// # Errors
    /// When it is none, the passphrase does not open it, or it is encrypted in an old way.
    pub fn read(der: &[u8], passphrase: Option<&Secret<String>>) -> Result<Self, Error> {
        let broken = || Error::argument("Could not load PKCS12-encoded container.");
        let mut outer = Elements(der).open(SEQUENCE).ok_or_else(broken)?;
        outer.take(INTEGER).ok_or_else(broken)?;
        let (kind, content) = content(&mut outer).ok_or_else(broken)?;
        let content = Elements(content).take(OCTETS).filter(|_| kind == DATA).ok_or_else(broken)?;
        let password = passphrase.map_or("", |passphrase| passphrase.reveal().as_str());
        if let Some(parts) = outer.open(SEQUENCE) {
            let its = seal_of(parts).ok_or_else(broken)?;
            let is_sealed = |password: &[u8]| seal(its.digest, content, its.salt, password, its.iterations).map(|seal| seal == its.sealed);
            // A container without a password is sealed with none, or with an empty one.
            let opens = is_sealed(&wide(password))? || (password.is_empty() && is_sealed(&[])?);
            if !opens {
                return Err(if passphrase.is_none() { Error::Locked } else { Error::Passphrase });
            }
        }
        let mut found = Found::default();
        let mut parts = Elements(content).open(SEQUENCE).ok_or_else(broken)?;
        while let Some((SEQUENCE, part, _)) = parts.next() {
            let mut part = Elements(part);
            match (part.take(OID), part.take(CONTEXT)) {
                (Some(DATA), Some(inside)) => found.bags(Elements(inside).take(OCTETS).ok_or_else(broken)?, password)?,
                (Some(ENCRYPTED_DATA), Some(inside)) => {
                    let plain = decrypted(inside, password)?;
                    found.bags(&plain, password)?;
                }
                _ => return Err(broken()),
            }
        }
        Ok(found.container())
    }
}

/// Kind and inside of a content: `SEQUENCE { OID, [0] { … } }`.
fn content<'a>(elements: &mut Elements<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let mut parts = elements.open(SEQUENCE)?;
    Some((parts.take(OID)?, parts.take(CONTEXT)?))
}

/// What a seal was made with.
struct Seal<'a> {
    digest: &'a [u8],
    sealed: &'a [u8],
    salt: &'a [u8],
    iterations: u64,
}

fn seal_of<'a>(mut parts: Elements<'a>) -> Option<Seal<'a>> {
    let mut info = parts.open(SEQUENCE)?;
    let digest = info.open(SEQUENCE)?.take(OID)?;
    let sealed = info.take(OCTETS)?;
    let salt = parts.take(OCTETS)?;
    let iterations = match parts.take(INTEGER) {
        Some(bytes) if bytes.len() <= 4 => bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        Some(_) => return None,
        None => 1,
    };
    // More would keep the machine busy for minutes: nobody writes that.
    (iterations <= 10_000_000).then_some(Seal { digest, sealed, salt, iterations })
}

/// A part that is encrypted as a whole.
fn encrypted(plain: &[u8], passphrase: &Secret<String>) -> Result<Vec<u8>, Error> {
    let bad = |error: &dyn std::fmt::Display| Error::argument(format!("the container cannot be encrypted: {error}"));
    let (salt, iv): ([u8; 16], [u8; 16]) = (rand::random(), rand::random());
    let how = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv).map_err(|error| bad(&error))?;
    let locked = how.encrypt(passphrase.reveal(), plain).map_err(|error| bad(&error))?;
    let how = pkcs5::EncryptionScheme::from(how).to_der().map_err(|error| bad(&error))?;
    let inside = element(SEQUENCE, &[&element(OID, &[DATA]), &how, &element(CONTEXT_OCTETS, &[&locked])]);
    let data = element(SEQUENCE, &[&element(INTEGER, &[&[0]]), &inside]);
    Ok(element(SEQUENCE, &[&element(OID, &[ENCRYPTED_DATA]), &element(CONTEXT, &[&data])]))
}

fn decrypted(inside: &[u8], password: &str) -> Result<Vec<u8>, Error> {
    let broken = || Error::argument("Could not load PKCS12-encoded container.");
    let mut data = Elements(inside).open(SEQUENCE).ok_or_else(broken)?;
    data.take(INTEGER).ok_or_else(broken)?;
    let mut parts = data.open(SEQUENCE).ok_or_else(broken)?;
    parts.take(OID).ok_or_else(broken)?;
    let (_, _, how) = parts.next().ok_or_else(broken)?;
    let locked = parts.take(CONTEXT_OCTETS).ok_or_else(broken)?;
    opened(how, locked, password)
}

/// What is behind an encryption.
fn opened(how: &[u8], locked: &[u8], password: &str) -> Result<Vec<u8>, Error> {
    match pkcs5::EncryptionScheme::from_der(how) {
        Ok(pkcs5::EncryptionScheme::Pbes2(how)) => how.decrypt(password, locked).map_err(|_| Error::Passphrase),
        Ok(_) | Err(_) => Err(Error::argument(
            "the container is encrypted in an old way (3DES or RC2) that is not read here; convert it with `openssl pkcs12 -legacy -in old.p12 -nodes | openssl pkcs12 -export -out new.p12`",
        )),
    }
}

/// What has been found in a container, with the ids by which a key knows its certificate.
#[derive(Default)]
struct Found {
    key: Option<(Key, Vec<u8>)>,
    certificates: Vec<(Certificate, Vec<u8>)>,
    name: Option<String>,
}

impl Found {
    fn bags(&mut self, bags: &[u8], password: &str) -> Result<(), Error> {
        let broken = || Error::argument("Could not load PKCS12-encoded container.");
        let mut bags = Elements(bags).open(SEQUENCE).ok_or_else(broken)?;
        while let Some(mut bag) = bags.open(SEQUENCE) {
            let kind = bag.take(OID).ok_or_else(broken)?;
            let value = bag.take(CONTEXT).ok_or_else(broken)?;
            let (name, id) = bag.open(SET).map(attributes).unwrap_or_default();
            match kind {
                KEY_BAG => self.key = Some((Key::from_plain(value).ok_or_else(broken)?, id)),
                LOCKED_KEY_BAG => {
                    let mut parts = Elements(value).open(SEQUENCE).ok_or_else(broken)?;
                    let (_, _, how) = parts.next().ok_or_else(broken)?;
                    let plain = opened(how, parts.take(OCTETS).ok_or_else(broken)?, password)?;
                    self.key = Some((Key::from_plain(&plain).ok_or_else(broken)?, id));
                }
                CERTIFICATE_BAG => {
                    let mut parts = Elements(value).open(SEQUENCE).ok_or_else(broken)?;
                    parts.take(OID).filter(|kind| *kind == X509).ok_or_else(broken)?;
                    let inside = parts.open(CONTEXT).and_then(|mut inside| inside.take(OCTETS)).ok_or_else(broken)?;
                    self.certificates.push((Certificate::from_der(inside)?, id));
                }
                // Lists of revoked certificates and secrets are for nobody here.
                _ => {}
            }
            self.name = self.name.take().or(name);
        }
        Ok(())
    }

    fn container(self) -> Container {
        let (key, id) = self.key.map_or((None, Vec::new()), |(key, id)| (Some(key), id));
        let mut certificates = self.certificates;
        if let Some(at) = certificates.iter().position(|(_, its)| !id.is_empty() && *its == id) {
            let own = certificates.remove(at);
            certificates.insert(0, own);
        }
        Container { key, certificates: certificates.into_iter().map(|(certificate, _)| certificate).collect(), name: self.name }
    }
}

/// Name and id out of the attributes of a bag.
fn attributes(mut all: Elements<'_>) -> (Option<String>, Vec<u8>) {
    let (mut name, mut id) = (None, Vec::new());
    while let Some(mut one) = all.open(SEQUENCE) {
        let (kind, value) = (one.take(OID), one.open(SET).and_then(|mut values| values.next()));
        match (kind, value) {
            (Some(FRIENDLY_NAME), Some((BMP, text, _))) => {
                let units: Vec<u16> =
                    text.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect();
                name = Some(String::from_utf16_lossy(&units));
            }
            (Some(LOCAL_KEY_ID), Some((OCTETS, bytes, _))) => id = bytes.to_vec(),
            _ => {}
        }
    }
    (name, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::Algorithm;

    #[test]
    fn a_key_comes_back_with_its_passphrase_only() {
        let key = Key::generate(Algorithm::Ec(256)).unwrap();
        let public = key.public().unwrap();
        let whole = Container { key: Some(key), certificates: Vec::new(), name: Some("Fu\u{df}".into()) };
        for passphrase in [None, Some(Secret::new("hush \u{e4}".to_owned()))] {
            let bytes = whole.write(passphrase.as_ref()).unwrap();
            assert!(is_container(&bytes) && !is_container(b"\x30\x03\x02\x01\x02"));
            let back = Container::read(&bytes, passphrase.as_ref()).unwrap();
            assert_eq!((back.key.unwrap().public().unwrap(), back.name.as_deref()), (public.clone(), Some("Fu\u{df}")));
            let wrong = Secret::new("wrong".to_owned());
            assert_eq!(Container::read(&bytes, Some(&wrong)).unwrap_err(), Error::Passphrase);
            if passphrase.is_some() {
                assert_eq!(Container::read(&bytes, None).unwrap_err(), Error::Locked);
            }
            let short = bytes.get(..bytes.len() - 9).unwrap();
            assert!(Container::read(short, passphrase.as_ref()).is_err());
        }
    }
}
