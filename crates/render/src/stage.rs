//! The stages of a chain: which there are, what the first line of a file says, and what each makes of its input.

use crate::{Error, Source};
use value::Value;

/// One stage of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A template, text to text.
    Jinja,
    /// YAML, text to data.
    Yaml,
    /// JSON, text to data.
    Json,
    /// JSON with comments and trailing commas, text to data.
    Json5,
    /// TOML, text to data.
    Toml,
    /// The text as it is.
    Text,
    /// Decrypts what is encrypted in data or text.
    Gpg,
}

/// Renderers of Salt that need an interpreter or a service which is not here.
const FOREIGN: &[&str] = &[
    "py",
    "pyobjects",
    "pydsl",
    "stateconf",
    "mako",
    "genshi",
    "cheetah",
    "wempy",
    "msgpack",
    "hjson",
    "dson",
    "nacl",
    "aws_kms",
    "pass",
    "yamlex",
    "tomlmod",
];
const KNOWN: &[&str] = &["gpg", "jinja", "json", "json5", "raw", "text", "toml", "yaml"];

/// The chain that the first line of a text names, if it does: `#!jinja|yaml`, but not `#!/bin/sh`.
pub(crate) fn named(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let chain = line.strip_prefix("#!")?;
    if chain.starts_with('/') { None } else { Some(chain.trim()) }
}

/// A stage of a chain that no Salt has.
pub(crate) fn unknown(chain: &str) -> Option<&str> {
    let names = chain.split('|').map(|part| part.split_whitespace().next().unwrap_or_default());
    names.into_iter().find(|name| !KNOWN.contains(name) && !FOREIGN.contains(name))
}

/// The stages of a chain, all of them known and allowed.
pub(crate) fn parse(chain: &str, blacklist: &[String], whitelist: &[String], source: &Source) -> Result<Vec<Stage>, Error> {
    let refuse = |message: String| Err(Error::new(message, &source.path).at(&source.text, 1, 1));
    let mut stages = Vec::new();
    for part in chain.split('|') {
        // A stage may have an argument after a blank; none of ours takes one.
        let name = part.split_whitespace().next().unwrap_or_default();
        if blacklist.iter().any(|banned| banned == name) {
            return refuse(format!("renderer `{name}` is forbidden by `renderer_blacklist`"));
        }
        if !whitelist.is_empty() && !whitelist.iter().any(|allowed| allowed == name) {
            return refuse(format!("renderer `{name}` is not allowed by `renderer_whitelist`, which has {}", whitelist.join(", ")));
        }
        stages.push(match name {
            "jinja" => Stage::Jinja,
            "yaml" => Stage::Yaml,
            "json" => Stage::Json,
            "json5" => Stage::Json5,
            "toml" => Stage::Toml,
            "text" | "raw" => Stage::Text,
            "gpg" => Stage::Gpg,
            name if FOREIGN.contains(&name) => {
                return refuse(format!("renderer `{name}` is not supported here: it needs Python; write the file as `#!jinja|yaml`"));
            }
            name => return refuse(format!("renderer `{name}` is unknown; there are {}", KNOWN.join(", "))),
        });
    }
    Ok(stages)
}

/// The text without a first line that names a chain, with as many lines as before.
fn without_name(text: &str) -> String {
    if named(text).is_some() {
        let rest = text.find('\n').map_or("", |at| text.get(at..).unwrap_or_default());
        return rest.to_owned();
    }
    text.to_owned()
}

/// Where a format's error is: a message, a line and a column, from 1.
pub(crate) type Trouble = (String, u32, u32);

/// Reads JSON.
pub(crate) fn json(text: &str) -> Result<Value, Trouble> {
    value::json::read(&without_name(text)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        (format!("cannot read JSON: {words}"), to_u32(line), to_u32(column))
    })
}

/// Reads JSON5.
pub(crate) fn json5(text: &str) -> Result<Value, Trouble> {
    json5::from_str(&without_name(text)).map_err(|error| (format!("cannot read JSON5: {error}"), 0, 0))
}

/// Reads TOML.
pub(crate) fn toml(text: &str) -> Result<Value, Trouble> {
    let text = without_name(text);
    toml::from_str::<toml::Table>(&text).map(|table| from_toml(toml::Value::Table(table))).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (format!("cannot read TOML: {}", error.message()), to_u32(line), to_u32(column))
    })
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Str(text),
        toml::Value::Integer(number) => Value::Int(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(moment) => Value::Str(moment.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => Value::Map(table.into_iter().map(|(key, item)| (key, from_toml(item))).collect()),
    }
}
