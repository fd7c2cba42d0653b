//! Prints what a check found.

use super::{Check, Form, Found};
use model::Problem;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Prints for people or for programs.
pub fn print(check: &Check, found: &Found, out: &mut dyn Write) -> io::Result<()> {
    match check.out {
        Form::Text => text(found, out),
        Form::Json => json(check, found, out),
    }
}

fn text(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    for problem in &found.problems {
        match &problem.place {
            Some(place) => writeln!(out, "{}: {}", at(place), problem.message)?,
            None => writeln!(out, "{}", problem.message)?,
        }
        for line in problem.excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
            writeln!(out, "  {line}")?;
        }
        for place in &problem.via {
            writeln!(out, "  read by {}", at(place))?;
        }
        if let Some(hint) = &problem.hint {
            writeln!(out, "  hint: {hint}")?;
        }
        writeln!(out)?;
    }
    if !found.not_called.is_empty() {
        writeln!(
            out,
            "not called, templates got an empty answer (`--answer FUNCTION=VALUE` gives another): {}",
            found.not_called.join(", ")
        )?;
    }
    let files: BTreeSet<&str> = found.problems.iter().filter_map(|problem| Some(problem.place.as_ref()?.file.as_str())).collect();
    match found.problems.len() {
        0 => writeln!(out, "{} SLS checked, no problem", found.checked),
        1 => writeln!(out, "{} SLS checked, 1 problem", found.checked),
        count => writeln!(out, "{} SLS checked, {count} problems in {} files", found.checked, files.len()),
    }
}

/// `file:line:column`, which editors and terminals turn into links.
fn at(place: &model::Place) -> String {
    let mut text = place.file.clone();
    for number in [place.line, place.column].into_iter().take_while(|number| *number > 0) {
        text.push_str(&format!(":{number}"));
    }
    text
}

fn json(check: &Check, found: &Found, out: &mut dyn Write) -> io::Result<()> {
    let row = |problem: &Problem| {
        let place = problem.place.clone().unwrap_or_default();
        serde_json::json!({
            "file": problem.place.as_ref().map(|place| &place.file),
            "line": place.line,
            "column": place.column,
            "message": problem.message,
            "hint": problem.hint,
            "excerpt": problem.excerpt,
            "via": problem.via,
        })
    };
    let all = serde_json::json!({
        "tree": check.tree,
        "checked": found.checked,
        "problems": found.problems.iter().map(row).collect::<Vec<_>>(),
        "not_called": found.not_called,
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&all).map_err(io::Error::other)?)
}
