//! Bytes of messages: bincode's encoding (little endian, variable-length integers) behind one small trait with hard limits.
//!
//! This is the only place that names `bincode`. A bare decode of it can be made to ask for an exabyte by ten bytes and to overflow the stack
//! by nesting; here every length is compared with the bytes that are left, every allocation is charged to a budget, and values may be nested
//! [`crate::limits::DEPTH`] deep. Bytes left over at the end are refused. A layout never changes in place: a new field is a new variant.

mod model_types;
mod plain;
mod reader;
mod values;
mod writer;

#[cfg(test)]
mod tests;

use crate::limits;
use bytes::Bytes;

pub use reader::Reader;
pub use writer::Writer;

/// Bytes that are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBytes {
    /// They end too early.
    #[error("the bytes end in the middle of a message")]
    Short,
    /// They go on after the end.
    #[error("{0} bytes follow the end of the message")]
    Trailing(usize),
    /// They hold something that cannot be.
    #[error("the bytes hold a bad {0}")]
    Bad(&'static str),
    /// They name a variant that this version does not know.
    #[error("the bytes name variant {number} of `{what}`, which this version does not know")]
    Unknown {
        /// The enum.
        what: &'static str,
        /// The variant's number.
        number: u32,
    },
    /// A value is nested too deep.
    #[error("a value is nested deeper than {} levels", limits::DEPTH)]
    Deep,
    /// The message would take too much memory.
    #[error("the message would take more memory than is allowed")]
    Large,
}

/// A message that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// A value is nested too deep.
    #[error("a value is nested deeper than {} levels and cannot be sent", limits::DEPTH)]
    Deep,
    /// It has too many bytes.
    #[error("the message has {0} bytes; {max} can be sent", max = limits::MESSAGE)]
    Large(usize),
}

/// Something with a layout on the wire.
pub trait Wire: Sized {
    /// Writes it.
    fn put(&self, out: &mut Writer);

    /// Reads it.
    ///
    /// # Errors
    /// When the bytes do not hold one.
    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes>;
}

/// Bytes of a message.
///
/// # Errors
/// When a value in it is nested too deep or it is too large.
pub fn encode<T: Wire>(message: &T) -> Result<Vec<u8>, BadMessage> {
    let mut writer = Writer::new();
    message.put(&mut writer);
    writer.finish()
}

/// The message of bytes, all of them.
///
/// # Errors
/// When the bytes are not exactly one message within the limits.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, BadBytes> {
    whole(bytes.len(), Reader::new(bytes, None, limits::DECODED))
}

/// The same; byte fields of the message become views into `bytes` instead of copies.
///
/// # Errors
/// When the bytes are not exactly one message within the limits.
pub fn decode_shared<T: Wire>(bytes: &Bytes) -> Result<T, BadBytes> {
    whole(bytes.len(), Reader::new(bytes, Some(bytes), limits::DECODED))
}

/// The same with an own bound for the memory that the message may take.
///
/// # Errors
/// When the bytes are not exactly one message within the limits.
pub fn decode_within<T: Wire>(bytes: &[u8], memory: usize) -> Result<T, BadBytes> {
    whole(bytes.len(), Reader::new(bytes, None, memory))
}

fn whole<T: Wire>(length: usize, mut reader: Reader<'_>) -> Result<T, BadBytes> {
    if length > limits::MESSAGE {
        return Err(BadBytes::Large);
    }
    let message = T::read(&mut reader)?;
    match reader.left() {
        0 => Ok(message),
        left => Err(BadBytes::Trailing(left)),
    }
}

/// Layout of a struct: its fields in the named order.
#[macro_export]
macro_rules! wire_struct {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Wire for $name {
            fn put(&self, out: &mut $crate::codec::Writer) {
                $($crate::codec::Wire::put(&self.$field, out);)*
            }

            fn read(input: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::BadBytes> {
                Ok(Self { $($field: $crate::codec::Wire::read(input)?),* })
            }
        }
    };
}

/// Layout of an enum: the number of the variant, then its fields in the named order. Numbers are never reused.
#[macro_export]
macro_rules! wire_enum {
    ($name:ident { $($number:literal $variant:ident { $($field:ident),* }),* $(,)? }) => {
        impl $crate::codec::Wire for $name {
            fn put(&self, out: &mut $crate::codec::Writer) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        out.variant($number);
                        $($crate::codec::Wire::put($field, out);)*
                    })*
                }
            }

            fn read(input: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::BadBytes> {
                match input.variant()? {
                    $($number => Ok(Self::$variant { $($field: $crate::codec::Wire::read(input)?),* }),)*
                    number => Err($crate::codec::BadBytes::Unknown { what: stringify!($name), number }),
                }
            }
        }
    };
}
