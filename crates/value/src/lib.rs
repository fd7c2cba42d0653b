//! The dynamic value of SLS, grains, pillar and returns.
//!
//! Everything that a template, a pillar file, a grain or a function's return can hold is a [`Value`]: JSON's types, a difference between
//! whole and broken numbers, bytes, and mappings that keep their order and may have any scalar as key. Equality is Python's, because
//! templates and trees were written against it: `1`, `1.0` and `true` are one key.

mod convert;
pub mod diff;
pub mod json;
mod map;
mod merge;
mod secret;
mod serde_impl;
pub mod text;
mod traverse;

pub use map::Map;
pub use merge::{Lists, Strategy, merge};
pub use num_bigint::BigInt;
pub use secret::Secret;
pub use traverse::{DELIMITER, scalar_key, traverse};

use num_traits::ToPrimitive;
use std::hash::{Hash, Hasher};

/// A dynamic value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// YAML's `null`, Python's `None`.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond 64 bits; never one that fits [`Value::Int`]. [`Value::whole`] chooses.
    Big(Box<BigInt>),
    /// A broken number.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes that are no text (`!!binary`).
    Bytes(Vec<u8>),
    /// A sequence.
    List(Vec<Value>),
    /// An ordered mapping.
    Map(Map),
}

impl Value {
    /// A whole number of any size.
    #[must_use]
    pub fn whole(number: BigInt) -> Self {
        number.to_i64().map_or_else(|| Self::Big(Box::new(number)), Self::Int)
    }

    /// An empty mapping.
    #[must_use]
    pub fn map() -> Self {
        Self::Map(Map::new())
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The number as a float, if this is a number.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Big(number) => number.to_f64(),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The members, if this is a sequence.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members to change, if this is a sequence.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change, if this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The member of a mapping under a text key; `None` also when this is no mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this is neither a sequence nor a mapping.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Truth as Python sees it: empty and zero are false.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Big(_) => true,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(map) => !map.is_empty(),
        }
    }

    /// The type's name as Python's users know it: `NoneType`, `bool`, `int`, `float`, `str`, `bytes`, `list`, `dict`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Big(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "dict",
        }
    }

    /// How deep sequences and mappings are nested; a scalar is 0.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Value::depth).max().unwrap_or(0),
            Self::Map(map) => 1 + map.values().map(Value::depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Equality without Python's bridges: the same types throughout and the same order of keys.
    #[must_use]
    pub fn is_identical(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_identical(b)),
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|((ka, va), (kb, vb))| ka.is_identical(kb) && va.is_identical(vb))
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other) && self == other,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Float(a), Self::Int(b)) | (Self::Int(b), Self::Float(a)) => *a == *b as f64,
            (Self::Float(a), Self::Bool(b)) | (Self::Bool(b), Self::Float(a)) => *a == f64::from(u8::from(*b)),
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Big(a), Self::Big(b)) => a == b,
            (Self::Float(a), Self::Big(b)) | (Self::Big(b), Self::Float(a)) => b.to_f64() == Some(*a),
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Bool(b)) | (Self::Bool(b), Self::Int(a)) => *a == i64::from(*b),
            _ => false,
        }
    }
}

/// Reflexive for every value but a NaN, which no key is ever compared by in earnest.
impl Eq for Value {}

/// Equal values hash alike across types; text hashes as `str` does, so that a map can be asked with a `&str`.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => 0x6e75_u16.hash(state),
            Self::Bool(flag) => i64::from(*flag).hash(state),
            Self::Int(number) => number.hash(state),
            // As the float of this size, which is equal to it.
            Self::Big(number) => number.to_f64().unwrap_or(f64::INFINITY).to_bits().hash(state),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => (*number as i64).hash(state),
            Self::Float(number) => number.to_bits().hash(state),
            Self::Str(text) => text.as_str().hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::List(items) => items.hash(state),
            Self::Map(map) => map.len().hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_true_and_one_point_zero_are_the_same_key() {
        let mut map = Map::new();
        map.insert(1, "a");
        map.insert(true, "b");
        map.insert(1.0, "c");
        assert_eq!(map.len(), 1);
        assert_eq!(map.get_value(&Value::Int(1)), Some(&Value::from("c")));
    }

    #[test]
    fn a_number_beyond_64_bits_keeps_its_digits_and_takes_little_room() {
        let big = Value::whole(BigInt::from(1_u128 << 100));
        assert_eq!(text::str(&big), "1267650600228229401496703205376");
        assert!(matches!(Value::whole(BigInt::from(i64::MAX)), Value::Int(i64::MAX)));
        assert!(matches!(Value::from(u64::MAX), Value::Big(_)));
        let mut map = Map::new();
        map.insert(big.clone(), "a");
        map.insert(2.0_f64.powi(100), "b");
        assert_eq!((map.len(), big.type_name()), (1, "int"));
        assert!(size_of::<Value>() <= 64, "{}", size_of::<Value>());
    }

    #[test]
    fn identity_tells_one_from_true_and_sees_the_order_of_keys() {
        assert!(!Value::Int(1).is_identical(&Value::Bool(true)));
        let ab = Value::Map([("a", 1), ("b", 2)].into_iter().collect());
        let ba = Value::Map([("b", 2), ("a", 1)].into_iter().collect());
        assert_eq!(ab, ba);
        assert!(!ab.is_identical(&ba));
    }
}
