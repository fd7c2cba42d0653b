//! Types an argument can have, and how a value of YAML becomes one.
//!
//! Trees are lenient: a port is written as a number where text is wanted, a flag as `yes` or as `1`. What a value means is decided here,
//! once, and as Salt's users know it: a number or truth value becomes text in Python's spelling.

mod lists;
mod mode;
mod span;

pub use lists::{Names, Words};
pub use mode::Mode;
pub use span::Span;

use value::{Map, Secret, Value, text};

/// A type an argument can have.
pub trait FromValue: Sized {
    /// What is expected, in words that follow "must be".
    const EXPECTED: &'static str;

    /// Whether `null` means something of its own; otherwise it stands for the default.
    const TAKES_NULL: bool = false;

    /// Makes one of a value, or gives the value back.
    fn from_value(value: Value) -> Result<Self, Value>;
}

impl FromValue for Value {
    const EXPECTED: &'static str = "anything";
    const TAKES_NULL: bool = true;

    fn from_value(value: Value) -> Result<Self, Value> {
        Ok(value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const TAKES_NULL: bool = true;

    fn from_value(value: Value) -> Result<Self, Value> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "text";

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Str(text) => Ok(text),
            Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) => Ok(text::str(&value)),
            Value::Null | Value::Bytes(_) | Value::List(_) | Value::Map(_) => Err(value),
        }
    }
}

impl<T: FromValue> FromValue for Secret<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: Value) -> Result<Self, Value> {
        T::from_value(value).map(Self::new)
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "yes or no";

    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Bool(flag) => Ok(*flag),
            Value::Int(number) => Ok(*number != 0),
            Value::Big(_) => Ok(true),
            Value::Float(number) => Ok(*number != 0.0),
            Value::Str(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(true),
                "false" | "no" | "off" | "0" | "" | "none" => Ok(false),
                _ => Err(value),
            },
            Value::Null => Ok(false),
            Value::Bytes(_) | Value::List(_) | Value::Map(_) => Err(value),
        }
    }
}

/// Whether a value is true as Salt's `is_true` has it: numbers above zero, and the text `true`, `yes`… in any case.
#[must_use]
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Int(number) => *number > 0,
        Value::Float(number) => *number > 0.0,
        Value::Str(text) => text.eq_ignore_ascii_case("true"),
        Value::Null => false,
        Value::Big(_) => value.as_float().is_some_and(|number| number > 0.0),
        Value::Bytes(_) | Value::List(_) | Value::Map(_) => value.is_truthy(),
    }
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Int(number) => Ok(*number),
            Value::Bool(flag) => Ok(Self::from(*flag)),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Ok(*number as Self),
            Value::Str(text) => text.trim().parse().map_err(|_| value),
            Value::Null | Value::Big(_) | Value::Float(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => Err(value),
        }
    }
}

macro_rules! narrower {
    ($($int:ty),*) => {$(
        impl FromValue for $int {
            const EXPECTED: &'static str = "a whole number";

            fn from_value(value: Value) -> Result<Self, Value> {
                let number = i64::from_value(value)?;
                Self::try_from(number).map_err(|_| Value::Int(number))
            }
        }
    )*};
}

narrower!(i32, u16, u32, u64, usize);

impl FromValue for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Int(number) => Ok(*number as Self),
            Value::Big(_) => value.as_float().ok_or(value),
            Value::Float(number) => Ok(*number),
            Value::Str(text) => text.trim().parse().map_err(|_| value),
            Value::Null | Value::Bool(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => Err(value),
        }
    }
}

/// A single value is a list of one.
impl<T: FromValue> FromValue for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_value).collect(),
            Value::Null => Ok(Self::new()),
            other => Ok(vec![T::from_value(other)?]),
        }
    }
}

/// A list of mappings is their union, as SLS files write it (`- A: 1` lines).
impl FromValue for Map {
    const EXPECTED: &'static str = "a mapping";

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Map(map) => Ok(map),
            // Trees pass the empty text or `False` that a lookup gave them where there is nothing to merge.
            Value::Null | Value::Bool(false) => Ok(Self::new()),
            Value::Str(text) if text.is_empty() => Ok(Self::new()),
            Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
                let mut all = Self::new();
                for item in items {
                    if let Value::Map(map) = item {
                        all.extend(map);
                    }
                }
                Ok(all)
            }
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_truth_value_becomes_text_in_pythons_spelling() {
        assert_eq!(String::from_value(Value::Bool(false)).unwrap(), "False");
        assert_eq!(String::from_value(Value::Int(80)).unwrap(), "80");
        assert_eq!(String::from_value(Value::Float(1.0)).unwrap(), "1.0");
        assert!(String::from_value(Value::map()).is_err());
    }

    #[test]
    fn flags_are_written_in_many_ways_but_not_in_any() {
        for yes in [Value::from(true), Value::from(1), Value::from("yes"), Value::from("True")] {
            assert_eq!(bool::from_value(yes), Ok(true));
        }
        assert_eq!(bool::from_value(Value::from("off")), Ok(false));
        assert!(bool::from_value(Value::from("maybe")).is_err());
    }

    #[test]
    fn a_list_of_single_mappings_is_one_mapping() {
        let list: Value = serde_json::from_str(r#"[{"A": 1}, {"B": "x"}]"#).unwrap();
        let map = Map::from_value(list).unwrap();
        assert_eq!(map.keys().map(text::str).collect::<Vec<_>>(), ["A", "B"]);
    }
}
