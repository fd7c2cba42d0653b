//! One state's result, read from what the minion sent.

use std::borrow::Cow;
use value::{Map, Value, text};

/// A state's result.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub module: String,
    pub function: String,
    pub id: String,
    pub name: String,
    pub sls: String,
    /// Went well, failed, or would have changed something.
    pub result: Option<bool>,
    pub comment: String,
    pub start: Option<String>,
    pub duration: Option<Value>,
    pub changes: Cow<'a, Value>,
    pub warnings: Vec<String>,
    /// How many results this one stands for.
    pub merged: usize,
}

impl Row<'_> {
    /// Whether anything was changed.
    pub fn changed(&self) -> bool {
        self.changes.is_truthy()
    }

    /// What was changed.
    pub fn changes(&self) -> &Value {
        &self.changes
    }

    /// The duration as a number of milliseconds.
    pub fn millis(&self) -> f64 {
        match &self.duration {
            Some(Value::Str(text)) => text.trim_end_matches(" ms").parse().unwrap_or(0.0),
            Some(other) => other.as_float().unwrap_or(0.0),
            None => 0.0,
        }
    }
}

/// Results in run order, and members that carry no order.
pub(crate) fn rows(states: &Map) -> (Vec<Row<'_>>, Vec<&Value>) {
    let mut numbered = Vec::new();
    let mut unordered = Vec::new();
    for (tag, data) in states {
        match data.get("__run_num__").and_then(Value::as_float) {
            Some(number) => numbered.push((number, row(&text::str(tag), data))),
            None if data.as_map().is_some() => unordered.push(data),
            None => {}
        }
    }
    numbered.sort_by(|a, b| a.0.total_cmp(&b.0));
    (numbered.into_iter().map(|(_, row)| row).collect(), unordered)
}

fn row<'a>(tag: &str, data: &'a Value) -> Row<'a> {
    // The tag is `module_|-id_|-name_|-function`; names may hold anything but the separator.
    let parts: Vec<&str> = tag.split("_|-").collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default().to_owned();
    let field = |key: &str| data.get(key).map(text::str);
    let warnings = data.get("warnings").and_then(Value::as_list).unwrap_or_default();
    let is_placeholder = part(0) == "no" && part(1) == "states";
    Row {
        module: part(0),
        function: part(3),
        id: part(1),
        name: if is_placeholder { part(1) } else { field("name").unwrap_or_else(|| part(2)) },
        sls: field("__sls__").unwrap_or_default(),
        result: data.get("result").and_then(Value::as_bool),
        comment: field("comment").unwrap_or_default(),
        start: field("start_time"),
        duration: data.get("duration").cloned(),
        changes: data.get("changes").map_or(Cow::Owned(Value::map()), Cow::Borrowed),
        warnings: warnings.iter().map(text::str).collect(),
        merged: 1,
    }
}
