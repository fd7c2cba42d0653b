//! ZMTP 3.1 with the NULL mechanism as a state machine without IO: bytes in, frames and answers out.
//!
//! Written because whoever listens meets strangers: every length is bounded before anything is allocated for it, and a body grows only as its
//! bytes arrive. We announce a ROUTER and accept a DEALER; the identity that a peer claims is ignored. Messages have one part. PING is
//! answered, other commands are skipped.

mod write;

#[cfg(test)]
mod tests;

pub(crate) use write::{GREETING, frame_header};

use bytes::BytesMut;

/// Largest frame until the link allows more, and largest command ever.
const SMALL: usize = 4096;

/// What we are to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Router,
    Dealer,
}

impl Role {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Router => b"ROUTER",
            Self::Dealer => b"DEALER",
        }
    }

    const fn peer(self) -> Self {
        match self {
            Self::Router => Self::Dealer,
            Self::Dealer => Self::Router,
        }
    }
}

/// A peer that does not speak ZMTP as we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZmtpError {
    #[error("the peer does not speak ZMTP 3")]
    Greeting,
    #[error("the peer wants another mechanism than NULL")]
    Mechanism,
    #[error("the peer is no socket of the right type")]
    SocketType,
    #[error("a command is malformed")]
    Command,
    #[error("a frame of {length} bytes is larger than the {limit} that are allowed")]
    Large { length: u64, limit: usize },
    #[error("a frame has unknown flags")]
    Flags,
    #[error("a message has several parts")]
    Multipart,
    #[error("a message came before the READY command")]
    Early,
}

/// What the bytes have brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The peer is ready for messages.
    Ready,
    /// A message.
    Message(BytesMut),
}

/// One connection's state.
pub(crate) struct Machine {
    role: Role,
    stage: Stage,
    limit: usize,
}

enum Stage {
    Greeting(Box<Greeting>),
    /// Reading a frame's header; `ready` once the READY command has come.
    Header {
        ready: bool,
        bytes: [u8; 9],
        have: u8,
    },
    Body {
        ready: bool,
        command: bool,
        length: usize,
        bytes: BytesMut,
    },
}

struct Greeting {
    bytes: [u8; 64],
    have: usize,
}

impl Machine {
    pub(crate) fn new(role: Role) -> Self {
        Self { role, stage: Stage::Greeting(Box::new(Greeting { bytes: [0; 64], have: 0 })), limit: SMALL }
    }

    /// Messages may be so large from now on.
    pub(crate) fn allow(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Takes bytes from `input` until something has happened or none are left. Answers go to `out`.
    ///
    /// # Errors
    /// When the peer is to be cut off.
    pub(crate) fn feed(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Option<Event>, ZmtpError> {
        while !input.is_empty() {
            match &mut self.stage {
                Stage::Greeting(greeting) => {
                    if greeting.feed(input)? {
                        write::ready(self.role, out);
                        self.stage = header(false);
                    }
                }
                Stage::Header { ready, bytes, have } => {
                    let Some((flags, length)) = feed_header(input, bytes, have)? else { return Ok(None) };
                    let (ready, command) = (*ready, flags & COMMAND != 0);
                    let length = self.check(flags, length, ready)?;
                    // Room for what is likely to come at once; the rest as it comes.
                    self.stage = Stage::Body { ready, command, length, bytes: BytesMut::with_capacity(length.min(64 * 1024)) };
                    if length == 0 {
                        return self.finish(out);
                    }
                }
                Stage::Body { length, bytes, .. } => {
                    let take = input.len().min(*length - bytes.len());
                    let (head, rest) = input.split_at(take);
                    bytes.extend_from_slice(head);
                    *input = rest;
                    if bytes.len() == *length
                        && let Some(event) = self.finish(out)?
                    {
                        return Ok(Some(event));
                    }
                }
            }
        }
        Ok(None)
    }

    fn check(&self, flags: u8, length: u64, ready: bool) -> Result<usize, ZmtpError> {
        let command = flags & COMMAND != 0;
        if flags & !(MORE | LONG | COMMAND) != 0 {
            return Err(ZmtpError::Flags);
        }
        if flags & MORE != 0 {
            return Err(ZmtpError::Multipart);
        }
        if !ready && !command {
            return Err(ZmtpError::Early);
        }
        let limit = if command { SMALL } else { self.limit };
        usize::try_from(length).ok().filter(|length| *length <= limit).ok_or(ZmtpError::Large { length, limit })
    }

    /// The body is complete.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Option<Event>, ZmtpError> {
        match std::mem::replace(&mut self.stage, header(true)) {
            Stage::Body { command: false, bytes, .. } => Ok(Some(Event::Message(bytes))),
            Stage::Body { ready: false, bytes, .. } => {
                check_ready(&bytes, self.role.peer())?;
                Ok(Some(Event::Ready))
            }
            Stage::Body { ready: true, bytes, .. } => {
                answer(&bytes, out)?;
                Ok(None)
            }
            Stage::Greeting(_) | Stage::Header { .. } => Ok(None),
        }
    }
}

const fn header(ready: bool) -> Stage {
    Stage::Header { ready, bytes: [0; 9], have: 0 }
}

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

impl Greeting {
    /// Takes bytes; true when the greeting is complete. What is wrong is found as soon as it is there, not at the end.
    fn feed(&mut self, input: &mut &[u8]) -> Result<bool, ZmtpError> {
        let take = input.len().min(self.bytes.len() - self.have);
        let (head, rest) = input.split_at(take);
        for (place, byte) in self.bytes.iter_mut().skip(self.have).zip(head) {
            *place = *byte;
        }
        *input = rest;
        self.have += take;
        let [signature, .., ninth, major, _minor] = *self.bytes.first_chunk::<12>().ok_or(ZmtpError::Greeting)?;
        let known = self.have;
        if signature != 0xff || (known > 9 && ninth != 0x7f) || (known > 10 && major < 3) {
            return Err(ZmtpError::Greeting);
        }
        if known < self.bytes.len() {
            return Ok(false);
        }
        let mechanism = self.bytes.get(12..32).unwrap_or_default();
        if mechanism.starts_with(b"NULL") && mechanism.iter().skip(4).all(|byte| *byte == 0) { Ok(true) } else { Err(ZmtpError::Mechanism) }
    }
}

/// Takes the bytes of a frame's header; gives flags and length when they are there.
fn feed_header(input: &mut &[u8], bytes: &mut [u8; 9], have: &mut u8) -> Result<Option<(u8, u64)>, ZmtpError> {
    while let Some((byte, rest)) = input.split_first() {
        if let Some(place) = bytes.get_mut(usize::from(*have)) {
            *place = *byte;
        }
        *input = rest;
        *have += 1;
        let [flags, size @ ..] = *bytes;
        if flags & LONG == 0 && *have == 2 {
            return Ok(Some((flags, u64::from(size[0]))));
        }
        if *have == 9 {
            return Ok(Some((flags, u64::from_be_bytes(size))));
        }
    }
    Ok(None)
}

/// Splits a command into its name and its data.
fn command(body: &[u8]) -> Result<(&[u8], &[u8]), ZmtpError> {
    let (length, rest) = body.split_first().ok_or(ZmtpError::Command)?;
    rest.split_at_checked(usize::from(*length)).ok_or(ZmtpError::Command)
}

/// The READY command must come first and name the right socket type.
fn check_ready(body: &[u8], wanted: Role) -> Result<(), ZmtpError> {
    let (name, mut rest) = command(body)?;
    if name != b"READY" {
        return Err(ZmtpError::Command);
    }
    let mut socket_type = None;
    while !rest.is_empty() {
        let (name, after) = command(rest)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(ZmtpError::Command)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| ZmtpError::Command)?;
        let (value, after) = after.split_at_checked(length).ok_or(ZmtpError::Command)?;
        if name.eq_ignore_ascii_case(b"Socket-Type") {
            socket_type = Some(value);
        }
        rest = after;
    }
    if socket_type == Some(wanted.name()) { Ok(()) } else { Err(ZmtpError::SocketType) }
}

/// Answers a PING; skips any other command. A peer that does not read its answers gets none.
fn answer(body: &[u8], out: &mut Vec<u8>) -> Result<(), ZmtpError> {
    let (name, data) = command(body)?;
    if name == b"PING" {
        let context = data.get(2..).ok_or(ZmtpError::Command)?;
        if context.len() > 16 {
            return Err(ZmtpError::Command);
        }
        if out.len() < SMALL {
            write::pong(context, out);
        }
    }
    Ok(())
}
