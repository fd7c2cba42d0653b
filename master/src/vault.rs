//! Secrets that the master keeps and must be able to read again: tokens of providers, keys of second factors. In the CMDB they stand
//! encrypted, by a key in a file beside the master's own, so that a dump of the database tells none of them.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use value::Secret;

/// Length of the number that no two secrets share.
const NONCE: usize = 12;

/// Locks secrets up.
pub struct Vault(Aes256Gcm);

impl Vault {
    /// Reads the key `secrets.key` in a folder, or makes it.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn load_or_create(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join("secrets.key");
        let mut bytes = [0; 32];
        match std::fs::read_to_string(&path) {
            Ok(text) => hex::decode_to_slice(text.trim(), &mut bytes)
                .map_err(|_| std::io::Error::other(format!("`{}` holds no key of 64 hexadecimal digits", path.display())))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bytes = rand::random();
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                writeln!(file, "{}", hex::encode(bytes))?;
            }
            Err(error) => return Err(error),
        }
        Ok(Self(Aes256Gcm::new((&bytes).into())))
    }

    /// A secret as it may stand in the CMDB. What it is for binds it to its place: nobody who owns the database can put it elsewhere.
    #[must_use]
    pub fn lock(&self, what: &str, secret: &Secret<String>) -> Option<String> {
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self.0.encrypt(&Nonce::from(nonce), Payload { msg: secret.reveal().as_bytes(), aad: what.as_bytes() }).ok()?;
        Some(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The secret again; nothing when it is none of this master's, or was for something else.
    #[must_use]
    pub fn unlock(&self, what: &str, kept: &str) -> Option<Secret<String>> {
        let bytes = STANDARD_NO_PAD.decode(kept).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let plain = self.0.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: what.as_bytes() }).ok()?;
        String::from_utf8(plain).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_by_its_master_for_what_it_was_locked_for() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::load_or_create(folder.path()).unwrap();
        let kept = vault.lock("a", &Secret::new("canary".to_owned())).unwrap();
        assert!(!kept.contains("canary"));
        let again = Vault::load_or_create(folder.path()).unwrap();
        assert_eq!(again.unlock("a", &kept).map(|secret| secret.reveal().clone()), Some("canary".to_owned()));
        assert!(again.unlock("b", &kept).is_none() && again.unlock("a", "x").is_none());
        let other = tempfile::tempdir().unwrap();
        assert!(Vault::load_or_create(other.path()).unwrap().unlock("a", &kept).is_none());
    }
}
