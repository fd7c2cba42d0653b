//! Takes out of an answer what differs from run to run: paths of the run directory, time stamps, process ids, traces.

use fancy_regex::Regex;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)_[A-Z][a-z]{2}_\d\d_\d\d:\d\d:\d\d_\d{6}_\d{4}")
        .expect("the pattern of a backup's time stamp")
});
static TEMPORARY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"__salt\.tmp\.\w+").expect("the pattern of a temporary name"));

/// What the text before it counts, but not the rest.
pub const TRACE: &str = "{{TRACE}}";

/// The mask of one run.
pub struct Mask {
    /// The run directory, links resolved.
    run: String,
    scratch: String,
}

impl Mask {
    /// The mask of a run in a directory.
    #[must_use]
    pub fn new(run: &str) -> Self {
        Self { run: run.to_owned(), scratch: format!("{run}/scratch") }
    }

    /// A text without what differs.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let text = text.replace(&self.scratch, "{{SCRATCH}}").replace(&self.run, "{{RUN}}");
        let text = STAMP.replace_all(&text, "{{STAMP}}");
        let text = TEMPORARY.replace_all(&text, "{{TMP}}");
        match text.find("Traceback (most recent call last):") {
            Some(at) => format!("{}{TRACE}", text.get(..at).unwrap_or_default()),
            None => text.into_owned(),
        }
    }

    /// A value without what differs.
    #[must_use]
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => Value::Object(self.fields(fields)),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
        }
    }

    fn fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let kept = fields.into_iter().filter(|(key, _)| !key.starts_with("__pub_"));
        kept.map(|(key, value)| {
            let is_process = key == "pid" && value.is_i64();
            (self.text(&key), if is_process { Value::from("{{PID}}") } else { self.value(value) })
        })
        .collect()
    }
}
