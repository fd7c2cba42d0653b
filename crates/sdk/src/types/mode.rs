//! Permission bits as trees write them.

use crate::FromValue;
use value::{Value, text};

/// Permission bits, or the word `keep`.
///
/// `644`, `0644`, `'0644'` and `0o644` all mean the same: digits are octal however YAML read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// These bits.
    Bits(u32),
    /// Those of the source.
    Keep,
}

impl Mode {
    /// The bits, unless they are the source's.
    #[must_use]
    pub const fn bits(self) -> Option<u32> {
        match self {
            Self::Bits(bits) => Some(bits),
            Self::Keep => None,
        }
    }

    /// Bits as four octal digits, the way Salt prints them.
    #[must_use]
    pub fn text(bits: u32) -> String {
        format!("{bits:04o}")
    }

    /// Reads octal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<u32> {
        let digits = text.trim().trim_start_matches("0o");
        u32::from_str_radix(digits, 8).ok().filter(|bits| *bits <= 0o7777)
    }
}

impl FromValue for Mode {
    const EXPECTED: &'static str = "a mode such as 0644";

    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Str(word) if word == "keep" => Ok(Self::Keep),
            Value::Str(_) | Value::Int(_) => Self::parse(&text::str(&value)).map(Self::Bits).ok_or(value),
            Value::Null | Value::Bool(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => Err(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_octal_however_they_were_read() {
        for given in [Value::from(644), Value::from("644"), Value::from("0644"), Value::from("0o644")] {
            assert_eq!(Mode::from_value(given).unwrap(), Mode::Bits(0o644));
        }
        assert!(Mode::from_value(Value::from("0888")).is_err());
        assert_eq!(Mode::text(0o755), "0755");
    }
}
