//! Layout of the dynamic value: a type byte, then the content. Nesting is bounded on both ends.

use super::{BadBytes, Reader, Wire, Writer};
use value::{BigInt, Map, Value};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;
const STR: u8 = 5;
const BYTES: u8 = 6;
const LIST: u8 = 7;
const MAP: u8 = 8;
const BIG: u8 = 9;

/// What an entry of a mapping takes beside its key and value: its hash and its place in the table.
const ENTRY: usize = 2 * size_of::<Value>() + 24;

impl Wire for Value {
    fn put(&self, out: &mut Writer) {
        match self {
            Self::Null => NULL.put(out),
            Self::Bool(false) => FALSE.put(out),
            Self::Bool(true) => TRUE.put(out),
            Self::Int(number) => {
                INT.put(out);
                number.put(out);
            }
            Self::Big(number) => {
                let bytes = number.to_signed_bytes_le();
                BIG.put(out);
                out.length(bytes.len());
                out.bytes(&bytes);
            }
            Self::Float(number) => {
                FLOAT.put(out);
                number.put(out);
            }
            Self::Str(text) => {
                STR.put(out);
                text.put(out);
            }
            Self::Bytes(bytes) => {
                BYTES.put(out);
                out.length(bytes.len());
                out.bytes(bytes);
            }
            Self::List(items) => {
                LIST.put(out);
                out.nested(|out| items.put(out));
            }
            Self::Map(map) => {
                MAP.put(out);
                map.put(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        Ok(match u8::read(input)? {
            NULL => Self::Null,
            FALSE => Self::Bool(false),
            TRUE => Self::Bool(true),
            INT => Self::Int(i64::read(input)?),
            BIG => {
                let length = input.length()?;
                input.charge(length)?;
                // One number has one form: what fits a plain number is written as such.
                match Self::whole(BigInt::from_signed_bytes_le(input.bytes(length)?)) {
                    big @ Self::Big(_) => big,
                    _ => return Err(BadBytes::Bad("long number: it is short")),
                }
            }
            FLOAT => Self::Float(f64::read(input)?),
            STR => Self::Str(String::read(input)?),
            BYTES => {
                let length = input.length()?;
                input.charge(length)?;
                Self::Bytes(input.bytes(length)?.to_vec())
            }
            LIST => Self::List(input.nested(Vec::read)?),
            MAP => Self::Map(Map::read(input)?),
            _ => return Err(BadBytes::Bad("type of a value")),
        })
    }
}

impl Wire for Map {
    fn put(&self, out: &mut Writer) {
        out.nested(|out| {
            out.length(self.len());
            for (key, value) in self {
                key.put(out);
                value.put(out);
            }
        });
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        input.nested(|input| {
            let length = input.length()?;
            // An entry has two values and each takes a byte.
            if length > input.left() / 2 {
                return Err(BadBytes::Short);
            }
            input.charge(length.saturating_mul(ENTRY))?;
            let mut map = Self::with_capacity(length);
            for _ in 0..length {
                let key = Value::read(input)?;
                if !key.is_scalar() {
                    return Err(BadBytes::Bad("key of a mapping"));
                }
                map.insert(key, Value::read(input)?);
            }
            if map.len() == length { Ok(map) } else { Err(BadBytes::Bad("mapping: a key stands twice")) }
        })
    }
}
