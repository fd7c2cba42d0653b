//! The way to one host by the system's OpenSSH: logged in with the first command, and used for as many as are wanted.
//!
//! `ssh` itself keeps the connection (`ControlMaster`, `ControlPersist`): either for the next command of the same user, or in a folder of this
//! one command, with which it ends.

use crate::channel::{Channel, tell_all};
use crate::words::REST;
use crate::{Error, Host, Ways};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncBufReadExt;
use tokio::process::Command;
use tokio::sync::mpsc;

/// Answers what `ssh` asks: for the passphrase of a key, and for the password of the user.
const HELPER: &str = "#!/bin/sh
case \"$1\" in
    *[Pp]assphrase*) printf '%s\\n' \"$SYLVITE_SSH_PASSPHRASE\" ;;
    *) printf '%s\\n' \"$SYLVITE_SSH_PASSWORD\" ;;
esac
";

/// No socket has a longer path; `ssh` makes it under a name that is 17 bytes longer.
const MOST_PATH: usize = 90;

/// How long a connection of one command waits for the next of its steps.
const BETWEEN: Duration = Duration::from_secs(60);

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

/// A way to a host. The connection is made with the first command; unless it is kept, it ends with this.
pub struct Connection {
    host: Host,
    ways: Ways,
    /// The helper that tells `ssh` the password, and the socket of a connection that is not kept.
    own: TempDir,
    control: PathBuf,
}

impl Connection {
    /// A way to a host.
    ///
    /// # Errors
    /// When nothing can be written here.
    pub fn to(host: Host, ways: Ways) -> Result<Self, Error> {
        let mut ways = ways.to(&host);
        let own = tempfile::Builder::new().prefix("sylvite-ssh-").tempdir().map_err(Error::here("cannot make a temporary folder"))?;
        // Ports that lead back here do so for the time of the command.
        ways.keep = ways.keep.filter(|keep| ways.forwards.is_empty() && !keep.idle.is_zero() && is_own(&keep.folder));
        let kept = ways.keep.as_ref().map(|keep| keep.folder.join(ways.name(&host)));
        let kept = kept.filter(|path| path.as_os_str().len() <= MOST_PATH);
        if kept.is_none() {
            ways.keep = None;
        }
        let control = kept.unwrap_or_else(|| own.path().join("s"));
        if ways.asks() {
            let helper = own.path().join("password");
            let write = || {
                std::fs::write(&helper, HELPER)?;
                std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o700))
            };
            write().map_err(Error::here("cannot write the helper that tells `ssh` the password"))?;
        }
        Ok(Self { host, ways, own, control })
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

    /// How the host is reached.
    pub(crate) fn ways(&self) -> &Ways {
        &self.ways
    }

    /// The socket over which commands share the connection.
    pub(crate) fn control(&self) -> &Path {
        &self.control
    }

    /// `ssh` to this host, up to the script.
    fn ssh(&self) -> Command {
        let mut command = Command::new(&self.ways.ssh);
        let idle = self.ways.keep.as_ref().map_or(BETWEEN, |keep| keep.idle).as_secs().max(1);
        command.args(self.ways.words()).args(["-o", "ControlMaster=auto", "-o"]).arg(format!("ControlPersist={idle}"));
        command.arg("-S").arg(&self.control).arg("--").arg(&self.host.address);
        if self.ways.asks() {
            command.env("SSH_ASKPASS", self.own.path().join("password")).env("SSH_ASKPASS_REQUIRE", "force");
            for (name, secret) in [("SYLVITE_SSH_PASSWORD", &self.ways.password), ("SYLVITE_SSH_PASSPHRASE", &self.ways.passphrase)] {
                command.env(name, secret.as_deref().unwrap_or_default());
            }
        }
        command
    }

    /// Starts a script of the host's shell, and waits until it has begun.
    pub(crate) async fn begin(&self, script: &str) -> Result<Channel, Error> {
        let script = match &self.host.path {
            Some(path) => format!("PATH={}:$PATH; export PATH; {script}", quoted(path)),
            None => script.to_owned(),
        };
        let mut command = self.ssh();
        command.arg(Channel::announced(&script));
        // `ssh` bounds the connecting; logging in gets as long again.
        Channel::start(command)?.begun(self.ways.timeout * 2).await
    }

    /// Runs a script of the host's shell to its end, which is told `input`.
    ///
    /// # Errors
    /// When the host cannot be reached or the connection breaks.
    pub async fn run(&self, script: &str, input: &[u8]) -> Result<Output, Error> {
        self.begin(script).await?.finish(input).await
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
        let mut channel = self.begin(&script).await?;
        tell_all(channel.stdin.take(), &told).await;
        let Channel { stdout, words, .. } = &mut channel;
        let (is_over, over) = tokio::sync::oneshot::channel::<()>();
        let out = async {
            let mut line = Vec::new();
            while let Ok(1..) = stdout.read_until(b'\n', &mut line).await {
                let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
                // Nobody who reads any more does not end the command.
                let _ = lines.send((Stream::Out, text)).await;
                line.clear();
            }
            drop(is_over);
        };
        let err = async {
            let all = words.lines(&lines);
            tokio::pin!(all);
            tokio::select! {
                () = &mut all => return,
                _ = over => {}
            }
            let _ = tokio::time::timeout(REST, all).await;
        };
        tokio::join!(out, err);
        Ok(channel.wait().await?.code().unwrap_or(255))
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

    /// Ends the connection, unless it is kept for the next command.
    pub async fn close(self) {
        if self.ways.keep.is_none() && self.control.exists() {
            let _ = self.leaving().status().await;
        }
    }

    /// An order to the connection itself, up to the words after it.
    pub(crate) fn order(&self, order: &str) -> Command {
        let mut command = Command::new(&self.ways.ssh);
        command.args(["-O", order, "-S"]).arg(&self.control);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// What tells the connection to end.
    fn leaving(&self) -> Command {
        let mut command = self.order("exit");
        command.arg("--").arg(&self.host.address);
        command
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Broken off before it was closed: nobody else knows of this connection.
        if self.ways.keep.is_none() && self.control.exists() {
            let _ = self.leaving().into_std().spawn().map(|mut leaving| leaving.wait());
        }
    }
}

/// Makes a folder for sockets, or takes it when it is ours alone.
pub(crate) fn is_own(folder: &Path) -> bool {
    let _ = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    // Files that are made here belong to whom this process runs as.
    let probe = tempfile::tempfile_in(folder).and_then(|file| file.metadata());
    let (Ok(meta), Ok(probe)) = (std::fs::symlink_metadata(folder), probe) else { return false };
    meta.is_dir() && meta.uid() == probe.uid() && meta.mode() & 0o077 == 0
}

/// A word of the shell: quoted so that it stays one word, whatever is in it.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keep;

    #[test]
    fn a_word_of_the_shell_stays_one_word() {
        assert_eq!(quoted("it's; rm -rf /"), r"'it'\''s; rm -rf /'");
    }

    #[test]
    fn connections_are_kept_in_a_folder_of_nobody_else_only() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |folder: PathBuf| {
            let ways = Ways { keep: Some(Keep { folder, idle: BETWEEN }), ..Ways::default() };
            Connection::to(Host::named("web1"), ways).unwrap().ways.keep.is_some()
        };
        assert!(kept(folder.path().join("made")));
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(!kept(open));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("made"), &link).unwrap();
        assert!(!kept(link));
        assert!(!kept(folder.path().join("x".repeat(MOST_PATH))), "no socket has so long a path");
    }
}
