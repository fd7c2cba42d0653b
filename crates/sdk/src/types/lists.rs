//! Lists of words.

use crate::FromValue;
use value::{Value, text};

/// Words, given as a list or as text with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        words.0.into()
    }
}

impl FromValue for Words {
    const EXPECTED: &'static str = "words, as a list or with commas between them";

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::List(items) => Ok(Self(items.iter().map(text::str).collect())),
            Value::Null => Ok(Self::default()),
            Value::Map(_) | Value::Bytes(_) => Err(value),
            other => {
                let text = text::str(&other);
                Ok(Self(text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()))
            }
        }
    }
}

/// Names with an optional value each, as `pkgs` has them: `[vim, {git: '>=2'}]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(pub Vec<(String, Option<Value>)>);

impl FromValue for Names {
    const EXPECTED: &'static str = "a list of names, each alone or with a value";

    fn from_value(value: Value) -> Result<Self, Value> {
        let items = match value {
            Value::List(items) => items,
            Value::Null => return Ok(Self::default()),
            Value::Map(map) => return Ok(Self(map.into_iter().map(|(key, value)| (text::str(&key), filled(value))).collect())),
            Value::Str(text) => text.split(',').map(|word| Value::from(word.trim())).collect(),
            other => vec![other],
        };
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::Map(map) => names.extend(map.into_iter().map(|(key, value)| (text::str(&key), filled(value)))),
                Value::List(_) | Value::Null | Value::Bytes(_) => return Err(item),
                scalar => names.push((text::str(&scalar), None)),
            }
        }
        Ok(Self(names))
    }
}

fn filled(value: Value) -> Option<Value> {
    if value.is_null() || value == Value::from("") { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_alone_or_with_a_value() {
        let value: Value = serde_json::from_str(r#"["vim", {"git": ">=2"}, {"tar": null}]"#).unwrap();
        let names = Names::from_value(value).unwrap().0;
        assert_eq!(names, [("vim".into(), None), ("git".into(), Some(Value::from(">=2"))), ("tar".into(), None)]);
    }

    #[test]
    fn words_are_split_at_commas() {
        assert_eq!(Words::from_value(Value::from("a, b,c")).unwrap().0, ["a", "b", "c"]);
    }
}
