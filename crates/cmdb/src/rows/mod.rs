//! Rows as both databases give them, and back into nouns. JSON comes and goes as text: what a column holds beyond that is the backend's.

mod accounts;
mod audit;
mod automation;
mod hosts;
mod jobs;
mod keys;
mod minions;
mod objects;
mod returns;
mod variables;

pub use accounts::*;
pub use audit::*;
pub use automation::*;
pub use hosts::*;
pub use jobs::*;
pub use keys::*;
pub use minions::*;
pub use objects::*;
pub use returns::*;
pub use variables::*;

use crate::{Error, Result};
use model::{JobId, MinionId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A noun as JSON text.
pub fn to_json<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::conflict(format!("{what} cannot be written as JSON: {error}")))
}

/// JSON text as a noun.
pub fn from_json<T: DeserializeOwned>(what: impl FnOnce() -> String, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(what(), error))
}

/// A stored id.
pub fn minion_id(text: &str) -> Result<MinionId> {
    MinionId::new(text).map_err(|error| Error::corrupt("the id of a minion", error))
}

/// A stored job id.
#[must_use]
pub fn job_id(number: i64) -> JobId {
    JobId::at(Timestamp(number))
}

fn bytes32(what: &'static str, bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::corrupt(what, format!("{} bytes where 32 belong", bytes.len())))
}
