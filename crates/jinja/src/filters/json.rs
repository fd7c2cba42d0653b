//! `tojson`: JSON as Python's `json.dumps` writes it, safe within HTML.

use crate::interp::Interp;
use crate::{Call, Engine, Error, Kind, Text, Val};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("tojson", |call| {
        call.only(&["value", "indent"])?;
        let indent = match call.arg(1, "indent") {
            Some(Val::Str(text)) => Some(text.to_string()),
            _ => call.int(1, "indent")?.map(|n| " ".repeat(usize::try_from(n).unwrap_or(0).min(100))),
        };
        let text = dump(call, call.value()?, indent.as_deref())?;
        let safe = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
        call.new_text(Text::markup(safe))
    });
}

fn dump(call: &Call<'_>, value: &Val, indent: Option<&str>) -> Result<String, Error> {
    call.interp.charge_size(value)?;
    let mut out = String::new();
    Writer { interp: call.interp, indent, out: &mut out }.write(value, 0)?;
    Ok(out)
}

struct Writer<'a> {
    interp: &'a Interp<'a>,
    indent: Option<&'a str>,
    out: &'a mut String,
}

impl Writer<'_> {
    fn write(&mut self, value: &Val, depth: usize) -> Result<(), Error> {
        if depth > 200 {
            return Err(Error::value_error("Circular reference detected"));
        }
        match value {
            Val::None => self.out.push_str("null"),
            Val::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Val::Int(_) | Val::Big(_) => value.write_text(self.out),
            Val::Float(number) if number.is_nan() => self.out.push_str("NaN"),
            Val::Float(number) if number.is_infinite() => self.out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" }),
            Val::Float(_) => value.write_text(self.out),
            Val::Str(text) => quote(text, self.out),
            Val::List(list) => self.list(&list.to_vec(), depth)?,
            Val::Tuple(items) => self.list(items, depth)?,
            Val::Dict(dict) => self.dict(dict.to_vec(), depth)?,
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            other => match other.to_value() {
                Ok(plain) if matches!(other, Val::Object(_)) => self.write(&Val::from(plain), depth + 1)?,
                _ => {
                    let name = other.type_name();
                    return Err(Error::type_error(format!("Object of type {name} is not JSON serializable")));
                }
            },
        }
        Ok(())
    }

    fn new_line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(depth));
        }
    }

    fn comma(&mut self, at: usize) {
        if at > 0 {
            self.out.push_str(if self.indent.is_some() { "," } else { ", " });
        }
    }

    fn list(&mut self, items: &[Val], depth: usize) -> Result<(), Error> {
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            self.comma(at);
            self.new_line(depth + 1);
            self.write(item, depth + 1)?;
        }
        if !items.is_empty() {
            self.new_line(depth);
        }
        self.out.push(']');
        Ok(())
    }

    fn dict(&mut self, mut items: Vec<(Val, Val)>, depth: usize) -> Result<(), Error> {
        let mut failed = None;
        items.sort_by(|(a, _), (b, _)| {
            self.interp.sort_order(a, b).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                std::cmp::Ordering::Equal
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        self.out.push('{');
        let empty = items.is_empty();
        for (at, (key, item)) in items.into_iter().enumerate() {
            self.comma(at);
            self.new_line(depth + 1);
            quote(&key_text(&key)?, self.out);
            self.out.push_str(": ");
            self.write(&item, depth + 1)?;
        }
        if !empty {
            self.new_line(depth);
        }
        self.out.push('}');
        Ok(())
    }
}

fn key_text(key: &Val) -> Result<String, Error> {
    Ok(match key {
        Val::Str(text) => text.to_string(),
        Val::None => "null".to_owned(),
        Val::Bool(flag) => flag.to_string(),
        Val::Int(_) | Val::Big(_) | Val::Float(_) => key.to_text(),
        other => {
            let name = other.type_name();
            return Err(Error::new(Kind::Type, format!("keys must be str, int, float, bool or None, not {name}")));
        }
    })
}

/// Text in JSON's quotes, everything outside of ASCII escaped.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
