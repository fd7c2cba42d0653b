//! Grains: what is, and what changed when, by path.

use crate::{Page, Paged, Result, clean_value};
use async_trait::async_trait;
use model::{MinionId, Timestamp};
use serde::{Deserialize, Serialize};
use value::{Map, Value};

/// Grains as a minion pushed them.
#[derive(Clone, Debug, PartialEq)]
pub struct GrainPush {
    /// Whose.
    pub minion: MinionId,
    /// All of them.
    pub grains: Map,
    /// When the master got them.
    pub at: Timestamp,
}

/// One grain that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrainChange {
    /// Whose.
    pub minion: MinionId,
    /// Keys from the root, joined with `:`.
    pub path: String,
    /// What stood there; `None` when the path was new.
    pub old: Option<Value>,
    /// What stood there then; `None` when the path was gone.
    pub new: Option<Value>,
    /// When the master got it.
    pub at: Timestamp,
}

/// Which changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GrainFilter {
    /// Of this minion.
    #[serde(default)]
    pub minion: Option<MinionId>,
    /// At this path or below it.
    #[serde(default)]
    pub path: Option<String>,
    /// At this moment or later.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Before this moment.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// Grains, current and past.
#[async_trait]
pub trait Grains: Send + Sync {
    /// The grains of one minion as last pushed.
    async fn grains(&self, id: &MinionId) -> Result<Option<Map>>;

    /// The grains of all minions in the byte order of their ids, in pages: for a master that starts.
    async fn all_grains(&self, page: &Page) -> Result<Paged<(MinionId, Map)>>;

    /// Minions whose grains contain the given mapping (nested, exact values; a list contains a list of some of its members).
    async fn minions_with_grains(&self, contained: &Map, page: &Page) -> Result<Paged<MinionId>>;

    /// Stores pushed grains and writes every change by path into the history. The first push of a minion is the base line and writes no
    /// history; a push that changes nothing writes nothing but its time, and that into the narrow row. Answers, per push, how many paths
    /// changed (all of the first push count as one).
    async fn put_grains(&self, pushes: &[GrainPush]) -> Result<Vec<usize>>;

    /// Changes, newest first.
    async fn grain_history(&self, filter: &GrainFilter, page: &Page) -> Result<Paged<GrainChange>>;
}

/// What changed from stored to pushed grains. The order of keys within mappings does not count, also inside lists: not every store keeps
/// it. Nor does `1` differ from `1.0`, for the same reason.
#[must_use]
pub fn grain_changes(stored: &Map, pushed: &Map) -> Vec<value::diff::Change> {
    let pushed = clean_value(&Value::Map(pushed.clone()));
    let mut changes = value::diff::changes(&Value::Map(stored.clone()), &pushed);
    changes.retain(|change| match (&change.old, &change.new) {
        (Some(old), Some(new)) => !is_same(old, new),
        _ => true,
    });
    changes
}

/// Whether `whole` contains `part`: a mapping the same keys with what they contain, a list some member for each member, anything else the
/// same. As PostgreSQL's `@>` decides.
#[must_use]
pub fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Map(whole), Value::Map(part)) => {
            part.iter().all(|(key, part)| whole.get_value(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::List(whole), Value::List(part)) => part.iter().all(|part| whole.iter().any(|whole| contains(whole, part))),
        _ => is_same(whole, part),
    }
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Map(a), Value::Map(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get_value(key).is_some_and(|b| is_same(a, b))),
        (Value::Bool(_), Value::Bool(_)) => a == b,
        (Value::Bool(_), _) | (_, Value::Bool(_)) => false,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(json: &str) -> Map {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_order_of_keys_inside_lists_is_no_change() {
        let stored = map(r#"{"disks":[{"name":"sda","size":1}],"n":2}"#);
        let pushed = map(r#"{"n":2.0,"disks":[{"size":1,"name":"sda"}]}"#);
        assert!(grain_changes(&stored, &pushed).is_empty());
    }

    #[test]
    fn true_is_not_one() {
        assert_eq!(grain_changes(&map(r#"{"a":1}"#), &map(r#"{"a":true}"#)).len(), 1);
    }
}
