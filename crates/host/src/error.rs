//! What can go wrong at the door.

use std::io;

/// A file operation that did not work.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`")]
pub struct Error {
    /// What was tried: `read`, `write`, `remove`, …
    pub action: &'static str,
    /// On what.
    pub path: String,
    /// Why it did not work.
    #[source]
    pub source: io::Error,
}

impl Error {
    /// An error of an operation on a path.
    pub fn new(action: &'static str, path: &str, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    /// Whether the path is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// The cause as Python's `OSError` prints it: `[Errno 2] No such file or directory: '/x'`.
    #[must_use]
    pub fn python(&self) -> String {
        match self.source.raw_os_error() {
            Some(code) => format!("[Errno {code}] {}: '{}'", nix::errno::Errno::from_raw(code).desc(), self.path),
            None => format!("{}: '{}'", self.source, self.path),
        }
    }
}

/// A command that could not be run at all; one that ran and failed is an [`crate::Output`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program could not be started.
    #[error("cannot run `{program}`")]
    Start {
        /// First word of the command.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The working directory is not there.
    #[error("working directory `{cwd}` is not there")]
    NoDirectory {
        /// The directory.
        cwd: String,
    },
    /// The user to run as is not known here.
    #[error("user `{user}` is not available")]
    NoUser {
        /// The user.
        user: String,
    },
    /// The group to run as is not known here.
    #[error("group `{group}` is not available")]
    NoGroup {
        /// The group.
        group: String,
    },
    /// A fake host has no answer recorded for this command.
    #[error("no answer recorded for `{command}`")]
    NotRecorded {
        /// The command.
        command: String,
    },
    /// Reading its output failed.
    #[error("cannot read the output of `{program}`")]
    Output {
        /// First word of the command.
        program: String,
        /// Why.
        source: io::Error,
    },
}
