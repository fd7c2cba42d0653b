//! Options that every one of Salt's command lines takes.

use crate::Console;
use crate::Error;
use crate::settings::Settings;
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// Options of all of Salt's command lines. Those that tell of logs and of Salt's own insides are taken and mean nothing: a command line
/// writes no log.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Common options")]
pub(crate) struct SaltOptions {
    /// Folder of the configuration.
    #[arg(short = 'c', long, value_name = "DIR")]
    config_dir: Option<PathBuf>,
    /// Socket of the master.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print the version.
    #[arg(long, action = ArgAction::Version)]
    version: Option<bool>,
    /// Print the version too.
    #[arg(short = 'V', long, action = ArgAction::Version)]
    versions_report: Option<bool>,
    #[arg(long, hide = true, value_name = "FILE")]
    saltfile: Option<String>,
    #[arg(long, hide = true)]
    hard_crash: bool,
    #[arg(long, hide = true, value_name = "FILE")]
    log_file: Option<String>,
    #[arg(long, hide = true, value_name = "LEVEL")]
    log_file_level: Option<String>,
    #[arg(long, hide = true)]
    make_token: bool,
    #[arg(long, hide = true, value_name = "NAME")]
    username: Option<String>,
    #[arg(long, hide = true, value_name = "WORD")]
    password: Option<String>,
}

impl SaltOptions {
    /// The settings that these options lead to.
    pub fn settings(&self, console: &Console) -> Settings {
        Settings::read(self.config_dir.as_deref(), self.socket.as_deref(), console)
    }

    /// Whether the caller wants to act as somebody else.
    pub const fn has_login(&self) -> bool {
        self.make_token || self.username.is_some() || self.password.is_some()
    }
}

/// Refuses external authentication in words: on this socket the system says who asks.
pub(crate) fn refuse_eauth(backend: Option<&str>, options: &SaltOptions) -> Result<(), Error> {
    if backend.is_none() && !options.has_login() {
        return Ok(());
    }
    Err(Error::Usage(
        "external authentication is for requests over the network; on the master itself run this as root or as the user the master runs as"
            .to_owned(),
    ))
}
