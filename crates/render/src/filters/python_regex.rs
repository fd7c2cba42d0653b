//! Regular expressions as Python writes them.

use fancy_regex::{Captures, Regex};
use jinja::Error;

/// Flags of a pattern.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
}

/// Compiles a pattern of Python's `re`.
pub(super) fn compile(pattern: &str, flags: Flags) -> Result<Regex, Error> {
    let mut prefix = String::new();
    for (is_on, letter) in [(flags.ignore_case, 'i'), (flags.multi_line, 'm')] {
        if is_on {
            prefix.push_str(&format!("(?{letter})"));
        }
    }
    Regex::new(&format!("{prefix}{}", translate(pattern)))
        .map_err(|error| Error::value_error(format!("`{pattern}` is no regular expression: {error}")))
}

/// Compiles a pattern that must match at the start of the text, as `re.match` does.
pub(super) fn compile_at_start(pattern: &str, flags: Flags) -> Result<Regex, Error> {
    compile(&format!("\\A(?:{pattern})"), flags)
}

/// Python's `\Z` is the very end of the text, which others write `\z`.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\'
            && let Some(next) = chars.next()
        {
            out.push(if next == 'Z' { 'z' } else { next });
        }
    }
    out
}

/// An error while matching: the expression is too costly.
pub(super) fn costly(error: &fancy_regex::Error) -> Error {
    Error::value_error(format!("the regular expression cannot be matched: {error}"))
}

/// A replacement with `\1`, `\g<1>` and `\g<name>` filled in.
pub(super) fn expand(template: &str, found: &Captures<'_, str>) -> Result<String, Error> {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let group = |number: usize| match number < found.len() {
        true => Ok(found.get(number).map_or("", |group| group.as_str())),
        false => Err(Error::value_error(format!("invalid group reference {number}"))),
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(digit @ '0'..='9') => {
                let mut number = digit.to_digit(10).unwrap_or(0) as usize;
                if let Some(next) = chars.peek().and_then(|c| c.to_digit(10)).filter(|_| number > 0) {
                    number = number * 10 + next as usize;
                    chars.next();
                }
                out.push_str(if number == 0 { "\0" } else { group(number)? });
            }
            Some('g') if chars.peek() == Some(&'<') => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '>').collect();
                match name.parse::<usize>() {
                    Ok(number) => out.push_str(group(number)?),
                    Err(_) => out.push_str(found.name(&name).map_or("", |group| group.as_str())),
                }
            }
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(letter) if letter.is_ascii_alphabetic() => return Err(Error::value_error(format!("bad escape \\{letter}"))),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => return Err(Error::value_error("bad escape (end of pattern)")),
        }
    }
    Ok(out)
}

/// Whether a shell pattern matches a whole text.
pub(super) fn glob_matches(pattern: &str, text: &str) -> bool {
    let mut expression = String::from("(?s)\\A");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                let rest = chars.as_str();
                match rest.char_indices().skip(1).find(|(_, c)| *c == ']') {
                    None => expression.push_str("\\["),
                    Some((end, _)) => {
                        let set = rest.get(..end).unwrap_or_default().replace('\\', "\\\\").replace('[', "\\[");
                        let set = set.strip_prefix('!').map_or_else(|| set.clone(), |set| format!("^{set}"));
                        expression.push_str(&format!("[{set}]"));
                        chars = rest.get(end + 1..).unwrap_or_default().chars();
                    }
                }
            }
            c => expression.push_str(&fancy_regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push_str("\\z");
    Regex::new(&expression).is_ok_and(|regex| regex.is_match(text).unwrap_or(false))
}
