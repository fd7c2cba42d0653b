//! One word.

use value::Value;

/// What one word means.
///
/// It is read as YAML, but stays text where YAML would surprise: with tabs or line breaks, as `1_000`, as a mapping or a list that does
/// not begin with its bracket, as bytes, and with a `#` unless something other than text comes out. `None` is null, as in Python.
#[must_use]
pub fn value(word: &str) -> Value {
    let as_it_is = || Value::from(word);
    if word.trim().is_empty() || word.contains(['\t', '\n', '\r']) || word == "|" || is_number_with_underscores(word) {
        return as_it_is();
    }
    if word == "None" {
        return Value::Null;
    }
    let Ok(read) = yaml::load_value(word) else { return as_it_is() };
    match read {
        Value::Str(_) | Value::Null if word.contains('#') => as_it_is(),
        Value::Null if !is_null(word) => as_it_is(),
        Value::Map(_) if !word.starts_with('{') => as_it_is(),
        Value::List(_) if !word.starts_with('[') => as_it_is(),
        Value::Bytes(_) => as_it_is(),
        read => read,
    }
}

fn is_number_with_underscores(word: &str) -> bool {
    word.contains('_') && word.trim().chars().all(|c| c == '_' || c.is_ascii_digit()) && word.contains(|c: char| c.is_ascii_digit())
}

/// Spellings of null; other texts that YAML reads as nothing (`---`, a lone anchor) are meant as they stand.
fn is_null(word: &str) -> bool {
    matches!(word.trim(), "null" | "Null" | "NULL" | "~")
}
