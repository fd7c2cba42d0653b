//! The header before every frame. It travels in the clear and is the associated data of the encryption: nobody can change it unseen.

use crate::Lane;

/// Bytes of a header.
pub const HEADER: usize = 20;

/// Version of the protocol that this build speaks best.
pub const NEWEST: u8 = 1;

/// Oldest version that this build still speaks.
pub const OLDEST: u8 = 1;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Minion opens a handshake; in the clear.
    Hello = 1,
    /// Master answers; in the clear.
    Welcome = 2,
    /// Minion proves itself; encrypted.
    Ready = 3,
    /// Master decides; encrypted.
    Verdict = 4,
    /// Master does not want to talk; in the clear, so nothing but a hint.
    Refuse = 5,
    /// A message or a chunk of one.
    Data = 16,
    /// A sign of life.
    Ping = 17,
    /// How many bytes of data frames the sender of this has taken; the other side counts them against its window.
    Credit = 18,
}

impl Kind {
    const ALL: [Self; 8] = [Self::Hello, Self::Welcome, Self::Ready, Self::Verdict, Self::Refuse, Self::Data, Self::Ping, Self::Credit];
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version of the protocol; of a handshake frame, of the handshake's layout, which stays 1.
    pub version: u8,
    /// What the frame is.
    pub kind: Kind,
    /// Its lane; control for all but data.
    pub lane: Lane,
    /// Whether a message begins here.
    pub first: bool,
    /// Whether a message ends here.
    pub last: bool,
    /// The session; zero before it has an id.
    pub session: [u8; 8],
    /// Number of the frame in its direction of the session.
    pub counter: u64,
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Fewer bytes than a header.
    #[error("a frame is shorter than its header")]
    Short,
    /// More bytes than any frame has.
    #[error("a frame is longer than {} bytes", crate::limits::FRAME)]
    Long,
    /// An unknown kind, lane or flag.
    #[error("a frame has an unknown {0}")]
    Unknown(&'static str),
}

impl Header {
    /// The header of a frame in the clear.
    #[must_use]
    pub const fn clear(kind: Kind) -> Self {
        Self { version: 1, kind, lane: Lane::Control, first: true, last: true, session: [0; 8], counter: 0 }
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0] = self.version;
        bytes[1] = self.kind as u8;
        bytes[2] = self.lane as u8;
        bytes[3] = u8::from(self.first) | u8::from(self.last) << 1;
        bytes[4..12].copy_from_slice(&self.session);
        bytes[12..].copy_from_slice(&self.counter.to_be_bytes());
        bytes
    }

    /// The header of a frame and what follows it.
    ///
    /// # Errors
    /// When the bytes do not begin with a header.
    pub fn split(frame: &[u8]) -> Result<(Self, &[u8]), BadFrame> {
        if frame.len() > crate::limits::FRAME {
            return Err(BadFrame::Long);
        }
        let (&[version, kind, lane, flags, ref rest @ ..], body) = frame.split_first_chunk::<HEADER>().ok_or(BadFrame::Short)?;
        let kind = Kind::ALL.into_iter().find(|known| *known as u8 == kind).ok_or(BadFrame::Unknown("kind"))?;
        let lane = Lane::from_number(lane).ok_or(BadFrame::Unknown("lane"))?;
        if flags > 3 {
            return Err(BadFrame::Unknown("flag"));
        }
        let (session, counter) = rest.split_first_chunk::<8>().ok_or(BadFrame::Short)?;
        let counter = u64::from_be_bytes(counter.try_into().map_err(|_| BadFrame::Short)?);
        Ok((Self { version, kind, lane, first: flags & 1 != 0, last: flags & 2 != 0, session: *session, counter }, body))
    }
}

/// A whole frame in the clear.
pub(crate) fn clear_frame(kind: Kind, payload: &[u8]) -> Vec<u8> {
    [&Header::clear(kind).to_bytes(), payload].concat()
}

/// The payload of a frame in the clear, if it is of the wanted kind.
pub(crate) fn clear_payload(frame: &[u8], wanted: Kind) -> Result<&[u8], BadFrame> {
    let (header, payload) = Header::split(frame)?;
    if header == Header::clear(wanted) { Ok(payload) } else { Err(BadFrame::Unknown("place in the handshake")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_header_reads_back_or_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok((header, body)) = Header::split(&bytes) {
                prop_assert_eq!(header.to_bytes().to_vec(), bytes[..HEADER].to_vec());
                prop_assert_eq!(body, &bytes[HEADER..]);
            }
        }
    }
}
