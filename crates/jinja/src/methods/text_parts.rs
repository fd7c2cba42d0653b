//! Methods of text that look for parts of it.

use crate::{Call, Error, Text, Val};

/// White space in Python's sense.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

pub(super) fn strip(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["chars"])?;
    let chars = call.text(0, "chars")?;
    let strips = |c: char| chars.as_ref().map_or_else(|| is_space(c), |chars| chars.contains(c));
    call.new_text(match call.name {
        "lstrip" => text.trim_start_matches(strips),
        "rstrip" => text.trim_end_matches(strips),
        _ => text.trim_matches(strips),
    })
}

pub(super) fn split(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["sep", "maxsplit"])?;
    let separator = call.text(0, "sep")?;
    let most = usize::try_from(call.int(1, "maxsplit")?.unwrap_or(-1)).unwrap_or(usize::MAX);
    let from_right = call.name == "rsplit";
    let parts: Vec<&str> = match &separator {
        Some(separator) if separator.is_empty() => return Err(Error::value_error("empty separator")),
        Some(separator) if from_right => {
            let mut parts: Vec<_> = text.rsplitn(most.saturating_add(1), &**separator).collect();
            parts.reverse();
            parts
        }
        Some(separator) => text.splitn(most.saturating_add(1), &**separator).collect(),
        None if from_right => words_from_right(text, most),
        None => words(text, most),
    };
    call.interp.allocate_items(parts.len())?;
    call.interp.allocate(text.len())?;
    Ok(Val::list(parts.into_iter().map(Val::str).collect()))
}

/// Words between white space; after the last split the rest stays whole.
fn words(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() >= most {
            parts.push(rest);
            break;
        }
        let (word, after) = rest.find(is_space).map_or((rest, ""), |at| rest.split_at(at));
        parts.push(word);
        rest = after.trim_start_matches(is_space);
    }
    parts
}

fn words_from_right(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() >= most {
            parts.push(rest);
            break;
        }
        let start = rest.char_indices().rev().find(|(_, c)| is_space(*c)).map_or(0, |(at, c)| at + c.len_utf8());
        let (before, word) = rest.split_at(start);
        parts.push(word);
        rest = before.trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

/// Lines with their ends, as `str.splitlines(True)` cuts them.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        match c {
            '\r' => {
                if let Some((_, '\n')) = chars.peek() {
                    chars.next();
                    end += 1;
                }
            }
            '\n' | '\x0b' | '\x0c' | '\x1c' | '\x1d' | '\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}' => {}
            _ => continue,
        }
        lines.extend(text.get(start..end));
        start = end;
    }
    if start < text.len() {
        lines.extend(text.get(start..));
    }
    lines
}

/// A line without its end.
pub(crate) fn without_end(line: &str) -> &str {
    line.strip_suffix("\r\n").unwrap_or_else(|| {
        line.strip_suffix(['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}']).unwrap_or(line)
    })
}

pub(super) fn split_lines(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["keepends"])?;
    let keep = call.flag(0, "keepends", false)?;
    let lines = lines(text);
    call.interp.allocate_items(lines.len())?;
    call.interp.allocate(text.len())?;
    Ok(Val::list(lines.into_iter().map(|line| Val::str(if keep { line } else { without_end(line) })).collect()))
}

pub(super) fn partition(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["sep"])?;
    let separator = call.required_text(0, "sep")?;
    if separator.is_empty() {
        return Err(Error::value_error("empty separator"));
    }
    let from_right = call.name == "rpartition";
    let found = if from_right { text.rsplit_once(&*separator) } else { text.split_once(&*separator) };
    let parts = match found {
        Some((before, after)) => [before, &separator, after],
        None if from_right => ["", "", text],
        None => [text, "", ""],
    };
    call.interp.allocate(text.len())?;
    Ok(Val::tuple(parts.into_iter().map(Val::str).collect()))
}

/// The part of a text that optional bounds leave, and where it starts in characters; `None` when the start is behind the end.
fn bounded<'t>(text: &'t str, call: &Call<'_>) -> Result<Option<(&'t str, usize)>, Error> {
    let (start, stop) = (call.int(1, "start")?, call.int(2, "end")?);
    if start.is_none() && stop.is_none() {
        return Ok(Some((text, 0)));
    }
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let bound = |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at };
    let (start, stop) = (bound(start.unwrap_or(0)), bound(stop.unwrap_or(length)).min(length));
    if start > stop {
        return Ok(None);
    }
    let (start, stop) = (usize::try_from(start).unwrap_or(0), usize::try_from(stop).unwrap_or(0));
    let offset = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    Ok(text.get(offset(start)..offset(stop)).map(|part| (part, start)))
}

pub(super) fn find(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["sub", "start", "end"])?;
    let part = call.required_text(0, "sub")?;
    let found = bounded(text, call)?.and_then(|(within, before)| {
        let at = if call.name.starts_with('r') { within.rfind(&*part) } else { within.find(&*part) }?;
        Some(before + within.get(..at)?.chars().count())
    });
    match found {
        Some(at) => Ok(Val::from(at)),
        None if call.name.ends_with("find") => Ok(Val::Int(-1)),
        None => Err(Error::value_error("substring not found")),
    }
}

pub(super) fn count(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["sub", "start", "end"])?;
    let part = call.required_text(0, "sub")?;
    let Some((within, _)) = bounded(text, call)? else { return Ok(Val::Int(0)) };
    Ok(Val::from(if part.is_empty() { within.chars().count() + 1 } else { within.matches(&*part).count() }))
}

pub(super) fn at_end(text: &Text, call: &Call<'_>) -> Result<Val, Error> {
    call.only(&["prefix", "start", "end"])?;
    let wanted = call.required(0, "prefix")?;
    let refused = |other: &Val| {
        let name = other.type_name();
        Error::type_error(format!("{} first arg must be str or a tuple of str, not {name}", call.name))
    };
    let Some((within, _)) = bounded(text, call)? else { return Ok(Val::Bool(false)) };
    let matches = |part: &Val| match part {
        Val::Str(part) if call.name == "startswith" => Ok(within.starts_with(&**part)),
        Val::Str(part) => Ok(within.ends_with(&**part)),
        Val::Undefined(undefined) => Err(undefined.error()),
        other => Err(refused(other)),
    };
    let found = match wanted {
        Val::Tuple(parts) => {
            let mut found = false;
            for part in parts.iter() {
                found = found || matches(part)?;
            }
            found
        }
        part => matches(part)?,
    };
    Ok(Val::Bool(found))
}
