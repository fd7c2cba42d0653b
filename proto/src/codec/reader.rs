//! Takes a message out of bytes that nobody vouches for.

use super::BadBytes;
use crate::limits;
use bincode::config::{Configuration, standard};
use bincode::de::{Decode, Decoder as _, DecoderImpl};
use bincode::error::DecodeError;
use bytes::Bytes;

/// Takes a message out of bytes. Every length is compared with what is left before anything is allocated for it.
pub struct Reader<'a> {
    decoder: DecoderImpl<In<'a>, Configuration, ()>,
    shared: Option<&'a Bytes>,
    memory: usize,
    depth: usize,
}

struct In<'a>(&'a [u8]);

impl bincode::de::read::Reader for In<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<(), DecodeError> {
        let Some((head, rest)) = self.0.split_at_checked(out.len()) else {
            return Err(DecodeError::UnexpectedEnd { additional: out.len() - self.0.len() });
        };
        out.copy_from_slice(head);
        self.0 = rest;
        Ok(())
    }

    fn peek_read(&mut self, n: usize) -> Option<&[u8]> {
        self.0.get(..n)
    }

    fn consume(&mut self, n: usize) {
        self.0 = self.0.get(n..).unwrap_or_default();
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], shared: Option<&'a Bytes>, memory: usize) -> Self {
        Self { decoder: DecoderImpl::new(In(bytes), standard(), ()), shared, memory, depth: 0 }
    }

    /// Number of bytes not yet read.
    pub fn left(&mut self) -> usize {
        self.decoder.reader().0.len()
    }

    /// Reads the number of a variant.
    ///
    /// # Errors
    /// When the bytes end or hold no such number.
    pub fn variant(&mut self) -> Result<u32, BadBytes> {
        self.primitive("variant")
    }

    /// Reads a number of elements that each take at least one byte.
    ///
    /// # Errors
    /// When the bytes end or more elements are claimed than there are bytes.
    pub fn length(&mut self) -> Result<usize, BadBytes> {
        let length: u64 = self.primitive("length")?;
        match usize::try_from(length) {
            Ok(length) if length <= self.left() => Ok(length),
            _ => Err(BadBytes::Short),
        }
    }

    /// Takes memory from the budget of this message.
    ///
    /// # Errors
    /// When there is not so much left.
    pub fn charge(&mut self, bytes: usize) -> Result<(), BadBytes> {
        self.memory = self.memory.checked_sub(bytes).ok_or(BadBytes::Large)?;
        Ok(())
    }

    /// Reads one of bincode's own primitives.
    pub(super) fn primitive<T: Decode<()>>(&mut self, what: &'static str) -> Result<T, BadBytes> {
        T::decode(&mut self.decoder).map_err(|error| match error {
            DecodeError::UnexpectedEnd { .. } => BadBytes::Short,
            _ => BadBytes::Bad(what),
        })
    }

    /// Reads bytes whose number is known.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], BadBytes> {
        let input = self.decoder.reader();
        let (head, rest) = input.0.split_at_checked(length).ok_or(BadBytes::Short)?;
        input.0 = rest;
        Ok(head)
    }

    /// Reads bytes whose number is known, without copying them where the whole message is shared.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn shared_bytes(&mut self, length: usize) -> Result<Bytes, BadBytes> {
        let shared = self.shared;
        let slice = self.bytes(length)?;
        match shared {
            Some(whole) => Ok(whole.slice_ref(slice)),
            None => {
                self.charge(length)?;
                Ok(Bytes::copy_from_slice(slice))
            }
        }
    }

    /// Goes one level of nesting deeper for the time of `inner`.
    ///
    /// # Errors
    /// When that is too deep, and those of `inner`.
    pub fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, BadBytes>) -> Result<T, BadBytes> {
        self.depth += 1;
        let result = if self.depth > limits::DEPTH { Err(BadBytes::Deep) } else { inner(self) };
        self.depth -= 1;
        result
    }
}
