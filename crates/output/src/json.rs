//! `json`: as Python's `json.dumps` writes it, so that what was compared byte by byte stays the same.

use crate::Indent;
use crate::nested::sorted;
use std::fmt::Write;
use value::{Map, Value, text};

/// A value as JSON.
pub(crate) fn render(value: &Value, indent: Indent) -> String {
    let (indent, sort) = match indent {
        Indent::Usual => (Some(4), false),
        Indent::None => (None, false),
        Indent::Columns(columns) => (Some(columns), false),
        Indent::Pretty => (Some(4), true),
    };
    let mut writer = Writer { out: String::new(), indent, sort };
    writer.value(value, 0);
    writer.out
}

struct Writer {
    out: String,
    indent: Option<usize>,
    sort: bool,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number) => write!(self.out, "{number}").expect("a string takes all"),
            Value::Big(number) => write!(self.out, "{number}").expect("a string takes all"),
            Value::Float(number) => self.out.push_str(&float_text(*number)),
            Value::Str(text) => quoted(text, &mut self.out),
            Value::Bytes(bytes) => quoted(&String::from_utf8_lossy(bytes), &mut self.out),
            Value::List(items) if items.is_empty() => self.out.push_str("[]"),
            Value::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.part(index, depth + 1);
                    self.value(item, depth + 1);
                }
                self.end(depth, ']');
            }
            Value::Map(map) if map.is_empty() => self.out.push_str("{}"),
            Value::Map(map) => self.map(map, depth),
        }
    }

    fn map(&mut self, map: &Map, depth: usize) {
        self.out.push('{');
        let entries = if self.sort { sorted(map) } else { map.iter().map(|(key, value)| (key_text(key), value)).collect() };
        for (index, (key, value)) in entries.into_iter().enumerate() {
            self.part(index, depth + 1);
            quoted(&key, &mut self.out);
            self.out.push_str(": ");
            self.value(value, depth + 1);
        }
        self.end(depth, '}');
    }

    fn part(&mut self, index: usize, depth: usize) {
        match self.indent {
            None if index > 0 => self.out.push_str(", "),
            None => {}
            Some(columns) => {
                self.out.push_str(if index > 0 { ",\n" } else { "\n" });
                self.out.extend(std::iter::repeat_n(' ', columns * depth));
            }
        }
    }

    fn end(&mut self, depth: usize, bracket: char) {
        if let Some(columns) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', columns * depth));
        }
        self.out.push(bracket);
    }
}

/// A broken number as Python's JSON has it, which knows more of them than JSON.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        (if number > 0.0 { "Infinity" } else { "-Infinity" }).to_owned()
    } else {
        text::float(number)
    }
}

/// A key as JSON has it.
fn key_text(key: &Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Float(number) => float_text(*number),
        other => text::str(other),
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 => write!(out, "\\u{:04x}", c as u32).expect("a string takes all"),
            c => out.push(c),
        }
    }
    out.push('"');
}
