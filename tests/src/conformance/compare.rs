//! The first difference between a recorded result and ours.

use super::mask::TRACE;
use serde_json::Value;

/// Reads JSON. Whole numbers that fit in no machine word become texts: as floating numbers, different ones would be equal.
///
/// # Errors
/// When it is no JSON.
pub fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&quote_long_integers(text))
}

fn quote_long_integers(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|next: char| next == '"' || next == '-' || next.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        quoted.push_str(before);
        let length = if from.starts_with('"') { string(from) } else { from.find(|next| !is_of_number(next)).unwrap_or(from.len()) };
        let (token, after) = from.split_at(length);
        let is_long = token.parse::<i64>().is_err() && token.strip_prefix('-').unwrap_or(token).bytes().all(|byte| byte.is_ascii_digit());
        if is_long {
            quoted.extend(["\"{{INTEGER}} ", token, "\""]);
        } else {
            quoted.push_str(token);
        }
        rest = after;
    }
    quoted.push_str(rest);
    quoted
}

fn is_of_number(next: char) -> bool {
    next.is_ascii_digit() || matches!(next, '-' | '+' | '.' | 'e' | 'E')
}

/// Length of the string literal that a text begins with.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the record says only that there is an error, any error text will do.
pub fn soften(want: &Value, got: &mut Value) {
    let steps = want.get("steps").and_then(Value::as_array).into_iter().flatten();
    let answers = got.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
    for (want, got) in steps.zip(answers) {
        if let (Some(Value::Bool(true)), Some(error)) = (want.get("error"), got.get_mut("error")) {
            *error = Value::Bool(true);
        }
    }
}

/// The first difference, with its place; `None` if there is none.
#[must_use]
pub fn difference(want: &Value, got: &Value) -> Option<String> {
    at("", want, got)
}

fn at(place: &str, want: &Value, got: &Value) -> Option<String> {
    let unlike = || Some(format!("{}: expected {}, got {}", if place.is_empty() { "/" } else { place }, short(want), short(got)));
    match (want, got) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (key, value) in wanted {
                let place = format!("{place}/{key}");
                let found = match given.get(key) {
                    None => Some(format!("{place}: missing (expected {})", short(value))),
                    Some(other) => at(&place, value, other),
                };
                if found.is_some() {
                    return found;
                }
            }
            let extra = given.iter().find(|(key, _)| !wanted.contains_key(*key));
            extra.map(|(key, value)| format!("{place}/{key}: unexpected {}", short(value)))
        }
        (Value::Array(wanted), Value::Array(given)) => {
            let pairs = wanted.iter().zip(given).enumerate();
            let first = pairs.filter_map(|(index, (want, got))| at(&format!("{place}/{index}"), want, got)).next();
            first.or_else(|| {
                let odd = wanted.get(given.len()).or_else(|| given.get(wanted.len()))?;
                Some(format!("{place}: expected {} entries, got {} (first odd one: {})", wanted.len(), given.len(), short(odd)))
            })
        }
        (Value::String(wanted), Value::String(given)) => match wanted.split_once(TRACE) {
            Some((before, _)) if given.starts_with(before) => None,
            _ if wanted == given => None,
            _ => unlike(),
        },
        (Value::Number(wanted), Value::Number(given)) if wanted == given || wanted.as_f64() == given.as_f64() => None,
        _ if want == got => None,
        _ => unlike(),
    }
}

fn short(value: &Value) -> String {
    const MOST: usize = 240;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_integers_are_not_rounded() {
        let parsed = parse(r#"{"a": 123456789012345678901, "b": "-123456789012345678901 \" 1", "c": [-1, 2.5e3]}"#).unwrap();
        assert_eq!(parsed, json!({"a": "{{INTEGER}} 123456789012345678901", "b": "-123456789012345678901 \" 1", "c": [-1, 2.5e3]}));
    }

    #[test]
    fn a_difference_tells_its_place() {
        let want = json!({"steps": [{"return": {"a": 1}}]});
        assert_eq!(difference(&want, &json!({"steps": [{"return": {"a": 1.0}}]})), None);
        assert_eq!(difference(&want, &json!({"steps": [{"return": {"a": true}}]})).unwrap(), "/steps/0/return/a: expected 1, got true");
        assert_eq!(difference(&want, &json!({"steps": [{"return": {}}]})).unwrap(), "/steps/0/return/a: missing (expected 1)");
        assert!(difference(&want, &json!({"steps": []})).unwrap().starts_with("/steps: expected 1 entries, got 0"));
    }

    #[test]
    fn behind_a_trace_nothing_counts() {
        assert_eq!(difference(&json!("it broke: {{TRACE}}"), &json!("it broke: because")), None);
        assert!(difference(&json!("it broke: {{TRACE}}"), &json!("it held")).is_some());
    }

    #[test]
    fn any_error_will_do_where_the_record_says_so() {
        let mut got = json!({"steps": [{"error": "words"}, {"return": 1}]});
        soften(&json!({"steps": [{"error": true}, {"return": 1}]}), &mut got);
        assert_eq!(got, json!({"steps": [{"error": true}, {"return": 1}]}));
    }
}
