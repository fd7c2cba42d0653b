//! Builds the parts of the master and owns their task tree.

use crate::bus::Bus;
use crate::clocks::Clocks;
use crate::config::{Loaded, MasterConfig};
use crate::control::Daemon;
use crate::core::Core;
use crate::estate::Estate;
use crate::facts::Facts;
use crate::gitfs::GitFs;
use crate::jobs::{Clerk, Collector, Desk, Patience, Tracker};
use crate::keys::{KeyGate, KeyRing};
use crate::lease::Lease;
use crate::logins::Logins;
use crate::pillar_sources::Refresher;
use crate::pillars::Pillars;
use crate::presence::PresenceTeller;
use crate::reactor::Reactor;
use crate::returners::{BadReturner, Couriers, Returners};
use crate::roster::Roster;
use crate::runners::Runs;
use crate::schedule::Scheduler;
use crate::sessions::Sessions;
use crate::settings::{BadSettings, Live, Settings};
use crate::stats::{Stats, StatsTeller};
use crate::store::{OpenStore, open};
use crate::trail::{Notary, Seal};
use crate::variables::Variables;
use crate::vault::Vault;
use ::daemon::{Ended, Parts, Signal, Signals, Stop, notify_ready, notify_reloading, notify_stopping};
use cmdb::{ProgressChange, Retention, Store};
use model::{Progress, Stage, Timestamp};
use net::{IdentityError, ListenConfig, ListenError, ListenLimits, MasterIdentity};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tracing::{error, info, warn};

/// Returns that may wait for the store; further ones stay with their minions.
const RETURNS: usize = 20_000;
/// Parts have so long to drain.
const DRAIN: Duration = Duration::from_secs(10);

/// The master cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder cannot be made.
    #[error("cannot make folder `{path}`")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key that signs the audit log, or that of secrets, cannot be used.
    #[error("cannot use the keys of the audit log and of secrets in `{path}`")]
    Seal {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    Settings(#[from] BadSettings),
    /// A returner cannot be used.
    #[error(transparent)]
    Returner(#[from] BadReturner),
    /// The CMDB cannot be opened.
    #[error("cannot open the CMDB")]
    Store(#[from] OpenStore),
    /// The CMDB cannot be read.
    #[error("cannot read the CMDB")]
    Read(#[from] cmdb::Error),
    /// The master's key cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// `interface` is no address.
    #[error("`interface` is `{0}`, which is no address; use one such as 0.0.0.0, :: or 192.0.2.7")]
    Interface(String),
    /// The port cannot be taken.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The socket for the command line cannot be made.
    #[error(transparent)]
    Serve(#[from] manager::ServeError),
    /// The API cannot be served over TCP.
    #[error(transparent)]
    Api(#[from] manager::ApiError),
    /// Signals cannot be handled.
    #[error("cannot handle signals")]
    Signals(#[source] std::io::Error),
    /// Something that cannot fail did.
    #[error("a task broke off")]
    Task(#[from] tokio::task::JoinError),
    /// A part failed or did not end.
    #[error(transparent)]
    Ended(#[from] Ended),
}

/// Runs the master until it is told to stop. `reload` reads the configuration again.
///
/// # Errors
/// When it cannot start, or a part of it fails.
pub async fn run(loaded: Loaded, logs: ::daemon::logs::Handle, reload: impl Fn() -> Result<Loaded, config::Error>) -> Result<(), Error> {
    let mut signals = Signals::listen().map_err(Error::Signals)?;
    let settings = Settings::new(loaded)?;
    let config = settings.config.clone();
    for (path, mode) in [(&config.cachedir, 0o700), (&config.pki_dir, 0o700), (&config.sock_dir, 0o755)] {
        let made = std::fs::DirBuilder::new().recursive(true).mode(mode).create(path);
        made.map_err(|source| Error::Folder { path: path.clone(), source })?;
    }
    let retention =
        Retention { jobs: config.keep_jobs_seconds.0, events: config.keep_events.0, grain_history: config.keep_grain_history.0 };
    let store = open(&config.store_url(), retention).await?;
    let lease = Lease::new(Arc::clone(&store), &config);
    if !standing_by(&lease, &mut signals).await {
        return Ok(());
    }
    let (pki, keysize) = (config.pki_dir.clone(), config.keysize);
    let identity = tokio::task::spawn_blocking(move || MasterIdentity::load_or_create(&pki, keysize)).await??;
    let key = identity.key.public().clone();

    let gate = KeyGate::default();
    let (listener, events) = net::listen(listen_config(&config)?, identity, Arc::new(gate.clone()))?;
    let address = listener.local_address();
    // Before the socket answers: who has an answer may read it.
    write_port(&config.cachedir, "port", address);

    let started = Timestamp::now();
    store.set_all_offline("the master was not running", started).await?;
    let (bus, keeper) = Bus::new(Arc::clone(&store), store.last_sequence().await?);
    let (returns, arrived) = mpsc::channel(RETURNS);
    let tracker = open_jobs(&*store, &config).await?;
    let estate = Arc::new(Estate::load(Arc::clone(&store)).await?);
    let (facts, registrar) = Facts::new(Arc::clone(&store), Arc::clone(&estate));
    let seal = Seal::load_or_create(&config.pki_dir).map_err(|source| Error::Seal { path: config.pki_dir.clone(), source })?;
    let vault = Vault::load_or_create(&config.pki_dir).map_err(|source| Error::Seal { path: config.pki_dir.clone(), source })?;
    let core = Arc::new(Core {
        me: OnceLock::new(),
        id: config.master_id(),
        key,
        started,
        address,
        estate,
        members: crate::estate::groups::Worked::default(),
        once: crate::estate::once::Once::default(),
        oidc: crate::oidc::Oidc::default(),
        devices: crate::people::Devices::default(),
        vault,
        seal,
        roster: Roster::default(),
        sessions: listener.sessions(),
        keys: KeyRing::load(&*store).await?,
        bus,
        pillars: Pillars::default(),
        variables: Arc::new(Variables::load(&*store).await?),
        logins: Logins::load(Arc::clone(&store), started).await?,
        couriers: Couriers::new(Returners::new(&config)?),
        runs: Runs::default(),
        jobs: Desk::new(tracker, store.last_job().await?, returns),
        functions: Arc::new(crate::functions::registry()),
        pauses: engine::Pauses::default(),
        refetch: tokio::sync::Notify::new(),
        stats: Stats::default(),
        clocks: Clocks::default(),
        rendering: Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)),
        store,
        live: Live::new(settings),
    });
    let _ = core.me.set(Arc::downgrade(&core));
    gate.open(Arc::clone(&core));

    let stop = Stop::new();
    let socket = config.sock_dir.join("master.sock");
    let server = manager::Server::bind(&socket, Arc::new(Daemon(Arc::clone(&core))))?;
    let api = match core.settings().api.clone() {
        Some(api) => Some(manager::ApiServer::bind(api, Arc::new(Daemon(Arc::clone(&core)))).await?),
        None => None,
    };
    let mut parts = Parts::new(stop.clone());
    parts.start("lease", lease.clone().run(stop.clone()));
    if let Some(api) = api {
        write_port(&config.cachedir, "api_port", api.address());
        crate::setup::offer(&core, &api.url()).await;
        parts.start("api", api.run(stop.clone()));
    }
    parts.start("events", keeper.run(stop.clone()));
    parts.start("facts", registrar.run(stop.clone()));
    parts.start("returns", Collector::new(Arc::clone(&core), arrived).run(stop.clone()));
    parts.start("returners", Couriers::run(Arc::clone(&core), stop.clone()));
    parts.start("jobs", Clerk::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("sessions", Sessions::new(Arc::clone(&core), facts, events).run(stop.clone()));
    parts.start("listener", listener.run(stop.clone()));
    parts.start("schedule", Scheduler::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("reactor", Reactor::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("gitfs", GitFs::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("git pillar", Refresher::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("presence", PresenceTeller::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("stats", StatsTeller::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("people", crate::oidc::watch::Watch::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("audit", Notary::new(Arc::clone(&core)).run(stop.clone()));
    parts.start("manager", server.run(stop.clone()));
    info!(%address, socket = %socket.display(), fingerprint = %core.key.fingerprint(), "the master is ready");
    notify_ready(&format!("listening at {address}"));

    let ended = {
        let finish = parts.finish(DRAIN);
        tokio::pin!(finish);
        loop {
            tokio::select! {
                ended = &mut finish => break ended,
                signal = signals.next() => match signal {
                    Signal::Stop => {
                        info!("told to stop");
                        notify_stopping();
                        stop.cancel();
                    }
                    Signal::Reload => {
                        notify_reloading();
                        read_again(&core, &logs, reload());
                        notify_ready(&format!("listening at {address}"));
                    }
                },
            }
        }
    };
    lease.give_back().await;
    core.store.close().await;
    ended.map_err(Error::from)
}

/// Waits for the lease; says whether it was had before the signal to stop.
async fn standing_by(lease: &Lease, signals: &mut Signals) -> bool {
    let waiting = lease.wait();
    tokio::pin!(waiting);
    loop {
        tokio::select! {
            () = &mut waiting => return true,
            signal = signals.next() => match signal {
                Signal::Stop => return false,
                // What is read now is read again when it serves.
                Signal::Reload => info!("this master stands by; it reads its configuration when it takes over"),
            },
        }
    }
}

fn listen_config(config: &MasterConfig) -> Result<ListenConfig, Error> {
    let address: IpAddr = config.interface.parse().map_err(|_| Error::Interface(config.interface.clone()))?;
    let mut listen = ListenConfig::at(SocketAddr::new(address, config.port));
    listen.limits = ListenLimits {
        connections: config.max_connections,
        large_messages: usize::try_from(config.large_messages.0).unwrap_or(usize::MAX),
        ..ListenLimits::default()
    };
    Ok(listen)
}

/// The jobs that were open when the master ended.
async fn open_jobs(store: &dyn Store, config: &MasterConfig) -> Result<Tracker, Error> {
    let mut tracker = Tracker::new(Patience { reconnect: config.reconnect_patience.0, silence: config.job_silence.0 });
    let mut of_job: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let (own, unfinished): (Vec<_>, Vec<_>) =
        store.unfinished().await?.into_iter().partition(|change| change.minion.as_str() == config.master_id());
    // Functions of the master itself that ran when it ended: nobody goes on with them.
    let reason = "the master ended while it ran";
    let lost = own.into_iter().map(|change| {
        let progress = Progress { stage: Stage::Lost, reason: Some(reason.to_owned()), since: Timestamp::now() };
        ProgressChange { progress, ..change }
    });
    store.set_progress(&lost.collect::<Vec<_>>()).await?;
    for change in unfinished {
        of_job.entry(change.job).or_default().push((change.minion, change.progress));
    }
    for (id, progress) in of_job {
        match store.job(id).await? {
            Some(job) => tracker.restore(job, progress, Timestamp::now()),
            None => warn!(job = %id, "a job is gone whose returns are still waited for"),
        }
    }
    Ok(tracker)
}

/// With port 0 nobody could know the port: it stands in a file beside the CMDB.
fn write_port(folder: &Path, name: &str, address: SocketAddr) {
    if let Err(error) = std::fs::write(folder.join(name), address.port().to_string()) {
        warn!(%error, "cannot write down the port");
    }
}

fn read_again(core: &Core, logs: &::daemon::logs::Handle, loaded: Result<Loaded, config::Error>) {
    let settings =
        loaded.map_err(|error| output::chain(&error)).and_then(|loaded| Settings::new(loaded).map_err(|error| output::chain(&error)));
    match settings {
        Ok(settings) => {
            if let Err(error) = logs.set_level(&settings.config.log_level) {
                warn!(%error, "the log level stays as it is");
            }
            core.live.replace(settings);
            core.pillars.clear();
            core.refetch.notify_one();
            info!("the configuration was read again");
        }
        Err(error) => error!(%error, "the configuration cannot be used, the old one stays"),
    }
}
