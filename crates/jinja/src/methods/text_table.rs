//! Methods of text that go character by character: translation tables and encodings.

use crate::{Call, Dict, Error, Kind, Text, Val};

/// `str.translate(table)`: each character by its number, to a number, a text, or `None`, which takes it away.
pub(super) fn translate(text: &Text, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["table"])?;
    let table = call.required(0, "table")?.clone();
    call.charge(text.len())?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let found = match &table {
            Val::Dict(dict) => dict.get_val(&Val::Int(i64::from(u32::from(c)))),
            Val::Str(letters) => usize::try_from(u32::from(c)).ok().and_then(|at| letters.chars().nth(at)).map(|c| Val::str(c.to_string())),
            Val::List(items) => usize::try_from(u32::from(c)).ok().and_then(|at| items.get(at)),
            Val::Tuple(items) => usize::try_from(u32::from(c)).ok().and_then(|at| items.get(at).cloned()),
            other => return Err(Error::type_error(format!("'{}' object is not subscriptable", other.type_name()))),
        };
        match found {
            None => out.push(c),
            Some(Val::None) => {}
            Some(Val::Str(other)) => out.push_str(&other),
            Some(other) => match other.as_int().and_then(|number| u32::try_from(number).ok()).and_then(char::from_u32) {
                Some(other) => out.push(other),
                None => return Err(Error::type_error("character mapping must return integer, None or str")),
            },
        }
    }
    call.new_text(out)
}

/// `str.maketrans(…)`: a table for [`translate`] from a dict, or from two texts of one length and one of what goes.
pub(super) fn make(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["x", "y", "z"])?;
    let number = |c: char| Val::Int(i64::from(u32::from(c)));
    let table = Dict::new();
    match (call.required(0, "x")?, call.arg(1, "y"), call.arg(2, "z")) {
        (Val::Dict(dict), None, None) => {
            for (key, value) in dict.to_vec() {
                let key = match key.as_str() {
                    None => key,
                    Some(text) => {
                        let mut chars = text.chars();
                        match (chars.next(), chars.next()) {
                            (Some(c), None) => number(c),
                            _ => return Err(Error::value_error("string keys in translate table must be of length 1")),
                        }
                    }
                };
                table.insert_val(key, value);
            }
        }
        (_, None, _) => return Err(Error::type_error("if you give only one argument to maketrans it must be a dict")),
        (Val::Str(from), Some(Val::Str(to)), gone) => {
            if from.chars().count() != to.chars().count() {
                return Err(Error::value_error("the first two maketrans arguments must have equal length"));
            }
            for (from, to) in from.chars().zip(to.chars()) {
                table.insert_val(number(from), number(to));
            }
            for c in gone.and_then(Val::as_str).unwrap_or_default().chars() {
                table.insert_val(number(c), Val::None);
            }
        }
        _ => return Err(Error::type_error("first maketrans argument must be a string if there is a second argument")),
    }
    Ok(Val::Dict(table))
}

/// `str.encode(encoding)`.
pub(super) fn encode(text: &Text, call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["encoding", "errors"])?;
    let name = call.text(0, "encoding")?.map_or_else(|| "utf-8".to_owned(), |name| name.to_lowercase().replace('_', "-"));
    let ignores = call.text(1, "errors")?.is_some_and(|errors| &*errors == "ignore");
    let below = match name.as_str() {
        "utf-8" | "utf8" => return Ok(Val::Bytes(text.as_bytes().into())),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => 256,
        "ascii" | "us-ascii" => 128,
        other => return Err(Error::new(Kind::Runtime, format!("unknown encoding: {other}"))),
    };
    let mut bytes = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) if u32::from(byte) < below => bytes.push(byte),
            _ if ignores => {}
            _ => {
                let escape = value::text::repr(&c.to_string().into());
                let message = format!("'{name}' codec can't encode character {escape} in position {at}: ordinal not in range({below})");
                return Err(Error::value_error(message));
            }
        }
    }
    Ok(Val::Bytes(bytes.into()))
}
