//! A span of time as people write it.

use crate::FromValue;
use std::time::Duration;
use value::Value;

/// A span of time: `30`, `1.5`, `30s`, `5m`, `1h30m`, `2d`; a bare number is seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// Reads text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds).ok().map(Self);
        }
        let mut total = 0.0;
        let mut number = String::new();
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            if c.is_ascii_digit() || c == '.' {
                number.push(c);
                continue;
            }
            let unit = match c {
                's' => 1.0,
                'm' => 60.0,
                'h' => 3600.0,
                'd' => 86_400.0,
                'w' => 604_800.0,
                _ => return None,
            };
            total += number.parse::<f64>().ok()? * unit;
            number.clear();
        }
        if number.is_empty() && !text.is_empty() { Duration::try_from_secs_f64(total).ok().map(Self) } else { None }
    }
}

impl FromValue for Span {
    const EXPECTED: &'static str = "a span of time such as 30s";

    fn from_value(value: Value) -> Result<Self, Value> {
        let span = match &value {
            Value::Int(_) | Value::Big(_) | Value::Float(_) => {
                value.as_float().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).map(Self)
            }
            Value::Str(text) => Self::parse(text),
            Value::Null | Value::Bool(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => None,
        };
        span.ok_or(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let seconds = |text: &str| Span::parse(text).map(|span| span.0.as_secs_f64());
        assert_eq!(seconds("30"), Some(30.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("1.5s"), Some(1.5));
        for bad in ["", "s", "3x", "1h5", "-1"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
