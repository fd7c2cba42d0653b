//! JSON as Python reads it: a whole number of any size keeps its digits.

use crate::{BigInt, Map, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Digits of the longest number that surely fits 64 bits.
const SHORT: usize = 18;

/// Python refuses longer ones.
const LONGEST: usize = 4300;

/// Reads a document.
///
/// # Errors
/// It is no JSON.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    // This finds what is wrong and how deep the document is; it reads long numbers as floats.
    let value = serde_json::from_str(text)?;
    if has_long_number(text) { exact(text) } else { Ok(value) }
}

fn has_long_number(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run > SHORT
    })
}

/// Goes down by the raw text of the members, which a float would not have.
fn exact(text: &str) -> Result<Value, serde_json::Error> {
    let text = text.trim_ascii();
    match text.as_bytes().first() {
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            items.into_iter().map(|item| exact(item.get())).collect::<Result<_, _>>().map(Value::List)
        }
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(text)?;
            let entries = entries.into_iter().map(|(key, item)| Ok((Value::from(key), exact(item.get())?)));
            entries.collect::<Result<Map, serde_json::Error>>().map(Value::Map)
        }
        Some(b'0'..=b'9' | b'-') if text.len() <= LONGEST && !text.contains(['.', 'e', 'E']) => match text.parse::<BigInt>() {
            Ok(number) => Ok(Value::whole(number)),
            Err(_) => serde_json::from_str(text),
        },
        _ => serde_json::from_str(text),
    }
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_any_size_keep_their_digits() {
        let value =
            read(r#" {"a": [123456789012345678901, -9223372036854775808, 1.5e300], "1234567890123456789012": "x", "b": true} "#).unwrap();
        let want = "{'a': [123456789012345678901, -9223372036854775808, 1.5e+300], '1234567890123456789012': 'x', 'b': True}";
        assert_eq!(crate::text::repr(&value), want);
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        assert_eq!(read("[12345678901234567890,\n x]").unwrap_err().line(), 2);
    }
}
