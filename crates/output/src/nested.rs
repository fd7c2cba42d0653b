//! `nested`: keys and values by indentation.

use crate::color::{Color, Palette};
use value::{Map, Value, text};

/// A value as indented text.
pub(crate) fn render(value: &Value, indent: usize, palette: Palette, retcode: i32) -> String {
    let mut writer = Writer { out: String::new(), palette, failed: retcode != 0 };
    writer.value(value, indent, "");
    writer.out.truncate(writer.out.trim_end_matches('\n').len());
    writer.out
}

struct Writer {
    out: String,
    palette: Palette,
    failed: bool,
}

impl Writer {
    fn value(&mut self, value: &Value, indent: usize, prefix: &str) {
        match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) => {
                self.line(indent, Color::Yellow, &format!("{prefix}{}", text::str(value)), "");
            }
            Value::Str(text) => self.text(text, indent, prefix),
            Value::Bytes(bytes) => self.text(&String::from_utf8_lossy(bytes), indent, prefix),
            Value::List(items) => self.list(items, indent),
            Value::Map(map) => self.map(map, indent),
        }
    }

    fn text(&mut self, text: &str, indent: usize, prefix: &str) {
        for (index, line) in lines(text).enumerate() {
            let prefix = if index == 0 { prefix.to_owned() } else { " ".repeat(prefix.len()) };
            self.line(indent, Color::Green, &format!("{prefix}{line}"), "");
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        for item in items {
            if item.is_scalar() {
                self.value(item, indent, "- ");
            } else {
                self.line(indent, self.or_red(Color::Green), "|_", "");
                self.value(item, indent + 2, "");
            }
        }
    }

    fn map(&mut self, map: &Map, indent: usize) {
        if indent > 0 {
            self.line(indent, self.or_red(Color::Cyan), "----------", "");
        }
        for (key, value) in sorted(map) {
            self.line(indent, self.or_red(Color::Cyan), &key, ":");
            self.value(value, indent + 4, "");
        }
    }

    /// Marks of structure turn red when the call failed; values keep their colours.
    const fn or_red(&self, color: Color) -> Color {
        if self.failed { Color::Red } else { color }
    }

    fn line(&mut self, indent: usize, color: Color, text: &str, after: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(self.palette.on(color));
        self.out.push_str(text);
        self.out.push_str(self.palette.off());
        self.out.push_str(after);
        self.out.push('\n');
    }
}

/// Entries by the text of their keys.
pub(crate) fn sorted(map: &Map) -> Vec<(String, &Value)> {
    let mut entries: Vec<_> = map.iter().map(|(key, value)| (text::str(key), value)).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

/// Lines as Python's `splitlines` gives them: no empty one after the last line break.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_terminator('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}
