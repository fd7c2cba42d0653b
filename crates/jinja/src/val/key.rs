//! Values as keys of dicts: hashed and compared as Python does.

use super::Val;
use indexmap::Equivalent;
use num_traits::FromPrimitive;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use value::BigInt;

/// A value that can be a key; made by [`Key::new`] from what is hashable.
#[derive(Clone)]
pub(crate) struct Key(Val);

/// Lets a dict be asked with a plain `&str`.
pub(crate) struct TextKey<'a>(pub &'a str);

impl Key {
    /// The value as a key, or the name of the type that is not hashable.
    pub(crate) fn new(value: Val) -> Result<Self, String> {
        match unhashable(&value, &mut 0, 0) {
            None => Ok(Self(value)),
            Some(name) => Err(name),
        }
    }

    /// A key of text, which is always hashable.
    pub(crate) fn text(text: impl Into<super::Text>) -> Self {
        Self(Val::Str(text.into()))
    }

    pub(crate) fn val(&self) -> &Val {
        &self.0
    }

    pub(crate) fn into_val(self) -> Val {
        self.0
    }
}

/// Tuples are keys only up to this many members in all and this deep: hashing visits each, and shared ones once for every way to them.
const MOST: usize = 10_000;
const DEEPEST: usize = 100;

fn unhashable(value: &Val, members: &mut usize, depth: usize) -> Option<String> {
    match value {
        Val::List(_) | Val::Dict(_) => Some(value.type_name().to_owned()),
        Val::View(view) => Some(view.kind.type_name().to_owned()),
        Val::Undefined(undefined) if undefined.is_strict() => Some("StrictUndefined".to_owned()),
        Val::Tuple(items) => {
            *members = members.saturating_add(items.len());
            if *members > MOST || depth > DEEPEST {
                return Some("tuple".to_owned());
            }
            items.iter().find_map(|item| unhashable(item, members, depth + 1))
        }
        _ => None,
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Key {}

/// Equality of hashable values.
fn same(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Str(a), Val::Str(b)) => a.as_str() == b.as_str(),
        (Val::None, Val::None) => true,
        (Val::Bytes(a), Val::Bytes(b)) => a == b,
        (Val::Tuple(a), Val::Tuple(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Val::Object(a), Val::Object(b)) => Rc::ptr_eq(a, b),
        (Val::Iter(a), Val::Iter(b)) => Rc::ptr_eq(a, b),
        (Val::Range(a), Val::Range(b)) => a.is_equal(b),
        (Val::Undefined(_), Val::Undefined(_)) => true,
        _ => match (whole(a), whole(b)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => matches!((a, b), (Val::Float(a), Val::Float(b)) if a == b),
            _ => false,
        },
    }
}

/// A number without a broken part.
#[derive(PartialEq, Hash)]
enum Whole {
    Small(i64),
    Big(BigInt),
}

fn whole(value: &Val) -> Option<Whole> {
    match value {
        Val::Bool(flag) => Some(Whole::Small(i64::from(*flag))),
        Val::Int(number) => Some(Whole::Small(*number)),
        Val::Big(number) => Some(Whole::Big((**number).clone())),
        Val::Float(number) if number.fract() == 0.0 => {
            let number = BigInt::from_f64(*number)?;
            Some(i64::try_from(&number).map_or_else(|_| Whole::Big(number), Whole::Small))
        }
        _ => None,
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

fn hash<H: Hasher>(value: &Val, state: &mut H) {
    match value {
        Val::Str(text) => text.as_str().hash(state),
        Val::Tuple(items) => items.iter().for_each(|item| hash(item, state)),
        Val::Bytes(bytes) => bytes.hash(state),
        Val::Float(number) if whole(value).is_none() => number.to_bits().hash(state),
        other => whole(other).hash(state),
    }
}

impl Hash for TextKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Key> for TextKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(&key.0, Val::Str(text) if text.as_str() == self.0)
    }
}
