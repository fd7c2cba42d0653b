//! Methods of text: case, padding, replacing, joining.

use super::{text_parts as parts, text_table as table, text_tests as tests};
use crate::{Call, Error, Text, Val};

pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

pub(super) fn call(text: &Text, call: &mut Call<'_>) -> Option<Result<Val, Error>> {
    if let Err(error) = call.charge(text.len() / 16) {
        return Some(Err(error));
    }
    Some(match call.name {
        "upper" => plain(call, text.to_uppercase()),
        "lower" => plain(call, text.to_lowercase()),
        "casefold" => plain(call, text.to_lowercase().replace('ß', "ss")),
        "capitalize" => plain(call, capitalize(text)),
        "title" => plain(call, title(text)),
        "swapcase" => plain(call, swap_case(text)),
        "center" | "ljust" | "rjust" => pad(text, call),
        "zfill" => zero_fill(text, call),
        "replace" => replace(text, call),
        "join" => join(text, call),
        "format" => call.interp.brace_format(text, &call.args, &call.kwargs),
        "format_map" => format_map(text, call),
        "encode" => table::encode(text, call),
        "translate" => table::translate(text, call),
        "maketrans" => table::make(call),
        "expandtabs" => expand_tabs(text, call),
        "removeprefix" | "removesuffix" => remove_end(text, call),
        "strip" | "lstrip" | "rstrip" => parts::strip(text, call),
        "split" | "rsplit" => parts::split(text, call),
        "splitlines" => parts::split_lines(text, call),
        "partition" | "rpartition" => parts::partition(text, call),
        "find" | "rfind" | "index" | "rindex" => parts::find(text, call),
        "count" => parts::count(text, call),
        "startswith" | "endswith" => parts::at_end(text, call),
        name => match tests::call(text, name) {
            Some(found) => call.only(&[]).map(|()| Val::Bool(found)),
            None => return None,
        },
    })
}

/// The result of a method without arguments.
fn plain(call: &Call<'_>, text: String) -> Result<Val, Error> {
    if !call.args.is_empty() || !call.kwargs.is_empty() {
        return Err(Error::type_error(format!("str.{}() takes no arguments ({} given)", call.name, call.args.len() + call.kwargs.len())));
    }
    call.new_text(text)
}

pub(crate) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

/// A capital after everything that is no letter, as `str.title()` has it.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphabetic();
    }
    out
}

fn swap_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

/// A width as an argument, checked before anything that wide is made.
pub(crate) fn width(call: &Call<'_>, width: i64) -> Result<usize, Error> {
    let width = usize::try_from(width).unwrap_or(0);
    call.interp.allocate(width)?;
    Ok(width)
}

/// Text in the middle of a width, as `str.center()` rounds.
pub(crate) fn center(text: &str, width: usize, fill: char) -> String {
    let length = text.chars().count();
    let Some(space) = width.checked_sub(length) else { return text.to_owned() };
    let left = space / 2 + (space & width & 1);
    let fill = |n: usize| std::iter::repeat_n(fill, n);
    fill(left).chain(text.chars()).chain(fill(space - left)).collect()
}

fn pad(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["width", "fillchar"])?;
    let wanted = call.int(0, "width")?.ok_or_else(|| Error::type_error(format!("{} expected at least 1 argument, got 0", call.name)))?;
    let width = width(call, wanted)?;
    let fill = match call.text(1, "fillchar")? {
        None => ' ',
        Some(text) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(only), None) => only,
                _ => return Err(Error::type_error("The fill character must be exactly one character long")),
            }
        }
    };
    let space = width.saturating_sub(text.chars().count());
    let filler = || std::iter::repeat_n(fill, space);
    call.new_text(match call.name {
        "ljust" => text.chars().chain(filler()).collect::<String>(),
        "rjust" => filler().chain(text.chars()).collect::<String>(),
        _ => center(text, width, fill),
    })
}

fn zero_fill(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["width"])?;
    let wanted = call.int(0, "width")?.ok_or_else(|| Error::type_error("str.zfill() takes exactly one argument (0 given)"))?;
    let space = width(call, wanted)?.saturating_sub(text.chars().count());
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.get(..1).unwrap_or_default(), digits),
        None => ("", &**text),
    };
    call.new_text(format!("{sign}{}{digits}", "0".repeat(space)))
}

fn replace(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["old", "new", "count"])?;
    let (old, new) = (call.required_text(0, "old")?, call.required_text(1, "new")?);
    let count = call.int(2, "count")?.unwrap_or(-1);
    replaced(call, text, &old, &new, count)
}

/// Replaces text; a negative count means everywhere.
pub(crate) fn replaced(call: &Call<'_>, text: &str, old: &str, new: &str, count: i64) -> Result<Val, Error> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let found = if old.is_empty() { text.chars().count() + 1 } else { text.matches(old).count() };
    call.interp.allocate(text.len().saturating_add(new.len().saturating_mul(found.min(count))))?;
    Ok(Val::str(text.replacen(old, new, count)))
}

fn join(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["iterable"])?;
    let Some(items) = call.args.first() else {
        return Err(Error::type_error("str.join() takes exactly one argument (0 given)"));
    };
    let items = match items {
        Val::Undefined(undefined) => return Err(undefined.error()),
        items => call
            .iterate(items)
            .map_err(|error| if error.kind == crate::Kind::Type { Error::type_error("can only join an iterable") } else { error })?,
    };
    let mut joined = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push_str(text);
        }
        match item {
            Val::Str(item) => joined.push_str(item),
            Val::Undefined(undefined) => return Err(undefined.error()),
            other => return Err(Error::type_error(format!("sequence item {at}: expected str instance, {} found", other.type_name()))),
        }
        call.charge(1)?;
        if joined.len() > call.interp.limits().output {
            break;
        }
    }
    call.new_text(joined)
}

fn format_map(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["mapping"])?;
    let mut kwargs = Vec::new();
    if let Val::Dict(dict) = call.required(0, "mapping")? {
        for (name, value) in dict.to_vec() {
            if let Val::Str(name) = name {
                kwargs.push((std::sync::Arc::clone(name.shared()), value));
            }
        }
    }
    call.interp.brace_format(text, &[], &kwargs)
}

fn expand_tabs(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["tabsize"])?;
    let size = width(call, call.int(0, "tabsize")?.unwrap_or(8))?;
    call.interp.allocate(size.saturating_mul(text.matches('\t').count()))?;
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let n = if size == 0 { 0 } else { size - column % size };
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    call.new_text(out)
}

fn remove_end(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["affix"])?;
    let end = call.required_text(0, "affix")?;
    let rest = if call.name == "removeprefix" { text.strip_prefix(&*end) } else { text.strip_suffix(&*end) };
    call.new_text(rest.unwrap_or(text))
}
