//! The socket through which `salt-call` asks the running agent: one line of JSON in, one out. Only root and the agent's own user may.

use crate::call;
use crate::core::Core;
use crate::run::{self, Outcome};
use daemon::Stop;
use model::{Call, Failure, Job, JobId, JobOptions, Target, TargetKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use value::Value;

/// No question is longer.
const MOST: u64 = 16 << 20;

/// Callers at the same time; a further one waits.
const CALLERS: usize = 32;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ask {
    /// The calls.
    pub calls: Vec<Call>,
    /// Id for the job.
    pub job: JobId,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    value: Value,
    retcode: i32,
    success: bool,
    out: Option<String>,
    failure: Option<Failure>,
    notes: Vec<String>,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        let Outcome { value, retcode, success, out, failure, notes } = outcome;
        Self { value, retcode, success, out, failure, notes }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        let Answer { value, retcode, success, out, failure, notes } = answer;
        Self { value, retcode, success, out, failure, notes }
    }
}

/// The socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be made.
    #[error("cannot listen on `{path}`")]
    Listen {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// No agent answers.
    #[error("no agent answers on `{path}`")]
    NoAgent {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The conversation broke off.
    #[error("the agent broke off")]
    Broken(#[source] std::io::Error),
}

/// Where the socket of an agent is.
#[must_use]
pub fn path(config: &crate::config::MinionConfig) -> PathBuf {
    config.sock_dir.join("minion.sock")
}

/// The part that answers callers.
pub struct Socket {
    core: Arc<Core>,
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Makes the socket, in place of one that a dead agent left.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn bind(core: Arc<Core>, path: &Path) -> Result<Self, Error> {
        let fail = |source| Error::Listen { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        }
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path).map_err(fail)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
        Ok(Self { core, listener, path: path.to_owned() })
    }

    /// Answers until told to stop.
    ///
    /// # Errors
    /// Never: a caller that does not keep to the form is cut off.
    pub async fn run(self, stop: Stop) -> Result<(), Error> {
        let mut callers = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = callers.join_next(), if !callers.is_empty() => {}
                accepted = self.listener.accept(), if callers.len() < CALLERS => match accepted {
                    Ok((stream, _)) if is_allowed(&stream) => {
                        let core = Arc::clone(&self.core);
                        callers.spawn(async move {
                            if let Err(error) = answer(&core, stream).await {
                                tracing::debug!(%error, "a caller broke off");
                            }
                        });
                    }
                    Ok(_) => tracing::warn!("a caller without the right to ask was cut off"),
                    Err(error) => {
                        tracing::warn!(%error, "a caller cannot be taken");
                        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    }
                },
            }
        }
        callers.shutdown().await;
        let _ = std::fs::remove_file(&self.path);
        Ok(())
    }
}

fn is_allowed(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || peer.uid() == nix::unistd::geteuid().as_raw())
}

async fn answer(core: &Arc<Core>, stream: UnixStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MOST));
    read.read_line(&mut line).await?;
    let ask: Ask = serde_json::from_str(&line)?;
    let cancel = CancellationToken::new();
    // A caller that goes away (Ctrl-C) ends its job.
    let gone = async {
        let mut byte = [0_u8; 1];
        let _ = read.read(&mut byte).await;
    };
    let work = outcome(core, ask, cancel.clone());
    tokio::pin!(work);
    let outcome = tokio::select! {
        outcome = &mut work => outcome,
        () = gone => {
            cancel.cancel();
            work.await
        }
    };
    let mut text = serde_json::to_vec(&Answer::from(outcome))?;
    text.push(b'\n');
    write.write_all(&text).await?;
    write.shutdown().await
}

async fn outcome(core: &Arc<Core>, ask: Ask, cancel: CancellationToken) -> Outcome {
    let job = Job {
        id: ask.job,
        target: Target::new(TargetKind::List, core.loaded().config.id.clone()),
        calls: ask.calls.clone(),
        user: "root".to_owned(),
        options: JobOptions::default(),
        expected: Vec::new(),
    };
    let _entered = core.running.enter(job, Timestamp::now(), cancel.clone());
    // Who calls by hand has often just changed the pillar, and wants to see it.
    if ask.calls.iter().any(|call| !call::asks_for_nothing(&call.function))
        && let Err(failure) = core.refresh_pillar().await
    {
        tracing::warn!(error = %failure, "a caller gets the pillar that is known, because it cannot be had anew");
    }
    let desk = core.desk(Some(ask.job), cancel);
    let runtime = core.runtime.clone();
    let work = tokio::task::spawn_blocking(move || runtime.block_on(async { run::calls(&desk, &ask.calls).await }));
    work.await.unwrap_or_else(|error| crate::jobs::failed(Failure::failed(format!("the function ended abnormally: {error}"))))
}

/// Asks the agent.
///
/// # Errors
/// When no agent answers, or it breaks off.
pub async fn ask(path: &Path, ask: &Ask) -> Result<Outcome, Error> {
    let stream = UnixStream::connect(path).await.map_err(|source| Error::NoAgent { path: path.to_owned(), source })?;
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(ask).map_err(|error| Error::Broken(error.into()))?;
    text.push(b'\n');
    write.write_all(&text).await.map_err(Error::Broken)?;
    let mut line = String::new();
    BufReader::new(read).read_line(&mut line).await.map_err(Error::Broken)?;
    let answer: Answer = serde_json::from_str(&line).map_err(|error| Error::Broken(error.into()))?;
    Ok(answer.into())
}
