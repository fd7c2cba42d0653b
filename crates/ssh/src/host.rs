//! A host of a roster: how it is reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use value::Map;

/// A host of a roster.
#[derive(Clone, Default, PartialEq)]
pub struct Host {
    /// Its name in the roster, which is the id of its guest.
    pub id: String,
    /// What `ssh` dials: a name, an address, or an alias of `ssh_config`.
    pub address: String,
    /// User to log in as; `ssh` decides without.
    pub user: Option<String>,
    /// Port; `ssh` decides without.
    pub port: Option<u16>,
    /// Password of the user, for the login and for `sudo`.
    pub password: Option<String>,
    /// Private key.
    pub key: Option<PathBuf>,
    /// Whether the guest runs as another user through `sudo`.
    pub sudo: bool,
    /// Which user; root without.
    pub sudo_user: Option<String>,
    /// Further `-o` options of `ssh`.
    pub options: Vec<String>,
    /// Folder for the program on the host.
    pub folder: Option<String>,
    /// Folders put before `PATH` on the host.
    pub path: Option<String>,
    /// Configuration of the guest.
    pub configuration: Map,
    /// How long connecting may take.
    pub timeout: Option<Duration>,
    /// Groups it belongs to.
    pub groups: Vec<String>,
}

impl Host {
    /// A host of which only the name is known.
    #[must_use]
    pub fn named(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { address: id.clone(), id, ..Self::default() }
    }
}

impl fmt::Debug for Host {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({} at {}{})", self.id, self.address, self.port.map(|port| format!(":{port}")).unwrap_or_default())
    }
}

/// A pattern that fits this id alone.
#[must_use]
pub fn literal(id: &str) -> String {
    id.chars().map(|letter| if matches!(letter, '*' | '?' | '[') { format!("[{letter}]") } else { letter.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_an_id_fits_it_alone() {
        assert_eq!(literal("web1.example"), "web1.example");
        assert_eq!(literal("a*b"), "a[*]b");
    }
}
