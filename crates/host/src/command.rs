//! A command to run and what came of it.

use crate::Processes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A program and its arguments, started as they stand.
    Argv(Vec<String>),
    /// A text for a shell.
    Shell {
        /// The shell, such as `/bin/sh`.
        shell: String,
        /// The text.
        script: String,
    },
}

/// Which output a piece came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Is told each piece of output as it comes. It must return at once: it runs between two reads.
pub type LiveOutput = Arc<dyn Fn(Stream, &[u8]) + Send + Sync>;

/// A command, built step by step: `Command::new(["ls", "-l"]).cwd("/tmp")`.
#[derive(Clone)]
pub struct Command {
    /// What is run.
    pub program: Program,
    /// Variables set over the inherited environment; `None` takes one away.
    pub env: Vec<(String, Option<String>)>,
    /// Starts from an empty environment instead of ours.
    pub clean_env: bool,
    /// Working directory.
    pub cwd: Option<String>,
    /// User to run as.
    pub user: Option<String>,
    /// Group to run as; the user's own unless given.
    pub group: Option<String>,
    /// Umask of the process.
    pub umask: Option<u32>,
    /// What it reads; nothing unless given.
    pub stdin: Option<Vec<u8>>,
    /// How long it may take, then its whole process group is ended.
    pub timeout: Option<Duration>,
    /// Between the polite signal and the one that cannot be refused, when it is ended; two seconds unless given.
    pub kill_after: Option<Duration>,
    /// Ends its whole process group when cancelled.
    pub cancel: Option<CancellationToken>,
    /// Knows its process group while it runs, for signals from outside.
    pub processes: Option<Processes>,
    /// Is told the output as it comes.
    pub live: Option<LiveOutput>,
    /// Puts standard error into standard output, in order.
    pub merge: bool,
    /// Leaves it running and does not wait.
    pub background: bool,
}

impl Command {
    /// A program with arguments.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self::of(Program::Argv(argv.into_iter().map(Into::into).collect()))
    }

    /// A text for a shell.
    pub fn shell(shell: impl Into<String>, script: impl Into<String>) -> Self {
        Self::of(Program::Shell { shell: shell.into(), script: script.into() })
    }

    fn of(program: Program) -> Self {
        Self {
            program,
            env: Vec::new(),
            clean_env: false,
            cwd: None,
            user: None,
            group: None,
            umask: None,
            stdin: None,
            timeout: None,
            kill_after: None,
            cancel: None,
            processes: None,
            live: None,
            merge: false,
            background: false,
        }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// The same in a working directory.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<String>) -> Self {
        self.cwd = Some(cwd.into());
        self
    }

    /// The same as a user.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The same with something to read.
    #[must_use]
    pub fn stdin(mut self, stdin: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(stdin.into());
        self
    }

    /// The same with a time limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The words that are really executed.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        match &self.program {
            Program::Argv(argv) => argv.clone(),
            Program::Shell { shell, script } => vec![shell.clone(), "-c".to_owned(), script.clone()],
        }
    }

    /// First word of the command.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.program {
            Program::Argv(argv) => argv.first().cloned().unwrap_or_default(),
            Program::Shell { shell, .. } => shell.clone(),
        }
    }
}

/// One line that a person could type.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Program::Argv(argv) => f.write_str(&argv.join(" ")),
            Program::Shell { script, .. } => f.write_str(script),
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an exit status.
    Status(i32),
    /// By a signal.
    Signal(i32),
    /// Its time ran out and it was ended.
    TimedOut,
    /// It was cancelled and ended.
    Cancelled,
    /// It was left running.
    Background,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Process id.
    pub pid: u32,
    /// How it ended.
    pub ended: Ended,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// The exit status; a signal counts negative, as Python has it, a time-out as 1.
    #[must_use]
    pub const fn retcode(&self) -> i32 {
        match self.ended {
            Ended::Status(status) => status,
            Ended::Signal(signal) => -signal,
            Ended::TimedOut | Ended::Cancelled => 1,
            Ended::Background => 0,
        }
    }

    /// Whether it ended with status 0.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self.ended, Ended::Status(0) | Ended::Background)
    }

    /// Standard output as text.
    #[must_use]
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    #[must_use]
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}
