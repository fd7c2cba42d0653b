//! Options that every one of Salt's command lines takes.

use crate::Console;
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
    /// Keep the token of the login for the next time; alone, use the one that was kept.
    #[arg(short = 'T', long)]
    make_token: bool,
    /// Name to log in with.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Password to log in with; better let it be asked for.
    #[arg(long, value_name = "WORD")]
    password: Option<String>,
}

impl SaltOptions {
    /// The settings that these options lead to.
    pub fn settings(&self, console: &Console) -> Settings {
        Settings::read(self.config_dir.as_deref(), self.socket.as_deref(), console)
    }

    /// Whether the token of the login is to be kept, or one that was kept is to be used.
    pub const fn keeps_token(&self) -> bool {
        self.make_token
    }

    /// The name to log in with.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The password to log in with. Others on the machine can read it; without the option it is asked for.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }
}
