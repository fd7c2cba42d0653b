//! Commands that the minion's program has: `sylvite check`, `sylvite schema`.
//!
//! They need the tables of states, which belong to the minion's wing; this program only knows the API, so it becomes the other one.

use crate::Error;
use clap::Args;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Words passed on as they are.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Local {
    /// Options and words of the command; `--help` shows them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<String>,
}

impl Local {
    /// Becomes `sylvite-minion` with a command of it: the one beside this program, else the one that the shell would find.
    pub fn run(self, command: &str) -> Result<u8, Error> {
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("sylvite-minion")));
        let program = beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("sylvite-minion"));
        let error = Command::new(&program).arg(command).args(self.words).exec();
        Err(Error::Other(format!("cannot start `{}`: {error}; is the minion installed on this machine?", program.display())))
    }
}
