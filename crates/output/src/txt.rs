//! `txt`: one line each, with the id in front.

use crate::nested::lines;
use value::{Map, Value, text};

/// Values by id, one line each.
pub(crate) fn render(data: &Map) -> String {
    let mut out = String::new();
    for (id, value) in data {
        let id = text::str(id);
        match value {
            Value::Str(text) => {
                for line in lines(text) {
                    out.push_str(&format!("{id}: {line}\n"));
                }
            }
            other => out.push_str(&format!("{id}: {}\n", text::repr(other))),
        }
    }
    out
}
