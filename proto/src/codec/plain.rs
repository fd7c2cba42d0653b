//! Layout of plain Rust values.

use super::{BadBytes, Reader, Wire, Writer};
use bytes::Bytes;
use std::time::Duration;

macro_rules! primitive {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Writer) {
                out.primitive(*self);
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
                input.primitive(stringify!($type))
            }
        }
    )*};
}

primitive!(bool, u8, u16, u32, u64, i32, i64, f64);

impl Wire for String {
    fn put(&self, out: &mut Writer) {
        out.length(self.len());
        out.bytes(self.as_bytes());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        let length = input.length()?;
        input.charge(length)?;
        let text = std::str::from_utf8(input.bytes(length)?).map_err(|_| BadBytes::Bad("text"))?;
        Ok(text.to_owned())
    }
}

impl Wire for Bytes {
    fn put(&self, out: &mut Writer) {
        out.length(self.len());
        out.bytes(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        let length = input.length()?;
        input.shared_bytes(length)
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut Writer) {
        out.bytes(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        input.bytes(N)?.try_into().map_err(|_| BadBytes::Short)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Writer) {
        match self {
            None => out.primitive(0_u8),
            Some(value) => {
                out.primitive(1_u8);
                value.put(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        match u8::read(input)? {
            0 => Ok(None),
            1 => Ok(Some(T::read(input)?)),
            _ => Err(BadBytes::Bad("option")),
        }
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn put(&self, out: &mut Writer) {
        match self {
            Ok(value) => {
                out.primitive(0_u8);
                value.put(out);
            }
            Err(error) => {
                out.primitive(1_u8);
                error.put(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        match u8::read(input)? {
            0 => Ok(Ok(T::read(input)?)),
            1 => Ok(Err(E::read(input)?)),
            _ => Err(BadBytes::Bad("result")),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Writer) {
        out.length(self.len());
        for item in self {
            item.put(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        let length = input.length()?;
        input.charge(length.saturating_mul(size_of::<T>()))?;
        let mut items = Self::with_capacity(length);
        for _ in 0..length {
            items.push(T::read(input)?);
        }
        Ok(items)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Writer) {
        self.0.put(out);
        self.1.put(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        Ok((A::read(input)?, B::read(input)?))
    }
}

/// Microseconds: finer spans have no meaning between two machines.
impl Wire for Duration {
    fn put(&self, out: &mut Writer) {
        out.primitive(u64::try_from(self.as_micros()).unwrap_or(u64::MAX));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        Ok(Self::from_micros(u64::read(input)?))
    }
}
