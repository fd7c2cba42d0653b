//! Filters as the query of a URL.

use serde::Serialize;
use std::fmt::Write;

/// A path with a filter behind it.
pub(crate) fn with_query(path: &str, filter: &impl Serialize) -> String {
    let mut out = path.to_owned();
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(filter) else { return out };
    let mut separator = '?';
    for (key, value) in fields {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        out.push(separator);
        out.push_str(&key);
        out.push('=');
        escape(&text, &mut out);
        separator = '&';
    }
    out
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_stands_in_a_query_and_is_escaped() {
        let filter = api::EventFilter { after: Some(7), tag: Some("salt/job/*&x y".to_owned()) };
        assert_eq!(with_query("/events", &filter), "/events?after=7&tag=salt%2Fjob%2F%2A%26x%20y");
        assert_eq!(with_query("/events", &api::EventFilter::default()), "/events");
    }
}
