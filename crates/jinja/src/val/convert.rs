//! Between the values of a running template and plain values.

use super::{Dict, DictMap, Key, List, Text, Val};
use crate::{Error, Kind};
use std::rc::Rc;
use value::{BigInt, Value};

/// Deeper or larger data than this has no plain value; it is a cycle or an attack.
const DEEPEST: usize = 512;
const MOST: usize = 10_000_000;

impl Val {
    /// A whole number of any size.
    pub(crate) fn whole(number: impl Into<BigInt>) -> Self {
        let number = number.into();
        i64::try_from(&number).map_or_else(|_| Self::Big(Rc::new(number)), Self::Int)
    }

    /// The whole number of any size, if this is one (truth values are numbers, as in Python).
    #[must_use]
    pub fn as_whole(&self) -> Option<BigInt> {
        match self {
            Self::Big(number) => Some((**number).clone()),
            other => other.as_int().map(BigInt::from),
        }
    }

    /// A fresh deep mutable copy whose dicts are Python's `OrderedDict`s: see [`Dict::is_ordered`].
    #[must_use]
    pub fn ordered(value: &Value) -> Self {
        copied(value, true)
    }

    /// The plain value: an own copy without sharing. Tuples, views, ranges and generators become lists.
    ///
    /// # Errors
    /// What is undefined, or has no plain value (a macro), or is nested without end.
    pub fn to_value(&self) -> Result<Value, Error> {
        let mut more = MOST;
        plain(self, DEEPEST, &mut more)
    }
}

fn plain(value: &Val, deeper: usize, more: &mut usize) -> Result<Value, Error> {
    let (Some(deeper), Some(rest)) = (deeper.checked_sub(1), more.checked_sub(1)) else {
        return Err(Error::new(Kind::Limit, "data is nested too deeply"));
    };
    *more = rest;
    Ok(match value {
        Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
        Val::Undefined(_) => Value::from(""),
        Val::None => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Int(number) => Value::Int(*number),
        Val::Big(number) => Value::Big(Box::new((**number).clone())),
        Val::Float(number) => Value::Float(*number),
        Val::Str(text) => Value::from(text.as_str()),
        Val::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        Val::List(items) => list(&items.to_vec(), deeper, more)?,
        Val::Tuple(items) => list(items, deeper, more)?,
        Val::View(view) => list(&view.items(), deeper, more)?,
        Val::Range(range) => Value::List(range.iter().map(Value::Int).collect()),
        Val::Iter(items) => list(&items.rest(), deeper, more)?,
        Val::Dict(dict) => {
            let mut map = value::Map::with_capacity(dict.len());
            for (key, item) in dict.to_vec() {
                map.insert(plain(&key, deeper, more)?, plain(&item, deeper, more)?);
            }
            Value::Map(map)
        }
        Val::Object(object) => {
            object.to_value().ok_or_else(|| Error::type_error(format!("a '{}' object is no plain data", object.type_name())))?
        }
    })
}

fn list(items: &[Val], deeper: usize, more: &mut usize) -> Result<Value, Error> {
    items.iter().map(|item| plain(item, deeper, more)).collect::<Result<Vec<_>, _>>().map(Value::List)
}

/// A key made from a plain value; what Python cannot hash (a list, a mapping) becomes a tuple.
fn key(value: &Value) -> Key {
    let made = match value {
        Value::List(items) => Val::tuple(items.iter().map(|item| key(item).into_val()).collect()),
        Value::Map(map) => {
            Val::tuple(map.iter().map(|(name, item)| Val::tuple(vec![key(name).into_val(), key(item).into_val()])).collect())
        }
        other => Val::from(other),
    };
    Key::new(made).unwrap_or_else(Key::text)
}

/// A fresh deep mutable copy.
impl From<&Value> for Val {
    fn from(value: &Value) -> Self {
        copied(value, false)
    }
}

fn copied(value: &Value, ordered: bool) -> Val {
    match value {
        Value::Null => Val::None,
        Value::Bool(flag) => Val::Bool(*flag),
        Value::Int(number) => Val::Int(*number),
        Value::Big(number) => Val::Big(Rc::new((**number).clone())),
        Value::Float(number) => Val::Float(*number),
        Value::Str(text) => Val::str(text.as_str()),
        Value::Bytes(bytes) => Val::Bytes(Rc::from(bytes.as_slice())),
        Value::List(items) => Val::List(List::new(items.iter().map(|item| copied(item, ordered)).collect())),
        Value::Map(map) => {
            let entries: DictMap = map.iter().map(|(name, item)| (key(name), copied(item, ordered))).collect();
            Val::Dict(Dict::from_map_ordered(entries, ordered))
        }
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl From<value::Map> for Val {
    fn from(map: value::Map) -> Self {
        Self::from(&Value::Map(map))
    }
}

impl From<bool> for Val {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

macro_rules! from_int {
    ($($int:ty),*) => {$(
        impl From<$int> for Val {
            fn from(number: $int) -> Self {
                i64::try_from(number).map_or_else(|_| Self::whole(number), Self::Int)
            }
        }
    )*};
}

from_int!(i32, u32, i64, u64, usize);

impl From<f64> for Val {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::str(text)
    }
}

impl From<Text> for Val {
    fn from(text: Text) -> Self {
        Self::Str(text)
    }
}

impl From<Vec<Val>> for Val {
    fn from(items: Vec<Val>) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}
