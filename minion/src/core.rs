//! What all jobs of one agent share: configuration, grains, pillar, files, the tables of functions and of running jobs.

use crate::beacons;
use crate::config::Loaded;
use crate::desk::Desk;
use crate::gather;
use crate::lock::RunLock;
use crate::pillars;
use crate::running::Running;
use crate::schedule::Book;
use crate::source::Source;
use engine::Pauses;
use files::FileEnv;
use host::{Host, RealHost};
use model::Failure;
use sdk::{Facts, Registry};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use value::{Map, Value};

/// What all jobs of one agent share.
pub struct Core {
    /// Every function and state.
    pub registry: Registry,
    /// The machine.
    pub host: Arc<dyn Host>,
    /// Where files and pillar come from.
    pub source: Source,
    /// Jobs that run right now.
    pub running: Running,
    /// Lets one state run go at a time.
    pub run_lock: RunLock,
    /// State runs that are to wait or to end.
    pub pauses: Pauses,
    /// What this minion runs by itself.
    pub schedule: Book,
    /// What this minion watches by itself.
    pub beacons: beacons::Book,
    /// Told when grains were changed, so that the master is told.
    pub grains_changed: tokio::sync::Notify,
    /// Drives what synchronous callers (templates) wait for.
    pub runtime: Handle,
    /// Answers instead of functions, where templates are rendered without touching the host (`check`).
    pub stand_ins: std::sync::OnceLock<crate::check::StandIns>,
    state: Mutex<State>,
}

/// What changes while the agent runs; each part is replaced as a whole.
struct State {
    /// As the files say.
    own: Arc<Loaded>,
    /// What the master says about the trees it serves.
    master: Map,
    /// Both together.
    loaded: Arc<Loaded>,
    opts: Arc<Value>,
    grains: Arc<Value>,
    pillar: Option<Arc<Value>>,
}

/// How much of the host is looked at before a function runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// All grains.
    Full,
    /// Only the id: for functions that ask for nothing else.
    Bare,
}

impl Core {
    /// A core over this machine.
    ///
    /// # Errors
    /// When the configuration names folders or patterns that cannot be used.
    pub fn new(loaded: Loaded, registry: Registry, source: Source, runtime: Handle, look: Look) -> Result<Arc<Self>, Failure> {
        let grains = match look {
            Look::Full => gather::grains(&loaded),
            Look::Bare => gather::bare(&loaded),
        };
        let opts = opts_with_grains(&loaded, &grains);
        let run_lock = RunLock::new(loaded.config.cachedir.join("state.lock"));
        let saved = loaded.place.folder.join("minion.d/_schedule.conf");
        let schedule = Book::new(loaded.config.schedule.clone(), &loaded.config.spool_folder(), saved);
        let beacons = beacons::Book::new(loaded.config.beacons.clone(), loaded.place.folder.join("minion.d/beacons.conf"));
        let own = Arc::new(loaded);
        let state = State { loaded: Arc::clone(&own), own, master: Map::new(), opts, grains: Arc::new(Value::Map(grains)), pillar: None };
        Ok(Arc::new(Self {
            registry,
            host: Arc::new(RealHost::new()),
            source,
            running: Running::default(),
            run_lock,
            pauses: Pauses::default(),
            schedule,
            beacons,
            grains_changed: tokio::sync::Notify::new(),
            runtime,
            stand_ins: std::sync::OnceLock::new(),
            state: Mutex::new(state),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration.
    #[must_use]
    pub fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.state().loaded)
    }

    /// The configuration as templates see it.
    #[must_use]
    pub fn opts(&self) -> Arc<Value> {
        Arc::clone(&self.state().opts)
    }

    /// The grains.
    #[must_use]
    pub fn grains(&self) -> Arc<Value> {
        Arc::clone(&self.state().grains)
    }

    /// The pillar that is in memory; `None` before it was first compiled.
    #[must_use]
    pub fn known_pillar(&self) -> Option<Arc<Value>> {
        self.state().pillar.clone()
    }

    /// Files by environment.
    #[must_use]
    pub fn files(&self) -> &Arc<dyn FileEnv> {
        self.source.files()
    }

    /// Takes another configuration (SIGHUP): what a running agent can change takes effect with the next job.
    pub fn reconfigure(&self, loaded: Loaded) {
        self.schedule.replace(loaded.config.schedule.clone());
        self.beacons.replace(loaded.config.beacons.clone());
        let mut state = self.state();
        state.own = Arc::new(loaded);
        state.settle();
    }

    /// Takes the master's word on how its trees are read: two minions must not see two trees.
    pub fn obey_master(&self, opts: Map) {
        let mut state = self.state();
        if state.master != opts {
            state.master = opts;
            state.settle();
        }
    }

    /// Looks at the host again. Blocks.
    pub fn refresh_grains(&self) -> Arc<Value> {
        let loaded = self.loaded();
        let grains = gather::grains(&loaded);
        let opts = opts_with_grains(&loaded, &grains);
        let fresh = Arc::new(Value::Map(grains));
        let mut state = self.state();
        state.grains = Arc::clone(&fresh);
        state.opts = opts;
        fresh
    }

    /// Takes given grains for those of this host.
    pub fn use_grains(&self, grains: Map) {
        let opts = opts_with_grains(&self.loaded(), &grains);
        let mut state = self.state();
        state.grains = Arc::new(Value::Map(grains));
        state.opts = opts;
    }

    /// Compiles the pillar anew and keeps it. Errors of the compile are given back beside what could be compiled.
    ///
    /// # Errors
    /// When the pillar cannot be had at all: no answer of the master.
    pub async fn refresh_pillar(self: &Arc<Self>) -> Result<Arc<Value>, Failure> {
        let compiled = pillars::compile(self, &pillars::Wanted::default()).await?;
        let pillar = Arc::new(Value::Map(compiled));
        self.state().pillar = Some(Arc::clone(&pillar));
        Ok(pillar)
    }

    /// The pillar in memory, compiled first if it never was.
    ///
    /// # Errors
    /// When the pillar cannot be had at all.
    pub async fn pillar(self: &Arc<Self>) -> Result<Arc<Value>, Failure> {
        match self.known_pillar() {
            Some(pillar) => Ok(pillar),
            None => self.refresh_pillar().await,
        }
    }

    /// A desk for one job: present grains, the pillar in memory.
    #[must_use]
    pub fn desk(self: &Arc<Self>, job: Option<model::JobId>, cancel: tokio_util::sync::CancellationToken) -> Arc<Desk> {
        if job.is_some() {
            self.source.begin_job();
        }
        let loaded = self.loaded();
        let processes = job.and_then(|job| self.running.find(job)).map(|entry| entry.processes).unwrap_or_default();
        let facts = Facts {
            id: loaded.config.id.clone(),
            grains: self.grains(),
            pillar: self.known_pillar().unwrap_or_else(|| Arc::new(Value::map())),
            opts: self.opts(),
            env: loaded.config.saltenv.clone().unwrap_or_else(|| "base".to_owned()),
            job,
            cancel,
            processes,
            mask_pillar: false,
        };
        Desk::new(Arc::clone(self), facts)
    }
}

impl State {
    fn settle(&mut self) {
        let mut loaded = (*self.own).clone();
        if !loaded.is_local() {
            loaded.lay_over(&self.master);
        }
        let grains = self.grains.as_map().cloned().unwrap_or_default();
        self.opts = opts_with_grains(&loaded, &grains);
        self.loaded = Arc::new(loaded);
    }
}

fn opts_with_grains(loaded: &Loaded, grains: &Map) -> Arc<Value> {
    let mut opts = loaded.opts();
    opts.insert("grains", grains.clone());
    Arc::new(Value::Map(opts))
}
