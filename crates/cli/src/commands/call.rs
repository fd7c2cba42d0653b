//! `sylvite call`: a function on this machine, by its own minion.

use crate::Error;
use clap::Args;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Options and words of `salt-call`, passed on as they are.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Call {
    /// Function and arguments, with the options of `salt-call`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<String>,
}

impl Call {
    /// Becomes `salt-call`: the one beside this program, else the one that the shell would find.
    pub fn run(self) -> Result<u8, Error> {
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("salt-call")));
        let program = beside.filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from("salt-call"));
        let error = Command::new(&program).args(self.words).exec();
        Err(Error::Other(format!("cannot start `{}`: {error}; is the minion installed on this machine?", program.display())))
    }
}
