//! One connection to a host by the system's OpenSSH: logged in once, then used for as many commands as are wanted.

use crate::{Error, Host};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// What the connection says once it may be used.
const READY: &str = "sylvite-ready";

/// Answers what `ssh` asks: for the passphrase of a key, and for the password of the user.
const HELPER: &str = "#!/bin/sh
case \"$1\" in
    *[Pp]assphrase*) printf '%s\\n' \"$SYLVITE_SSH_PASSPHRASE\" ;;
    *) printf '%s\\n' \"$SYLVITE_SSH_PASSWORD\" ;;
esac
";

/// What is told of an error at most.
const MOST_WORDS: u64 = 8 << 10;

/// What is made of keys of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostKeys {
    /// Only hosts whose key is known.
    #[default]
    Known,
    /// Also hosts that were never seen; a key that has changed is refused.
    New,
    /// Any. Whoever stands between can read and change everything.
    Any,
}

/// How hosts are reached, as far as the roster says nothing of it.
#[derive(Clone, Debug)]
pub struct Ways {
    /// The program `ssh`.
    pub ssh: PathBuf,
    /// What is made of keys of hosts.
    pub host_keys: HostKeys,
    /// User to log in as.
    pub user: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// Password, for the login and for `sudo`.
    pub password: Option<String>,
    /// Private key.
    pub key: Option<PathBuf>,
    /// Passphrase of that key.
    pub passphrase: Option<String>,
    /// Ports of the host that lead back here, as `-R` of ssh takes them.
    pub forwards: Vec<String>,
    /// Further `-o` options.
    pub options: Vec<String>,
    /// How long connecting may take.
    pub timeout: Duration,
    /// Whether guests run as another user through `sudo`.
    pub sudo: bool,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            ssh: "ssh".into(),
            host_keys: HostKeys::default(),
            user: None,
            port: None,
            password: None,
            key: None,
            passphrase: None,
            forwards: Vec::new(),
            options: Vec::new(),
            timeout: Duration::from_secs(30),
            sudo: false,
        }
    }
}

/// What a command on a host has said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit status; 255 when the connection broke.
    pub status: i32,
}

/// Where a line of a command came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// A connection to a host. Ends when it is dropped.
pub struct Connection {
    host: Host,
    ways: Ways,
    /// Holds the socket over which commands share the connection, and the helper that tells `ssh` the password.
    folder: TempDir,
    master: Child,
}

impl Connection {
    /// Logs in.
    ///
    /// # Errors
    /// When `ssh` cannot be started, says no, or takes too long.
    pub async fn open(host: Host, mut ways: Ways) -> Result<Self, Error> {
        ways.user = host.user.clone().or(ways.user);
        ways.port = host.port.or(ways.port);
        ways.password = host.password.clone().or(ways.password);
        ways.key = host.key.clone().or(ways.key);
        ways.timeout = host.timeout.unwrap_or(ways.timeout);
        ways.sudo |= host.sudo;
        ways.options.extend(host.options.iter().cloned());
        let folder = tempfile::Builder::new().prefix("sylvite-ssh-").tempdir().map_err(Error::here("cannot make a temporary folder"))?;
        let mut command = Command::new(&ways.ssh);
        command.args(["-M", "-N", "-T", "-o", "PermitLocalCommand=yes", "-o"]).arg(format!("LocalCommand=echo {READY}"));
        command.arg("-o").arg(format!("ConnectTimeout={}", ways.timeout.as_secs().max(1)));
        let keys = match ways.host_keys {
            HostKeys::Known => &["StrictHostKeyChecking=yes"][..],
            HostKeys::New => &["StrictHostKeyChecking=accept-new"],
            HostKeys::Any => &["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null"],
        };
        for option in keys.iter().map(ToString::to_string).chain(ways.options.iter().cloned()) {
            command.arg("-o").arg(option);
        }
        if let Some(user) = &ways.user {
            command.arg("-l").arg(user);
        }
        if let Some(port) = ways.port {
            command.arg("-p").arg(port.to_string());
        }
        if let Some(key) = &ways.key {
            command.arg("-i").arg(key);
        }
        for forward in &ways.forwards {
            command.arg("-R").arg(forward);
        }
        if ways.password.is_none() && ways.passphrase.is_none() {
            command.args(["-o", "BatchMode=yes"]);
        } else {
            let helper = folder.path().join("password");
            let write = || {
                std::fs::write(&helper, HELPER)?;
                std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o700))
            };
            write().map_err(Error::here("cannot write the helper that tells `ssh` the password"))?;
            command.args(["-o", "NumberOfPasswordPrompts=1"]);
            command.env("SSH_ASKPASS", &helper).env("SSH_ASKPASS_REQUIRE", "force");
            for (name, secret) in [("SYLVITE_SSH_PASSWORD", &ways.password), ("SYLVITE_SSH_PASSPHRASE", &ways.passphrase)] {
                command.env(name, secret.as_deref().unwrap_or_default());
            }
        }
        command.arg("-S").arg(folder.path().join("s")).arg("--").arg(&host.address);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut master = command.spawn().map_err(Error::NoSsh)?;
        let words = master.stderr.take();
        let ready = async {
            let Some(stdout) = master.stdout.take() else { return false };
            let mut lines = BufReader::new(stdout).lines();
            matches!(lines.next_line().await, Ok(Some(line)) if line == READY)
        };
        // `ssh` bounds the connecting; logging in gets as long again.
        match tokio::time::timeout(ways.timeout * 2, ready).await {
            Ok(true) => Ok(Self { host, ways, folder, master }),
            Ok(false) => {
                let mut text = String::new();
                if let Some(words) = words {
                    let _ = words.take(MOST_WORDS).read_to_string(&mut text).await;
                }
                Err(Error::Refused(explained(text.trim())))
            }
            Err(_) => Err(Error::Silent(ways.timeout * 2)),
        }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether commands that need it are to go through `sudo`.
    #[must_use]
    pub fn sudo(&self) -> bool {
        self.ways.sudo
    }

    /// A command of the host's shell over this connection.
    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.ways.ssh);
        command.args(["-T", "-o", "BatchMode=yes", "-S"]).arg(self.folder.path().join("s")).arg("--").arg(&self.host.address);
        let script = match &self.host.path {
            Some(path) => format!("PATH={}:$PATH; export PATH; {script}", quoted(path)),
            None => script.to_owned(),
        };
        command.arg(script).kill_on_drop(true);
        command
    }

    /// Starts a script with pipes for everything it says and is told.
    ///
    /// # Errors
    /// When `ssh` cannot be started.
    pub fn spawn(&self, script: &str) -> Result<Child, Error> {
        let mut command = self.command(script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(Error::NoSsh)
    }

    /// Runs a script of the host's shell to its end, which is told `input`.
    ///
    /// # Errors
    /// When `ssh` cannot be started or the pipe breaks.
    pub async fn run(&self, script: &str, input: &[u8]) -> Result<Output, Error> {
        let mut child = self.spawn(script)?;
        let stdin = child.stdin.take();
        let tell = async {
            if let Some(mut stdin) = stdin {
                // A command that reads nothing of it has still been run.
                let _ = stdin.write_all(input).await;
                let _ = stdin.shutdown().await;
            }
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), tell);
        let output = output.map_err(Error::here("the connection broke off"))?;
        Ok(Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code().unwrap_or(255),
        })
    }

    /// Runs a script as the user that guests run as.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub async fn run_as_guest(&self, script: &str, input: &[u8]) -> Result<Output, Error> {
        let (script, mut told) = self.raised(script);
        told.extend_from_slice(input);
        self.run(&script, &told).await
    }

    /// Runs a script as the user that guests run as, and tells each line of it as it comes; gives its exit status.
    ///
    /// # Errors
    /// As [`Connection::run`].
    pub async fn follow_as_guest(&self, script: &str, lines: mpsc::Sender<(Stream, String)>) -> Result<i32, Error> {
        let (script, told) = self.raised(script);
        let mut child = self.spawn(&script)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing of it has still been run.
            let _ = stdin.write_all(&told).await;
            let _ = stdin.shutdown().await;
        }
        let mut out = child.stdout.take().map(|out| BufReader::new(out).split(b'\n'));
        let mut err = child.stderr.take().map(|err| BufReader::new(err).split(b'\n'));
        let broken = Error::here("the connection broke off");
        while out.is_some() || err.is_some() {
            let (stream, line) = tokio::select! {
                line = next(&mut out), if out.is_some() => (Stream::Out, line),
                line = next(&mut err), if err.is_some() => (Stream::Error, line),
            };
            // Nobody who reads any more does not end the command.
            if let Some(line) = line {
                let _ = lines.send((stream, line)).await;
            }
        }
        Ok(child.wait().await.map_err(broken)?.code().unwrap_or(255))
    }

    /// A script behind `sudo` where that is wanted, and what it is to be told first.
    pub(crate) fn raised(&self, script: &str) -> (String, Vec<u8>) {
        if !self.ways.sudo {
            return (script.to_owned(), Vec::new());
        }
        let user = quoted(self.host.sudo_user.as_deref().unwrap_or("root"));
        match &self.ways.password {
            Some(password) => (format!("sudo -S -p '' -u {user} -- sh -c {}", quoted(script)), format!("{password}\n").into_bytes()),
            None => (format!("sudo -n -u {user} -- sh -c {}", quoted(script)), Vec::new()),
        }
    }

    /// Ends the connection.
    pub async fn close(mut self) {
        let _ = self.master.kill().await;
    }
}

/// The next line of a stream, which is gone after its last.
async fn next<R: tokio::io::AsyncRead + Unpin>(lines: &mut Option<tokio::io::Split<BufReader<R>>>) -> Option<String> {
    let line = match lines {
        Some(lines) => lines.next_segment().await.ok().flatten().map(|line| String::from_utf8_lossy(&line).into_owned()),
        None => None,
    };
    if line.is_none() {
        *lines = None;
    }
    line
}

/// A word of the shell: quoted so that it stays one word, whatever is in it.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What `ssh` said, with the way out where there is one.
fn explained(words: &str) -> String {
    let hint = [
        (
            "Host key verification failed",
            "its key is not known here; `ssh` to it once and look at its fingerprint, or take new keys with --accept-new-host-keys",
        ),
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED",
            "its key is another one than before; if that is right, remove the old one with `ssh-keygen -R`",
        ),
        ("Permission denied", "give a key (--priv), a password (--askpass), or put a key there with --key-deploy"),
    ];
    // The last line says what happened; lines before it are banners.
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("ssh ended without a word");
    match hint.iter().find(|(said, _)| words.contains(said)) {
        Some((_, hint)) => format!("{last}; {hint}"),
        None => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_says_comes_with_a_way_out() {
        assert!(explained("banner\nHost key verification failed.\n").ends_with("--accept-new-host-keys"));
        assert!(explained("x@y: Permission denied (publickey).").contains("--key-deploy"));
        assert_eq!(explained("ssh: connect to host y port 22: Connection refused"), "ssh: connect to host y port 22: Connection refused");
        assert_eq!(explained(""), "ssh ended without a word");
    }

    #[test]
    fn a_word_of_the_shell_stays_one_word() {
        assert_eq!(quoted("it's; rm -rf /"), r"'it'\''s; rm -rf /'");
    }
}
