//! What can go wrong with a store, told apart by what the caller can do about it.

/// Result of a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failed call to the store. The call has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers, or the connection broke. Try again: the store reconnects by itself.
    #[error(
        "the store {store} does not answer while trying to {action}; check that it runs, that the address is right and that this host may reach it"
    )]
    Unavailable {
        /// Where the store is, without password.
        store: String,
        /// What was tried.
        action: &'static str,
        /// What the driver says.
        source: Source,
    },
    /// No room left. Try again when there is.
    #[error("the store {store} has no room left; free space on its disk, or keep jobs and events for a shorter time")]
    Full {
        /// Where the store is, without password.
        store: String,
        /// What the driver says.
        source: Source,
    },
    /// A newer version of this program has made the tables.
    #[error(
        "the store {store} has schema version {found}, this program knows up to {known}; run the newer program, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// Where the store is, without password.
        store: String,
        /// Version of the tables.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// What was to be written stands against what is there.
    #[error("{what}")]
    Conflict {
        /// What stands against what, with the way out.
        what: String,
    },
    /// What is stored cannot be read as what it should be.
    #[error("the store holds {what} that cannot be read; restore it from a backup, or remove it")]
    Corrupt {
        /// What and where.
        what: String,
        /// Why it cannot be read.
        source: Source,
    },
    /// The store refuses: not allowed, wrong settings, a bug.
    #[error("the store {store} refused to {action}")]
    Refused {
        /// Where the store is, without password.
        store: String,
        /// What was tried.
        action: &'static str,
        /// What the driver says.
        source: Source,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing it: the caller waits and tries again.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Full { .. } => true,
            Self::NewerSchema { .. } | Self::Conflict { .. } | Self::Corrupt { .. } | Self::Refused { .. } => false,
        }
    }

    /// A conflict.
    pub fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    /// Something stored that cannot be read.
    pub fn corrupt(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Corrupt { what: what.into(), source: source.into() }
    }
}
