//! Keys, certificates, requests for them and lists of revoked ones: made, signed, read and checked without a program.
//!
//! `key`, `public`, `certificate`, `request` and `revoked` are the things themselves, `extension` and `name` what they are made of, `act` and
//! `look` the functions. What is signed is written by our own structures and read by `x509-cert`, so that every extension that users know
//! can be put into a certificate.

mod act;
mod certificate;
mod error;
pub mod extension;
mod issue;
mod key;
mod look;
mod name;
mod oid;
mod pkcs12;
pub mod policy;
mod public;
mod request;
mod revoked;
mod source;
mod time;

pub use act::contained_key;
pub use certificate::{Certificate, Draft};
pub use error::Error;
pub use issue::{Issue, Made, Signer, issue, short_names};
pub use key::{Algorithm, Digest, Key};
pub use name::{common_name, parse as parse_name, to_map as name_map, to_text as name_text};
pub use pkcs12::Container;
pub use public::PublicKey;
pub use request::Request;
pub use revoked::{ListDraft, RevocationList};
pub use source::{Encoding, Entry, bytes as source_bytes, entries as pem_entries};
pub use time::{later as days_later, pretty_hex, pretty_number, text as moment};

sdk::module!(
    x509,
    [
        act::CreatePrivateKey,
        act::CreateCsr,
        act::CreateCertificate,
        act::CreateCrl,
        act::WritePem,
        look::EncodePrivateKey,
        look::EncodeCsr,
        look::EncodeCertificate,
        look::EncodeCrl,
        look::ReadCertificate,
        look::ReadCertificates,
        look::ReadCsr,
        look::ReadCrl,
        look::GetPublicKey,
        look::GetPrivateKeySize,
        look::GetPemEntry,
        look::GetPemEntries,
        look::GetSigningPolicy,
        look::VerifyPrivateKey,
        look::VerifySignature,
        look::VerifyCrl,
        look::Expires,
        look::Expired,
        look::WillExpire,
        issue::SignRemoteCertificate,
    ]
);

#[cfg(test)]
mod tests;
