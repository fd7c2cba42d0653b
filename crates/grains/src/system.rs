//! The one door of the collectors to the host: small reads below a root folder, and a few programs.
//!
//! With [`System::at`] the same collectors read a folder that holds recorded files, and no program is run.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// No file a collector reads is larger than this; `/proc/cpuinfo` of a large host is.
const MOST: u64 = 4 << 20;

/// How long a program may take before it is ended and its answer is missed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The host as the collectors see it.
#[derive(Clone, Debug)]
pub struct System {
    root: PathBuf,
    live: bool,
}

impl System {
    /// This host.
    #[must_use]
    pub fn live() -> Self {
        Self { root: PathBuf::from("/"), live: true }
    }

    /// A host recorded in a folder: the same paths below it, no programs.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), live: false }
    }

    /// Whether this is the host we run on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Text of a file; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<String> {
        let file = std::fs::File::open(self.path(path)).ok()?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Text of a one-line file without the blanks around it; `None` if it is empty.
    #[must_use]
    pub fn line(&self, path: &str) -> Option<String> {
        let text = self.read(path)?;
        let line = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// Bytes of a file.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let file = std::fs::File::open(self.path(path)).ok()?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Names in a folder, sorted; empty if there is none.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(path))
            .map(|entries| entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// Where a link points.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<PathBuf> {
        std::fs::read_link(self.path(path)).ok()
    }

    /// Whether something is at a path.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Where a program is, looked for in the usual folders, which an agent under an init system may not have in its `PATH`.
    #[must_use]
    pub fn which(&self, program: &str) -> Option<PathBuf> {
        ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"]
            .into_iter()
            .map(|folder| self.path(folder).join(program))
            .find(|path| is_executable(path))
    }

    /// What a program prints; `None` if it is not there, fails or takes too long.
    #[must_use]
    pub fn run(&self, program: &str, args: &[&str]) -> Option<String> {
        if !self.live {
            return None;
        }
        output_of(Command::new(self.which(program)?).args(args), PATIENCE).ok()
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It could not be started.
    #[error("it cannot be started")]
    Start(#[source] std::io::Error),
    /// It took too long and was ended.
    #[error("it took longer than {0:?} and was ended")]
    TooLong(Duration),
    /// It ended with a failure.
    #[error("it ended with {status}: {stderr}")]
    Failed {
        /// Its exit status.
        status: std::process::ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// It printed more than anybody wants to read.
    #[error("it printed more than {MOST} bytes")]
    TooMuch,
}

/// Runs a program in a process group of its own and gives what it printed.
pub(crate) fn output_of(command: &mut Command, patience: Duration) -> Result<String, NoAnswer> {
    use std::os::unix::process::CommandExt;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("LC_ALL", "C")
        .process_group(0)
        .spawn()
        .map_err(NoAnswer::Start)?;
    let reader = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let _ = pipe.take(MOST + 1).read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let stdout = reader(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let stderr = reader(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let group = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap_or(0));
    let until = Instant::now() + patience;
    // A program that answers at once must not cost a whole tick, one that takes long must not cost a processor.
    let mut nap = Duration::from_micros(200);
    let status = loop {
        // Output must be drained before the child can end, so "both pipes closed" is the usual first sign.
        match child.try_wait().map_err(NoAnswer::Start)? {
            Some(status) => break status,
            None if Instant::now() >= until => {
                let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
                let _ = child.wait();
                return Err(NoAnswer::TooLong(patience));
            }
            None => std::thread::sleep(nap),
        }
        nap = (nap * 2).min(Duration::from_millis(20));
    };
    // Grandchildren that keep the pipes open would make the readers wait for ever.
    if !stdout.is_finished() || !stderr.is_finished() {
        let until = Instant::now() + Duration::from_millis(500);
        while Instant::now() < until && !(stdout.is_finished() && stderr.is_finished()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
    let stdout = stdout.join().unwrap_or_default();
    let stderr = stderr.join().unwrap_or_default();
    if stdout.len() as u64 > MOST {
        return Err(NoAnswer::TooMuch);
    }
    if !status.success() {
        let text = String::from_utf8_lossy(&stderr);
        return Err(NoAnswer::Failed { status, stderr: text.trim().chars().take(500).collect() });
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let started = Instant::now();
        let error = output_of(Command::new("/bin/sh").args(["-c", "sleep 30"]), Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, NoAnswer::TooLong(_)), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_failing_program_is_reported_with_its_words() {
        let error = output_of(Command::new("/bin/sh").args(["-c", "echo no luck >&2; exit 3"]), PATIENCE).unwrap_err();
        assert!(error.to_string().contains("no luck"), "{error}");
    }

    #[test]
    fn a_recorded_host_runs_no_program() {
        assert_eq!(System::at("/").run("true", &[]), None);
    }
}
