//! Outcomes in the shape that Salt's users and tools read.

use crate::Outcome;
use sls::Chunk;
use value::{Map, Value};

/// One result of a run.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its key: `<state>_|-<id>_|-<name>_|-<function>`.
    pub tag: String,
    /// Place in the run, from 0.
    pub run_number: u64,
    /// The result as Salt's users read it.
    pub value: Map,
}

/// The results of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Row {
    /// The row of a chunk.
    pub(crate) fn new(chunk: &Chunk, outcome: &Outcome, run_number: u64) -> Self {
        let mut value = Map::with_capacity(10);
        match &chunk.odd_name {
            Some(name) => value.insert("name", name.clone()),
            None => value.insert("name", outcome.name.as_deref().unwrap_or(&chunk.name)),
        };
        value.insert("changes", if outcome.changes.is_null() { Value::map() } else { outcome.changes.clone() });
        value.insert("result", outcome.result);
        value.insert("comment", outcome.comment.as_str());
        if !outcome.warnings.is_empty() {
            value.insert("warnings", outcome.warnings.clone());
        }
        if !outcome.ran {
            value.insert("__state_ran__", false);
        }
        for (key, item) in &outcome.extra {
            if key.as_str() != Some("sub_state_run") {
                value.insert(key.clone(), item.clone());
            }
        }
        if outcome.known {
            // A single call belongs to no SLS.
            value.insert("__sls__", if chunk.sls.is_empty() { Value::Null } else { Value::from(&*chunk.sls) });
        }
        value.insert("__run_num__", run_number);
        if outcome.known {
            value.insert("start_time", outcome.started.as_str());
            value.insert("duration", outcome.duration);
            value.insert("__id__", &*chunk.id);
        }
        Self { tag: chunk.tag(), run_number, value }
    }

    /// The result member: true, false, or `None` for "would change".
    #[must_use]
    pub fn result(&self) -> Option<bool> {
        self.value.get("result").and_then(Value::as_bool)
    }
}

impl Report {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.run_number);
    }

    /// The rows in the order in which their chunks began.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether a result is false.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.rows.iter().any(|row| row.result() == Some(false))
    }

    /// Exit status of the run: 2 if a state failed.
    #[must_use]
    pub fn retcode(&self) -> i32 {
        // A run without any state is no success, as in Salt: somebody meant something by it.
        if self.has_failed() || self.rows.is_empty() { 2 } else { 0 }
    }

    /// The results by tag.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Map(self.rows.into_iter().map(|row| (row.tag, Value::Map(row.value))).collect())
    }

    /// What a highstate that matches nothing returns.
    #[must_use]
    pub fn no_states(comment: &str) -> Value {
        let row = [
            ("result", Value::Bool(false)),
            ("comment", Value::from(comment)),
            ("name", Value::from("No States")),
            ("changes", Value::map()),
            ("__run_num__", Value::Int(0)),
        ];
        Value::Map([("no_|-states_|-states_|-None", row.into_iter().collect::<Map>())].into_iter().collect())
    }
}
