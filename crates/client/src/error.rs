//! What can go wrong between a client and its master.

use api::ErrorBody;
use std::io;
use std::path::{Path, PathBuf};

/// Why a request gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there.
    #[error("cannot reach the master at `{path}`: {why}; is sylvite-master running?")]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// Why not, in words of this place rather than the system's.
        why: String,
    },
    /// Nobody answers over the network.
    #[error("cannot reach the master at {place}: {source}")]
    Away {
        /// Host and port.
        place: String,
        /// Why not.
        source: io::Error,
    },
    /// The address cannot be used.
    #[error("`{url}` cannot be used as a master's address: {why}")]
    Address {
        /// What was given.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// Nobody vouches for the other end, or it is not the one that was trusted.
    #[error("the master's certificate is not trusted ({why}); its fingerprint is {fingerprint}")]
    Untrusted {
        /// SHA-256 of its certificate.
        fingerprint: String,
        /// What is wrong.
        why: String,
    },
    /// The master refused.
    #[error("{}", told(.0))]
    Refused(ErrorBody),
    /// The connection broke.
    #[error("the connection to the master broke while {doing}")]
    Broken {
        /// What was going on.
        doing: &'static str,
        /// How it broke.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The master answered something that this client does not understand.
    #[error("the master's answer is not understood ({what}); are master and client of the same version?")]
    NotUnderstood {
        /// What came.
        what: String,
    },
}

impl Error {
    pub(crate) fn unreachable(path: &Path, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such socket".to_owned(),
            io::ErrorKind::ConnectionRefused => "nobody listens on it".to_owned(),
            io::ErrorKind::PermissionDenied => "you may not open it".to_owned(),
            _ => error.to_string(),
        };
        Self::Unreachable { path: path.to_owned(), why }
    }

    /// The master's refusal, if it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&ErrorBody> {
        match self {
            Self::Refused(body) => Some(body),
            Self::Unreachable { .. }
            | Self::Away { .. }
            | Self::Address { .. }
            | Self::Untrusted { .. }
            | Self::Broken { .. }
            | Self::NotUnderstood { .. } => None,
        }
    }
}

fn told(body: &ErrorBody) -> String {
    match &body.hint {
        Some(hint) => format!("{}; {hint}", body.error),
        None => body.error.clone(),
    }
}
