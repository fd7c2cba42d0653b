//! `include_pat` and `exclude_pat`: shell patterns, or regular expressions after `E@`.

use modules::lookup::glob;
use sdk::{Failure, Value, text};

/// One pattern or several.
#[derive(Debug, Default)]
pub struct Patterns(Vec<Pattern>);

#[derive(Debug)]
enum Pattern {
    Glob(String),
    Regex(Box<fancy_regex::Regex>),
}

impl Patterns {
    /// Reads a pattern or a list of them.
    pub fn read(value: Option<&Value>) -> Result<Self, Failure> {
        let Some(value) = value.filter(|value| value.is_truthy()) else { return Ok(Self::default()) };
        let mut patterns = Vec::new();
        for item in value.as_list().unwrap_or(std::slice::from_ref(value)) {
            let word = text::str(item);
            patterns.push(match word.strip_prefix("E@") {
                Some(regex) => Pattern::Regex(Box::new(
                    fancy_regex::Regex::new(regex)
                        .map_err(|error| Failure::bad_arguments(format!("`{word}` is no regular expression: {error}")))?,
                )),
                None => Pattern::Glob(word),
            });
        }
        Ok(Self(patterns))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them fits a path.
    pub fn fits(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Glob(pattern) => glob(pattern, path),
            Pattern::Regex(regex) => regex.is_match(path).unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_glob_or_a_regular_expression() {
        let patterns = Patterns::read(Some(&Value::from(vec!["*.keep", r"E@\.(sh|conf)$"]))).unwrap();
        assert!(patterns.fits("a/b.keep") && patterns.fits("x.sh") && !patterns.fits("x.txt"));
        assert!(Patterns::read(Some(&Value::from("E@("))).is_err());
    }
}
