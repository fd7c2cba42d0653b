//! The `KEY=value` files of `os-release` and `lsb-release`.

use std::collections::BTreeMap;

/// A parsed file; values without their quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release(BTreeMap<String, String>);

impl Release {
    /// Parses a file. Lines that are no assignment are passed over, as a shell reading the file would do with comments.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| {
            let (key, value) = line.trim().split_once('=')?;
            let is_name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            is_name.then(|| (key.to_owned(), unquote(value)))
        });
        Self(pairs.collect())
    }

    /// Value of a key, if the file has it; it may be empty.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// A value without shell quotes and backslashes.
fn unquote(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let Some(inner) = inner else { return value.to_owned() };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '\\'
            && let Some(next) = chars.next()
        {
            out.push(next);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_comments_are_read_as_a_shell_would() {
        let release = Release::parse("# note\nA=plain\nB=\"two words\"\nC='single'\nD=\"a \\\"b\\\"\"\nE=\"\"\nnot a line\n");
        assert_eq!(release.get("A"), Some("plain"));
        assert_eq!(release.get("B"), Some("two words"));
        assert_eq!(release.get("C"), Some("single"));
        assert_eq!(release.get("D"), Some("a \"b\""));
        assert_eq!(release.get("E"), Some(""));
        assert_eq!(release.get("not a line"), None);
    }
}
