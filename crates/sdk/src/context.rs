//! What a function is given besides its arguments: the right to look, or the right to change as well.

use crate::Agent;
use host::{Command, Ended, Host, LiveOutput, Output, Processes, RunError};
use model::{Failure, FailureKind, JobId};
use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use value::{Value, traverse};

/// What is known while a function runs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Id of this minion.
    pub id: String,
    /// Its grains.
    pub grains: Arc<Value>,
    /// Its pillar.
    pub pillar: Arc<Value>,
    /// Configuration of the minion, as templates see it in `opts`.
    pub opts: Arc<Value>,
    /// File environment, `base` unless another one was asked for.
    pub env: String,
    /// Pillar values are shown as `**********` unless the caller asks otherwise: true for calls from a command line.
    pub mask_pillar: bool,
    /// Job this belongs to.
    pub job: Option<JobId>,
    /// Cancelled when the job is ended from outside or its time runs out.
    pub cancel: CancellationToken,
    /// What the job has started and what still runs.
    pub processes: Processes,
}

/// The state chunk that is being run.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// State id.
    pub id: String,
    /// SLS name.
    pub sls: String,
    /// All arguments with requisites, as `state.show_lowstate` prints them.
    pub low: Arc<Value>,
    /// What the chunks of one run share.
    pub run: Arc<RunMemory>,
}

/// What the chunks of one state run share.
#[derive(Debug, Default)]
pub struct RunMemory {
    /// Every chunk of the run, as `state.show_lowstate` prints them.
    pub low: Vec<Arc<Value>>,
    /// What a chunk left for a later one (`file.accumulated`), by a name of its own.
    pub notes: Mutex<BTreeMap<String, Value>>,
    /// What costly looks found.
    pub looks: Looks,
}

/// Findings of costly looks, by name, each with a stamp that tells whether the machine still is as it was.
#[derive(Default)]
pub struct Looks(Mutex<BTreeMap<&'static str, Look>>);

struct Look {
    stamp: String,
    found: Arc<dyn Any + Send + Sync>,
}

impl Looks {
    /// What was found under a name, if the stamp is still the same.
    #[must_use]
    pub fn found<T: Send + Sync + 'static>(&self, name: &str, stamp: &str) -> Option<Arc<T>> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.get(name).filter(|look| look.stamp == stamp)?;
        Arc::clone(&look.found).downcast().ok()
    }

    /// Keeps what was found under a name.
    pub fn keep<T: Send + Sync + 'static>(&self, name: &'static str, stamp: String, found: Arc<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Look { stamp, found });
    }
}

impl std::fmt::Debug for Looks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.lock().unwrap_or_else(PoisonError::into_inner).keys()).finish()
    }
}

impl RunMemory {
    /// What an earlier chunk left under a name.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<Value> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Changes what is kept under a name.
    pub fn change_note(&self, name: &str, change: impl FnOnce(&mut Value)) {
        change(self.notes.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default());
    }
}

/// The right to look.
#[derive(Clone)]
pub struct Read {
    host: Arc<dyn Host>,
    agent: Arc<dyn Agent>,
    facts: Arc<Facts>,
    chunk: Option<Arc<Chunk>>,
}

impl Read {
    /// The right to look at a host.
    pub fn new(host: Arc<dyn Host>, agent: Arc<dyn Agent>, facts: Arc<Facts>) -> Self {
        Self { host, agent, facts, chunk: None }
    }

    /// The same for one chunk of a state run.
    #[must_use]
    pub fn for_chunk(mut self, chunk: Arc<Chunk>) -> Self {
        self.chunk = Some(chunk);
        self
    }

    /// The same with other facts.
    #[must_use]
    pub fn with_facts(mut self, facts: Arc<Facts>) -> Self {
        self.facts = facts;
        self
    }

    /// The same on a host that gives commands and new files these defaults.
    #[must_use]
    pub fn within(mut self, user: Option<String>, umask: Option<u32>, kill_after: Option<Duration>) -> Self {
        self.host = Arc::new(host::Within { host: self.host, user, umask, kill_after, environ: None });
        self
    }

    /// The machine, to look at.
    #[must_use]
    pub fn host(&self) -> &dyn host::Look {
        &*self.host
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Arc<dyn Agent> {
        &self.agent
    }

    /// What is known: id, grains, pillar, configuration.
    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// The chunk that is being run, in a state run.
    #[must_use]
    pub fn chunk(&self) -> Option<&Arc<Chunk>> {
        self.chunk.as_ref()
    }

    /// File environment.
    #[must_use]
    pub fn env(&self) -> &str {
        if self.facts.env.is_empty() { "base" } else { &self.facts.env }
    }

    /// A grain by path.
    #[must_use]
    pub fn grain(&self, path: &str) -> Option<&Value> {
        traverse(&self.facts.grains, path, value::DELIMITER)
    }

    /// A grain as text; empty when there is none.
    #[must_use]
    pub fn grain_text(&self, path: &str) -> &str {
        self.grain(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// A pillar value by path.
    #[must_use]
    pub fn pillar(&self, path: &str) -> Option<&Value> {
        traverse(&self.facts.pillar, path, value::DELIMITER)
    }

    /// A value of the minion's configuration.
    #[must_use]
    pub fn opt(&self, key: &str) -> Option<&Value> {
        self.facts.opts.get(key)
    }

    /// Runs a command that only looks, and wants it to succeed.
    pub async fn ask<S: Into<String>>(&self, argv: impl IntoIterator<Item = S>) -> Result<String, Failure> {
        expect_ok(&argv_command(argv, self), self.host()).await
    }

    /// Runs a command that only looks; how it ended is the caller's to judge.
    pub async fn try_run<S: Into<String>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Output, Failure> {
        self.run_command(argv_command(argv, self)).await
    }

    /// Runs a command as it stands, under the job's cancellation.
    pub async fn run_command(&self, mut command: Command) -> Result<Output, Failure> {
        command.cancel.get_or_insert_with(|| self.facts.cancel.clone());
        command.processes.get_or_insert_with(|| self.facts.processes.clone());
        let name = command.name();
        self.host.run(command).await.map_err(|error| run_failure(&name, error))
    }
}

/// The right to change, which is also the right to look.
#[derive(Clone)]
pub struct Cx {
    read: Read,
    output: Option<LiveOutput>,
}

impl Cx {
    /// Grants the right to change. Only who runs jobs calls this: the minion, the engine, and tests.
    pub fn grant(read: Read, output: Option<LiveOutput>) -> Self {
        Self { read, output }
    }

    /// The machine, to change.
    #[must_use]
    pub fn host(&self) -> &dyn Host {
        &*self.read.host
    }

    /// The right to look alone.
    #[must_use]
    pub fn read(&self) -> &Read {
        &self.read
    }

    /// Where live output goes, if somebody watches.
    #[must_use]
    pub fn output(&self) -> Option<&LiveOutput> {
        self.output.as_ref()
    }

    /// Runs a command with arguments and wants it to succeed.
    pub async fn run<S: Into<String>>(&self, argv: impl IntoIterator<Item = S>) -> Result<String, Failure> {
        let mut command = argv_command(argv, &self.read);
        command.live = self.output.clone();
        expect_ok(&command, self.read.host()).await
    }
}

impl Deref for Cx {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.read
    }
}

fn argv_command<S: Into<String>>(argv: impl IntoIterator<Item = S>, read: &Read) -> Command {
    let mut command = Command::new(argv);
    command.cancel = Some(read.facts.cancel.clone());
    command.processes = Some(read.facts.processes.clone());
    // Output is parsed: it has to be in the one language we know.
    command.env("LC_ALL", "C")
}

async fn expect_ok(command: &Command, host: &dyn host::Look) -> Result<String, Failure> {
    let output = host.run(command.clone()).await.map_err(|error| run_failure(&command.name(), error))?;
    if output.is_ok() {
        return Ok(output.out());
    }
    let said = if output.stderr.is_empty() { output.out() } else { output.err() };
    let kind = match output.ended {
        Ended::TimedOut => FailureKind::TimedOut,
        Ended::Cancelled => FailureKind::Cancelled,
        Ended::Status(_) | Ended::Signal(_) | Ended::Background => FailureKind::Failed,
    };
    let message = crate::scrubbed(&format!("`{command}` failed with status {}: {}", output.retcode(), said.trim()));
    Err(Failure::new(kind, message).with_retcode(output.retcode()))
}

/// The failure of a command that could not be run.
fn run_failure(name: &str, error: RunError) -> Failure {
    match &error {
        RunError::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::unavailable(format!("there is no program `{name}` here")).with_retcode(127)
        }
        RunError::Start { source, .. } => Failure::failed(format!("{error}: {source}")),
        RunError::NoDirectory { .. } | RunError::NoUser { .. } | RunError::NoGroup { .. } | RunError::NotRecorded { .. } => {
            Failure::failed(error.to_string())
        }
        RunError::Output { source, .. } => Failure::failed(format!("{error}: {source}")),
    }
}
