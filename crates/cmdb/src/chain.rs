//! The hash chain of the audit log, the same for every backend.

use crate::{AuditEntry, Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(|error| format!("`{text}` is no hash: {error}"))?;
        Ok(Self(bytes))
    }
}

/// The text of an entry that is stored and hashed, byte for byte.
pub fn body(entry: &AuditEntry) -> Result<String> {
    serde_json::to_string(entry).map_err(|error| Error::conflict(format!("an audit entry cannot be written as JSON: {error}")))
}

/// The hash of the entry with this number and text that follows `previous`. The number is hashed too, so that no entry can take another's
/// place; the first entry follows 32 zero bytes.
#[must_use]
pub fn link(previous: &Digest, sequence: u64, body: &str) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    hasher.update(sequence.to_be_bytes());
    hasher.update(body.as_bytes());
    Digest(hasher.finalize().into())
}
