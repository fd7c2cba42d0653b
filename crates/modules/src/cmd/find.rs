//! Finding programs.

use sdk::{Args, Failure, Query, Read, Value};

/// Tell whether a program can be run.
///
/// ```salt
/// salt '*' cmd.has_exec git
/// ```
#[derive(Args)]
pub struct HasExec {
    /// Name or path of the program.
    cmd: String,
}

impl Query for HasExec {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(read.host().which(&self.cmd).is_some())
    }
}

/// Return the path of a program.
///
/// ```salt
/// salt '*' cmd.which git
/// ```
#[derive(Args)]
pub struct Which {
    /// Name or path of the program.
    cmd: String,
}

impl Query for Which {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(read.host().which(&self.cmd).into())
    }
}

/// Return the path of the first program of a list that is there.
///
/// ```salt
/// salt '*' cmd.which_bin '[pip3, pip]'
/// ```
#[derive(Args)]
pub struct WhichBin {
    /// Names of programs.
    cmds: Vec<String>,
}

impl Query for WhichBin {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(self.cmds.iter().find_map(|program| read.host().which(program)).into())
    }
}

/// List the login shells of this machine.
///
/// ```salt
/// salt '*' cmd.shells
/// ```
#[derive(Args)]
pub struct Shells;

impl Query for Shells {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.host().read_text("/etc/shells").unwrap_or_default();
        Ok(text.lines().map(str::trim).filter(|line| line.starts_with('/')).map(str::to_owned).collect())
    }
}
