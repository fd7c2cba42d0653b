//! Frames, messages, handshake and session crypto as state machines, bincode codec with limits; no IO, no clock.
//!
//! `docs/protocol.md` describes the same for whoever writes another client. Layers from below: [`codec`] (bytes of a message), [`Outbox`] and
//! [`Inbox`] (messages in chunks, by lane), [`Session`] (encrypted frames), [`handshake`] (how a session begins).

mod cipher;
pub mod codec;
pub mod frame;
pub mod handshake;
pub mod keys;
mod lanes;
pub mod limits;
mod message;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod test_support;

pub use cipher::{Exhausted, OVERHEAD, OpenError, Opener, Part, Sealer, Session};
pub use keys::{KeyError, PrivateKey, PublicKey};
pub use lanes::{Arrived, BadChunk, Chunk, Inbox, Outbox};
pub use message::{Encoded, FileEntry, FromMinion, Lane, Refresh, RequestBody, ResponseBody, Signal, Stream, ToMinion};
