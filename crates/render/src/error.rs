//! A file that did not render, and where.

use std::fmt;

/// How a line is marked in an excerpt.
const MARK: &str = "    <======================";
/// Lines shown before and after the guilty one.
const AROUND: usize = 5;

/// A file that did not render.
///
/// It prints as Salt's users know it (`Jinja variable 'x' is undefined; line 3`, then an excerpt); the fields say the same in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, on one line.
    pub message: String,
    /// The file in which it is wrong: the SLS, or a template it imports.
    pub file: String,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
    /// Column in characters, from 1; 0 when unknown.
    pub column: u32,
    /// Lines of the file around the place, the guilty one marked.
    pub excerpt: String,
    /// How the file came to be read: files and lines of the imports, innermost first.
    pub via: Vec<(String, u32)>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>, file: impl Into<String>) -> Self {
        Self { message: message.into(), file: file.into(), ..Self::default() }
    }

    /// The same at a line of a text, with an excerpt of it.
    pub(crate) fn at(mut self, text: &str, line: u32, column: u32) -> Self {
        self.line = line;
        self.column = column;
        self.excerpt = excerpt(text, line);
        self
    }
}

/// The lines of a text around one of them, which is marked.
pub(crate) fn excerpt(text: &str, line: u32) -> String {
    let guilty = line as usize;
    let total = text.lines().count();
    if guilty == 0 || total == 0 {
        return String::new();
    }
    let guilty = guilty.min(total);
    let (first, last) = (guilty.saturating_sub(AROUND).max(1), (guilty + AROUND).min(total));
    let mut out = String::new();
    if first > 1 {
        out.push_str("[...]\n");
    }
    for (number, content) in (1..).zip(text.lines()).skip(first - 1).take(last + 1 - first) {
        out.push_str(content);
        if number == guilty {
            out.push_str(MARK);
        }
        out.push('\n');
    }
    if last < total {
        out.push_str("[...]\n");
    }
    out.pop();
    out
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.line > 0 {
            write!(f, "; line {}", self.line)?;
            if !self.via.is_empty() {
                write!(f, " of {}", self.file)?;
            }
        }
        if !self.excerpt.is_empty() {
            write!(f, "\n\n---\n{}\n---", self.excerpt)?;
        }
        for (file, line) in &self.via {
            write!(f, "\nread from {file}, line {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_marks_the_line_and_shows_what_is_around() {
        let text: String = (1..=20).map(|n| format!("l{n}\n")).collect();
        assert_eq!(excerpt(&text, 2), format!("l1\nl2{MARK}\nl3\nl4\nl5\nl6\nl7\n[...]"));
        assert_eq!(excerpt(&text, 20), format!("[...]\nl15\nl16\nl17\nl18\nl19\nl20{MARK}"));
        assert_eq!(excerpt("only", 9), format!("only{MARK}"));
        assert_eq!(excerpt("", 1), "");
    }

    #[test]
    fn an_error_prints_message_line_and_excerpt() {
        let error = Error::new("Jinja variable 'x' is undefined", "a.sls").at("{{ x }}\n", 1, 4);
        assert_eq!(error.to_string(), format!("Jinja variable 'x' is undefined; line 1\n\n---\n{{{{ x }}}}{MARK}\n---"));
    }
}
