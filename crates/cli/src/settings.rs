//! What the command lines take from the master's configuration: where the master is, and how to print.

use crate::{Console, remote};
use client::Client;
use output::Options;
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::{Value, text};

/// Folder of the configuration unless told otherwise.
const FOLDER: &str = "/etc/sylvite";
/// How long minions that say nothing are waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of a command line.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Nobody has said which master on this machine is meant, so that a login elsewhere counts.
    is_usual: bool,
    /// Folder of the configuration.
    pub folder: PathBuf,
    /// Folder of the master's keys.
    pub pki: PathBuf,
    /// Roster of hosts without an agent.
    pub roster: Option<PathBuf>,
    pub socket: PathBuf,
    pub timeout: Duration,
    pub output: Option<String>,
    pub options: Options,
    pub summary: bool,
}

impl Settings {
    /// Reads the master's configuration file, as far as it says anything to a command line. The daemon is strict about its file; here
    /// what cannot be read is passed over, because a listing must not depend on it.
    pub fn read(folder: Option<&Path>, socket: Option<&Path>, console: &Console) -> Self {
        let variable = |name: &str| console.environment.get(name).map(PathBuf::from);
        let named = socket.is_some() || folder.is_some();
        let is_usual = !named && ["SYLVITE_SOCKET", "SYLVITE_CONFIG_DIR"].iter().all(|name| variable(name).is_none());
        let folder = folder.map(Path::to_owned).or_else(|| variable("SYLVITE_CONFIG_DIR")).unwrap_or_else(|| FOLDER.into());
        let files = config::Files::open(&folder.join("master"));
        let flag = |key: &str, usual: bool| files.get(key).map_or(usual, Value::is_truthy);
        let word = |key: &str| files.get(key).map(text::str);
        let mut options = Options { color: console.color && flag("color", true), ..Options::default() };
        options.state_output = word("state_output").and_then(|mode| mode.parse().ok()).unwrap_or_default();
        options.state_verbose = flag("state_verbose", true);
        options.state_output_pct = flag("state_output_pct", false);
        options.state_output_profile = flag("state_output_profile", true);
        options.state_tabular = flag("state_tabular", false);
        options.state_compress_ids = flag("state_compress_ids", false);
        let timeout = files.get("timeout").and_then(Value::as_float).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self {
            is_usual,
            pki: word("pki_dir").map_or_else(|| folder.join("pki/master"), PathBuf::from),
            roster: word("roster_file").map(PathBuf::from),
            socket: socket
                .map(Path::to_owned)
                .or_else(|| variable("SYLVITE_SOCKET"))
                .or_else(|| word("sock_dir").map(|folder| Path::new(&folder).join("master.sock")))
                .unwrap_or_else(|| client::DEFAULT_SOCKET.into()),
            timeout: timeout.unwrap_or(TIMEOUT),
            output: word("output"),
            options,
            summary: flag("cli_summary", false),
            folder,
        }
    }

    /// A client of the master that these settings name: where somebody has logged in over the network, unless one on this machine is named.
    pub fn client(&self, console: &Console) -> Client {
        if self.is_usual
            && let Some(Ok(client)) = remote::kept(console).map(|login| login.client())
        {
            return client;
        }
        Client::local(&self.socket).on_behalf_of(console.environment.get("SUDO_USER").cloned())
    }
}
