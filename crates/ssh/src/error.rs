//! What can go wrong on the way to a host.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a host was not reached, or not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The roster cannot be read.
    #[error("cannot read the roster `{path}`")]
    Roster {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The roster says something that is not understood.
    #[error("the roster `{path}`: {message}")]
    BadRoster {
        /// Which.
        path: PathBuf,
        /// What, and the way out.
        message: String,
    },
    /// The pattern of hosts is none.
    #[error("`{pattern}` is no pattern of hosts: {message}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why not.
        message: String,
    },
    /// The program `ssh` is missing.
    #[error("`ssh` cannot be started; install OpenSSH's client")]
    NoSsh(#[source] io::Error),
    /// A file or pipe of this side failed.
    #[error("{what}")]
    Here {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// SSH gave up: what it said.
    #[error("{0}")]
    Refused(String),
    /// Nothing came in time.
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The host cannot run the program.
    #[error("{0}")]
    Unfit(String),
}

impl Error {
    pub(crate) fn here(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Here { what, source }
    }
}
