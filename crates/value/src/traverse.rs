//! Looking into nested values by a path such as `a:b:0`.

use crate::{Map, Value};
use std::num::IntErrorKind;

/// The delimiter of paths unless another one is asked for.
pub const DELIMITER: &str = ":";

/// The value at `path`, or `None` where a segment is missing.
///
/// A segment of a mapping is its text key, else the scalar that the text means (`80` finds the number 80). A segment of a list is a key
/// of the first member mapping that has it, else, for a number, the position; negative positions count from the end.
#[must_use]
pub fn traverse<'a>(value: &'a Value, path: &str, delimiter: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    let mut here = value;
    for segment in path.split(delimiter) {
        here = match here {
            Value::Map(map) => in_map(map, segment)?,
            Value::List(items) => in_list(items, segment)?,
            _ => return None,
        };
    }
    Some(here)
}

fn in_map<'a>(map: &'a Map, segment: &str) -> Option<&'a Value> {
    map.get(segment).or_else(|| map.get_value(&scalar_key(segment)?))
}

fn in_list<'a>(items: &'a [Value], segment: &str) -> Option<&'a Value> {
    let mut maps = items.iter().filter_map(Value::as_map);
    if let Ok(number) = segment.parse::<i64>() {
        let key = Value::Int(number);
        maps.find_map(|map| map.get_value(&key)).or_else(|| {
            let index = if number < 0 { items.len() as i64 + number } else { number };
            items.get(usize::try_from(index).ok()?)
        })
    } else {
        maps.find_map(|map| map.get(segment))
    }
}

/// The scalar other than text that a key's text means, if any: a number, a truth value or null.
#[must_use]
pub fn scalar_key(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Value::Bool(false)),
        "null" | "Null" | "NULL" | "~" => Some(Value::Null),
        _ => match text.parse::<i64>() {
            Ok(number) => Some(Value::Int(number)),
            Err(error) if matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => {
                text.parse::<crate::BigInt>().ok().map(Value::whole)
            }
            Err(_) if text.contains('.') => text.parse::<f64>().ok().map(Value::Float),
            Err(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(json: &str, path: &str) -> Option<String> {
        let value: Value = serde_json::from_str(json).unwrap();
        traverse(&value, path, ":").map(|found| serde_json::to_string(found).unwrap())
    }

    #[test]
    fn a_path_goes_through_mappings_and_lists() {
        let data = r#"{"a":{"b":[{"k":"v1"},{"k":"v2","x":3}, "end"]}}"#;
        assert_eq!(at(data, "a:b:k").as_deref(), Some("\"v1\""));
        assert_eq!(at(data, "a:b:x").as_deref(), Some("3"));
        assert_eq!(at(data, "a:b:2").as_deref(), Some("\"end\""));
        assert_eq!(at(data, "a:b:nope"), None);
        assert_eq!(at(data, "a:b:2:deeper"), None);
    }

    #[test]
    fn a_number_finds_a_number_key() {
        let mut ports = Map::new();
        ports.insert(80, "http");
        assert_eq!(traverse(&Value::Map(ports), "80", ":"), Some(&Value::from("http")));
    }
}
