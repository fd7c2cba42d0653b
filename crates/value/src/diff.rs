//! What changed between two values, by path.

use crate::{Value, text};

/// One changed leaf or subtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Keys from the root, joined with `:`.
    pub path: String,
    /// What stood there; `None` when the path is new.
    pub old: Option<Value>,
    /// What stands there now; `None` when the path is gone.
    pub new: Option<Value>,
}

/// Changes from `old` to `new`, in the order of `old`'s keys, then of those that are new. Lists are compared as a whole.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    walk(String::new(), Some(old), Some(new), &mut found);
    found
}

fn walk(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Change>) {
    let below = |key: &Value| if path.is_empty() { text::str(key) } else { format!("{path}:{}", text::str(key)) };
    match (old, new) {
        (Some(Value::Map(a)), Some(Value::Map(b))) => {
            for (key, value) in a.iter() {
                walk(below(key), Some(value), b.get_value(key), found);
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_value(key)) {
                walk(below(key), None, Some(value), found);
            }
        }
        (Some(a), Some(b)) if a.is_identical(b) => {}
        _ => found.push(Change { path, old: old.cloned(), new: new.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_name_the_path_and_both_sides() {
        let old: Value = serde_json::from_str(r#"{"a":{"b":1,"c":2},"d":[1]}"#).unwrap();
        let new: Value = serde_json::from_str(r#"{"a":{"b":1,"c":3},"e":true}"#).unwrap();
        let seen: Vec<_> = changes(&old, &new).into_iter().map(|c| (c.path, c.old.is_some(), c.new.is_some())).collect();
        assert_eq!(seen, [("a:c".into(), true, true), ("d".into(), true, false), ("e".into(), false, true)]);
    }
}
