//! Requests for certificates.

use super::extension::{self, Issuer};
use super::key::Digest;
use super::source::{self, Encoding};
use super::{Error, Key, PublicKey, name, oid, time};
use der::asn1::SetOfVec;
use der::{Any, Decode, Encode};
use sdk::host::Look;
use sdk::{Map, Value};
use x509_cert::attr::Attribute;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, Version};

const REQUEST: &str = "certificate signing request";

/// A request for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(CertReq);

impl Request {
    /// A new request, signed with the key that is to be certified.
    ///
    /// # Errors
    /// When an extension cannot be.
    pub fn make(subject: Name, arguments: &Map, key: &Key, digest: Digest) -> Result<Self, Error> {
        let public = key.public()?;
        let extensions = Self::wanted(arguments, &public)?;
        let mut attributes = SetOfVec::new();
        if !extensions.is_empty() {
            let value = Any::encode_from(&extensions).map_err(Error::asn1(REQUEST))?;
            let values = SetOfVec::try_from(vec![value]).map_err(Error::asn1(REQUEST))?;
            attributes.insert(Attribute { oid: oid::EXTENSION_REQUEST, values }).map_err(Error::asn1(REQUEST))?;
        }
        let info = CertReqInfo { version: Version::V1, subject, public_key: public.0, attributes };
        let signature = key.sign(&info, digest)?;
        Ok(Self(CertReq { info, algorithm: key.signature_algorithm(digest), signature }))
    }

    /// The extensions that arguments ask for.
    ///
    /// # Errors
    /// When one cannot be.
    pub fn wanted(arguments: &Map, key: &PublicKey) -> Result<Vec<Extension>, Error> {
        let issuer = Issuer { subject: Some(key), ..Issuer::default() };
        let names = oid::OF_CERTIFICATES.iter().filter(|name| !oid::NOT_OF_REQUESTS.contains(name));
        let given = names.filter_map(|name| arguments.get(name).filter(|value| !value.is_null()).map(|value| (*name, value)));
        given.map(|(name, value)| extension::build(name, value, &issuer)).collect()
    }

    /// Reads a request, and says how it was written.
    ///
    /// # Errors
    /// When there is none.
    pub fn load(text: &str, host: &dyn Look) -> Result<(Self, Encoding), Error> {
        let bytes = source::bytes(text, host)?;
        let (der, encoding, _) = source::der_of(&bytes, &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"], REQUEST)?;
        let bad = if encoding == Encoding::Pem { Error::Pem(REQUEST) } else { Error::Der(REQUEST) };
        CertReq::from_der(&der).map(|request| (Self(request), encoding)).map_err(|_| bad)
    }

    /// It as text or bytes.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let der = self.0.to_der().unwrap_or_default();
        if encoding.is_text() { source::to_pem("CERTIFICATE REQUEST", &der).into_bytes() } else { der }
    }

    /// The key that is to be certified.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.info.public_key.clone())
    }

    /// Whom it is for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.info.subject
    }

    /// The digest of its signature, where it has one of its own.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        oid::signature_digest(self.0.algorithm.oid)
    }

    /// The extensions it asks for.
    #[must_use]
    pub fn extensions(&self) -> Vec<Extension> {
        let asked = self.0.info.attributes.iter().find(|attribute| attribute.oid == oid::EXTENSION_REQUEST);
        asked.and_then(|attribute| attribute.values.iter().next()).and_then(|value| value.decode_as().ok()).unwrap_or_default()
    }

    /// Whether who asks has the key.
    ///
    /// # Errors
    /// When the kind of its signature is not known here.
    pub fn is_valid(&self) -> Result<bool, Error> {
        let info = self.0.info.to_der().map_err(Error::asn1(REQUEST))?;
        self.public().verifies(&info, &self.0.algorithm, self.0.signature.raw_bytes())
    }

    /// What it says, as `x509.read_csr` gives it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let key = self.public();
        let mut map = Map::new();
        map.insert("key_size", key.size().and_then(|size| i64::try_from(size).ok()).map_or(Value::Null, Value::from));
        map.insert("key_type", key.kind());
        map.insert("subject", name::to_map(self.subject()));
        map.insert("subject_hash", time::pretty_hex(&name::short_hash(self.subject())));
        map.insert("subject_str", name::to_text(self.subject()));
        map.insert("public_key_hash", time::pretty_hex(&key.identifier()));
        map.insert("extensions", extension::read(&self.extensions()));
        map
    }
}
