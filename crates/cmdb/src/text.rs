//! What PostgreSQL cannot hold is replaced before either store sees it, so that both answer alike.

use std::borrow::Cow;
use value::{Map, Value};

/// Text without NUL: PostgreSQL's `text` and `jsonb` cannot hold it. A hostile event tag must not make a batch fail for ever.
#[must_use]
pub fn clean_text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The value as it reads after a way through JSON without NUL: text keys, no bytes, no NUL, no number that is none.
#[must_use]
pub fn clean_value(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => value.clone(),
        // As JSON has it: a number where a reader of 64 bits keeps it, else its digits.
        Value::Big(number) if u64::try_from(&**number).is_ok() => value.clone(),
        Value::Big(number) => Value::Str(number.to_string()),
        Value::Float(number) if number.is_finite() => value.clone(),
        Value::Float(_) => Value::Null,
        Value::Str(text) => Value::Str(clean_text(text).into_owned()),
        Value::Bytes(bytes) => Value::Str(clean_text(&String::from_utf8_lossy(bytes)).into_owned()),
        Value::List(items) => Value::List(items.iter().map(clean_value).collect()),
        Value::Map(map) => {
            let mut cleaned = Map::new();
            for (key, value) in map {
                let key = match key {
                    Value::Null => "null".to_owned(),
                    Value::Bool(flag) => flag.to_string(),
                    other => clean_text(&value::text::str(other)).into_owned(),
                };
                cleaned.insert(key, clean_value(value));
            }
            Value::Map(cleaned)
        }
    }
}

/// As [`clean_value`], for a mapping.
#[must_use]
pub fn clean_map(map: &Map) -> Map {
    match clean_value(&Value::Map(map.clone())) {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}
