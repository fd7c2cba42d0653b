//! Filters of text.

use super::{Outcome, flag, not_bytes, not_text, subject, text_subject};
use jinja::{Call, Engine, Error, Val};
use std::rc::Rc;

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("contains_whitespace", |call| Ok(Val::from(subject(call)?.chars().any(char::is_whitespace))));
    engine.add_filter("quote", |call| {
        // Whatever is nothing is quoted as the empty text.
        let is_nothing = !call.value()?.is_undefined() && !call.value()?.is_truthy();
        let text = if is_nothing { String::new() } else { text_subject(call, not_text)? };
        Ok(Val::from(shell_quote(&text).as_str()))
    });
    engine.add_filter("to_snake_case", |call| Ok(Val::from(snake_case(&subject(call)?).as_str())));
    engine.add_filter("to_camelcase", |call| {
        let is_upper = flag(call, 1, "uppercamel")?;
        Ok(Val::from(camel_case(&subject(call)?, is_upper).as_str()))
    });
    engine.add_filter("to_bytes", |call| match call.value()? {
        bytes @ Val::Bytes(_) => Ok(bytes.clone()),
        Val::Str(text) => Ok(Val::Bytes(Rc::from(text.as_bytes()))),
        other => Err(Error::type_error(not_bytes(other.type_name()))),
    });
    engine.add_filter("path_join", path_join);
}

/// A text as one word of a shell.
fn shell_quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
}

/// `helloWorld` to `hello_world`. A capital that starts a word in small letters is parted from anything before it, also from a blank.
fn snake_case(text: &str) -> String {
    let once =
        part(text, |before, here, after| before.is_some() && here.is_ascii_uppercase() && after.is_some_and(|c| c.is_ascii_lowercase()));
    let twice =
        part(&once, |before, here, _| before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) && here.is_ascii_uppercase());
    twice.to_lowercase()
}

fn part(text: &str, is_start: impl Fn(Option<char>, char, Option<char>) -> bool) -> String {
    let mut out = String::new();
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_start(before, c, chars.peek().copied()) {
            out.push('_');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

fn camel_case(text: &str, is_upper: bool) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
    };
    let mut parts = text.split('_');
    let first = parts.next().unwrap_or_default();
    let head = if is_upper { capital(first) } else { first.to_owned() };
    parts.fold(head, |joined, part| joined + &capital(part))
}

/// Joins parts of a path; only the first may be absolute, and `..` is resolved.
fn path_join(call: &mut Call<'_>) -> Outcome {
    let mut parts: Vec<String> = Vec::with_capacity(call.args.len());
    for part in &call.args {
        match part {
            Val::Str(text) => parts.push(text.to_string()),
            Val::Undefined(undefined) if undefined.is_strict() => return Err(undefined.error()),
            other => return Err(Error::type_error(not_bytes(other.type_name()))),
        }
    }
    let first = parts.first().map_or("", String::as_str);
    let is_absolute = first.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in parts.iter().flat_map(|part| part.split('/')) {
        match name {
            "" | "." => {}
            ".." => match names.last() {
                Some(last) if *last != ".." => {
                    names.pop();
                }
                _ if is_absolute => {}
                _ => names.push(".."),
            },
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    let path = match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    };
    Ok(Val::from(path.as_str()))
}
