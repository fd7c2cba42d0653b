//! The terminal, or what stands in its place.

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};

/// Where a program reads and writes.
pub struct Console {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    input: Box<dyn BufRead + Send>,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Whether colours are fit for standard output.
    pub color: bool,
    /// Environment variables that the program may look at.
    pub environment: BTreeMap<String, String>,
}

/// Environment variables that mean something to the command lines.
const VARIABLES: [&str; 7] = ["HOME", "XDG_RUNTIME_DIR", "SYLVITE_SOCKET", "SYLVITE_CONFIG_DIR", "SUDO_USER", "NO_COLOR", "TERM"];

impl Console {
    /// The console of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let terminal = io::stdout().is_terminal();
        let variables = VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        let environment: BTreeMap<String, String> = variables.collect();
        let plain = environment.contains_key("NO_COLOR") || environment.get("TERM").is_some_and(|term| term == "dumb");
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            terminal,
            color: terminal && !plain,
            environment,
        }
    }

    /// A console over anything that writes and reads: no terminal, no colours, no environment.
    pub fn over(out: impl Write + Send + 'static, err: impl Write + Send + 'static, input: impl BufRead + Send + 'static) -> Self {
        Self { out: Box::new(out), err: Box::new(err), input: Box::new(input), terminal: false, color: false, environment: BTreeMap::new() }
    }

    /// Text and a line break to standard output, at once.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(&format!("{text}\n"))
    }

    /// Text to standard output, at once.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Text and a line break to standard error. Where that is closed nobody is left to be told.
    pub fn complain(&mut self, text: &str) {
        let _ = self.err.write_all(format!("{text}\n").as_bytes());
        let _ = self.err.flush();
    }

    /// Asks, and reads one line; an end of input is an empty answer.
    ///
    /// # Errors
    /// When standard output is closed or standard input fails.
    pub fn ask(&mut self, question: &str) -> io::Result<String> {
        self.text(question)?;
        let mut answer = String::new();
        self.input.read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// As [`Console::ask`]; on a terminal what is typed is not shown.
    ///
    /// # Errors
    /// As for a plain question.
    pub fn ask_secretly(&mut self, question: &str) -> io::Result<String> {
        let stdin = io::stdin();
        let Ok(shown) = tcgetattr(&stdin).map(|shown| (shown.clone(), shown)) else { return self.ask(question) };
        let (before, mut hidden) = shown;
        hidden.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(&stdin, SetArg::TCSANOW, &hidden)?;
        let answer = self.ask(question);
        tcsetattr(&stdin, SetArg::TCSANOW, &before)?;
        self.line("")?;
        answer
    }

    /// All that is left of standard input.
    ///
    /// # Errors
    /// When standard input fails or is no text.
    pub fn read_all(&mut self) -> io::Result<String> {
        let mut text = String::new();
        self.input.read_to_string(&mut text)?;
        Ok(text)
    }
}
