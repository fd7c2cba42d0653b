//! Where a command line prints: to the terminal, or into texts for a program that runs many of them.

use std::io::{IsTerminal, Write};

/// The two streams of a command line.
pub enum Console {
    /// Those of this process.
    Process,
    /// Kept in memory.
    Kept {
        /// What was printed.
        stdout: Vec<u8>,
        /// What was said beside.
        stderr: Vec<u8>,
    },
}

impl Console {
    /// The streams of this process.
    pub fn of_process() -> Self {
        Self::Process
    }

    /// Streams that are kept.
    pub fn kept() -> Self {
        Self::Kept { stdout: Vec::new(), stderr: Vec::new() }
    }

    /// Whether this is the process itself, whose logs and terminal are ours.
    pub fn is_of_process(&self) -> bool {
        matches!(self, Self::Process)
    }

    /// Whether a person reads along.
    pub fn is_terminal(&self) -> bool {
        self.is_of_process() && std::io::stdout().is_terminal()
    }

    /// Prints the answer.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn print(&mut self, text: &str) -> std::io::Result<()> {
        match self {
            Self::Process => writeln!(std::io::stdout().lock(), "{text}"),
            Self::Kept { stdout, .. } => writeln!(stdout, "{text}"),
        }
    }

    /// Says something that is not the answer. Nobody may listen.
    pub fn say(&mut self, text: &str) {
        let _ = match self {
            Self::Process => writeln!(std::io::stderr(), "{text}"),
            Self::Kept { stderr, .. } => writeln!(stderr, "{text}"),
        };
    }

    /// What was kept.
    pub fn into_texts(self) -> (String, String) {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match self {
            Self::Process => (String::new(), String::new()),
            Self::Kept { stdout, stderr } => (text(stdout), text(stderr)),
        }
    }
}
