//! Certificates: read, made, signed.

use super::extension::{self, Issuer};
use super::key::Digest;
use super::pkcs12::{self, Container};
use super::source::{self, Encoding};
use super::{Error, Key, PublicKey, Request, name, oid, time};
use der::asn1::BitString;
use der::{Decode, Encode, Sequence};
use sdk::host::Look;
use sdk::{Map, Secret, Value};
use std::time::SystemTime;
use x509_cert::certificate::{CertificateInner, Raw, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(CertificateInner<Raw>);

/// What is signed of a certificate.
#[derive(Clone, Debug, Sequence)]
struct Body {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: Version,
    serial_number: SerialNumber<Raw>,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Span,
    subject: Name,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, Sequence)]
struct Span {
    not_before: Time,
    not_after: Time,
}

#[derive(Clone, Debug, Sequence)]
struct Signed {
    body: Body,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// A container of certificates, without a signature of its own.
#[derive(Clone, Debug, Sequence)]
struct Pkcs7 {
    kind: der::asn1::ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Contents,
}

#[derive(Clone, Debug, Sequence)]
struct Contents {
    version: u8,
    digests: der::asn1::SetOfVec<AlgorithmIdentifierOwned>,
    data: Data,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<der::asn1::SetOfVec<der::Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    lists: Option<der::asn1::SetOfVec<der::Any>>,
    signers: der::asn1::SetOfVec<der::Any>,
}

#[derive(Clone, Debug, Sequence)]
struct Data {
    kind: der::asn1::ObjectIdentifier,
}

const SIGNED_DATA: der::asn1::ObjectIdentifier = der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const PLAIN_DATA: der::asn1::ObjectIdentifier = der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CERTIFICATE: &str = "certificate";

impl Certificate {
    /// The certificate in these bytes.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        CertificateInner::from_der(der).map(Self).map_err(|_| Error::Der(CERTIFICATE))
    }

    /// Reads certificates, the first of which is the one that is meant, and says how they were written.
    ///
    /// # Errors
    /// When there is none.
    pub fn load_all(text: &str, host: &dyn Look) -> Result<(Vec<Self>, Encoding), Error> {
        let (container, encoding) = Self::open(text, None, host)?;
        Ok((container.certificates, encoding))
    }

    /// Reads certificates and what is in one container with them, and says how they were written.
    ///
    /// # Errors
    /// When there is none, or the passphrase does not open the container.
    pub fn open(text: &str, passphrase: Option<&Secret<String>>, host: &dyn Look) -> Result<(Container, Encoding), Error> {
        let bytes = source::bytes(text, host)?;
        if !source::is_pem(&bytes) && pkcs12::is_container(&bytes) {
            let container = Container::read(&bytes, passphrase)?;
            if container.certificates.is_empty() {
                return Err(Error::argument("PKCS12-encoded blob does not contain a certificate."));
            }
            return Ok((container, Encoding::Pkcs12));
        }
        let (certificates, encoding) = Self::all(&bytes)?;
        Ok((Container { certificates, ..Container::default() }, encoding))
    }

    fn all(bytes: &[u8]) -> Result<(Vec<Self>, Encoding), Error> {
        if !source::is_pem(bytes) {
            return match Self::from_der(bytes) {
                Ok(certificate) => Ok((vec![certificate], Encoding::Der)),
                Err(error) => Ok((unpacked(bytes).ok_or(error)?, Encoding::Pkcs7Der)),
            };
        }
        let entries = source::entries(&String::from_utf8_lossy(bytes));
        if let Some(container) = entries.iter().find(|entry| entry.label == "PKCS7") {
            let all = container.der().and_then(|der| unpacked(&der)).ok_or(Error::Pem(CERTIFICATE))?;
            return Ok((all, Encoding::Pkcs7Pem));
        }
        let entries = entries.iter().filter(|entry| matches!(entry.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE"));
        let all: Result<Vec<_>, Error> =
            entries.map(|entry| entry.der().and_then(|der| Self::from_der(&der).ok()).ok_or(Error::Pem(CERTIFICATE))).collect();
        let all = all?;
        if all.is_empty() { Err(Error::Pem(CERTIFICATE)) } else { Ok((all, Encoding::Pem)) }
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// When there is none.
    pub fn load(text: &str, host: &dyn Look) -> Result<Self, Error> {
        Self::load_all(text, host)?.0.into_iter().next().ok_or(Error::Der(CERTIFICATE))
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.0.to_der().unwrap_or_default()
    }

    /// It as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        source::to_pem("CERTIFICATE", &self.der())
    }

    /// It and others, as text or bytes.
    ///
    /// # Errors
    /// When the encoding has no place for others.
    pub fn encode(&self, more: &[Self], encoding: Encoding) -> Result<Vec<u8>, Error> {
        match encoding {
            Encoding::Der if !more.is_empty() => Err(Error::argument("Cannot encode a certificate chain in DER")),
            Encoding::Der => Ok(self.der()),
            Encoding::Pem => {
                let all: Vec<String> = std::iter::once(self).chain(more).map(Self::pem).collect();
                Ok(all.join("\n").into_bytes())
            }
            Encoding::Pkcs7Der => packed(self, more),
            Encoding::Pkcs12 => {
                let certificates = std::iter::once(self).chain(more).cloned().collect();
                Container { certificates, ..Container::default() }.write(None)
            }
            Encoding::Pkcs7Pem => Ok(source::to_pem("PKCS7", &packed(self, more)?).into_bytes()),
        }
    }

    /// The key that is certified.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.tbs_certificate().subject_public_key_info().clone())
    }

    /// Whom it is for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.0.tbs_certificate().subject()
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.0.tbs_certificate().issuer()
    }

    /// Its number.
    #[must_use]
    pub fn serial(&self) -> Vec<u8> {
        let bytes = self.0.tbs_certificate().serial_number().as_bytes();
        bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
    }

    /// The moment after which it is worth nothing.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.0.tbs_certificate().validity().not_after.to_system_time()
    }

    /// The moment before which it is worth nothing.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.0.tbs_certificate().validity().not_before.to_system_time()
    }

    /// Its extensions.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        self.0.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default()
    }

    fn extension(&self, name: &str) -> Option<&[u8]> {
        let number = oid::number(&oid::EXTENSIONS, name)?;
        self.extensions().iter().find(|extension| extension.extn_id == number).map(|extension| extension.extn_value.as_bytes())
    }

    /// The name of its key, as it says itself.
    #[must_use]
    pub fn key_identifier(&self) -> Option<Vec<u8>> {
        der::asn1::OctetString::from_der(self.extension("subjectKeyIdentifier")?).ok().map(|id| id.as_bytes().to_vec())
    }

    /// The other names of whom it is for.
    #[must_use]
    pub fn subject_alt_names(&self) -> Option<GeneralNames> {
        GeneralNames::from_der(self.extension("subjectAltName")?).ok()
    }

    /// The digest of its signature, where it has one of its own.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        oid::signature_digest(self.0.signature_algorithm().oid)
    }

    /// Whether it was signed by a key.
    ///
    /// # Errors
    /// When the kind of its signature is not known here.
    pub fn is_signed_by(&self, key: &PublicKey) -> Result<bool, Error> {
        let body = self.0.tbs_certificate().to_der().map_err(Error::asn1(CERTIFICATE))?;
        key.verifies(&body, self.0.signature_algorithm(), self.0.signature().raw_bytes())
    }

    /// What it says, as `x509.read_certificate` gives it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let (der, body, key) = (self.der(), self.0.tbs_certificate(), self.public());
        let moment = |time: &Time| Value::from(time::text(time.to_date_time()));
        let mut prints = Map::new();
        for digest in [sdk::host::Digest::Sha1, sdk::host::Digest::Sha256, sdk::host::Digest::Md5] {
            let bytes = hex::decode(digest.hex(&der)).unwrap_or_default();
            prints.insert(digest.name(), time::pretty_hex(&bytes));
        }
        let mut map = Map::new();
        map.insert("version", i64::from(body.version() as u8) + 1);
        map.insert("key_size", key.size().and_then(|size| i64::try_from(size).ok()).map_or(Value::Null, Value::from));
        map.insert("key_type", key.kind());
        map.insert("serial_number", time::pretty_number(&self.serial()));
        map.insert("fingerprints", prints);
        for (who, name) in [("subject", body.subject()), ("issuer", body.issuer())] {
            map.insert(who, name::to_map(name));
            map.insert(format!("{who}_hash"), time::pretty_hex(&name::short_hash(name)));
            map.insert(format!("{who}_str"), name::to_text(name));
        }
        map.insert("not_before", moment(&body.validity().not_before));
        map.insert("not_after", moment(&body.validity().not_after));
        map.insert("public_key", key.pem());
        map.insert("extensions", extension::read(self.extensions()));
        map.insert("signature_algorithm", oid::signature_name(self.0.signature_algorithm().oid));
        map
    }
}

fn unpacked(der: &[u8]) -> Option<Vec<Certificate>> {
    let container = Pkcs7::from_der(der).ok()?;
    let all = container.content.certificates?;
    let all: Option<Vec<_>> = all.iter().map(|any| Certificate::from_der(&any.to_der().ok()?).ok()).collect();
    all.filter(|all| !all.is_empty())
}

fn packed(first: &Certificate, more: &[Certificate]) -> Result<Vec<u8>, Error> {
    let any = |certificate: &Certificate| der::Any::from_der(&certificate.der()).map_err(Error::asn1(CERTIFICATE));
    let all: Result<Vec<_>, Error> = std::iter::once(first).chain(more).map(any).collect();
    let content = Contents {
        version: 1,
        digests: der::asn1::SetOfVec::new(),
        data: Data { kind: PLAIN_DATA },
        certificates: Some(der::asn1::SetOfVec::try_from(all?).map_err(Error::asn1(CERTIFICATE))?),
        lists: None,
        signers: der::asn1::SetOfVec::new(),
    };
    Pkcs7 { kind: SIGNED_DATA, content }.to_der().map_err(Error::asn1(CERTIFICATE))
}

/// A certificate before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Whom it is for.
    pub subject: Name,
    /// Who signs it.
    pub issuer: Name,
    /// The key that is certified.
    pub key: PublicKey,
    /// Its number; random unless given.
    pub serial: Option<Vec<u8>>,
    /// From when on it holds.
    pub not_before: Time,
    /// Until when.
    pub not_after: Time,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

impl Draft {
    /// The extensions that arguments ask for, and those of a request that nobody spoke of.
    ///
    /// # Errors
    /// When one cannot be.
    pub fn extensions(arguments: &Map, request: Option<&Request>, issuer: &Issuer<'_>) -> Result<Vec<Extension>, Error> {
        let mut all = Vec::new();
        for name in oid::OF_CERTIFICATES {
            // A signing policy says `null` to forbid one; then that of a request counts.
            if let Some(value) = arguments.get(name).filter(|value| !value.is_null()) {
                all.push(extension::build(name, value, issuer)?);
            }
        }
        let asked: Vec<Extension> = request.map(Request::extensions).unwrap_or_default();
        for name in oid::OF_CERTIFICATES.iter().filter(|name| !oid::NOT_OF_REQUESTS.contains(name)) {
            let Some(number) = oid::number(&oid::EXTENSIONS, name) else { continue };
            if !all.iter().any(|extension| extension.extn_id == number) {
                all.extend(asked.iter().find(|extension| extension.extn_id == number).cloned());
            }
        }
        Ok(all)
    }

    /// Signs it.
    ///
    /// # Errors
    /// When it cannot be written as ASN.1, or the key cannot sign.
    pub fn sign(&self, key: &Key, digest: Digest) -> Result<Certificate, Error> {
        let serial = self.serial.clone().unwrap_or_else(random_serial);
        let algorithm = key.signature_algorithm(digest);
        let body = Body {
            version: Version::V3,
            serial_number: SerialNumber::new(&serial).map_err(Error::asn1("serial number"))?,
            signature: algorithm.clone(),
            issuer: self.issuer.clone(),
            validity: Span { not_before: self.not_before, not_after: self.not_after },
            subject: self.subject.clone(),
            key: self.key.0.clone(),
            extensions: (!self.extensions.is_empty()).then(|| self.extensions.clone()),
        };
        let signature = key.sign(&body, digest)?;
        let der = Signed { body, algorithm, signature }.to_der().map_err(Error::asn1(CERTIFICATE))?;
        Certificate::from_der(&der)
    }
}

/// A number that nobody can guess, of the length that is allowed at most.
fn random_serial() -> Vec<u8> {
    let mut bytes: [u8; 20] = rand::random();
    // A set first bit would make it longer, and zeros in front shorter.
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    bytes.to_vec()
}
