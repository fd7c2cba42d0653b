//! What is asked of hosts that have no agent, and what they say.

use model::{Call, Return};
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Secret};

/// How hosts of a roster are picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostsBy {
    /// A shell pattern over their ids.
    Glob,
    /// A regular expression over their ids.
    Pcre,
    /// Their ids, also of hosts that no roster knows.
    List,
    /// A group of the roster.
    Group,
}

/// What is to be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Functions, by a minion for the time of the call.
    Calls(Vec<Call>),
    /// A command of the shell.
    Shell(String),
}

/// Something for hosts without an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct OverSsh {
    /// How hosts are picked.
    pub by: HostsBy,
    /// By what.
    pub expression: String,
    /// What is to be run.
    pub errand: Errand,
    /// How the roster is written: `flat`, `ansible` or `sshconfig`.
    pub roster: Option<String>,
    /// The roster, where it is not the usual one.
    pub roster_file: Option<PathBuf>,
    /// User to log in as.
    pub user: Option<String>,
    /// Password, for the login and for `sudo`.
    pub password: Option<Secret<String>>,
    /// Port.
    pub port: Option<u16>,
    /// Run as root through `sudo`.
    pub sudo: bool,
    /// How long connecting may take.
    pub timeout: Option<Duration>,
    /// Take hosts with any key.
    pub ignore_host_keys: bool,
    /// Leave nothing on the hosts.
    pub wipe: bool,
    /// Configuration of the guests, over what the roster says.
    pub minion_opts: Map,
}

/// What a host said.
#[derive(Clone, Debug, PartialEq)]
pub enum HostSaid {
    /// What the functions gave.
    Returned(Return),
    /// What a command left, or why the host was not reached (255).
    Words {
        /// Exit status.
        retcode: i32,
        /// Standard output.
        stdout: String,
        /// Standard error.
        stderr: String,
    },
}
