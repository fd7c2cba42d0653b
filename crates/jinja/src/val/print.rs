//! Values as Python prints them.

use super::{Val, ViewKind};
use crate::globals::Namespace;
use std::fmt::Write;

/// Data nested deeper than this prints as `...`.
const DEEPEST: usize = 200;

impl Val {
    /// The value as `str()` prints it. What is undefined prints as nothing; whether that is allowed is the interpreter's to know.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    /// The value as `repr()` prints it.
    #[must_use]
    pub fn repr(&self) -> String {
        let mut out = String::new();
        write(self, &mut out, &mut Vec::new());
        out
    }

    /// Appends the value as `str()` prints it.
    pub(crate) fn write_text(&self, out: &mut String) {
        match self {
            Self::Str(text) => out.push_str(text),
            Self::Undefined(_) => {}
            Self::Int(number) => write!(out, "{number}").expect("a string takes all"),
            other => write(other, out, &mut Vec::new()),
        }
    }
}

/// Appends `repr`; `open` holds the addresses of the containers around, so that a cycle ends as in Python.
fn write(value: &Val, out: &mut String, open: &mut Vec<usize>) {
    match value {
        Val::Undefined(_) => out.push_str("Undefined"),
        Val::None => out.push_str("None"),
        Val::Bool(true) => out.push_str("True"),
        Val::Bool(false) => out.push_str("False"),
        Val::Int(number) => write!(out, "{number}").expect("a string takes all"),
        Val::Big(number) => write!(out, "{number}").expect("a string takes all"),
        Val::Float(number) => out.push_str(&value::text::float(*number)),
        Val::Str(text) if text.is_markup() => {
            out.push_str("Markup(");
            quoted(text, out);
            out.push(')');
        }
        Val::Str(text) => quoted(text, out),
        Val::Bytes(bytes) => value::text::write_repr(&value::Value::Bytes(bytes.to_vec()), out),
        Val::List(items) => nested(items.address(), out, open, "[...]", |out, open| sequence(&items.borrow(), ["[", "]"], out, open)),
        Val::Tuple(items) => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            nested(0, out, open, "(...)", |out, open| sequence(items, ["(", close], out, open));
        }
        Val::Dict(dict) => nested(dict.address(), out, open, "{...}", |out, open| {
            out.push('{');
            for (index, (key, item)) in dict.borrow().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(key.val(), out, open);
                out.push_str(": ");
                write(item, out, open);
            }
            out.push('}');
        }),
        Val::View(view) => nested(view.dict.address() ^ 1, out, open, "...", |out, open| {
            let name = match view.kind {
                ViewKind::Keys => "dict_keys([",
                ViewKind::Values => "dict_values([",
                ViewKind::Items => "dict_items([",
            };
            sequence(&view.items(), [name, "])"], out, open);
        }),
        Val::Range(range) => {
            let step = if range.step == 1 { String::new() } else { format!(", {}", range.step) };
            write!(out, "range({}, {}{step})", range.start, range.stop).expect("a string takes all");
        }
        Val::Iter(_) => out.push_str("<generator object>"),
        Val::Object(object) => match value.downcast::<Namespace>() {
            Some(namespace) => {
                out.push_str("<Namespace ");
                write(&Val::Dict(namespace.0.clone()), out, open);
                out.push('>');
            }
            None => out.push_str(&object.str()),
        },
    }
}

fn nested(address: usize, out: &mut String, open: &mut Vec<usize>, cut: &str, body: impl FnOnce(&mut String, &mut Vec<usize>)) {
    if open.len() >= DEEPEST || address != 0 && open.contains(&address) {
        out.push_str(cut);
        return;
    }
    open.push(address);
    body(out, open);
    open.pop();
}

fn sequence(items: &[Val], [start, end]: [&str; 2], out: &mut String, open: &mut Vec<usize>) {
    out.push_str(start);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out, open);
    }
    out.push_str(end);
}

fn quoted(text: &str, out: &mut String) {
    value::text::write_repr(&value::Value::from(text), out);
}
