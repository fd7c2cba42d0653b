//! What is wrong with a target expression.

use std::fmt;

/// A refused target expression: what, where and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The expression as it was given.
    pub expression: String,
    /// Column of the fault in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The way out, if one is known.
    pub hint: Option<String>,
}

impl ParseError {
    pub(crate) fn new(expression: &str, column: usize, message: impl Into<String>) -> Self {
        Self { expression: expression.to_owned(), column, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same fault, seen from the expression that contains it.
    pub(crate) fn within(mut self, expression: &str, column: usize) -> Self {
        expression.clone_into(&mut self.expression);
        self.column = column;
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "target `{}`, column {}: {}", self.expression, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}
