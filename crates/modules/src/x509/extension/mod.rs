//! Extensions: written as users say them, and read back as words.

mod build;
mod names;
mod points;
mod read;

pub use build::{Issuer, build};
pub use read::{entry_extensions, read};

use super::{Error, oid};
use der::Encode;
use der::asn1::OctetString;
use sdk::Map;
use x509_cert::ext::Extension;
use x509_cert::spki::ObjectIdentifier;

/// An extension with its value in ASN.1.
fn extension(number: ObjectIdentifier, critical: bool, value: &impl Encode) -> Result<Extension, Error> {
    let name = || number.to_string();
    let der = value.to_der().map_err(Error::asn1(name()))?;
    Ok(Extension { extn_id: number, critical, extn_value: OctetString::new(der).map_err(Error::asn1(name()))? })
}

/// The number of an extension.
#[must_use]
pub fn number_of(name: &str) -> Option<ObjectIdentifier> {
    oid::number(&oid::EXTENSIONS, name)
}

/// How two sets of extensions differ, by their names.
#[must_use]
pub fn differences(have: &[Extension], want: &[Extension]) -> Option<Map> {
    let name = |extension: &Extension| oid::word(&oid::EXTENSIONS, extension.extn_id);
    let find = |all: &[Extension], number| all.iter().find(|extension| extension.extn_id == number).cloned();
    let added: Vec<String> = want.iter().filter(|new| find(have, new.extn_id).is_none()).map(name).collect();
    let changed: Vec<String> = want.iter().filter(|new| find(have, new.extn_id).is_some_and(|old| old != **new)).map(name).collect();
    let removed: Vec<String> = have.iter().filter(|old| find(want, old.extn_id).is_none()).map(name).collect();
    if added.is_empty() && changed.is_empty() && removed.is_empty() {
        return None;
    }
    Some([("added", added), ("changed", changed), ("removed", removed)].into_iter().collect())
}
