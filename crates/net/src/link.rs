//! A connection that carries frames: over TCP with our ZMTP end, over the `zeromq` crate, or in memory.

use bytes::BytesMut;
use std::future::Future;

/// What a step of a link has brought.
#[derive(Debug)]
pub(crate) enum Step {
    /// A frame came.
    Frame(BytesMut),
    /// What waited to be written is down to little.
    Room,
}

/// Whether frames are wanted now. Not reading is how a slow consumer holds back its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Wanted,
    Paused,
}

/// Why a link is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("connection closed")]
    Closed,
    #[error("connection lost: {0}")]
    Lost(String),
    #[error("{0}")]
    Protocol(String),
}

/// A connection that carries frames.
pub(crate) trait Link: Send {
    /// Appends a frame of `length` bytes, written by `write`, to what waits.
    fn push<E>(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E>;

    /// How many bytes wait to be written.
    fn waiting(&self) -> usize;

    /// How many bytes were written so far.
    fn written(&self) -> u64;

    /// Writes what waits and reads what comes, until there is something to tell. Giving it up in the middle loses nothing.
    fn step(&mut self, reading: Reading) -> impl Future<Output = Result<Step, LinkError>> + Send;

    /// The peer is known now: its frames may be so large.
    fn allow(&mut self, frame: usize);
}

/// A link takes more to write while less than this waits.
pub(crate) const HIGH_WATER: usize = 128 * 1024;

/// A link reports room when less than this waits.
pub(crate) const LOW_WATER: usize = 32 * 1024;
