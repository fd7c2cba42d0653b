//! `pprint`: `repr` broken into lines of at most 80 columns, as Python's `pprint` breaks them.

use value::{Map, Value, text};

const WIDTH: usize = 80;

/// A value, broken into lines where it is too long for one.
pub(crate) fn render(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, 0, 0, &mut out);
    out
}

/// `indent` is the column where the value begins, `after` how much closes behind it on its last line.
fn write(value: &Value, indent: usize, after: usize, level: usize, out: &mut String) {
    let whole = repr(value);
    let room = WIDTH.saturating_sub(indent + after);
    if whole.chars().count() <= room {
        out.push_str(&whole);
        return;
    }
    match value {
        Value::Map(map) if !map.is_empty() => write_map(map, indent, after, level, out),
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                let last = index + 1 == items.len();
                if index > 0 {
                    out.push_str(&format!(",\n{}", " ".repeat(indent + 1)));
                }
                write(item, indent + 1, if last { after + 1 } else { 1 }, level + 1, out);
            }
            out.push(']');
        }
        Value::Str(text) => write_text(text, indent, after, level, out),
        _ => out.push_str(&whole),
    }
}

fn write_map(map: &Map, indent: usize, after: usize, level: usize, out: &mut String) {
    out.push('{');
    let entries = sorted_entries(map);
    for (index, (key, value)) in entries.iter().enumerate() {
        let last = index + 1 == entries.len();
        if index > 0 {
            out.push_str(&format!(",\n{}", " ".repeat(indent + 1)));
        }
        let key = text::repr(key);
        out.push_str(&format!("{key}: "));
        write(value, indent + key.chars().count() + 3, if last { after + 1 } else { 1 }, level + 1, out);
    }
    out.push('}');
}

/// Text over several lines is written as several literals, broken between words.
fn write_text(text: &str, indent: usize, after: usize, level: usize, out: &mut String) {
    let (indent, after) = if level == 0 { (indent + 1, after + 1) } else { (indent, after) };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut chunks: Vec<String> = Vec::new();
    let room = WIDTH.saturating_sub(indent);
    for (index, line) in lines.iter().enumerate() {
        let last_line = index + 1 == lines.len();
        let whole = text::repr(&Value::from(*line));
        if whole.chars().count() <= if last_line { room.saturating_sub(after) } else { room } {
            chunks.push(whole);
            continue;
        }
        let parts = words(line);
        let mut current = String::new();
        for (part_index, part) in parts.iter().enumerate() {
            let at_end = last_line && part_index + 1 == parts.len();
            let candidate = text::repr(&Value::from(format!("{current}{part}")));
            if candidate.chars().count() > if at_end { room.saturating_sub(after) } else { room } {
                if !current.is_empty() {
                    chunks.push(text::repr(&Value::from(current.as_str())));
                }
                current = (*part).to_owned();
            } else {
                current.push_str(part);
            }
        }
        if !current.is_empty() {
            chunks.push(text::repr(&Value::from(current)));
        }
    }
    let text = chunks.join(&format!("\n{}", " ".repeat(indent)));
    if level == 0 && chunks.len() > 1 {
        out.push_str(&format!("({text})"));
    } else {
        out.push_str(&text);
    }
}

/// Words, each with the blanks behind it.
fn words(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let blanks = rest.get(word..).unwrap_or_default();
        let end = word + blanks.find(|c: char| !c.is_whitespace()).unwrap_or(blanks.len());
        let (part, tail) = rest.split_at(end);
        parts.push(part);
        rest = tail;
    }
    parts
}

fn sorted_entries(map: &Map) -> Vec<(&Value, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_cached_key(|(key, _)| text::str(key));
    entries
}

/// `repr` with the keys of mappings sorted.
fn repr(value: &Value) -> String {
    match value {
        Value::List(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entries: Vec<String> =
                sorted_entries(map).into_iter().map(|(key, value)| format!("{}: {}", text::repr(key), repr(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => text::repr(other),
    }
}
