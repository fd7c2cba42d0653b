//! A failed call, as a value.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No such function here.
    NoFunction,
    /// The arguments do not fit the function.
    BadArguments,
    /// The function could not do its work.
    Failed,
    /// Its time ran out.
    TimedOut,
    /// It was ended from outside.
    Cancelled,
    /// Not allowed here.
    Refused,
    /// This host lacks what the function needs.
    Unavailable,
}

/// Why a function, a state or a command did not do its work. It travels in a return; it is not an error of the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What went wrong, with the names involved.
    pub message: String,
    /// The way out, if one is known.
    #[serde(default)]
    pub hint: Option<String>,
    /// Exit status to report; 1 unless something better is known.
    pub retcode: i32,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, retcode: 1 }
    }

    /// The function could not do its work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, message)
    }

    /// The arguments do not fit.
    pub fn bad_arguments(message: impl Into<String>) -> Self {
        Self::new(FailureKind::BadArguments, message)
    }

    /// The host lacks what is needed.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, message)
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with an exit status.
    #[must_use]
    pub fn with_retcode(mut self, retcode: i32) -> Self {
        self.retcode = retcode;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}
