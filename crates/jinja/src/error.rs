//! What went wrong in a template, and where.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// The kind of an error, named after what Jinja and Python raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The text is no template.
    Syntax,
    /// A name, an attribute or an item that is not there was used.
    Undefined,
    /// A value of the wrong type (`TypeError`).
    Type,
    /// A value of the right type that does not fit (`ValueError`).
    Value,
    /// A missing key (`KeyError`).
    Key,
    /// A position outside of a list (`IndexError`).
    Index,
    /// A missing attribute where an error is raised at once (`AttributeError`).
    Attribute,
    /// Division by zero.
    ZeroDivision,
    /// A number too large (`OverflowError`).
    Overflow,
    /// The sandbox forbids this.
    Security,
    /// A template that is not there.
    NotFound,
    /// A wrong use of the language found while running.
    Runtime,
    /// A limit was reached.
    Limit,
    /// The host could not do what was asked.
    Host,
    /// The template raised this itself.
    Raised,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// Name of the template.
    pub name: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}

/// What an [`Error`] holds.
#[derive(Clone, Debug)]
pub struct Details {
    /// What happened, in Jinja's and Python's words.
    pub message: String,
    /// Its kind.
    pub kind: Kind,
    /// Name of the template; empty while unknown.
    pub name: Arc<str>,
    /// Line, from 1; 0 while unknown.
    pub line: u32,
    /// Column, from 1, in characters; 0 when unknown.
    pub column: u32,
    /// The places that led here, innermost first: the call of the macro, the include, the import.
    pub stack: Vec<At>,
}

/// An error of a template.
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Details>);

impl Error {
    /// An error without a place; the interpreter adds the place where it arises.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Details { message: message.into(), kind, name: Arc::from(""), line: 0, column: 0, stack: Vec::new() }))
    }

    /// A `TypeError`.
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(Kind::Type, message)
    }

    /// A `ValueError`.
    #[must_use]
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::new(Kind::Value, message)
    }

    /// Puts the error in its place, unless it has one.
    #[must_use]
    pub(crate) fn at(mut self, name: &Arc<str>, line: u32, column: u32) -> Self {
        if self.0.line == 0 {
            self.0.name = Arc::clone(name);
            self.0.line = line;
            self.0.column = column;
        }
        self
    }

    /// Adds the place that led to the error.
    #[must_use]
    pub(crate) fn through(mut self, name: &Arc<str>, line: u32) -> Self {
        self.0.stack.push(At { name: Arc::clone(name), line });
        self
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
