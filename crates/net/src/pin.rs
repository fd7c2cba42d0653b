//! Which master is the right one: pinned at first sight, or named by its fingerprint.

use crate::identity::write_file;
use crate::{DialError, IdentityError, Pin};
use model::Fingerprint;
use proto::PublicKey;

/// The fingerprint that a master must have; `None` trusts whoever is seen first.
pub(crate) fn trusted(pin: &Pin) -> Result<Option<Fingerprint>, DialError> {
    if let Some(finger) = pin.finger {
        return Ok(Some(finger));
    }
    match std::fs::read_to_string(&pin.file) {
        Ok(text) => {
            let key = PublicKey::from_pem(&text).map_err(|source| IdentityError::Key { path: pin.file.clone(), source })?;
            Ok(Some(key.fingerprint()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(IdentityError::Io { what: "read", path: pin.file.clone(), source }.into()),
    }
}

/// Pins a master seen for the first time.
pub(crate) fn pin(pin: &Pin, master: &PublicKey) -> Result<(), DialError> {
    let pem = master.to_pem().map_err(|source| IdentityError::Key { path: pin.file.clone(), source })?;
    if let Some(folder) = pin.file.parent() {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| IdentityError::Io { what: "make folder", path: folder.to_owned(), source })?;
    }
    write_file(&pin.file, pem.as_bytes(), 0o644).map_err(DialError::from)
}

/// The error for a master that is not the trusted one.
pub(crate) fn wrong(pin: &Pin, master: &str, found: Fingerprint, trusted: Fingerprint) -> DialError {
    let master = master.to_owned();
    match pin.finger {
        Some(wanted) => DialError::WrongFinger { master, found, wanted },
        None => DialError::MasterChanged { master, found, pinned: trusted, file: pin.file.clone() },
    }
}
