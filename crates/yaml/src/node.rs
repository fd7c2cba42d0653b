//! A value with the places it was read from.

use value::{Map, Value};

/// One node of a document: a scalar, a sequence or a mapping, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Which of several source files the line belongs to; 0 unless a template brought lines of other files in.
    pub file: u32,
}

/// The content of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Anything that has no members.
    Scalar(Value),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the document; keys are distinct.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value without places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => Value::List(items.iter().map(Self::to_value).collect()),
            Kind::Map(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for (key, value) in entries {
                    map.insert(key.to_value(), value.to_value());
                }
                Value::Map(map)
            }
        }
    }

    /// The value without places, taking the node apart instead of copying it.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self.kind {
            Kind::Scalar(value) => value,
            Kind::List(items) => Value::List(items.into_iter().map(Self::into_value).collect()),
            Kind::Map(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for (key, value) in entries {
                    map.insert(key.into_value(), value.into_value());
                }
                Value::Map(map)
            }
        }
    }

    /// A node for a value that was computed, with every part at one place.
    #[must_use]
    pub fn from_value(value: &Value, line: u32, column: u32) -> Self {
        let kind = match value {
            Value::List(items) => Kind::List(items.iter().map(|item| Self::from_value(item, line, column)).collect()),
            Value::Map(map) => Kind::Map(
                map.iter().map(|(key, item)| (Self::from_value(key, line, column), Self::from_value(item, line, column))).collect(),
            ),
            scalar => Kind::Scalar(scalar.clone()),
        };
        Self { kind, line, column, file: 0 }
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(value) => value.as_str(),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The scalar, if this is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Scalar(value) => Some(value),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The members, if this is a sequence.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            Kind::Scalar(_) | Kind::Map(_) => None,
        }
    }

    /// The entries, if this is a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar(_) | Kind::List(_) => None,
        }
    }

    /// The member of a mapping under a text key; `None` also when this is no mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The line of a key of this mapping, if it is one that has it.
    #[must_use]
    pub fn key_line(&self, key: &Value) -> Option<u32> {
        self.as_map()?.iter().find(|(known, _)| known.as_scalar() == Some(key)).map(|(known, _)| known.line)
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null))
    }

    /// Changes the place of this node and of all below it.
    pub fn relocate(&mut self, place: &mut impl FnMut(&mut Node)) {
        place(self);
        match &mut self.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => items.iter_mut().for_each(|item| item.relocate(place)),
            Kind::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.relocate(place);
                value.relocate(place);
            }),
        }
    }
}
