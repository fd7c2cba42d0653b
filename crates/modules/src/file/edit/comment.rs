//! `file.comment` and `file.uncomment`: lines that a pattern fits get or lose a comment sign.

use super::{Flags, Pattern};

/// How a pattern stands in a text, seen by who wants to comment or uncomment it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentState {
    /// There are lines to change.
    Wanted,
    /// There are only lines as they should be.
    Already,
    /// It fits nowhere.
    Missing,
}

/// The pattern without its anchors; its leading flags go as well.
fn bare(regex: &str) -> &str {
    let regex = match regex.strip_prefix("(?").and_then(|rest| rest.split_once(')')) {
        Some((letters, rest)) if !letters.is_empty() && letters.chars().all(|c| "iLmsux".contains(c)) => rest,
        _ => regex,
    };
    regex.strip_prefix('^').unwrap_or(regex).trim_end_matches('$')
}

/// How a pattern stands: uncommented lines are looked for when commenting, commented ones when uncommenting.
pub fn comment_state(text: &str, regex: &str, char: &str, commenting: bool) -> Result<CommentState, String> {
    let anchored = regex.trim_start_matches('^');
    let bare = bare(regex);
    let sign = escape(char);
    let (wanted, already) = if commenting {
        // An anchored pattern has to fit at the beginning of a line, any other one anywhere in it.
        let before = if regex.contains('^') { "" } else { ".*" };
        (format!("^(?!\\s*{sign}){before}{bare}"), format!("{sign}{bare}"))
    } else {
        (format!("{sign}[ \\t]*{anchored}"), format!("^[ \\t]*{anchored}"))
    };
    Ok(if Pattern::new(&wanted, Flags::default())?.is_in(text) {
        CommentState::Wanted
    } else if Pattern::new(&already, Flags::default())?.is_in(text) {
        CommentState::Already
    } else {
        CommentState::Missing
    })
}

fn escape(text: &str) -> String {
    fancy_regex::escape(text).into_owned()
}

/// Puts a comment sign before each line that the pattern fits from its beginning.
pub fn comment(text: &str, regex: &str, char: &str) -> Result<String, String> {
    let end = if regex.ends_with('$') { "$" } else { "" };
    let pattern = Pattern::new(&format!("^(?:{}){end}", bare(regex)), Flags { multiline: false, ..Flags::default() })?;
    Ok(each_line(text, |line| pattern.is_in(line).then(|| format!("{char}{line}"))))
}

/// Takes the comment sign off each line that has it first, and then what the pattern fits.
pub fn uncomment(text: &str, regex: &str, char: &str) -> Result<String, String> {
    let end = if regex.ends_with('$') { "$" } else { "" };
    let pattern = Pattern::new(&format!("^{}\\s*(?:{}){end}", escape(char), bare(regex)), Flags { multiline: false, ..Flags::default() })?;
    Ok(each_line(text, |line| if pattern.is_in(line) { line.strip_prefix(char).map(str::to_owned) } else { None }))
}

/// Changes lines one by one; their ends stay.
fn each_line(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let end = whole.get(line.len()..).unwrap_or_default();
        match change(line) {
            Some(changed) => out.push_str(&changed),
            None => out.push_str(line),
        }
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_commented_when_the_pattern_fits_from_its_beginning() {
        assert_eq!(comment("x beta\n  beta\nbeta y\n", "beta", "#").unwrap(), "x beta\n  beta\n#beta y\n");
        assert_eq!(comment("alpha\nbeta", "^beta$", ";").unwrap(), "alpha\n;beta");
    }

    #[test]
    fn a_line_is_uncommented_and_keeps_its_blanks() {
        assert_eq!(uncomment("alpha\n# beta\n  #beta x\n", "beta", "#").unwrap(), "alpha\n beta\n  #beta x\n");
        assert_eq!(uncomment("#beta\n# beta\n#beta x\n", "^beta$", "#").unwrap(), "beta\n beta\n#beta x\n");
    }

    #[test]
    fn what_is_commented_already_is_told_from_what_is_missing() {
        assert_eq!(comment_state("alpha\n#beta\n", "^beta", "#", true).unwrap(), CommentState::Already);
        assert_eq!(comment_state("alpha\n", "^beta", "#", true).unwrap(), CommentState::Missing);
        assert_eq!(comment_state("beta\n", "beta", "#", false).unwrap(), CommentState::Already);
    }
}
