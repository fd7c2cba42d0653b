//! Frames, messages, handshake and session crypto as state machines, bincode codec with limits; no IO, no clock.

pub mod codec;
pub mod keys;
pub mod limits;
mod message;

pub use keys::{KeyError, PrivateKey, PublicKey};
pub use message::{Encoded, FileEntry, FromMinion, Lane, Refresh, RequestBody, ResponseBody, Signal, Stream, ToMinion};
