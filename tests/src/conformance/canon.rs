//! The canonical form of an answer: what a recorded result is compared with.

use super::case::{Case, Form, Step};
use super::mask::{Mask, TRACE};
use fancy_regex::Regex;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Fields of a state result that tell how long it took.
const TIMES: [&str; 3] = ["duration", "start_time", "__run_num__"];

static RENDERING: LazyLock<Regex> = LazyLock::new(|| Regex::new("Rendering SLS '[^']*'").expect("a pattern"));
static CONFLICT: LazyLock<Regex> = LazyLock::new(|| Regex::new("found conflicting ID '[^']*'").expect("a pattern"));
static KIND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(Rendering SLS '[^']*' failed|Unable to render top file|Pillar failed to render)").expect("a pattern"));
static SECTION: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?m)^#### .* ####$").expect("a pattern"));

/// Puts the value of an answer into the form that a step asks for.
#[must_use]
pub fn canon(value: Value, case: &Case, step: &Step, mask: &Mask) -> Value {
    let value = mask.value(value);
    match step.form {
        Form::Run => run(value, case, step),
        Form::Low if value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_string)) => {
            errors(value, case.loose_errors)
        }
        Form::High if value.is_array() => errors(value, case.loose_errors),
        Form::Low | Form::High => value,
        Form::Keys => keys(value),
        Form::Sorted => sorted(value),
        Form::Type => Value::from(type_name(&value)),
        Form::Json | Form::Text => untimed(value),
    }
}

fn untimed(value: Value) -> Value {
    match value {
        Value::Object(mut fields) if fields.contains_key("start_time") && fields.contains_key("duration") => {
            fields.retain(|key, _| !TIMES.contains(&key.as_str()));
            Value::Object(fields)
        }
        other => other,
    }
}

fn errors(value: Value, is_loose: bool) -> Value {
    let Value::Array(items) = value else { return value };
    let texts = items.into_iter().map(|item| match item {
        Value::String(text) => Value::String(error(&text, is_loose)),
        other => other,
    });
    json!({ "errors": texts.collect::<Vec<_>>() })
}

/// Render errors hold excerpts that every engine words by itself: only the first line counts, and loosely only what stands before those words.
fn error(text: &str, is_loose: bool) -> String {
    if let (Some(place), Some(conflict)) = (find(&RENDERING, text), find(&CONFLICT, text)) {
        return format!("{place} failed: {conflict}");
    }
    if let Some(kind) = find(&KIND, text).filter(|_| is_loose) {
        return kind.to_owned();
    }
    if text.contains("Rendering SLS") || text.contains("Unable to render") {
        let line = text.split('\n').next().unwrap_or_default();
        return line.split("; line").next().unwrap_or_default().to_owned();
    }
    text.to_owned()
}

fn find<'a>(pattern: &Regex, text: &'a str) -> Option<&'a str> {
    pattern.find(text).ok().flatten().map(|found| found.as_str())
}

fn run(value: Value, case: &Case, step: &Step) -> Value {
    let rows = match value {
        Value::Array(_) => return errors(value, case.loose_errors),
        Value::Object(rows) if !rows.is_empty() && rows.values().all(|row| row.get("result").is_some()) => rows,
        other => return other,
    };
    let mut rows: Vec<(String, Value)> = rows.into_iter().collect();
    rows.sort_by_key(|(_, row)| row.get("__run_num__").and_then(Value::as_i64).unwrap_or(i64::MAX));
    let mut rows: Vec<Value> = rows.into_iter().map(|(tag, row)| self::row(tag, row, &case.mask)).collect();
    if step.unordered {
        rows.sort_by_key(|row| row.get("tag").map(Value::to_string));
    }
    Value::Array(rows)
}

fn row(tag: String, row: Value, masked: &[String]) -> Value {
    let Value::Object(fields) = row else { return row };
    let mut fields: Map<String, Value> = fields.into_iter().filter(|(key, _)| !TIMES.contains(&key.as_str())).collect();
    if let Some(Value::String(text)) = fields.get_mut("comment") {
        *text = comment(text);
    }
    if let Some(Value::Array(removed)) = fields.get_mut("changes").and_then(|changes| changes.get_mut("removed")) {
        removed.sort_by_key(Value::to_string);
    }
    for key in masked {
        if let Some(value) = fields.get_mut(key) {
            *value = Value::from("{{MASKED}}");
        }
    }
    fields.insert("tag".to_owned(), Value::from(tag));
    Value::Object(fields)
}

/// `file.recurse` and `file.directory` tell of files in an order that is nobody's.
fn comment(text: &str) -> String {
    const REMOVED: &str = "#### removed ####\n";
    const CHANGED: &str = "The following files will be changed:\n";
    let parts = sections(text);
    if parts.len() > 1 {
        let mut parts: Vec<String> = parts.iter().map(|part| comment(part)).collect();
        parts.sort();
        return parts.join("\n\n");
    }
    if let Some(rest) = text.strip_prefix(REMOVED) {
        return format!("{REMOVED}{}", sorted_lines(rest.split('\n')));
    }
    match text.split_once(CHANGED) {
        Some((before, rest)) if !rest.contains(CHANGED) => {
            let lines = sorted_lines(rest.split('\n').filter(|line| !line.is_empty()));
            let end = if rest.ends_with('\n') { "\n" } else { "" };
            format!("{before}{CHANGED}{lines}{end}")
        }
        _ => text.to_owned(),
    }
}

fn sorted_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<&str> = lines.collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The parts of a comment, each with its heading, without the empty ones.
fn sections(text: &str) -> Vec<&str> {
    let mut cuts: Vec<usize> = SECTION.find_iter(text).flatten().map(|found| found.start()).collect();
    cuts.push(text.len());
    let mut begin = 0;
    let mut parts = Vec::new();
    for cut in cuts {
        let part = text.get(begin..cut).unwrap_or_default().trim_matches('\n');
        if !part.is_empty() {
            parts.push(part);
        }
        begin = cut;
    }
    parts
}

fn keys(value: Value) -> Value {
    match value {
        Value::Object(fields) => sorted(fields.into_iter().map(|(key, _)| Value::from(key)).collect()),
        other => sorted(other),
    }
}

/// A list in an order of our own; the recorded one is put into the same.
#[must_use]
pub fn sorted(value: Value) -> Value {
    match value {
        Value::Array(mut items) => {
            items.sort_by_cached_key(order);
            Value::Array(items)
        }
        other => other,
    }
}

/// A text by which values can be sorted whatever the order of their keys is.
fn order(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut parts: Vec<String> = fields.iter().map(|(key, value)| format!("{key:?}:{}", order(value))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(order).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// The name of a type as Python says it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// The first line that tells what went wrong when no value came.
#[must_use]
pub fn complaint(stdout: &str, stderr: &str, is_loose: bool, mask: &Mask) -> Value {
    let text = match stderr.trim() {
        "" => stdout.trim(),
        said => said,
    };
    let text = mask.text(text);
    let is_noise = |line: &str| line.is_empty() || line.starts_with(['[', ' ']) || line.contains("Warning: ");
    match text.split('\n').find(|line| !is_noise(line)) {
        Some(line) if !is_loose && !text.contains(TRACE) => Value::from(line),
        _ => Value::Bool(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_a_comment_have_no_order() {
        let text = "#### b ####\ntwo\n\n#### a ####\nThe following files will be changed:\nz\ny\n";
        assert_eq!(comment(text), "#### a ####\nThe following files will be changed:\ny\nz\n\n#### b ####\ntwo");
    }

    #[test]
    fn of_a_render_error_the_place_in_the_template_does_not_count() {
        assert_eq!(error("Rendering SLS 'base:x' failed: bad; line 3\n\n---\n", false), "Rendering SLS 'base:x' failed: bad");
        assert_eq!(error("Rendering SLS 'base:x' failed: bad; line 3", true), "Rendering SLS 'base:x' failed");
    }
}
