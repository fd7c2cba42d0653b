//! Who asks.

use std::fmt;

/// How a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Over the unix socket, from a process of a user who may administer this master.
    Local {
        /// The user's number.
        uid: u32,
        /// The process, where the system tells.
        pid: Option<i32>,
    },
    /// Over TCP.
    Remote {
        /// From where, `address:port`.
        address: String,
    },
    /// From the master itself: reactor, schedule, orchestration.
    Master,
}

/// Who asks, as it stands in jobs, key changes and the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name: the login on this host (`root`, `sudo_alice`), later an account.
    pub name: String,
    /// How the request came in.
    pub origin: Origin,
}

impl Caller {
    /// The master's own parts.
    #[must_use]
    pub fn master() -> Self {
        Self { name: "master".to_owned(), origin: Origin::Master }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}
