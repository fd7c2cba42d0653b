//! Regular expressions and replacement texts as Python writes them.

use fancy_regex::{Captures, Regex};
use sdk::{FromValue, Value, text};

/// Flags of a regular expression: names such as `IGNORECASE`, or Python's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// `^` and `$` mean lines.
    pub multiline: bool,
    /// Case does not matter.
    pub ignore_case: bool,
    /// A dot means line ends as well.
    pub dot_all: bool,
    /// White space and comments in the pattern do not count.
    pub verbose: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self { multiline: true, ignore_case: false, dot_all: false, verbose: false }
    }
}

impl FromValue for Flags {
    const EXPECTED: &'static str = "flags such as [MULTILINE, IGNORECASE]";

    fn from_value(value: Value) -> Result<Self, Value> {
        let mut flags = Self { multiline: false, ignore_case: false, dot_all: false, verbose: false };
        match &value {
            Value::Int(bits) => {
                flags.ignore_case = bits & 2 != 0;
                flags.multiline = bits & 8 != 0;
                flags.dot_all = bits & 16 != 0;
                flags.verbose = bits & 64 != 0;
            }
            Value::Str(_) | Value::List(_) => {
                for word in value.as_list().unwrap_or(std::slice::from_ref(&value)) {
                    match text::str(word).to_ascii_uppercase().as_str() {
                        "I" | "IGNORECASE" => flags.ignore_case = true,
                        "M" | "MULTILINE" => flags.multiline = true,
                        "S" | "DOTALL" => flags.dot_all = true,
                        "X" | "VERBOSE" => flags.verbose = true,
                        // How Python reads letters; here they are always Unicode.
                        "U" | "UNICODE" | "A" | "ASCII" | "L" | "LOCALE" => {}
                        _ => return Err(value),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Big(_) | Value::Float(_) | Value::Bytes(_) | Value::Map(_) => return Err(value),
        }
        Ok(flags)
    }
}

/// A regular expression of Python.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, String> {
        let mut letters = String::new();
        for (on, letter) in [(flags.multiline, 'm'), (flags.ignore_case, 'i'), (flags.dot_all, 's'), (flags.verbose, 'x')] {
            if on {
                letters.push(letter);
            }
        }
        // Only this end anchor is spelt differently.
        let pattern = pattern.replace(r"\Z", r"\z");
        let whole = if letters.is_empty() { pattern.clone() } else { format!("(?{letters}){pattern}") };
        Regex::new(&whole).map(Self).map_err(|error| format!("`{pattern}` is no regular expression: {error}"))
    }

    /// Whether it fits anywhere.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text).unwrap_or(false)
    }

    /// Replaces what fits, at most `count` times (0: always); gives the new text and how often it fitted.
    #[must_use]
    pub fn replace(&self, text: &str, replacement: &Replacement, count: usize) -> (String, usize) {
        let mut out = String::with_capacity(text.len());
        let (mut from, mut times) = (0, 0);
        for captures in self.0.captures_iter(text) {
            let Ok(captures) = captures else { break };
            let Some(whole) = captures.get(0) else { break };
            out.push_str(text.get(from..whole.start()).unwrap_or_default());
            replacement.expand(&captures, &mut out);
            from = whole.end();
            times += 1;
            if count > 0 && times == count {
                break;
            }
        }
        out.push_str(text.get(from..).unwrap_or_default());
        (out, times)
    }

    /// The first run of text that fits.
    #[must_use]
    pub fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.0.find(text).ok().flatten().map(|found| found.as_str())
    }
}

/// A replacement text: groups are `\1`, `\g<1>` and `\g<name>`, escapes are those of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(usize),
    Name(String),
}

impl Replacement {
    /// Reads a replacement text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '\\' {
                plain.push(c);
                continue;
            }
            let part = match chars.next() {
                Some(digit @ '0'..='9') => {
                    let mut number = digit.to_string();
                    if let Some(second) = chars.next_if(char::is_ascii_digit) {
                        number.push(second);
                    }
                    Some(Part::Number(number.parse().unwrap_or(0)))
                }
                Some('g') if chars.peek() == Some(&'<') => {
                    chars.next();
                    let name: String = chars.by_ref().take_while(|c| *c != '>').collect();
                    Some(name.parse().map_or(Part::Name(name), Part::Number))
                }
                Some('n') => {
                    plain.push('\n');
                    None
                }
                Some('t') => {
                    plain.push('\t');
                    None
                }
                Some('r') => {
                    plain.push('\r');
                    None
                }
                Some('\\') => {
                    plain.push('\\');
                    None
                }
                Some(other) => {
                    plain.extend(['\\', other]);
                    None
                }
                None => {
                    plain.push('\\');
                    None
                }
            };
            if let Some(part) = part {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(part);
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self(parts)
    }

    /// A text that stands for itself.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    fn expand(&self, captures: &Captures<'_, str>, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Number(number) => out.push_str(captures.get(*number).map(|group| group.as_str()).unwrap_or_default()),
                Part::Name(name) => out.push_str(captures.name(name).map(|group| group.as_str()).unwrap_or_default()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_escapes_are_pythons() {
        let replaced = |pattern: &str, replacement: &str, text: &str| {
            Pattern::new(pattern, Flags::default()).unwrap().replace(text, &Replacement::parse(replacement), 0).0
        };
        assert_eq!(replaced("b(et)a", r"X\1Y", "alpha\nbeta\n"), "alpha\nXetY\n");
        assert_eq!(replaced("^(?P<k>al)pha$", r"\g<k>\nQ", "alpha\nbeta\n"), "al\nQ\nbeta\n");
        assert_eq!(replaced("a", r"\\", "a"), "\\");
    }

    #[test]
    fn flags_are_names_or_pythons_number() {
        let all = Flags { multiline: true, ignore_case: true, dot_all: false, verbose: false };
        assert_eq!(Flags::from_value(Value::from(vec!["MULTILINE", "I"])).unwrap(), all);
        assert_eq!(Flags::from_value(Value::from(10)).unwrap(), all);
        assert!(Flags::from_value(Value::from("BOGUS")).is_err());
    }
}
