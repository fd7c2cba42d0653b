//! Collects the bytes of a message.

use super::BadMessage;
use crate::limits;
use bincode::config::{Configuration, standard};
use bincode::enc::write::Writer as _;
use bincode::enc::{Encode, Encoder as _, EncoderImpl};
use bincode::error::EncodeError;

/// Collects the bytes of a message. Writing cannot fail; what cannot be sent is found out at the end.
pub struct Writer {
    encoder: EncoderImpl<Out, Configuration>,
    depth: usize,
    too_deep: bool,
}

struct Out(Vec<u8>);

impl bincode::enc::write::Writer for Out {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { encoder: EncoderImpl::new(Out(Vec::with_capacity(128)), standard()), depth: 0, too_deep: false }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, BadMessage> {
        let bytes = self.encoder.into_writer().0;
        match bytes.len() {
            _ if self.too_deep => Err(BadMessage::Deep),
            length if length > limits::MESSAGE => Err(BadMessage::Large(length)),
            _ => Ok(bytes),
        }
    }

    /// Writes the number of a variant.
    pub fn variant(&mut self, number: u32) {
        self.primitive(number);
    }

    /// Writes a number of elements or bytes.
    pub fn length(&mut self, length: usize) {
        self.primitive(length as u64);
    }

    /// Writes one of bincode's own primitives.
    pub(super) fn primitive(&mut self, value: impl Encode) {
        let written = value.encode(&mut self.encoder);
        debug_assert!(written.is_ok(), "a primitive goes into memory, which does not fail");
    }

    /// Writes bytes without their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let written = self.encoder.writer().write(bytes);
        debug_assert!(written.is_ok(), "bytes go into memory, which does not fail");
    }

    /// Goes one level of nesting deeper for the time of `inner`.
    pub fn nested(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        if self.depth > limits::DEPTH {
            self.too_deep = true;
        } else {
            inner(self);
        }
        self.depth -= 1;
    }
}
