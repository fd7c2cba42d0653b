//! Words of a command line to function arguments, as Salt reads them: `key=value` is a named argument, and what stands there is read as
//! YAML wherever that cannot hurt. The master's and the minion's command lines share this room, so that one word means one thing.

mod calls;
mod word;

pub use calls::{BadCalls, Words, calls};
pub use word::value;

use value::{Map, Value};

/// Arguments of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    /// Positional ones.
    pub args: Vec<Value>,
    /// Named ones, in the order given.
    pub kwargs: Map,
}

/// Reads words as arguments. Values of the names in `no_parse` stay text (`*` names all; then positional words stay text too).
///
/// ```
/// let words = ["5", "name=web", "true"].map(str::to_owned);
/// let read = argv::parse(&words, &[]);
/// assert_eq!(read.args, [value::Value::Int(5), value::Value::Bool(true)]);
/// assert_eq!(read.kwargs.get("name").and_then(value::Value::as_str), Some("web"));
/// ```
#[must_use]
pub fn parse(words: &[String], no_parse: &[String]) -> Arguments {
    let raw_all = no_parse.iter().any(|name| name == "*");
    let mut read = Arguments::default();
    for word in words {
        match split_named(word) {
            Some((name, text)) if raw_all || no_parse.iter().any(|raw| raw == name) => {
                read.kwargs.insert(name, text);
            }
            Some((name, text)) => {
                read.kwargs.insert(name, value(text));
            }
            None if raw_all => read.args.push(Value::from(word)),
            None => read.args.push(value(word)),
        }
    }
    read
}

/// `name=value` in its parts, if a word is that: the name begins with a letter or `_` and goes on with letters, digits, `_`, `.` and `-`;
/// a second `=` right behind the first makes it a comparison; and a line break inside the value makes it plain text.
#[must_use]
pub fn split_named(word: &str) -> Option<(&str, &str)> {
    let (name, text) = word.split_once('=')?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let begins = name.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
    let goes_on = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    (begins && goes_on && !text.starts_with('=') && !text.contains('\n')).then_some((name, text))
}
