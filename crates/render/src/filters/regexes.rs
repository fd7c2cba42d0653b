//! Filters and tests of regular expressions.

use super::python_regex::{Flags, compile, compile_at_start, costly, expand, glob_matches};
use super::{Outcome, flag, not_text, option, subject, text_arg, text_subject};
use jinja::{Call, Engine, Error, Val};
use value::{Value, text};

pub(super) fn add(engine: &mut Engine) {
    engine.add_filter("regex_escape", |call| {
        let text = text_subject(call, |name| format!("decoding to str: need a bytes-like object, {name} found"))?;
        Ok(Val::from(escape(&text).as_str()))
    });
    engine.add_filter("regex_match", |call| groups(call, true));
    engine.add_filter("regex_search", |call| groups(call, false));
    engine.add_filter("regex_replace", replace);
    engine.add_filter("check_whitelist_blacklist", check_lists);
    engine.add_test("match", |call| {
        let regex = compile_at_start(&text_arg(call, 1, "rgx")?, flags(call, 2)?)?;
        regex.is_match(&text_subject(call, not_text)?).map(Val::from).map_err(|error| costly(&error))
    });
    engine.add_test("equalto", |call| Ok(Val::from(call.value()?.to_value()? == call.required(1, "other")?.to_value()?)));
    engine.add_test("list", |call| Ok(Val::from(matches!(call.value()?, Val::List(_)))));
}

fn flags(call: &Call<'_>, position: usize) -> Result<Flags, Error> {
    Ok(Flags { ignore_case: flag(call, position, "ignorecase")?, multi_line: flag(call, position + 1, "multiline")? })
}

/// The groups of a match as a tuple, the whole match if there are no groups; `None` without a match.
fn groups(call: &mut Call<'_>, at_start: bool) -> Outcome {
    let (pattern, flags) = (text_arg(call, 1, "rgx")?, flags(call, 2)?);
    let regex = if at_start { compile_at_start(&pattern, flags)? } else { compile(&pattern, flags)? };
    let text = text_subject(call, not_text)?;
    let Some(found) = regex.captures(text.as_str()).map_err(|error| costly(&error))? else { return Ok(Val::None) };
    if found.len() == 1 {
        return Ok(Val::tuple(vec![Val::from(found.get(0).map_or("", |whole| whole.as_str()))]));
    }
    let groups = (1..found.len()).map(|number| found.get(number).map_or(Val::None, |group| Val::from(group.as_str())));
    Ok(Val::tuple(groups.collect()))
}

fn replace(call: &mut Call<'_>) -> Outcome {
    let regex = compile(&text_arg(call, 1, "rgx")?, flags(call, 3)?)?;
    let (text, template) = (text_subject(call, not_text)?, text_arg(call, 2, "val")?);
    let mut out = String::new();
    // Where to look next, and up to where the text is written. Unlike other engines, Python finds an empty match right behind a full one.
    let (mut from, mut written) = (0, 0);
    while let Some(found) = regex.captures_from_pos(text.as_str(), from).map_err(|error| costly(&error))? {
        let Some(whole) = found.get(0) else { break };
        out.push_str(text.get(written..whole.start()).unwrap_or_default());
        out.push_str(&expand(&template, &found)?);
        written = whole.end();
        from = whole.end();
        if whole.start() == whole.end() {
            let Some(next) = text.get(from..).and_then(|rest| rest.chars().next()) else { break };
            from += next.len_utf8();
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
    Ok(Val::from(out.as_str()))
}

/// Python's `re.escape`.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Whether the white list has the value, if there is one, and the black list has not. Entries are texts, shell patterns or regular
/// expressions.
fn check_lists(call: &mut Call<'_>) -> Outcome {
    let value = subject(call)?;
    let is_in = |list: &Value| -> bool {
        let matches = |entry: &Value| {
            let entry = text::str(entry);
            entry == value
                || glob_matches(&entry, &value)
                || compile_at_start(&format!("(?:{entry})\\Z"), Flags::default()).is_ok_and(|regex| regex.is_match(&value).unwrap_or(false))
        };
        match list {
            Value::List(entries) => entries.iter().any(matches),
            single => matches(single),
        }
    };
    let given = |list: Option<Value>| list.filter(Value::is_truthy);
    let (white, black) = (given(option(call, 1, "whitelist")?), given(option(call, 2, "blacklist")?));
    let is_black = black.as_ref().is_some_and(is_in);
    let is_white = white.as_ref().is_none_or(is_in);
    Ok(Val::from(is_white && !is_black))
}
