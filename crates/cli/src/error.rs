//! What ends a program early.

use crate::{Console, Program};
use std::io;

/// Why a program stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The words make no sense. The text is clap's, whole.
    #[error("{0}")]
    Words(Box<clap::Error>),
    /// The words make no sense together.
    #[error("{0}")]
    Usage(String),
    /// The master is away or refused.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// Standard output or the output file failed.
    #[error("cannot write the output")]
    Output(#[from] io::Error),
    /// A file of the caller cannot be used.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file for the caller cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Something else that is told in words.
    #[error("{0}")]
    Other(String),
}

impl From<clap::Error> for Error {
    fn from(error: clap::Error) -> Self {
        Self::Words(Box::new(error))
    }
}

impl Error {
    /// Tells the user, and gives the exit status.
    pub(crate) fn report(self, program: Program, console: &mut Console) -> u8 {
        match self {
            Self::Words(error) => {
                let text = error.render();
                let text = if console.color { text.ansi().to_string() } else { text.to_string() };
                // Help and version are answers, not complaints.
                if error.use_stderr() {
                    console.complain(text.trim_end());
                    64
                } else {
                    let _ = console.line(text.trim_end());
                    0
                }
            }
            Self::Usage(text) => {
                console.complain(&format!("{}: error: {text}", program.name()));
                64
            }
            // Whoever closed the pipe has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            error @ (Self::Output(_) | Self::Read { .. } | Self::Write { .. } | Self::Other(_)) => {
                console.complain(&format!("{}: {}", program.name(), output::chain(&error)));
                1
            }
            error @ Self::Client(_) => {
                console.complain(&format!("{}: {}", program.name(), output::chain(&error)));
                2
            }
        }
    }
}
