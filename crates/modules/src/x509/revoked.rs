//! Lists of revoked certificates.

use super::extension::{self, Issuer};
use super::key::Digest;
use super::source::{self, Encoding};
use super::{Certificate, Error, Key, PublicKey, name, oid, time};
use der::{Decode, Encode};
use sdk::host::Look;
use sdk::{Map, Value, text};
use std::time::SystemTime;
use x509_cert::certificate::{Raw, Version};
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

const LIST: &str = "certificate revocation list";

/// A list of revoked certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList(CertificateList<Raw>);

/// A list before it is signed.
#[derive(Clone, Debug)]
pub struct ListDraft {
    /// Who signs it.
    pub issuer: Name,
    /// When the next one comes.
    pub next_update: Time,
    /// When it is made.
    pub this_update: Time,
    /// What is revoked.
    pub revoked: Vec<RevokedCert<Raw>>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

/// An entry as users give it: a mapping, or a mapping of a name to a list of mappings, as in trees of old.
fn entry(value: &Value) -> Map {
    let mut map = value.as_map().cloned().unwrap_or_default();
    if let Some((_, Value::List(parts))) = map.single() {
        map = parts.iter().filter_map(Value::as_map).flat_map(Map::iter).map(|(key, value)| (key.clone(), value.clone())).collect();
    }
    if let Some(reason) = map.remove("reason") {
        let mut extensions = map.get("extensions").and_then(Value::as_map).cloned().unwrap_or_default();
        extensions.insert("CRLReason", reason);
        map.insert("extensions", extensions);
    }
    map
}

fn revoked(value: &Value, include_expired: bool, now: SystemTime, host: &dyn Look) -> Result<Option<RevokedCert<Raw>>, Error> {
    let map = entry(value);
    let (mut serial, mut not_after) = (None, None);
    if let Some(moment) = map.get("not_after") {
        not_after = Some(Time::from(time::parse(&text::str(moment))?).to_system_time());
    }
    if let Some(given) = map.get("serial_number") {
        serial = Some(time::serial(given)?);
    }
    if let Some(certificate) = map.get("certificate") {
        let certificate = Certificate::load(&text::str(certificate), host)?;
        serial = Some(certificate.serial());
        not_after = Some(certificate.not_after());
    }
    let serial = serial.ok_or_else(|| Error::argument("Need serial_number or certificate"))?;
    if !include_expired && not_after.is_some_and(|end| now > end) {
        return Ok(None);
    }
    let revocation_date = match map.get("revocation_date") {
        Some(moment) => Time::from(time::parse(&text::str(moment))?),
        None => time::later(now, 0)?,
    };
    let mut extensions = Vec::new();
    for (name, value) in map.get("extensions").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        let name = text::str(name);
        if oid::number(&oid::ENTRY_EXTENSIONS, &name).is_some() {
            extensions.push(extension::build(&name, value, &Issuer::default())?);
        }
    }
    let serial_number = SerialNumber::new(&serial).map_err(Error::asn1("serial number"))?;
    Ok(Some(RevokedCert { serial_number, revocation_date, crl_entry_extensions: (!extensions.is_empty()).then_some(extensions) }))
}

impl ListDraft {
    /// The list that arguments mean.
    ///
    /// # Errors
    /// When an entry or extension cannot be.
    pub fn new(
        entries: &[Value],
        include_expired: bool,
        extensions: &Map,
        signer: &Certificate,
        days_valid: i64,
        host: &dyn Look,
    ) -> Result<Self, Error> {
        let now = host.now();
        let mut all = Vec::new();
        for value in entries {
            all.extend(revoked(value, include_expired, now, host)?);
        }
        let issuer = Issuer { certificate: Some(signer), ..Issuer::default() };
        let mut made = Vec::new();
        for (name, value) in extensions.iter().filter(|(_, value)| !value.is_null()) {
            let name = text::str(name);
            if oid::OF_LISTS.contains(&name.as_str()) {
                made.push(extension::build(&name, value, &issuer)?);
            }
        }
        Ok(Self {
            issuer: signer.subject().clone(),
            this_update: time::later(now, 0)?,
            next_update: time::later(now, days_valid)?,
            revoked: all,
            extensions: made,
        })
    }

    /// Signs it.
    ///
    /// # Errors
    /// When it cannot be written as ASN.1, or the key cannot sign.
    pub fn sign(&self, key: &Key, digest: Digest) -> Result<RevocationList, Error> {
        let algorithm = key.signature_algorithm(digest);
        let tbs_cert_list = TbsCertList {
            version: Version::V2,
            signature: algorithm.clone(),
            issuer: self.issuer.clone(),
            this_update: self.this_update,
            next_update: Some(self.next_update),
            revoked_certificates: (!self.revoked.is_empty()).then(|| self.revoked.clone()),
            crl_extensions: (!self.extensions.is_empty()).then(|| self.extensions.clone()),
        };
        let signature = key.sign(&tbs_cert_list, digest)?;
        Ok(RevocationList(CertificateList { tbs_cert_list, signature_algorithm: algorithm, signature }))
    }

    /// How it differs from one that is there.
    #[must_use]
    pub fn differences(&self, have: &RevocationList) -> Option<Map> {
        let name = |entry: &RevokedCert<Raw>| time::pretty_number(entry.serial_number.as_bytes());
        let find = |all: &[RevokedCert<Raw>], serial: &SerialNumber<Raw>| all.iter().find(|entry| entry.serial_number == *serial).cloned();
        let old = have.entries();
        let added: Vec<String> = self.revoked.iter().filter(|new| find(old, &new.serial_number).is_none()).map(name).collect();
        let changed = self.revoked.iter().filter(|new| {
            find(old, &new.serial_number)
                .is_some_and(|old| old.crl_entry_extensions.unwrap_or_default() != new.crl_entry_extensions.clone().unwrap_or_default())
        });
        let changed: Vec<String> = changed.map(name).collect();
        let removed: Vec<String> = old.iter().filter(|old| find(&self.revoked, &old.serial_number).is_none()).map(name).collect();
        if added.is_empty() && changed.is_empty() && removed.is_empty() {
            return None;
        }
        Some([("added", added), ("changed", changed), ("removed", removed)].into_iter().collect())
    }
}

impl RevocationList {
    /// Reads a list, and says how it was written.
    ///
    /// # Errors
    /// When there is none.
    pub fn load(words: &str, host: &dyn Look) -> Result<(Self, Encoding), Error> {
        let bytes = source::bytes(words, host)?;
        let (der, encoding, _) = source::der_of(&bytes, &["X509 CRL"], LIST)?;
        let bad = if encoding == Encoding::Pem { Error::Pem(LIST) } else { Error::Der(LIST) };
        CertificateList::from_der(&der).map(|list| (Self(list), encoding)).map_err(|_| bad)
    }

    /// It as text or bytes.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let der = self.0.to_der().unwrap_or_default();
        if encoding.is_text() { source::to_pem("X509 CRL", &der).into_bytes() } else { der }
    }

    /// Whether it was signed by a key.
    ///
    /// # Errors
    /// When the kind of its signature is not known here.
    pub fn is_signed_by(&self, key: &PublicKey) -> Result<bool, Error> {
        let body = self.0.tbs_cert_list.to_der().map_err(Error::asn1(LIST))?;
        key.verifies(&body, &self.0.signature_algorithm, self.0.signature.raw_bytes())
    }

    /// Who signed it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.0.tbs_cert_list.issuer
    }

    /// When the next one comes.
    #[must_use]
    pub fn next_update(&self) -> Option<SystemTime> {
        self.0.tbs_cert_list.next_update.map(|time| time.to_system_time())
    }

    /// The digest of its signature, where it has one of its own.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        oid::signature_digest(self.0.signature_algorithm.oid)
    }

    /// Its extensions.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        self.0.tbs_cert_list.crl_extensions.as_deref().unwrap_or_default()
    }

    /// What is revoked.
    fn entries(&self) -> &[RevokedCert<Raw>] {
        self.0.tbs_cert_list.revoked_certificates.as_deref().unwrap_or_default()
    }

    /// Whether a certificate is on it.
    #[must_use]
    pub fn has(&self, certificate: &Certificate) -> bool {
        let strip = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        self.entries().iter().any(|entry| strip(entry.serial_number.as_bytes()) == certificate.serial())
    }

    /// What it says, as `x509.read_crl` gives it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let moment = |time: &Time| Value::from(time::text(time.to_date_time()));
        let mut entries = Map::new();
        for entry in self.entries() {
            let mut row = Map::new();
            row.insert("revocation_date", moment(&entry.revocation_date));
            row.insert("extensions", extension::entry_extensions(entry.crl_entry_extensions.as_deref().unwrap_or_default()));
            entries.insert(time::pretty_number(entry.serial_number.as_bytes()).replace(':', ""), row);
        }
        let mut map = Map::new();
        map.insert("issuer", name::to_map(self.issuer()));
        map.insert("last_update", moment(&self.0.tbs_cert_list.this_update));
        map.insert("next_update", self.0.tbs_cert_list.next_update.as_ref().map_or(Value::Null, moment));
        map.insert("revoked_certificates", entries);
        map.insert("extensions", extension::read(self.extensions()));
        map.insert("signature_algorithm", oid::signature_name(self.0.signature_algorithm.oid));
        map
    }
}
