//! Patterns over grains and pillar: `path:to:key:pattern`.
//!
//! The text does not say where the path ends and the pattern begins, because both may contain the delimiter. So every split is tried,
//! the longest path first, and a `*` in the path stands for any key.

use crate::ParseError;
use crate::operand;
use fancy_regex::Regex;
use model::Glob;
use value::{Value, text, traverse};

/// How the last part is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Shell pattern over the lower-cased text.
    Glob,
    /// Regular expression, anchored at the start, blind to case.
    Regex,
    /// The lower-cased text itself.
    Exact,
}

/// A parsed `path:pattern`.
#[derive(Clone, Debug)]
pub struct DataPattern {
    delimiter: String,
    /// The pieces between delimiters.
    parts: Vec<String>,
    /// `tails[i]` compares with the pieces from `i` on, joined again.
    tails: Vec<Tail>,
}

/// The pieces from some place to the end, as one pattern.
#[derive(Clone, Debug)]
struct Tail {
    raw: String,
    /// `None` for a regular expression that does not compile.
    scalar: Option<Scalar>,
}

#[derive(Clone, Debug)]
enum Scalar {
    Glob(Glob),
    Regex(Box<Regex>),
    Exact(String),
}

impl DataPattern {
    pub(crate) fn new(expression: &str, delimiter: &str, style: Style) -> Result<Self, ParseError> {
        let parts: Vec<String> =
            if delimiter.is_empty() { vec![expression.to_owned()] } else { expression.split(delimiter).map(str::to_owned).collect() };
        if parts.len() < 2 {
            let example = format!("{}{delimiter}*", if expression.is_empty() { "os" } else { expression });
            return Err(ParseError::new(expression, 1, format!("a path and a pattern are wanted, separated by `{delimiter}`"))
                .hint(format!("write `{example}` for any value")));
        }
        let tails: Vec<_> = (0..parts.len())
            .map(|from| {
                let raw = parts.get(from..).unwrap_or_default().join(delimiter);
                let scalar = Scalar::new(&raw, style);
                Tail { raw, scalar }
            })
            .collect();
        // A delimiter inside the pattern (`os:(?:a|b)`) leaves tails that are no pattern; one that is suffices.
        if tails.iter().skip(1).all(|tail| tail.scalar.is_none() && tail.raw != "*") {
            let (path, pattern) = expression.split_once(delimiter).unwrap_or_default();
            operand::regex(pattern, expression, path.chars().count() + delimiter.chars().count() + 1)?;
        }
        Ok(Self { delimiter: delimiter.to_owned(), parts, tails })
    }

    /// The same with its last part compared for equality.
    pub(crate) fn exact(mut self) -> Self {
        for tail in &mut self.tails {
            tail.scalar = Some(Scalar::Exact(tail.raw.to_lowercase()));
        }
        self
    }

    /// Whether the data has a value that fits.
    #[must_use]
    pub fn matches(&self, data: &Value) -> bool {
        self.matches_from(data, 0)
    }

    /// The pieces from `from` on against `data`: the longest path into it that leads somewhere decides first.
    fn matches_from(&self, data: &Value, from: usize) -> bool {
        for rest in (from + 1..self.parts.len()).rev() {
            let path = self.parts.get(from..rest).unwrap_or_default();
            let fits = if path == ["*"] && self.delimiter != value::DELIMITER {
                // Only `*:` is a wildcard, whatever the delimiter is.
                false
            } else if path == ["*"] {
                // The whole expression again: the star is then a wildcard over the keys of the data itself.
                self.fits(data, from)
            } else {
                // An expression that begins with the delimiter names nothing.
                let path = path.join(&self.delimiter);
                match traverse(data, &path, &self.delimiter).filter(|_| !path.is_empty()) {
                    Some(found) if found.as_map().is_none_or(|map| !map.is_empty()) => self.fits(found, rest),
                    _ => false,
                }
            };
            if fits {
                return true;
            }
        }
        false
    }

    /// Whether a found value fits the pieces from `from` on.
    fn fits(&self, found: &Value, from: usize) -> bool {
        match found {
            Value::Map(_) => self.fits_map(found, from),
            Value::List(items) => items.iter().any(|item| match item {
                Value::Map(_) => self.fits_map(item, from),
                _ => self.fits_scalar(item, from),
            }),
            scalar => self.fits_scalar(scalar, from),
        }
    }

    fn fits_map(&self, found: &Value, from: usize) -> bool {
        let Some(map) = found.as_map() else { return false };
        let is_star = self.parts.get(from).is_some_and(|part| part == "*") && self.delimiter == value::DELIMITER;
        let wildcard = from + 1 < self.parts.len() && is_star;
        let from = if wildcard { from + 1 } else { from };
        let Some(tail) = self.tails.get(from) else { return false };
        tail.raw == "*"
            || map.contains_key(&tail.raw)
            || map.keys().any(|key| tail.matches(key))
            || self.matches_from(found, from)
            || (wildcard
                && map.values().any(|value| match value {
                    Value::Map(_) => self.fits_map(value, from),
                    Value::List(items) => items.iter().any(|item| match item {
                        Value::Map(_) => self.fits_map(item, from),
                        _ => self.fits_scalar(item, from),
                    }),
                    scalar => self.fits_scalar(scalar, from),
                }))
    }

    fn fits_scalar(&self, value: &Value, from: usize) -> bool {
        self.tails.get(from).is_some_and(|tail| tail.matches(value))
    }
}

impl Tail {
    fn matches(&self, value: &Value) -> bool {
        self.scalar.as_ref().is_some_and(|scalar| scalar.matches(value))
    }
}

impl Scalar {
    fn new(pattern: &str, style: Style) -> Option<Self> {
        match style {
            Style::Glob => Some(Self::Glob(Glob::new(&pattern.to_lowercase()))),
            Style::Exact => Some(Self::Exact(pattern.to_lowercase())),
            // Lower-casing the pattern, as Salt does, would turn `\D` into `\d`.
            Style::Regex => Regex::new(&format!("(?i){pattern}")).ok().map(|regex| Self::Regex(Box::new(regex))),
        }
    }

    fn matches(&self, value: &Value) -> bool {
        let text = text::str(value);
        match self {
            Self::Glob(glob) => glob.matches(&text.to_lowercase()),
            Self::Exact(exact) => *exact == text.to_lowercase(),
            Self::Regex(regex) => matches_at_start(regex, &text),
        }
    }
}

/// Whether a regular expression matches at the start of a text. One that takes too many steps does not.
pub(crate) fn matches_at_start(regex: &Regex, text: &str) -> bool {
    matches!(regex.find(text), Ok(Some(found)) if found.start() == 0)
}
