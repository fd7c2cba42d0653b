//! The methods of Python's types.

pub(crate) mod dict;
pub(crate) mod list;
mod number;
pub(crate) mod text;
pub(crate) mod text_parts;
pub(crate) mod text_table;
pub(crate) mod text_tests;

use crate::{Call, Error, Val};

/// Calls a method of a builtin type; `None` when the type has no such method.
pub(crate) fn call(value: &Val, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    if !exists(value, call.name) {
        return None;
    }
    match value {
        Val::Str(text) => text::call(text, call),
        Val::List(list) => list::call(list, call),
        Val::Tuple(items) => list::call_tuple(items, call),
        Val::Dict(dict) => dict::call(dict, call),
        Val::Bytes(bytes) => number::call_bytes(bytes, call),
        _ => number::call(value, call),
    }
}

/// Whether a builtin type has a method.
pub(crate) fn exists(value: &Val, name: &str) -> bool {
    let names: &[&str] = match value {
        Val::Str(_) => text::NAMES,
        Val::List(_) => list::NAMES,
        Val::Tuple(_) => list::TUPLE_NAMES,
        Val::Dict(_) => dict::NAMES,
        Val::Bool(_) | Val::Int(_) | Val::Big(_) => number::INT_NAMES,
        Val::Float(_) => number::FLOAT_NAMES,
        Val::Bytes(_) => number::BYTES_NAMES,
        _ => &[],
    };
    names.contains(&name)
}

/// An attribute of a builtin type that is no method.
pub(crate) fn field(value: &Val, name: &str) -> Option<Val> {
    match (value, name) {
        (Val::Tuple(items), name) => items.by_name(name),
        (Val::Bool(_) | Val::Int(_), "real" | "numerator") => value.as_int().map(Val::Int),
        (Val::Bool(_) | Val::Int(_), "imag") => Some(Val::Int(0)),
        (Val::Bool(_) | Val::Int(_), "denominator") => Some(Val::Int(1)),
        (Val::Float(number), "real") => Some(Val::Float(*number)),
        (Val::Float(_), "imag") => Some(Val::Float(0.0)),
        (Val::Range(range), "start") => Some(Val::Int(range.start)),
        (Val::Range(range), "stop") => Some(Val::Int(range.stop)),
        (Val::Range(range), "step") => Some(Val::Int(range.step)),
        _ => None,
    }
}
