//! Slots: `__slot__:salt:module.function(args).path ~ suffix` in an argument is replaced by what the call gives, just before the state runs.

use sdk::{CallArgs, Read};
use value::{DELIMITER, Map, Value, text, traverse};

const PREFIX: &str = "__slot__:";

/// Whether an argument has a slot, itself or one level inside.
pub(crate) fn has_slot(value: &Value) -> bool {
    let is_slot = |value: &Value| value.as_str().is_some_and(|text| text.starts_with(PREFIX));
    match value {
        Value::List(items) => items.iter().any(is_slot),
        Value::Map(map) => map.values().any(is_slot),
        other => is_slot(other),
    }
}

/// Fills the slots of an argument.
pub(crate) async fn fill(value: Value, read: &Read) -> Value {
    match value {
        Value::Str(text) => one(text, read).await,
        Value::List(items) => {
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                filled.push(match item {
                    Value::Str(text) => one(text, read).await,
                    other => other,
                });
            }
            Value::List(filled)
        }
        Value::Map(map) => {
            let mut filled = Map::with_capacity(map.len());
            for (key, item) in map {
                let item = match item {
                    Value::Str(text) => one(text, read).await,
                    other => other,
                };
                filled.insert(key, item);
            }
            Value::Map(filled)
        }
        other => other,
    }
}

/// A slot that nobody knows, or whose call fails, stays as it is.
async fn one(text: String, read: &Read) -> Value {
    let Some(call) = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix("salt:")) else { return Value::Str(text) };
    let Some(slot) = Slot::parse(call) else { return Value::Str(text) };
    let mut value = match read.agent().call(slot.function, slot.args).await {
        Ok(value) => value,
        Err(error) => {
            tracing::warn!(function = slot.function, %error, "a slot was not filled");
            return Value::Str(text);
        }
    };
    if !slot.path.is_empty() {
        value = traverse(&value, &slot.path.replace('.', DELIMITER), DELIMITER).cloned().unwrap_or(Value::Null);
    }
    match slot.suffix {
        Some(suffix) => Value::Str(text::str(&value) + suffix),
        None => value,
    }
}

/// A parsed slot.
struct Slot<'a> {
    function: &'a str,
    args: CallArgs,
    path: &'a str,
    suffix: Option<&'a str>,
}

impl<'a> Slot<'a> {
    fn parse(call: &'a str) -> Option<Self> {
        let (function, rest) = call.split_once('(')?;
        let end = closing(rest)?;
        let (inside, after) = (rest.get(..end)?, rest.get(end + 1..)?);
        let (path, suffix) = match after.split_once('~') {
            Some((path, suffix)) => (path.trim(), Some(suffix.trim())),
            None => (after.trim(), None),
        };
        let suffix = suffix.map(|suffix| unquoted(suffix).unwrap_or(suffix));
        let mut args = CallArgs::default();
        for piece in pieces(inside) {
            match piece.split_once('=') {
                Some((key, value)) if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                    args.named.insert(key, unquoted(value).unwrap_or(value));
                }
                _ => args.positional.push(Value::from(unquoted(piece).unwrap_or(piece))),
            }
        }
        Some(Self { function: function.trim(), args, path: path.strip_prefix('.').unwrap_or(path), suffix })
    }
}

/// Place of the parenthesis that closes the call, quotes left out of account.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some(index),
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Arguments, separated by commas outside of quotes.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut start = 0;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, ',') => {
                found.extend(text.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_taken_apart() {
        let slot = Slot::parse(r#"test.echo("a, b", 'c', d, k=v).x.y ~ -tail"#).unwrap();
        assert_eq!((slot.function, slot.path, slot.suffix), ("test.echo", "x.y", Some("-tail")));
        assert_eq!(slot.args.positional, ["a, b", "c", "d"].map(Value::from));
        assert_eq!(slot.args.named.get("k"), Some(&Value::from("v")));
        assert!(Slot::parse("no call").is_none());
    }
}
