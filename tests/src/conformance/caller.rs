//! Who answers a command line: the real `salt-call`, or one of a few long-lived processes around the same library, which saves a start for each call.

use anyhow::{Context, Result, bail};
use minion::call::Answer;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A call that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command line and where it runs.
#[derive(Debug, Deserialize, Serialize)]
pub struct Ask {
    /// Its words, without the program.
    pub words: Vec<String>,
    /// Working directory.
    pub folder: PathBuf,
}

/// What a long-lived process says to an [`Ask`].
#[derive(Debug, Deserialize, Serialize)]
pub struct Said {
    /// What was printed.
    pub stdout: String,
    /// What was said beside.
    pub stderr: String,
    /// Exit status.
    pub status: i32,
}

/// Who answers command lines.
pub trait Caller: Sync {
    /// Answers one; `None` if no answer came in time.
    ///
    /// # Errors
    /// When the program cannot be run.
    fn call(&self, ask: &Ask, home: &Path, environ: &BTreeMap<String, String>) -> Result<Option<Answer>>;
}

/// A program in the environment of the recordings, whoever runs the tests: `PATH` alone is the machine's own.
fn clean(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command.envs([("LC_ALL", "C.UTF-8"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("SHELL", "/bin/bash"), ("USER", "root")]).env("HOME", home);
    command.process_group(0);
    command
}

fn end(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    let _ = child.wait();
}

/// The real `salt-call`: a process for each call.
pub struct Binary {
    /// The program.
    pub program: PathBuf,
}

impl Caller for Binary {
    fn call(&self, ask: &Ask, home: &Path, environ: &BTreeMap<String, String>) -> Result<Option<Answer>> {
        let mut command = clean(&self.program, home);
        command.envs(environ).args(&ask.words).current_dir(&ask.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| {
            format!(
                "cannot start {}; `cargo build --workspace --bins` makes it, and `cargo xtask test` does so by itself",
                self.program.display()
            )
        })?;
        let stdout = reader(child.stdout.take());
        let stderr = reader(child.stderr.take());
        let Ok(stdout) = stdout.recv_timeout(PATIENCE) else {
            end(&mut child);
            return Ok(None);
        };
        let stderr = stderr.recv_timeout(PATIENCE).unwrap_or_default();
        let status = child.wait()?.code().unwrap_or(-1);
        Ok(Some(Answer { stdout, stderr, status }))
    }
}

/// Reads a pipe to its end beside.
fn reader(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Long-lived processes, as many as calls run at the same time.
pub struct Workers {
    program: PathBuf,
    home: tempfile::TempDir,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Workers that run a program; none is started yet.
    ///
    /// # Errors
    /// When there is no temporary folder for their home.
    pub fn new(program: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { program: program.into(), home: tempfile::tempdir()?, idle: Mutex::default() })
    }

    fn take(&self) -> Result<Worker> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Worker::start(&self.program, self.home.path()), Ok)
    }
}

impl Caller for Workers {
    fn call(&self, ask: &Ask, _home: &Path, environ: &BTreeMap<String, String>) -> Result<Option<Answer>> {
        if !environ.is_empty() {
            bail!("a long-lived process keeps its environment: a case with one of its own goes through `salt-call`");
        }
        let mut worker = self.take()?;
        let answer = worker.ask(ask)?;
        // One that did not answer in time is in the middle of something: it ends here.
        if answer.is_some() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        Ok(answer)
    }
}

struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    fn start(program: &Path, home: &Path) -> Result<Self> {
        let mut command = clean(program, home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let stdin = child.stdin.take().context("a worker has no input")?;
        let stdout = child.stdout.take().context("a worker has no output")?;
        // One ask, one line: more than one waiting is a fault of the worker and may wait.
        let (sender, lines) = sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, stdin, lines })
    }

    fn ask(&mut self, ask: &Ask) -> Result<Option<Answer>> {
        let line = serde_json::to_string(ask)?;
        writeln!(self.stdin, "{line}").context("a worker is gone")?;
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let Said { stdout, stderr, status } = serde_json::from_str(&line).with_context(|| format!("a worker said `{line}`"))?;
                Ok(Some(Answer { stdout, stderr, status }))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the process ended in the middle of the call: {}", self.child.wait()?),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The life of a worker: reads asks from its input, line by line, and answers each.
///
/// # Errors
/// When the input holds something else, or nobody reads the answers.
pub fn work() -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let ask: Ask = serde_json::from_str(&line?)?;
        std::env::set_current_dir(&ask.folder).with_context(|| format!("cannot go to {}", ask.folder.display()))?;
        let words = std::iter::once("salt-call".to_owned()).chain(ask.words).map(Into::into);
        let Answer { stdout, stderr, status } = minion::call::answer(words);
        let said = serde_json::to_string(&Said { stdout, stderr, status })?;
        writeln!(std::io::stdout().lock(), "{said}")?;
    }
    Ok(())
}
