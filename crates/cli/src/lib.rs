//! Command lines `sylvite`, and `salt`, `salt-key`, `salt-run`, `salt-cp` by name: parse, ask the client, print.
//!
//! A program is a function from words and a [`Console`] to an exit status, so that tests run it whole. One thread and one connection do:
//! the time between Enter and the answer is the master's.

mod columns;
mod commands;
mod complete;
mod console;
mod error;
mod follow;
mod login;
mod missing;
mod options;
mod printer;
mod remote;
mod roster;
mod salt;
mod salt_cp;
mod salt_key;
mod salt_run;
mod settings;
mod sylvite;

pub use console::Console;
pub use error::Error;

use clap::CommandFactory;
use std::ffi::OsString;
use std::process::ExitCode;

/// Which command line this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `sylvite`
    Sylvite,
    /// `salt`
    Salt,
    /// `salt-key`
    SaltKey,
    /// `salt-run`
    SaltRun,
    /// `salt-cp`
    SaltCp,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sylvite, Self::Salt, Self::SaltKey, Self::SaltRun, Self::SaltCp];

    /// Its options and words.
    fn command(self) -> clap::Command {
        match self {
            Self::Sylvite => sylvite::Sylvite::command(),
            Self::Salt => salt::Salt::command(),
            Self::SaltKey => salt_key::SaltKey::command(),
            Self::SaltRun => salt_run::SaltRun::command(),
            Self::SaltCp => salt_cp::SaltCp::command(),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sylvite => "sylvite",
            Self::Salt => "salt",
            Self::SaltKey => "salt-key",
            Self::SaltRun => "salt-run",
            Self::SaltCp => "salt-cp",
        }
    }
}

/// Runs a program on this process's words and terminal.
#[must_use]
pub fn main(program: Program) -> ExitCode {
    complete::answer(program);
    let mut console = Console::of_process();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.complain(&format!("{}: cannot start: {error}", program.name()));
            return ExitCode::from(70);
        }
    };
    let status = runtime.block_on(run(program, std::env::args_os().collect(), &mut console));
    ExitCode::from(status)
}

/// Runs a program; the first word is its name. Gives the exit status: 0 all went well; 1 something that was asked for failed; 2 nothing
/// could be asked or nothing was there; 64 the words make no sense; 130 interrupted.
pub async fn run(program: Program, words: Vec<OsString>, console: &mut Console) -> u8 {
    let done = match program {
        Program::Sylvite => sylvite::run(words, console).await,
        Program::Salt => salt::run(words, console).await,
        Program::SaltKey => salt_key::run(words, console).await,
        Program::SaltRun => salt_run::run(words, console).await,
        Program::SaltCp => salt_cp::run(words, console).await,
    };
    done.unwrap_or_else(|error| error.report(program, console))
}
