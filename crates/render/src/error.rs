//! A file that did not render, and where.

use std::fmt;

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
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.line > 0 {
            write!(f, "; line {}", self.line)?;
        }
        if !self.excerpt.is_empty() {
            write!(f, "\n\n---\n{}\n---", self.excerpt)?;
        }
        Ok(())
    }
}
