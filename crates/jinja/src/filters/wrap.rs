//! `wordwrap`.

use crate::methods::text_parts::{lines, without_end};
use crate::{Call, Engine, Error, Text, Val};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("wordwrap", wordwrap);
}

fn wordwrap(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["s", "width", "break_long_words", "wrapstring", "break_on_hyphens"])?;
    if let Some(other) = Some(call.value()?).filter(|value| !matches!(value, Val::Str(_) | Val::Undefined(_))) {
        return Err(Error::type_error(format!("'{}' object has no attribute 'splitlines'", other.type_name())));
    }
    let text = call.value_text()?;
    let width = call.int(1, "width")?.unwrap_or(79);
    let long = call.flag(2, "break_long_words", true)?;
    let separator = call.text(3, "wrapstring")?.unwrap_or_else(|| Text::from("\n"));
    let hyphens = call.flag(4, "break_on_hyphens", true)?;
    let Some(width) = usize::try_from(width).ok().filter(|width| *width > 0) else {
        return Err(Error::value_error(format!("invalid width {width} (must be > 0)")));
    };
    call.interp.allocate_items(text.len())?;
    let wrapped: Vec<String> =
        lines(&text).into_iter().map(|line| wrap(without_end(line), width, long, hyphens).join(&separator)).collect();
    call.new_text(wrapped.join(&separator))
}

/// A line cut into pieces that stay together: words, and the blanks between them.
fn chunks(line: &str, hyphens: bool) -> Vec<Vec<char>> {
    let mut chunks: Vec<Vec<char>> = Vec::new();
    let chars: Vec<char> = line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let is_letter = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let same = match before {
            None => false,
            Some(before) if (before == ' ') != (c == ' ') => false,
            // A word may be cut behind a hyphen that stands between letters.
            Some('-') if hyphens => {
                let letters_before = at.checked_sub(2).is_some_and(|at| chars.get(at).is_some_and(|c| c.is_alphabetic()));
                !(letters_before && c.is_alphabetic() && is_letter(chars.get(at)))
            }
            Some(_) => true,
        };
        match chunks.last_mut() {
            Some(chunk) if same => chunk.push(c),
            _ => chunks.push(vec![c]),
        }
    }
    chunks
}

/// Fills lines greedily; blanks at the ends of lines fall away, those at the start of the first stay.
fn wrap(line: &str, width: usize, break_long: bool, hyphens: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest: Vec<Vec<char>> = chunks(line, hyphens);
    rest.reverse();
    while !rest.is_empty() {
        let mut current: Vec<Vec<char>> = Vec::new();
        let mut length = 0;
        if !out.is_empty() && rest.last().is_some_and(|chunk| chunk.iter().all(|c| *c == ' ')) {
            rest.pop();
        }
        while let Some(chunk) = rest.last() {
            if length + chunk.len() > width {
                break;
            }
            length += chunk.len();
            current.extend(rest.pop());
        }
        if let Some(chunk) = rest.last_mut()
            && chunk.len() > width
        {
            if break_long {
                let space = width.saturating_sub(length).max(usize::from(current.is_empty()));
                // A long word is cut behind its last fitting hyphen rather than anywhere.
                let hyphen = if hyphens {
                    chunk.iter().take(space).rposition(|c| *c == '-').filter(|at| *at > 0 && chunk.iter().take(*at).any(|c| *c != '-'))
                } else {
                    None
                };
                let cut = hyphen.map_or(space, |at| at + 1);
                let tail = chunk.split_off(cut.min(chunk.len()));
                current.push(std::mem::replace(chunk, tail));
            } else if current.is_empty() {
                current.extend(rest.pop());
            }
        }
        if current.last().is_some_and(|chunk| chunk.iter().all(|c| *c == ' ')) {
            current.pop();
        }
        if !current.is_empty() {
            out.push(current.into_iter().flatten().collect());
        }
    }
    out
}
