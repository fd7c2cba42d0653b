//! Types that a configuration key may have.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Secret, Value, text};

/// A type that a configuration value can be read into.
pub trait Setting: Sized {
    /// What the reference page calls it.
    const KIND: &'static str;

    /// Reads a value.
    ///
    /// # Errors
    /// With what was wanted instead.
    fn read(value: &Value) -> Result<Self, String>;

    /// The default as the reference page shows it.
    fn show(&self) -> String;
}

fn wanted<T>(what: &str, value: &Value) -> Result<T, String> {
    Err(format!("{what} is wanted, not {}", text::repr(value)))
}

impl Setting for bool {
    const KIND: &'static str = "true or false";

    fn read(value: &Value) -> Result<Self, String> {
        value.as_bool().map_or_else(|| wanted("true or false", value), Ok)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_number {
    ($($int:ty),*) => {$(
        impl Setting for $int {
            const KIND: &'static str = "whole number";

            fn read(value: &Value) -> Result<Self, String> {
                let number = value.as_int().and_then(|number| Self::try_from(number).ok());
                number.map_or_else(|| wanted(&format!("a whole number from {} to {}", Self::MIN, Self::MAX), value), Ok)
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

whole_number!(u16, u32, u64, usize, i64);

impl Setting for String {
    const KIND: &'static str = "text";

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Str(text) => Ok(text.clone()),
            Value::Int(_) | Value::Big(_) | Value::Float(_) => Ok(text::str(value)),
            _ => wanted("a text", value),
        }
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "path";

    fn read(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(path) if !path.is_empty() => Ok(Self::from(path)),
            _ => wanted("a path", value),
        }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for Secret<String> {
    const KIND: &'static str = "secret text";

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Str(text) => Ok(Self::new(text.clone())),
            _ => Err("a text is wanted".to_owned()),
        }
    }

    fn show(&self) -> String {
        String::new()
    }
}

/// A span of time, written as a number of seconds or with a unit: `90`, `1.5`, `10m`, `24h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl Seconds {
    /// So many seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Setting for Seconds {
    const KIND: &'static str = "seconds";

    fn read(value: &Value) -> Result<Self, String> {
        let seconds = match value {
            Value::Str(text) => {
                let (digits, factor) = match text.chars().last() {
                    Some('s') => (&text[..text.len() - 1], 1.0),
                    Some('m') => (&text[..text.len() - 1], 60.0),
                    Some('h') => (&text[..text.len() - 1], 3600.0),
                    Some('d') => (&text[..text.len() - 1], 86400.0),
                    _ => (text.as_str(), 1.0),
                };
                digits.trim().parse::<f64>().ok().map(|number| number * factor)
            }
            other => other.as_float(),
        };
        let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        span.map_or_else(|| wanted("a span of time such as 90, 10m or 24h", value), |span| Ok(Self(span)))
    }

    fn show(&self) -> String {
        self.0.as_secs_f64().to_string()
    }
}

/// A size in bytes, written as a number or with a unit: `1048576`, `16MiB`, `2G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl Setting for Size {
    const KIND: &'static str = "bytes";

    fn read(value: &Value) -> Result<Self, String> {
        let size = match value {
            Value::Int(number) => u64::try_from(*number).ok(),
            Value::Str(text) => {
                let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
                    "" | "b" => Some(1),
                    "k" | "kb" | "kib" => Some(1 << 10),
                    "m" | "mb" | "mib" => Some(1 << 20),
                    "g" | "gb" | "gib" => Some(1 << 30),
                    _ => None,
                };
                digits.trim().parse::<u64>().ok().zip(factor).and_then(|(number, factor): (u64, u64)| number.checked_mul(factor))
            }
            _ => None,
        };
        size.map_or_else(|| wanted("a size such as 1048576, 16MiB or 2G", value), |size| Ok(Self(size)))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Setting for Value {
    const KIND: &'static str = "any";

    fn read(value: &Value) -> Result<Self, String> {
        Ok(value.clone())
    }

    fn show(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Setting for Map {
    const KIND: &'static str = "mapping";

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Map(map) => Ok(map.clone()),
            Value::Null => Ok(Self::new()),
            _ => wanted("a mapping", value),
        }
    }

    fn show(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A single item may stand without a list around it.
impl<T: Setting> Setting for Vec<T> {
    const KIND: &'static str = "list";

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::new()),
            Value::List(items) => items.iter().map(T::read).collect(),
            one => Ok(vec![T::read(one)?]),
        }
    }

    fn show(&self) -> String {
        format!("[{}]", self.iter().map(T::show).collect::<Vec<_>>().join(", "))
    }
}

impl<T: Setting> Setting for BTreeMap<String, T> {
    const KIND: &'static str = "mapping";

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::new()),
            Value::Map(map) => map.iter().map(|(key, value)| Ok((text::str(key), T::read(value)?))).collect(),
            _ => wanted("a mapping", value),
        }
    }

    fn show(&self) -> String {
        format!("{{{}}}", self.iter().map(|(key, value)| format!("{key}: {}", value.show())).collect::<Vec<_>>().join(", "))
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;

    fn read(value: &Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_take_units() {
        let span = |text: &str| Seconds::read(&Value::from(text)).map(|s| s.0.as_secs());
        assert_eq!((span("10m"), span("2h"), span("1d"), span("7")), (Ok(600), Ok(7200), Ok(86400), Ok(7)));
        assert!(span("-1").is_err() && span("soon").is_err() && span("").is_err());
        let size = |text: &str| Size::read(&Value::from(text)).map(|s| s.0);
        assert_eq!((size("1k"), size("16MiB"), size("12")), (Ok(1024), Ok(16 << 20), Ok(12)));
        assert!(size("99999999999G").is_err() && size("1x").is_err());
    }
}
