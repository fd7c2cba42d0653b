//! Encryption of a session: AES-256-GCM, a key and a counter per direction.
//!
//! The nonce is the direction and the frame's counter, so it never repeats under one key. A frame with an old counter is a replay: it is
//! dropped and counted. A counter beyond the next one means that a frame was taken out of the stream; the transport does not lose frames, so
//! somebody did, and the session ends.

use crate::Lane;
use crate::frame::{BadFrame, HEADER, Header, Kind};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes256Enc;
use aes_gcm::{AesGcm, Nonce, Tag};

/// Bytes that a frame has beside its payload.
pub const OVERHEAD: usize = HEADER + TAG;
const TAG: usize = 16;

/// So many frames may be sent under one key; then the session is to be opened anew.
const MOST_FRAMES: u64 = 1 << 32;

/// AES-256-GCM. The counter mode only ever encrypts blocks, so the key schedule for decrypting them is left out: a master holds two of these
/// for each minion.
type Cipher = AesGcm<Aes256Enc, U12>;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToMaster = 1,
    ToMinion = 2,
}

/// A frame that was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The frame came before: to be ignored.
    #[error("a frame was repeated")]
    Replayed,
    /// A frame before this one is missing.
    #[error("a frame is missing before number {0}")]
    Missing(u64),
    /// It was not made by the peer of this session, or was changed.
    #[error("a frame is forged")]
    Forged,
    /// It is no frame of this session.
    #[error("a frame does not belong to the session")]
    Foreign,
    /// It is no frame.
    #[error(transparent)]
    Bad(#[from] BadFrame),
}

/// The session has sent all the frames that its key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's key is used up")]
pub struct Exhausted;

/// Encrypts one direction.
pub struct Sealer {
    cipher: Box<Cipher>,
    direction: Direction,
    version: u8,
    session: [u8; 8],
    next: u64,
}

/// Decrypts one direction.
pub struct Opener {
    cipher: Box<Cipher>,
    direction: Direction,
    version: u8,
    session: [u8; 8],
    next: u64,
    replayed: u64,
}

fn nonce(direction: Direction, counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3] = direction as u8;
    nonce[4..].copy_from_slice(&counter.to_be_bytes());
    nonce
}

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], direction: Direction, version: u8, session: [u8; 8]) -> Self {
        Self { cipher: Box::new(Cipher::new(key.into())), direction, version, session, next: 0 }
    }

    /// Appends a frame to `out`; its payload is given in pieces.
    ///
    /// # Errors
    /// When the key is used up.
    pub fn seal(&mut self, kind: Kind, part: Part, payload: &[&[u8]], out: &mut Vec<u8>) -> Result<(), Exhausted> {
        let header = self.header(kind, part)?;
        out.reserve(payload.iter().map(|piece| piece.len()).sum::<usize>() + OVERHEAD);
        out.extend_from_slice(&header.to_bytes());
        let start = out.len();
        for piece in payload {
            out.extend_from_slice(piece);
        }
        let body = out.get_mut(start..).unwrap_or_default();
        let nonce = Nonce::from(nonce(self.direction, header.counter));
        let tag = self.cipher.encrypt_inout_detached(&nonce, &header.to_bytes(), body.into()).map_err(|_| Exhausted)?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    fn header(&mut self, kind: Kind, part: Part) -> Result<Header, Exhausted> {
        if self.next >= MOST_FRAMES {
            return Err(Exhausted);
        }
        let counter = self.next;
        self.next += 1;
        let Part { lane, first, last } = part;
        Ok(Header { version: self.version, kind, lane, first, last, session: self.session, counter })
    }
}

impl Opener {
    pub(crate) fn new(key: &[u8; 32], direction: Direction, version: u8, session: [u8; 8]) -> Self {
        Self { cipher: Box::new(Cipher::new(key.into())), direction, version, session, next: 0, replayed: 0 }
    }

    /// Decrypts a frame in its place; gives its header and where in it the payload is.
    ///
    /// # Errors
    /// When it is not the next frame of this session. [`OpenError::Replayed`] is harmless, anything else ends the session.
    pub fn open(&mut self, frame: &mut [u8]) -> Result<(Header, std::ops::Range<usize>), OpenError> {
        let (header, _) = Header::split(frame)?;
        if header.session != self.session || header.version != self.version {
            return Err(OpenError::Foreign);
        }
        if header.counter < self.next {
            self.replayed += 1;
            return Err(OpenError::Replayed);
        }
        let end = frame.len().checked_sub(TAG).filter(|end| *end >= HEADER).ok_or(BadFrame::Short)?;
        let (rest, tag) = frame.split_at_mut(end);
        let (head, body) = rest.split_at_mut(HEADER);
        let tag = Tag::try_from(&*tag).map_err(|_| BadFrame::Short)?;
        let nonce = Nonce::from(nonce(self.direction, header.counter));
        self.cipher.decrypt_inout_detached(&nonce, head, body.into(), &tag).map_err(|_| OpenError::Forged)?;
        if header.counter > self.next {
            return Err(OpenError::Missing(header.counter));
        }
        self.next += 1;
        Ok((header, HEADER..end))
    }

    /// How many frames were dropped because they came again.
    #[must_use]
    pub fn replayed(&self) -> u64 {
        self.replayed
    }
}

/// Which part of which lane's message a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lane.
    pub lane: Lane,
    /// Whether the message begins here.
    pub first: bool,
    /// Whether it ends here.
    pub last: bool,
}

impl Part {
    /// A whole message of the control lane; also what frames that are no data carry.
    pub const WHOLE: Self = Self { lane: Lane::Control, first: true, last: true };
}

/// Both directions of an open session.
pub struct Session {
    /// Its id, known to both sides and to whoever listens on the wire.
    pub id: [u8; 8],
    /// What we send.
    pub sealer: Sealer,
    /// What we receive.
    pub opener: Opener,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Sealer, Opener) {
        let (key, id) = ([7; 32], *b"session1");
        (Sealer::new(&key, Direction::ToMaster, 1, id), Opener::new(&key, Direction::ToMaster, 1, id))
    }

    fn sealed(sealer: &mut Sealer, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        sealer.seal(Kind::Data, Part::WHOLE, &[payload], &mut out).unwrap();
        out
    }

    #[test]
    fn a_frame_opens_to_what_was_sealed() {
        let (mut sealer, mut opener) = pair();
        for text in ["one", "", "three"] {
            let mut frame = sealed(&mut sealer, text.as_bytes());
            assert_eq!(frame.len(), text.len() + OVERHEAD);
            let (header, range) = opener.open(&mut frame).unwrap();
            assert_eq!((header.kind, &frame[range]), (Kind::Data, text.as_bytes()));
        }
    }

    #[test]
    fn a_repeated_frame_is_dropped_and_counted() {
        let (mut sealer, mut opener) = pair();
        let frame = sealed(&mut sealer, b"once");
        opener.open(&mut frame.clone()).unwrap();
        assert_eq!(opener.open(&mut frame.clone()), Err(OpenError::Replayed));
        assert_eq!(opener.replayed(), 1);
        opener.open(&mut sealed(&mut sealer, b"next")).unwrap();
    }

    #[test]
    fn a_missing_frame_is_noticed() {
        let (mut sealer, mut opener) = pair();
        let _lost = sealed(&mut sealer, b"lost");
        assert_eq!(opener.open(&mut sealed(&mut sealer, b"next")), Err(OpenError::Missing(1)));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let (mut sealer, mut opener) = pair();
        let frame = sealed(&mut sealer, b"payload");
        for index in 0..frame.len() {
            let mut changed = frame.clone();
            changed[index] ^= 0x40;
            assert!(opener.open(&mut changed).is_err(), "byte {index}");
        }
        opener.open(&mut frame.clone()).unwrap();
    }

    #[test]
    fn a_frame_does_not_open_in_the_other_direction() {
        let (key, id) = ([7; 32], *b"session1");
        let mut sealer = Sealer::new(&key, Direction::ToMaster, 1, id);
        let mut opener = Opener::new(&key, Direction::ToMinion, 1, id);
        assert_eq!(opener.open(&mut sealed(&mut sealer, b"back to you")), Err(OpenError::Forged));
    }
}
