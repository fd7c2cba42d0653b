//! Python's `pprint.pformat`: `repr`, with long lists and mappings broken into lines of at most 80 columns.

use value::{Map, Value, text};

const WIDTH: usize = 80;

/// A value as `pprint.pformat` prints it.
pub(super) fn pformat(value: &Value) -> String {
    let mut out = String::new();
    format(&sorted(value), 0, 0, &mut out);
    out
}

/// The value with the keys of all mappings in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            yaml::sort_entries(&mut entries);
            Value::Map(entries.into_iter().map(|(key, item)| (key.clone(), sorted(item))).collect::<Map>())
        }
        scalar => scalar.clone(),
    }
}

/// Appends a value that starts at a column; `after` characters must fit behind its last line.
fn format(value: &Value, column: usize, after: usize, out: &mut String) {
    let whole = text::repr(value);
    if column + whole.chars().count() + after <= WIDTH {
        out.push_str(&whole);
        return;
    }
    match value {
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, column, out);
                let after = if index + 1 == items.len() { after + 1 } else { 1 };
                format(item, column + 1, after, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                separate(index, column, out);
                let key = text::repr(key);
                out.push_str(&key);
                out.push_str(": ");
                let after = if index + 1 == map.len() { after + 1 } else { 1 };
                format(item, column + 1 + key.chars().count() + 2, after, out);
            }
            out.push('}');
        }
        Value::Str(long) => string(long, column, after, out),
        _ => out.push_str(&whole),
    }
}

fn separate(index: usize, column: usize, out: &mut String) {
    if index > 0 {
        out.push_str(",\n");
        out.push_str(&" ".repeat(column + 1));
    }
}

/// A long text as several adjacent literals, broken after line breaks and blanks.
fn string(long: &str, column: usize, after: usize, out: &mut String) {
    let is_outermost = column == 0;
    let column = if is_outermost { 1 } else { column };
    let room = WIDTH.saturating_sub(column);
    let mut literals = Vec::new();
    let lines: Vec<&str> = long.split_inclusive('\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let is_last = index + 1 == lines.len();
        let room_here = if is_last { room.saturating_sub(after + usize::from(is_outermost)) } else { room };
        let whole = text::repr(&Value::from(*line));
        if whole.chars().count() <= room_here {
            literals.push(whole);
            continue;
        }
        let mut current = String::new();
        let words: Vec<String> = words(line);
        for (at, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            let limit = if at + 1 == words.len() { room_here } else { room };
            if text::repr(&Value::from(candidate.as_str())).chars().count() > limit {
                if !current.is_empty() {
                    literals.push(text::repr(&Value::from(current.as_str())));
                }
                current.clone_from(word);
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            literals.push(text::repr(&Value::from(current)));
        }
    }
    if let [only] = literals.as_slice() {
        out.push_str(only);
        return;
    }
    if is_outermost {
        out.push('(');
    }
    out.push_str(&literals.join(&format!("\n{}", " ".repeat(column))));
    if is_outermost {
        out.push(')');
    }
}

/// Words, each with the blanks after it.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut after_blank = true;
    for c in line.chars() {
        if !c.is_whitespace() && after_blank && !words.is_empty() {
            words.push(String::new());
        }
        if words.is_empty() {
            words.push(String::new());
        }
        after_blank = c.is_whitespace();
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stay_on_one_line_and_long_ones_are_broken() {
        let short: Value = serde_json::from_str(r#"{"b": [1, null], "a": "it's"}"#).unwrap();
        assert_eq!(pformat(&short), r#"{'a': "it's", 'b': [1, None]}"#);
        let long = Value::List(vec![Value::from("x".repeat(40)), Value::from("y".repeat(40))]);
        assert_eq!(pformat(&long), format!("['{}',\n '{}']", "x".repeat(40), "y".repeat(40)));
    }
}
