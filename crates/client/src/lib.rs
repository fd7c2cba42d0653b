//! Typed client of the API. Today it speaks HTTP over the master's unix socket; an address of another kind is another variant of
//! [`Address`], and nothing else changes.
//!
//! ```no_run
//! # async fn example() -> Result<(), client::Error> {
//! let master = client::Client::local("/run/sylvite/master.sock");
//! println!("{} minions are there", master.status().await?.online);
//! # Ok(())
//! # }
//! ```

mod accounts;
mod connection;
mod error;
mod events;
mod jobs;
mod keys;
mod lines;
mod minions;
mod policy;
mod query;
mod runners;
mod status;

pub use accounts::AccountChange;
pub use error::Error;
pub use lines::Lines;

use std::path::PathBuf;

/// Where the master listens for local administrators unless configured otherwise.
pub const DEFAULT_SOCKET: &str = "/run/sylvite/master.sock";

/// Where a master is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On this machine, at a unix socket.
    Local(PathBuf),
}

/// A client of one master. It holds no connection between requests.
#[derive(Clone, Debug)]
pub struct Client {
    address: Address,
    sudo_user: Option<String>,
    token: Option<String>,
}

impl Client {
    /// A client of the master on this machine.
    pub fn local(socket: impl Into<PathBuf>) -> Self {
        Self { address: Address::Local(socket.into()), sudo_user: None, token: None }
    }

    /// The same, naming the user behind `sudo` for the record.
    #[must_use]
    pub fn on_behalf_of(mut self, sudo_user: Option<String>) -> Self {
        self.sudo_user = sudo_user.filter(|user| user != "root");
        self
    }

    /// The same, acting by a login.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// Where the master is.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }
}
