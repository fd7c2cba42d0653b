//! Lanes: what waits to be sent, in chunks, and what arrives, put together again.
//!
//! The first chunk of a message that needs several begins with the length of the whole message, so that a receiver can refuse or wait before
//! it holds any of it.

use crate::cipher::Part;
use crate::{Encoded, Lane, limits};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// What waits to be sent. Lanes with smaller numbers go first; a message that has begun goes on in its lane when that lane's turn comes.
#[derive(Default)]
pub struct Outbox {
    lanes: [Queue; 3],
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Bytes>,
    /// How much of the first message is out.
    sent: usize,
    bytes: usize,
}

/// A piece to be sealed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which part of which lane's message it is.
    pub part: Part,
    /// Length of the whole message, in the first of several chunks.
    pub total: Option<u32>,
    /// The bytes.
    pub bytes: Bytes,
}

impl Outbox {
    /// Puts a message at the end of its lane.
    pub fn push(&mut self, message: Encoded) {
        let queue = self.queue(message.lane);
        queue.bytes += message.bytes.len();
        queue.waiting.push_back(message.bytes);
    }

    /// The next piece to send.
    pub fn next_chunk(&mut self) -> Option<Chunk> {
        let lane = Lane::ALL.into_iter().find(|lane| !self.lane(*lane).waiting.is_empty())?;
        let queue = self.queue(lane);
        let message = queue.waiting.front()?;
        let (total, from) = (message.len(), queue.sent);
        let to = total.min(from + limits::CHUNK);
        let part = Part { lane, first: from == 0, last: to == total };
        let bytes = message.slice(from..to);
        let total = (part.first && !part.last).then(|| u32::try_from(total).unwrap_or(u32::MAX));
        queue.sent = to;
        queue.bytes -= bytes.len();
        if part.last {
            queue.waiting.pop_front();
            queue.sent = 0;
            if queue.waiting.is_empty() && queue.waiting.capacity() > 64 {
                queue.waiting = VecDeque::new();
            }
        }
        Some(Chunk { part, total, bytes })
    }

    /// Bytes that wait in a lane.
    #[must_use]
    pub fn bytes(&self, lane: Lane) -> usize {
        self.lane(lane).bytes
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|queue| queue.waiting.is_empty())
    }

    fn lane(&self, lane: Lane) -> &Queue {
        let [control, returns, bulk] = &self.lanes;
        match lane {
            Lane::Control => control,
            Lane::Returns => returns,
            Lane::Bulk => bulk,
        }
    }

    fn queue(&mut self, lane: Lane) -> &mut Queue {
        let [control, returns, bulk] = &mut self.lanes;
        match lane {
            Lane::Control => control,
            Lane::Returns => returns,
            Lane::Bulk => bulk,
        }
    }
}

/// Puts chunks together. Holds at most one unfinished message a lane.
#[derive(Default)]
pub struct Inbox {
    lanes: [Option<Box<Partial>>; 3],
}

struct Partial {
    total: usize,
    bytes: BytesMut,
}

/// What a chunk has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// A whole message.
    Message(Bytes),
    /// The beginning of a message of so many bytes.
    Begun(usize),
    /// A further piece.
    More,
}

/// Chunks that do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChunk {
    /// A message begins inside another one, or goes on without having begun.
    #[error("a chunk is out of its place")]
    Place,
    /// A message has another length than its beginning said.
    #[error("a chunked message has not the length that it claimed")]
    Length,
    /// A message is larger than allowed.
    #[error("a message is larger than {} bytes", limits::MESSAGE)]
    Large,
}

impl Inbox {
    /// Takes a chunk.
    ///
    /// # Errors
    /// When it does not fit: the session is to be ended.
    pub fn accept(&mut self, part: Part, payload: Bytes) -> Result<Arrived, BadChunk> {
        let [control, returns, bulk] = &mut self.lanes;
        let place = match part.lane {
            Lane::Control => control,
            Lane::Returns => returns,
            Lane::Bulk => bulk,
        };
        match (part.first, part.last, place.as_mut()) {
            (true, true, None) => Ok(Arrived::Message(payload)),
            (true, false, None) => {
                let (total, begin) = payload.split_first_chunk::<4>().ok_or(BadChunk::Length)?;
                let total = u32::from_le_bytes(*total) as usize;
                if total > limits::MESSAGE {
                    return Err(BadChunk::Large);
                }
                if begin.len() >= total {
                    return Err(BadChunk::Length);
                }
                *place = Some(Box::new(Partial { total, bytes: BytesMut::from(begin) }));
                Ok(Arrived::Begun(total))
            }
            (false, last, Some(partial)) => {
                partial.bytes.extend_from_slice(&payload);
                let (have, total) = (partial.bytes.len(), partial.total);
                if have > total || (have == total) != last {
                    return Err(BadChunk::Length);
                }
                if !last {
                    return Ok(Arrived::More);
                }
                let whole = place.take().ok_or(BadChunk::Place)?;
                Ok(Arrived::Message(whole.bytes.freeze()))
            }
            (true, _, Some(_)) | (false, _, None) => Err(BadChunk::Place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(lane: Lane, length: usize) -> Encoded {
        Encoded { lane, bytes: vec![lane as u8; length].into() }
    }

    fn payload(chunk: &Chunk) -> Bytes {
        match chunk.total {
            Some(total) => [&total.to_le_bytes(), chunk.bytes.as_ref()].concat().into(),
            None => chunk.bytes.clone(),
        }
    }

    #[test]
    fn control_overtakes_a_large_message_between_its_chunks() {
        let mut outbox = Outbox::default();
        outbox.push(message(Lane::Bulk, limits::CHUNK * 2 + 1));
        let mut order = vec![outbox.next_chunk().unwrap().part.lane];
        outbox.push(message(Lane::Control, 1));
        while let Some(chunk) = outbox.next_chunk() {
            order.push(chunk.part.lane);
        }
        assert_eq!(order, [Lane::Bulk, Lane::Control, Lane::Bulk, Lane::Bulk]);
        assert!(outbox.is_empty());
        assert_eq!(outbox.bytes(Lane::Bulk), 0);
    }

    #[test]
    fn a_message_without_bytes_arrives() {
        let mut outbox = Outbox::default();
        outbox.push(message(Lane::Control, 0));
        let chunk = outbox.next_chunk().unwrap();
        assert_eq!(Inbox::default().accept(chunk.part, payload(&chunk)), Ok(Arrived::Message(Bytes::new())));
    }

    #[test]
    fn a_chunk_that_lies_about_its_length_is_refused() {
        let first = Part { lane: Lane::Bulk, first: true, last: false };
        let last = Part { first: false, last: true, ..first };
        let mut inbox = Inbox::default();
        assert_eq!(inbox.accept(first, Bytes::from_static(&[0xff; 8])), Err(BadChunk::Large));
        assert_eq!(inbox.accept(first, Bytes::from_static(&[2, 0, 0, 0, 1])), Ok(Arrived::Begun(2)));
        assert_eq!(inbox.accept(last, Bytes::from_static(&[1, 1])), Err(BadChunk::Length));
        assert_eq!(inbox.accept(first, Bytes::new()), Err(BadChunk::Place));
        assert_eq!(Inbox::default().accept(last, Bytes::new()), Err(BadChunk::Place));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_arrives_in_the_order_of_its_lane(sent in proptest::collection::vec((0_u8..3, 0_usize..700_000), 0..12)) {
            let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
            for (lane, length) in &sent {
                outbox.push(message(Lane::from_number(*lane).unwrap(), *length));
            }
            let mut arrived = Vec::new();
            while let Some(chunk) = outbox.next_chunk() {
                if let Arrived::Message(bytes) = inbox.accept(chunk.part, payload(&chunk)).unwrap() {
                    arrived.push((chunk.part.lane as u8, bytes.len()));
                }
            }
            let mut expected = sent;
            expected.sort_by_key(|(lane, _)| *lane);
            prop_assert_eq!(arrived, expected);
        }
    }
}
