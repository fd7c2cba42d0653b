//! A pattern over what a minion keeps by `data.*`.

use model::Glob;
use value::{Value, text};

/// `key:pattern`.
#[derive(Clone, Debug)]
pub struct Stored {
    key: String,
    pattern: String,
}

impl Stored {
    /// Parses `key:pattern`. What follows a second colon is not looked at, as in Salt; without a colon nothing can match.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        Some(Self { key: parts.next()?.to_owned(), pattern: parts.next()?.to_owned() })
    }

    /// Whether the value under the key fits: a member of a list, a key of a mapping, or the value itself.
    pub(crate) fn matches(&self, stored: &Value) -> bool {
        match stored.get(&self.key) {
            None | Some(Value::Null) => false,
            Some(Value::List(members)) => {
                let glob = Glob::new(&self.pattern.to_lowercase());
                members.iter().any(|member| glob.matches(&text::str(member).to_lowercase()))
            }
            Some(Value::Map(map)) => map.contains_key(self.pattern.as_str()),
            Some(value) => Glob::new(&self.pattern).matches(&text::str(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str) -> bool {
        let stored =
            serde_json::from_str(r#"{"role": "web01", "roles": ["Web", "db"], "map": {"a": 1}, "port": 80, "none": null}"#).unwrap();
        Stored::new(pattern).is_some_and(|pattern| pattern.matches(&stored))
    }

    #[test]
    fn a_value_a_member_or_a_key_fits() {
        for pattern in ["role:web*", "roles:web", "roles:D?", "map:a", "port:80", "role:web01:ignored"] {
            assert!(fits(pattern), "{pattern}");
        }
        for pattern in ["role", "role:WEB*", "roles:mail", "map:b", "map:*", "none:*", "other:*"] {
            assert!(!fits(pattern), "{pattern}");
        }
    }
}
