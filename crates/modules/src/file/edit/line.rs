//! `file.line`: one line at its place.

use super::{Flags, Pattern};
use sdk::{FromValue, Value, text};

/// What is done with the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineMode {
    /// It is there, at the place that `before` and `after` name.
    Ensure,
    /// It takes the place of lines that `match` fits.
    Replace,
    /// It is put before or after a line, or at one end.
    Insert,
    /// Lines that `match` fits go.
    Delete,
}

impl FromValue for LineMode {
    const EXPECTED: &'static str = "`ensure`, `replace`, `insert` or `delete`";

    fn from_value(value: Value) -> Result<Self, Value> {
        match text::str(&value).to_lowercase().as_str() {
            "ensure" => Ok(Self::Ensure),
            "replace" => Ok(Self::Replace),
            "insert" => Ok(Self::Insert),
            "delete" => Ok(Self::Delete),
            _ => Err(value),
        }
    }
}

/// One end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its beginning.
    Start,
    /// Its end.
    End,
}

impl FromValue for Place {
    const EXPECTED: &'static str = "`start` or `end`";

    fn from_value(value: Value) -> Result<Self, Value> {
        match text::str(&value).as_str() {
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            _ => Err(value),
        }
    }
}

/// A line and where it goes.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The line.
    pub content: Option<String>,
    /// What fits the lines to replace or delete.
    pub matching: Option<String>,
    /// What fits the line before it.
    pub after: Option<String>,
    /// What fits the line after it.
    pub before: Option<String>,
    /// Which end it goes to.
    pub location: Option<Place>,
    /// Give it the indentation of the line it replaces or stands beside.
    pub indent: bool,
}

/// Edits a text; errors are in the words that users of Salt know.
pub fn edit_line(text: &str, mode: LineMode, line: &Line) -> Result<String, String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    // The piece after the last line end is no line.
    let ends = text.is_empty() || text.ends_with('\n');
    if ends {
        lines.pop();
    }
    let content = line.content.as_deref().map(str::trim_end);
    let needed = || content.ok_or_else(|| "Content can only be empty if mode is \"delete\"".to_owned());
    match mode {
        LineMode::Delete => {
            let fits = one_of(line.matching.as_deref().or(content), "match")?;
            lines.retain(|line| !fits(line));
        }
        LineMode::Replace => {
            let content = needed()?;
            let fits = one_of(line.matching.as_deref().or(Some(content)), "match")?;
            for have in lines.iter_mut().filter(|have| fits(have)) {
                *have = beside(content, have, line.indent);
            }
        }
        LineMode::Insert => insert(&mut lines, needed()?, line)?,
        LineMode::Ensure => ensure(&mut lines, needed()?, line)?,
    }
    if lines.is_empty() {
        return Ok(String::new());
    }
    Ok(lines.join("\n") + if ends { "\n" } else { "" })
}

/// Whether a line fits: the words stand in it as they are, or as a regular expression.
fn one_of<'a>(words: Option<&'a str>, what: &str) -> Result<impl Fn(&str) -> bool + use<'a>, String> {
    let words = words.filter(|words| !words.is_empty()).ok_or_else(|| format!("`{what}` is needed to find the line"))?;
    let pattern = Pattern::new(words, Flags { multiline: false, ..Flags::default() }).ok();
    Ok(move |line: &str| line.contains(words) || pattern.as_ref().is_some_and(|pattern| pattern.is_in(line)))
}

fn indentation(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// A content with the indentation of its neighbour, if it has none of its own.
fn beside(content: &str, neighbour: &str, indent: bool) -> String {
    if indent && indentation(content).is_empty() { format!("{}{content}", indentation(neighbour)) } else { content.to_owned() }
}

/// The one line that fits.
fn only(lines: &[String], words: &str, side: &str) -> Result<Option<usize>, String> {
    let fits = one_of(Some(words), side)?;
    let mut found = lines.iter().enumerate().filter(|(_, line)| fits(line)).map(|(index, _)| index);
    let first = found.next();
    if found.next().is_some() {
        return Err(format!("Found more than expected occurrences in \"{side}\" expression"));
    }
    Ok(first)
}

fn insert(lines: &mut Vec<String>, content: &str, line: &Line) -> Result<(), String> {
    match (&line.after, &line.before, line.location) {
        (None, None, None) => Err("On insert either \"location\" or \"before/after\" conditions are required.".to_owned()),
        (None, None, Some(Place::Start)) => {
            if lines.first().map(String::as_str) != Some(content) {
                lines.insert(0, content.to_owned());
            }
            Ok(())
        }
        (None, None, Some(Place::End)) => {
            if lines.last().map(String::as_str) != Some(content) {
                lines.push(content.to_owned());
            }
            Ok(())
        }
        (after, before, _) => {
            let at = match (after, before) {
                (Some(after), _) => only(lines, after, "after")?.map(|at| (at + 1, at)),
                (None, Some(before)) => only(lines, before, "before")?.map(|at| (at, at)),
                (None, None) => None,
            };
            let (at, neighbour) = at.ok_or("Neither before or after was found in file")?;
            let wanted = lines.get(neighbour).map(|neighbour| beside(content, neighbour, line.indent)).unwrap_or_default();
            let is_after = after.is_some();
            let there = if is_after { lines.get(at) } else { at.checked_sub(1).and_then(|at| lines.get(at)) };
            if there != Some(&wanted) {
                lines.insert(at, wanted);
            }
            Ok(())
        }
    }
}

fn ensure(lines: &mut Vec<String>, content: &str, line: &Line) -> Result<(), String> {
    let after = line.after.as_deref().map(|words| only(lines, words, "after")).transpose()?.flatten();
    let before = line.before.as_deref().map(|words| only(lines, words, "before")).transpose()?.flatten();
    let same = |have: Option<&String>| have.is_some_and(|have| have.trim() == content.trim());
    let wanted =
        |neighbour: usize, lines: &[String]| lines.get(neighbour).map(|have| beside(content, have, line.indent)).unwrap_or_default();
    match (after, before) {
        (Some(after), Some(before)) => match before.checked_sub(after + 1) {
            Some(0) => {
                let wanted = wanted(after, lines);
                lines.insert(before, wanted);
            }
            Some(1) => {
                if !same(lines.get(after + 1)) {
                    let wanted = wanted(after, lines);
                    if let Some(have) = lines.get_mut(after + 1) {
                        *have = wanted;
                    }
                }
            }
            Some(_) | None => return Err("Found more than one line between boundaries \"before\" and \"after\".".to_owned()),
        },
        (Some(after), None) => {
            if !same(lines.get(after + 1)) {
                let wanted = wanted(after, lines);
                lines.insert(after + 1, wanted);
            }
        }
        (None, Some(before)) => {
            if !same(before.checked_sub(1).and_then(|at| lines.get(at))) {
                let wanted = wanted(before, lines);
                lines.insert(before, wanted);
            }
        }
        (None, None) => {
            return Err("Wrong conditions? Unable to ensure line without knowing where to put it before and/or after.".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "alpha\nbeta\ngamma\n";

    fn line(content: &str) -> Line {
        Line { content: Some(content.into()), indent: true, ..Line::default() }
    }

    #[test]
    fn a_line_is_ensured_at_its_place_once() {
        let wanted = Line { after: Some("alpha".into()), ..line("new") };
        let once = edit_line(TEXT, LineMode::Ensure, &wanted).unwrap();
        assert_eq!(once, "alpha\nnew\nbeta\ngamma\n");
        assert_eq!(edit_line(&once, LineMode::Ensure, &wanted).unwrap(), once);
        let between = Line { after: Some("alpha".into()), before: Some("gamma".into()), ..line("new") };
        assert_eq!(edit_line(TEXT, LineMode::Ensure, &between).unwrap(), "alpha\nnew\ngamma\n");
        assert!(edit_line(TEXT, LineMode::Ensure, &Line { after: Some("zz".into()), ..line("new") }).is_err());
    }

    #[test]
    fn a_line_takes_the_place_and_the_indentation_of_another() {
        let wanted = Line { matching: Some("x = .*".into()), ..line("x = 2") };
        assert_eq!(edit_line("a\n  x = 1\nb\n", LineMode::Replace, &wanted).unwrap(), "a\n  x = 2\nb\n");
    }

    #[test]
    fn inserting_twice_inserts_once() {
        for wanted in [
            Line { location: Some(Place::Start), ..line("new") },
            Line { location: Some(Place::End), ..line("new") },
            Line { after: Some("beta".into()), ..line("new") },
            Line { before: Some("beta".into()), ..line("new") },
        ] {
            let once = edit_line(TEXT, LineMode::Insert, &wanted).unwrap();
            assert_ne!(once, TEXT);
            assert_eq!(edit_line(&once, LineMode::Insert, &wanted).unwrap(), once);
        }
    }

    #[test]
    fn lines_are_deleted_by_what_fits_them() {
        assert_eq!(
            edit_line(TEXT, LineMode::Delete, &Line { matching: Some("beta".into()), ..Line::default() }).unwrap(),
            "alpha\ngamma\n"
        );
    }
}
