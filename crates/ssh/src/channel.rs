//! One command on a host, from its first word on.

use crate::words::{Words, explained};
use crate::{Error, Output};
use std::process::ExitStatus;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// What a host says once the login is through and its shell has begun.
const READY: &str = "sylvite-ready";

/// What a login may say before that: files that shells read at their start often do.
const MOST_BEFORE: u64 = 64 << 10;

/// A command that runs on a host, with pipes for what it is told and what it says.
pub struct Channel {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: BufReader<ChildStdout>,
    pub(crate) words: Words,
}

impl Channel {
    /// A script that says that the login is through before it begins. A line of its own, because a shell reads line by line: what is wrong
    /// with the script is told after it.
    pub(crate) fn announced(script: &str) -> String {
        format!("echo {READY}\n{script}")
    }

    /// Starts `ssh`, without waiting for the host.
    pub(crate) fn start(mut command: Command) -> Result<Self, Error> {
        use std::process::Stdio;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(Error::NoSsh)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(Error::Refused("the pipes of ssh are missing".to_owned())) };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout), words: Words::of(stderr) })
    }

    /// Waits until the host's shell has begun; what was said before it is dropped.
    pub(crate) async fn begun(mut self, patience: Duration) -> Result<Self, Error> {
        let begins = async {
            let mut before = (&mut self.stdout).take(MOST_BEFORE);
            let mut line = Vec::new();
            loop {
                line.clear();
                match before.read_until(b'\n', &mut line).await {
                    Ok(1..) if line.trim_ascii() == READY.as_bytes() => return true,
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return false,
                }
            }
        };
        match tokio::time::timeout(patience, begins).await {
            Ok(true) => Ok(self),
            Ok(false) => {
                let _ = self.child.wait().await;
                Err(Error::Refused(explained(self.words.whole().await.trim())))
            }
            Err(_) => Err(Error::Silent(patience)),
        }
    }

    /// Tells the command something.
    pub(crate) async fn tell(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let told = async {
            match &mut self.stdin {
                Some(stdin) => {
                    stdin.write_all(bytes).await?;
                    stdin.flush().await
                }
                None => Err(std::io::ErrorKind::BrokenPipe.into()),
            }
        };
        told.await.map_err(Error::here("the connection broke off"))
    }

    /// The next line that it says; `None` when it has ended.
    pub(crate) async fn line(&mut self) -> Result<Option<String>, Error> {
        let mut line = Vec::new();
        let read = (&mut self.stdout).take(MOST_BEFORE).read_until(b'\n', &mut line).await;
        let count = read.map_err(Error::here("the connection broke off"))?;
        Ok((count > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    /// Tells it the rest, and hears it to its end.
    pub(crate) async fn finish(mut self, input: &[u8]) -> Result<Output, Error> {
        let tell = tell_all(self.stdin.take(), input);
        let mut said = Vec::new();
        let (read, ()) = tokio::join!(self.stdout.read_to_end(&mut said), tell);
        read.map_err(Error::here("the connection broke off"))?;
        let status = self.wait().await?.code().unwrap_or(255);
        Ok(Output { stdout: String::from_utf8_lossy(&said).into_owned(), stderr: self.words.whole().await, status })
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.child.wait().await.map_err(Error::here("the connection broke off"))
    }
}

/// Tells a command all that it is to be told.
pub(crate) async fn tell_all(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        // A command that reads nothing of it has still been run.
        let _ = stdin.write_all(input).await;
        let _ = stdin.shutdown().await;
    }
}
