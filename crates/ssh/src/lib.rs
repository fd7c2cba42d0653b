//! Agentless: rosters of hosts, the way in over the system's OpenSSH, and guests.
//!
//! A guest is a minion for the time of one connection: the program is put on the host, and what it says to the master goes through the SSH
//! connection. So everything it does is what an agent does. OpenSSH itself is used, not a library, because then `ssh_config`, jump hosts,
//! agents, hardware keys and known hosts work as the operator is used to.

mod channel;
mod connection;
mod deploy;
mod error;
mod guest;
mod host;
mod install;
pub mod party;
pub mod roster;
mod ways;
mod words;

pub use connection::{Connection, Output, Stream, quoted};
pub use deploy::{Place, Program};
pub use error::Error;
pub use guest::{Entry, Guest, Master, Stay};
pub use host::{Host, literal};
pub use install::Installation;
pub use ways::{HostKeys, Keep, Ways};
