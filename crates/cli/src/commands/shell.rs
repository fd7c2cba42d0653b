//! `sylvite completion` and `sylvite man`: what shells and readers of manuals want of all command lines.

use crate::complete::VARIABLE;
use crate::{Console, Error, Program};
use clap::{Args, ValueEnum};
use clap_complete::env::Shells;
use std::path::PathBuf;

/// Shells that can be told.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    /// GNU bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

/// Print what makes a shell complete these command lines.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  source <(sylvite completion bash)              for this shell; in ~/.bashrc for all
  source <(sylvite completion zsh)               in ~/.zshrc, after compinit
  sylvite completion fish | source               in ~/.config/fish/config.fish")]
pub(crate) struct Completion {
    /// Which shell.
    shell: Shell,
}

impl Completion {
    /// Runs it.
    pub fn run(&self, console: &mut Console) -> Result<u8, Error> {
        let name = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        };
        let shells = Shells::builtins();
        let Some(shell) = shells.completer(name) else { return Err(Error::Other(format!("`{name}` cannot be told"))) };
        let mut script = Vec::new();
        for program in Program::ALL {
            let name = program.name();
            shell.write_registration(VARIABLE, name, name, name, &mut script)?;
            script.push(b'\n');
        }
        console.text(&String::from_utf8_lossy(&script))?;
        Ok(0)
    }
}

/// Write the manual pages of all command lines into a folder.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite man /usr/local/share/man/man1
  man sylvite-run")]
pub(crate) struct Man {
    /// The folder; it is made if it is not there.
    folder: PathBuf,
}

impl Man {
    /// Runs it.
    pub fn run(&self, console: &mut Console) -> Result<u8, Error> {
        let told = |error: std::io::Error| Error::Other(format!("cannot write into `{}`: {error}", self.folder.display()));
        std::fs::create_dir_all(&self.folder).map_err(told)?;
        for program in Program::ALL {
            clap_mangen::generate_to(program.command(), &self.folder).map_err(told)?;
        }
        console.line(&format!("manual pages were written to {}", self.folder.display()))?;
        Ok(0)
    }
}
