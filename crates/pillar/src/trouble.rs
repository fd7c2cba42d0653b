//! What went wrong: in full for the log of who compiles, and in the words the minion is told.

use crate::{Inputs, SafeErrors};
use model::{Place, Problem};

/// One thing that went wrong.
pub(crate) struct Trouble {
    /// In full, with its place.
    pub(crate) problem: Problem,
    /// What the minion is told.
    pub(crate) told: String,
}

impl Trouble {
    /// Trouble that may be told as it is.
    pub(crate) fn plain(message: impl Into<String>, place: Option<Place>) -> Self {
        let told = message.into();
        Self { problem: Problem { place, ..Problem::new(told.clone()) }, told }
    }

    /// A file that did not render. Its text may hold secrets, so the minion is told only that much unless configured otherwise.
    pub(crate) fn render(inputs: &Inputs, sls: &str, error: &render::Error) -> Self {
        let told = match inputs.safe_errors {
            SafeErrors::Hide => format!("Rendering SLS '{sls}' failed. Please see master log for details."),
            SafeErrors::Show => format!("Rendering SLS '{sls}' failed, render error:\n{error}"),
        };
        Self { problem: problem(format!("Rendering SLS '{sls}' failed: {}", error.message), error), told }
    }
}

/// A render error as a problem with another first line.
pub(crate) fn problem(message: String, error: &render::Error) -> Problem {
    let place = |file: &str, line, column| Place { file: file.to_owned(), line, column };
    Problem {
        place: Some(place(&error.file, error.line, error.column)),
        message,
        hint: None,
        excerpt: (!error.excerpt.is_empty()).then(|| error.excerpt.clone()),
        via: error.via.iter().map(|(file, line)| place(file, *line, 0)).collect(),
    }
}
