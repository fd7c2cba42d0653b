//! Filters between data and text: YAML, JSON, Python.

use super::{Outcome, flag, option, plain, subject, xml};
use jinja::{Call, Engine, Error, Kind, Text, Val};
use std::fmt::Write as _;
use value::{Map, Value};
use yaml::{DumpOptions, Style};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("yaml", to_yaml);
    engine.add_filter("json", to_json);
    engine.add_filter("tojson", to_html_json);
    engine.add_filter("python", |call| {
        let value = call.value()?.clone();
        plain(call)?;
        let text = call.filter("pprint", vec![value], Vec::new())?;
        Ok(markup(text.to_text().as_str()))
    });
    engine.add_filter("xml", |call| xml::document(&plain(call)?).map(markup).map_err(|error| Error::new(Kind::Runtime, error)));
    engine.add_filter("load_yaml", load_yaml);
    engine.add_filter("load_json", load_json);
    engine.add_filter("load_text", |call| Ok(Val::from(subject(call)?.as_str())));
    engine.add_filter("yaml_dquote", |call| Ok(markup(double_quoted(&subject(call)?))));
    engine.add_filter("yaml_squote", |call| Ok(markup(single_quoted(&subject(call)?))));
    engine.add_filter("yaml_encode", yaml_encode);
    engine.add_filter("dict_to_sls_yaml_params", sls_params);
}

fn markup(text: impl Into<std::sync::Arc<str>>) -> Val {
    Val::Str(Text::markup(text))
}

/// The value with the order Salt prints it in: plain dicts sorted by key, ordered ones as they are.
fn in_order(value: &Val) -> Result<Value, Error> {
    // Cycles and values that are no data are found here.
    let plain = value.to_value()?;
    Ok(reordered(value).unwrap_or(plain))
}

/// `None` for what holds no dicts.
fn reordered(value: &Val) -> Option<Value> {
    let list = |items: &[Val]| {
        items.iter().map(|item| reordered(item).or_else(|| item.to_value().ok())).collect::<Option<Vec<_>>>().map(Value::List)
    };
    match value {
        Val::List(items) => list(&items.to_vec()),
        Val::Tuple(items) => list(items),
        Val::Dict(dict) => {
            let mut entries = Vec::with_capacity(dict.len());
            for (key, item) in dict.to_vec() {
                entries.push((key.to_value().ok()?, reordered(&item).or_else(|| item.to_value().ok())?));
            }
            let mut sorted: Vec<(&Value, &Value)> = entries.iter().map(|(key, item)| (key, item)).collect();
            if !dict.is_ordered() {
                yaml::sort_entries(&mut sorted);
            }
            Some(Value::Map(sorted.into_iter().map(|(key, item)| (key.clone(), item.clone())).collect::<Map>()))
        }
        _ => None,
    }
}

/// What `{{ … }}` prints for a dict that holds text with line breaks or tabs: such text in YAML's quotes, so that a dict printed into YAML
/// reads back the same. `None` where Python's own way will do.
///
/// # Errors
/// A dict has an undefined value.
pub(super) fn printed(value: &Val) -> Result<Option<String>, Error> {
    defined(value, 0)?;
    if !needs_quotes(value, 0) {
        return Ok(None);
    }
    let mut out = String::new();
    print(value, &mut out);
    Ok(Some(out))
}

/// Values of dicts are printed by their text, so that an undefined one is noticed; what stands in a list is not looked at.
fn defined(value: &Val, depth: usize) -> Result<(), Error> {
    match value {
        _ if depth > 100 => Ok(()),
        Val::Dict(dict) => dict.to_vec().iter().try_for_each(|(_, item)| match item {
            Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
            item => defined(item, depth + 1),
        }),
        _ => Ok(()),
    }
}

fn is_broken(text: &str) -> bool {
    text.contains(['\n', '\r', '\t'])
}

fn needs_quotes(value: &Val, depth: usize) -> bool {
    if depth > 100 {
        return false;
    }
    match value {
        Val::Dict(dict) => dict.to_vec().iter().any(|(_, item)| item.as_str().is_some_and(is_broken) || needs_quotes(item, depth + 1)),
        Val::List(items) => items.to_vec().iter().any(|item| needs_quotes(item, depth + 1)),
        Val::Tuple(items) => items.iter().any(|item| needs_quotes(item, depth + 1)),
        _ => false,
    }
}

fn print(value: &Val, out: &mut String) {
    if !needs_quotes(value, 0) {
        out.push_str(&value.repr());
        return;
    }
    let items = |items: &[Val], out: &mut String| {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            print(item, out);
        }
    };
    match value {
        Val::List(list) => {
            out.push('[');
            items(&list.to_vec(), out);
            out.push(']');
        }
        Val::Tuple(tuple) => {
            out.push('(');
            items(tuple, out);
            out.push_str(if tuple.len() == 1 { ",)" } else { ")" });
        }
        Val::Dict(dict) => {
            out.push('{');
            for (index, (key, item)) in dict.to_vec().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&key.repr());
                out.push_str(": ");
                match item.as_str() {
                    Some(text) if is_broken(text) => {
                        let options = DumpOptions { quote: Some('"'), width: usize::MAX, ..DumpOptions::default() };
                        out.push_str(yaml::dump(&Value::from(text), &options).trim_end());
                    }
                    _ => print(item, out),
                }
            }
            out.push('}');
        }
        other => out.push_str(&other.repr()),
    }
}

fn to_yaml(call: &mut Call<'_>) -> Outcome {
    let value = in_order(call.value()?)?;
    let style = match call.arg(1, "flow_style") {
        None => Style::Flow,
        Some(Val::None) => Style::Mixed,
        Some(flag) if flag.is_truthy() => Style::Flow,
        Some(_) => Style::Block,
    };
    let text = yaml::dump(&value, &DumpOptions { style, ..DumpOptions::default() });
    Ok(markup(text.trim()))
}

fn sls_params(call: &mut Call<'_>) -> Outcome {
    let Value::Map(map) = in_order(call.value()?)? else {
        return Err(Error::type_error("dict_to_sls_yaml_params needs a mapping"));
    };
    let items: Value = map.into_iter().map(|entry| Value::Map([entry].into_iter().collect::<Map>())).collect();
    let style = if flag(call, 1, "flow_style")? { Style::Flow } else { Style::Block };
    Ok(markup(yaml::dump(&items, &DumpOptions { style, ..DumpOptions::default() }).trim()))
}

/// A text in double quotes on one line, in ASCII.
fn double_quoted(text: &str) -> String {
    let options = DumpOptions { quote: Some('"'), width: usize::MAX, unicode: false, ..DumpOptions::default() };
    yaml::dump(&Value::from(text), &options).trim_end().to_owned()
}

/// A text in single quotes; every run of line breaks is one longer, because one of them would be folded into a blank.
fn single_quoted(text: &str) -> String {
    let mut out = String::from("'");
    let mut after_break = false;
    for c in text.chars() {
        if c == '\n' && !after_break {
            out.push(c);
        }
        if c == '\'' {
            out.push(c);
        }
        out.push(c);
        after_break = c == '\n';
    }
    out.push('\'');
    out
}

fn yaml_encode(call: &mut Call<'_>) -> Outcome {
    let value = plain(call)?;
    match &value {
        Value::Str(text) => Ok(markup(double_quoted(text))),
        Value::List(_) | Value::Map(_) | Value::Bytes(_) => {
            let name = value.type_name();
            Err(Error::type_error(format!("yaml_encode() only works with YAML scalar data; failed for <class '{name}'>")))
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) => {
            Ok(markup(yaml::dump(&value, &DumpOptions::default()).trim_end()))
        }
    }
}

fn load_yaml(call: &mut Call<'_>) -> Outcome {
    if let Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_) | Val::None = call.value()? {
        return Err(Error::type_error("a string or stream input is required"));
    }
    let text = call.value()?.to_text();
    match yaml::load_value(&text) {
        Ok(value) => Ok(Val::from(value)),
        Err(error) => {
            let words = format!("Encountered error loading yaml: {} (line {} of the text)", error.message, error.line);
            Err(Error::new(Kind::Runtime, words))
        }
    }
}

fn load_json(call: &mut Call<'_>) -> Outcome {
    let text = subject(call)?;
    if !matches!(call.value()?, Val::Str(_) | Val::Bytes(_)) {
        return Err(Error::new(Kind::Runtime, format!("Unable to load json from {text}")));
    }
    match value::json::read(&text) {
        Ok(value) => Ok(Val::from(value)),
        Err(_) => Err(Error::new(Kind::Runtime, format!("Unable to load json from {text}"))),
    }
}

/// How JSON is laid out.
struct Json {
    indent: Option<usize>,
    is_sorted: bool,
    is_ascii: bool,
}

fn indent(call: &Call<'_>, position: usize) -> Result<Option<usize>, Error> {
    Ok(option(call, position, "indent")?.and_then(|value| value.as_int()).and_then(|indent| usize::try_from(indent).ok()))
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let is_sorted = option(call, 1, "sort_keys")?.is_none_or(|flag| flag.is_truthy());
    let layout = Json { indent: indent(call, 2)?, is_sorted, is_ascii: false };
    let mut out = String::new();
    layout.write(&call.value()?.to_value()?, 0, &mut out);
    Ok(markup(out))
}

fn to_html_json(call: &mut Call<'_>) -> Outcome {
    let is_sorted = call.kwarg("sort_keys").is_some_and(Val::is_truthy);
    let is_ascii = call.kwarg("ensure_ascii").is_none_or(Val::is_truthy);
    let layout = Json { indent: indent(call, 1)?, is_sorted, is_ascii };
    let mut out = String::new();
    layout.write(&call.value()?.to_value()?, 0, &mut out);
    Ok(markup(out.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027")))
}

impl Json {
    fn write(&self, value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::Big(number) => out.push_str(&number.to_string()),
            Value::Float(number) if number.is_nan() => out.push_str("NaN"),
            Value::Float(number) if number.is_infinite() => out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" }),
            Value::Float(number) => out.push_str(&value::text::float(*number)),
            Value::Str(text) => self.string(text, out),
            Value::Bytes(bytes) => self.string(&String::from_utf8_lossy(bytes), out),
            Value::List(items) => self.members(items.iter(), '[', ']', depth, out, |item, out| self.write(item, depth + 1, out)),
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                if self.is_sorted {
                    yaml::sort_entries(&mut entries);
                }
                self.members(entries.into_iter(), '{', '}', depth, out, |(key, item), out| {
                    self.key(key, out);
                    out.push_str(": ");
                    self.write(item, depth + 1, out);
                });
            }
        }
    }

    fn members<T>(
        &self,
        members: impl ExactSizeIterator<Item = T>,
        open: char,
        close: char,
        depth: usize,
        out: &mut String,
        mut write: impl FnMut(T, &mut String),
    ) {
        out.push(open);
        let is_empty = members.len() == 0;
        let line = |depth: usize, out: &mut String| {
            if let Some(indent) = self.indent {
                out.push('\n');
                out.push_str(&" ".repeat(indent * depth));
            }
        };
        for (index, member) in members.enumerate() {
            if index > 0 {
                out.push_str(if self.indent.is_some() { "," } else { ", " });
            }
            line(depth + 1, out);
            write(member, out);
        }
        if !is_empty {
            line(depth, out);
        }
        out.push(close);
    }

    fn key(&self, key: &Value, out: &mut String) {
        match key {
            Value::Str(text) => self.string(text, out),
            other => {
                let mut text = String::new();
                self.write(other, 0, &mut text);
                self.string(&text, out);
            }
        }
    }

    fn string(&self, text: &str, out: &mut String) {
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
                c if (c as u32) < 0x20 || (self.is_ascii && !c.is_ascii()) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}").expect("a string takes all");
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}
