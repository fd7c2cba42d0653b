//! Salt's filters, tests and functions for templates, one file for each field.

mod data;
mod dicts;
mod hashes;
mod json_query;
mod lists;
mod machine;
mod network;
mod numbers;
mod python_regex;
mod regexes;
mod sets;
mod text;
mod time;
mod xml;

use crate::Machine;
use jinja::{Call, Engine, Error, Val};
use std::sync::Arc;
use value::Value;

type Outcome = Result<Val, Error>;

type Shared = Arc<dyn Machine>;

/// An engine with everything Salt's templates use.
pub(crate) fn engine(machine: &Shared) -> Engine {
    let mut engine = Engine::new();
    engine.finalize = Some(data::printed);
    for add in [data::add, dicts::add, json_query::add, lists::add, numbers::add, regexes::add, sets::add, text::add, globals] {
        add(&mut engine);
    }
    for add in [hashes::add, machine::add, network::add, time::add] {
        add(&mut engine, machine);
    }
    engine
}

fn globals(engine: &mut Engine) {
    engine.add_function("raise", |call| {
        let message = call.required(0, "msg")?.to_text();
        Err(Error::new(jinja::Kind::Raised, message))
    });
    engine.add_function("show_full_context", |call| Ok(Val::dict(call.variables())));
    engine.add_function("odict", dicts::odict);
    engine.add_function("ifelse", ifelse);
}

/// `ifelse('web*', 'a', 'db*', 'b', 'default')`: the value behind the first pattern that matches the minion's id.
fn ifelse(call: &mut Call<'_>) -> Outcome {
    let id = match call.kwarg("minion_id") {
        Some(id) => id.to_text(),
        None => {
            let grains = call.variables().into_iter().find(|(name, _)| &**name == "grains").map(|(_, grains)| grains);
            match grains {
                Some(grains) => call.get_item(&grains, &Val::from("id"))?.to_text(),
                None => String::new(),
            }
        }
    };
    for pair in call.args.chunks(2) {
        match pair {
            [pattern, value] if python_regex::glob_matches(&pattern.to_text(), &id) => return Ok(value.clone()),
            [default] => return Ok(default.clone()),
            _ => {}
        }
    }
    Ok(Val::None)
}

/// The value a filter is applied to, as plain data.
fn plain(call: &Call<'_>) -> Result<Value, Error> {
    call.value()?.to_value()
}

/// The value a filter is applied to, as text.
fn subject(call: &Call<'_>) -> Result<String, Error> {
    // Undefined values and cycles are found here; the text is that of the template's own value, so that a tuple looks like one.
    plain(call)?;
    Ok(call.value()?.to_text())
}

/// The value a filter is applied to, which must be text; `words` say what Python says before the type that was given.
fn text_subject(call: &Call<'_>, words: fn(&str) -> String) -> Result<String, Error> {
    match call.value()? {
        Val::Str(text) => Ok(text.to_string()),
        Val::Undefined(undefined) if undefined.is_strict() => Err(undefined.error()),
        Val::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        other => Err(Error::type_error(words(other.type_name()))),
    }
}

/// What Salt says where it wants text to be hashed, joined or encoded.
fn not_bytes(name: &str) -> String {
    format!("expected str, bytes, or bytearray not <class '{name}'>")
}

/// What Python's `re` says to what is no text.
fn not_text(name: &str) -> String {
    format!("expected string or bytes-like object, got '{name}'")
}

/// An argument as plain data, if it is given and not `None`.
fn option(call: &Call<'_>, position: usize, name: &str) -> Result<Option<Value>, Error> {
    match call.arg(position, name) {
        None => Ok(None),
        Some(value) => value.to_value().map(|value| (!value.is_null()).then_some(value)),
    }
}

/// A text argument, if it is given and not `None`.
fn text_option(call: &Call<'_>, position: usize, name: &str) -> Result<Option<String>, Error> {
    Ok(option(call, position, name)?.map(|value| value::text::str(&value)))
}

/// A text argument that must be there.
fn text_arg(call: &Call<'_>, position: usize, name: &str) -> Result<String, Error> {
    Ok(value::text::str(&call.required(position, name)?.to_value()?))
}

/// Whether a flag argument is given and true.
fn flag(call: &Call<'_>, position: usize, name: &str) -> Result<bool, Error> {
    Ok(option(call, position, name)?.is_some_and(|value| value.is_truthy()))
}
