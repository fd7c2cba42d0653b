//! Filters that change text.

use crate::methods::text::{capitalize, center, replaced, width};
use crate::methods::text_parts::{is_space, lines, without_end};
use crate::{Call, Engine, Error, Kind, Text, Val};

pub(super) fn add(engine: &mut Engine) {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change); 4] =
        [("upper", |text| text.to_uppercase()), ("lower", |text| text.to_lowercase()), ("capitalize", capitalize), ("title", title)];
    for (name, change) in changes {
        engine.add_filter(name, move |call| {
            call.only(&["s"])?;
            let text = call.value_text()?;
            let changed = change(&text);
            call.new_text(if text.is_markup() { Text::markup(changed) } else { Text::from(changed) })
        });
    }
    engine.add_filter("trim", trim);
    engine.add_filter("string", |call| match call.value()? {
        text @ Val::Str(_) => Ok(text.clone()),
        other => Ok(Val::Str(call.str(other)?)),
    });
    engine.add_filter("center", |call| {
        call.only(&["value", "width"])?;
        let text = call.value_text()?;
        let width = width(call, call.int(1, "width")?.unwrap_or(80))?;
        call.new_text(center(&text, width, ' '))
    });
    engine.add_filter("replace", replace);
    engine.add_filter("truncate", truncate);
    engine.add_filter("wordcount", |call| {
        let text = call.value_text()?;
        Ok(Val::from(text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).count()))
    });
    engine.add_filter("indent", indent);
    engine.add_filter("format", |call| {
        let text = call.value_text()?;
        if call.args.len() > 1 && !call.kwargs.is_empty() {
            let message = "can't handle positional and keyword arguments at the same time";
            return Err(Error::new(Kind::Runtime, message));
        }
        let args = if call.kwargs.is_empty() {
            Val::tuple(call.args.iter().skip(1).cloned().collect())
        } else {
            Val::dict(call.kwargs.iter().map(|(name, value)| (name.as_ref(), value.clone())))
        };
        call.interp.percent_format(&text, &args)
    });
}

/// A capital at each start of a word; words end at blanks, hyphens and opening brackets.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut starts = true;
    for c in text.chars() {
        if starts {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        starts = is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<');
    }
    out
}

fn trim(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["value", "chars"])?;
    let text = call.value_text()?;
    let chars = call.text(1, "chars")?;
    let trimmed = text.trim_matches(|c: char| chars.as_ref().map_or_else(|| is_space(c), |chars| chars.contains(c)));
    call.new_text(trimmed)
}

fn replace(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["s", "old", "new", "count"])?;
    let text = call.value_text()?;
    if call.arg(1, "old").is_none() && call.arg(2, "new").is_none() {
        return Err(Error::type_error("do_replace() missing 2 required positional arguments: 'old' and 'new'"));
    }
    let old = call.str(call.required(1, "old")?)?;
    let new = call.str(call.required(2, "new")?)?;
    let count = call.int(3, "count")?.unwrap_or(-1);
    replaced(call, &text, &old, &new, count)
}

fn truncate(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["s", "length", "killwords", "end", "leeway"])?;
    let value = call.value()?;
    if !matches!(value, Val::Str(_) | Val::Undefined(_)) && call.interp.length_of(value).is_none() {
        return Err(Error::type_error(format!("object of type '{}' has no len()", value.type_name())));
    }
    let text = call.value_text()?;
    let length = call.int(1, "length")?.unwrap_or(255);
    let kill = call.flag(2, "killwords", false)?;
    let end = call.text(3, "end")?.unwrap_or_else(|| Text::from("..."));
    let leeway = call.int(4, "leeway")?.unwrap_or(5);
    let end_length = end.chars().count() as i64;
    if length < end_length {
        return Err(Error::value_error(format!("expected length >= {end_length}, got {length}")));
    }
    if leeway < 0 {
        return Err(Error::value_error(format!("expected leeway >= 0, got {leeway}")));
    }
    let chars = text.chars().count() as i64;
    if chars <= length.saturating_add(leeway) {
        return Ok(Val::Str(text));
    }
    let kept: String = text.chars().take(usize::try_from(length - end_length).unwrap_or(0)).collect();
    if kill {
        return call.new_text(kept + &end);
    }
    let whole = kept.rsplit_once(' ').map_or(kept.as_str(), |(before, _)| before);
    call.new_text(format!("{whole}{}", &*end))
}

fn indent(call: &mut Call<'_>) -> Result<Val, Error> {
    call.only(&["s", "width", "first", "blank"])?;
    if let other @ (Val::None | Val::Bool(_) | Val::Int(_) | Val::Big(_) | Val::Float(_) | Val::Dict(_) | Val::Range(_)) = call.value()? {
        return Err(Error::type_error(format!("unsupported operand type(s) for +=: '{}' and 'str'", other.type_name())));
    }
    let text = call.value_text()?;
    let prefix = match call.arg(1, "width") {
        None => " ".repeat(4),
        Some(Val::Str(prefix)) => prefix.to_string(),
        Some(_) => " ".repeat(width(call, call.int(1, "width")?.unwrap_or(4))?),
    };
    let (first, blank) = (call.flag(2, "first", false)?, call.flag(3, "blank", false)?);
    // A newline is added, so that text that ends with one keeps it.
    let extended = format!("{}\n", &*text);
    let all = lines(&extended);
    call.interp.allocate(text.len().saturating_add(prefix.len().saturating_mul(all.len())))?;
    let mut out = String::new();
    for (at, line) in all.into_iter().map(without_end).enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let indented = if at == 0 { first } else { blank || !line.is_empty() };
        if indented {
            out.push_str(&prefix);
        }
        out.push_str(line);
    }
    Ok(Val::Str(if text.is_markup() { Text::markup(out) } else { Text::from(out) }))
}
