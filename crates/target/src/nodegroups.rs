//! Named groups of the configuration.

use std::collections::BTreeMap;
use value::{Value, text};

/// The configured nodegroups: name to the words of its expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nodegroups(BTreeMap<String, Vec<String>>);

impl Nodegroups {
    /// No groups.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Groups from the configuration's mapping: a compound expression or a list of words each. Anything else is left out.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let Some(map) = value.as_map() else { return Self::default() };
        Self(map.iter().filter_map(|(name, definition)| Some((text::str(name), words(definition)?))).collect())
    }

    /// Adds a group, replacing one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, expression: &str) {
        self.0.insert(name.into(), split(expression));
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn words(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

fn words(definition: &Value) -> Option<Vec<String>> {
    match definition {
        Value::Str(expression) => Some(split(expression)),
        Value::List(items) => Some(items.iter().map(text::str).collect()),
        _ => None,
    }
}

fn split(expression: &str) -> Vec<String> {
    expression.split_whitespace().map(str::to_owned).collect()
}
