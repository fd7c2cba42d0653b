//! The agent: builds its parts and owns their task tree.

use crate::beacons::Watch;
use crate::config::Loaded;
use crate::core::{Core, Look};
use crate::functions;
use crate::inbox::{self, Inbox};
use crate::jobs::Jobs;
use crate::remote::Remote;
use crate::schedule::Scheduler;
use crate::session::Session;
use crate::socket::{self, Socket};
use crate::source::Source;
use crate::spool::{self, Spool};
use ::daemon::{Ended, Parts, Signal, Signals, Stop, notify_ready, notify_reloading, notify_stopping};
use model::{BadId, Failure, Fingerprint, MinionId};
use net::{Backoff, DialConfig, DialEvent, DialHandle, Dialer, IdentityError, MasterOrder, Pin};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use value::Map;

/// Parts have so long to drain; jobs take part of it.
const DRAIN: Duration = Duration::from_secs(20);

/// The agent cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The id is no id.
    #[error("the id of this minion cannot be used; set `id` in the configuration")]
    Id(#[source] BadId),
    /// `master_finger` is no fingerprint.
    #[error("`master_finger` is `{0}`, which is no fingerprint; `sylvite key finger` on the master shows it")]
    Finger(String),
    /// A folder cannot be made.
    #[error("cannot make folder `{path}`")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Jobs on disk cannot be used.
    #[error(transparent)]
    Inbox(#[from] inbox::Error),
    /// Returns on disk cannot be used.
    #[error(transparent)]
    Spool(#[from] spool::Error),
    /// The socket for `salt-call` cannot be made.
    #[error(transparent)]
    Socket(#[from] socket::Error),
    /// The configuration names something that cannot be used.
    #[error("{0}")]
    Unusable(Failure),
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

/// Runs the agent until it is told to stop. `reload` reads the configuration again.
///
/// # Errors
/// When it cannot start, or a part of it fails.
pub async fn run(loaded: Loaded, logs: ::daemon::logs::Handle, reload: impl Fn() -> Result<Loaded, config::Error>) -> Result<(), Error> {
    let mut signals = Signals::listen().map_err(Error::Signals)?;
    let minion = MinionId::new(&loaded.config.id).map_err(Error::Id)?;
    for unmet in loaded.config.unmet() {
        tracing::warn!("{unmet}");
    }
    for path in [&loaded.config.cachedir, &loaded.config.spool_folder()] {
        make_private(path)?;
    }
    let spool_folder = loaded.config.spool_folder();
    let (inbox, spool, recovered) = tokio::task::spawn_blocking(move || {
        let (inbox, recovered) = Inbox::open(&spool_folder)?;
        let spool = Spool::open(&spool_folder.join("returns"))?;
        Ok::<_, Error>((inbox, spool, recovered))
    })
    .await??;

    let connection = connect(&loaded, minion.clone()).await?;
    let config = loaded.config.clone();
    let core = core_of(loaded, connection.link.clone()).await?;
    let socket = Socket::bind(Arc::clone(&core), &socket::path(&config))?;
    let jobs = Arc::new(Jobs {
        core: Arc::clone(&core),
        inbox: Arc::new(inbox),
        spool: Arc::new(spool),
        link: connection.link,
        minion: minion.clone(),
        places: Arc::new(Semaphore::new(config.places())),
        own: tokio::sync::Mutex::new(()),
    });

    let stop = Stop::new();
    // The connection outlives the session, so that returns of the last jobs still leave.
    let hang_up = Stop::new();
    let scheduler = Scheduler::new(Arc::clone(&jobs));
    let session = Session::new(jobs, connection.events);
    let mut parts = Parts::new(stop.clone());
    parts.start("connection", connection.dialer.run(hang_up.clone()));
    parts.start("socket", socket.run(stop.clone()));
    parts.start("schedule", scheduler.run(stop.clone()));
    parts.start("beacons", Watch::new(Arc::clone(&core)).run(stop.clone()));
    let ending = stop.clone();
    parts.start("session", async move {
        let ended = session.run(recovered, ending).await;
        hang_up.cancel();
        ended
    });
    tracing::info!(%minion, masters = %config.master.join(", "), "the minion is ready");
    notify_ready("not connected");

    let finish = parts.finish(DRAIN);
    tokio::pin!(finish);
    loop {
        tokio::select! {
            ended = &mut finish => break ended.map_err(Error::from),
            signal = signals.next() => match signal {
                Signal::Stop => {
                    tracing::info!("told to stop");
                    notify_stopping();
                    stop.cancel();
                }
                Signal::Reload => {
                    notify_reloading();
                    read_again(&core, &logs, reload()).await;
                    notify_ready("configuration read again");
                }
            },
        }
    }
}

/// The parts of a connection, before anything runs.
pub(crate) struct Connection {
    pub dialer: Dialer,
    pub link: DialHandle,
    pub events: mpsc::Receiver<DialEvent>,
}

/// Prepares the connection to the configured masters with this minion's key, which is made at the first start.
pub(crate) async fn connect(loaded: &Loaded, minion: MinionId) -> Result<Connection, Error> {
    let config = &loaded.config;
    let (folder, bits) = (config.pki_dir.clone(), usize::try_from(config.keysize).unwrap_or(3072));
    let key = tokio::task::spawn_blocking(move || net::load_or_create_key(&folder, "minion", bits)).await??;
    let finger = match config.master_finger.as_str() {
        "" => None,
        text => Some(text.parse::<Fingerprint>().map_err(|_| Error::Finger(text.to_owned()))?),
    };
    let pin = Pin { file: config.pki_dir.join("minion_master.pub"), finger };
    let mut dial = DialConfig::new("", minion, key, pin);
    dial.masters = config.master.iter().map(|master| with_port(master, config.master_port)).collect();
    dial.order = if config.random_master { MasterOrder::Shuffled } else { MasterOrder::AsListed };
    dial.join_token = config.join_token.clone();
    if !config.autosign_grains.is_empty() {
        let loaded = loaded.clone();
        dial.autosign_grains = tokio::task::spawn_blocking(move || autosign(&loaded)).await?;
    }
    dial.version = env!("CARGO_PKG_VERSION").to_owned();
    dial.backoff = Backoff { first: config.recon_default.0, most: config.recon_max.0 };
    dial.request = config.request_timeout.0;
    let (dialer, link, events) = net::dial(dial);
    Ok(Connection { dialer, link, events })
}

/// The address of a master, with the configured port where it names none.
pub(crate) fn with_port(master: &str, port: u16) -> String {
    let has_port = match master.rsplit_once(':') {
        // More than one colon without brackets is an address of IPv6.
        Some((host, tail)) => tail.parse::<u16>().is_ok() && (host.ends_with(']') || !host.contains(':')),
        None => false,
    };
    match (has_port, master.contains(':') && !master.starts_with('[')) {
        (true, _) => master.to_owned(),
        (false, true) => format!("[{master}]:{port}"),
        (false, false) => format!("{master}:{port}"),
    }
}

/// The core of an agent with a session.
pub(crate) async fn core_of(loaded: Loaded, link: DialHandle) -> Result<Arc<Core>, Error> {
    let runtime = Handle::current();
    let source = if loaded.is_local() {
        Source::local(&loaded).map_err(Error::Unusable)?.with_link(link)
    } else {
        let files = Remote::new(link.clone(), runtime.clone(), &loaded.config.cachedir);
        Source::master(link, files)
    };
    // Looking at the host runs programs and reads files.
    tokio::task::spawn_blocking(move || Core::new(loaded, functions::registry(), source, runtime, Look::Full))
        .await?
        .map_err(Error::Unusable)
}

fn make_private(path: &std::path::Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| Error::Folder { path: path.to_owned(), source })
}

async fn read_again(core: &Arc<Core>, logs: &::daemon::logs::Handle, loaded: Result<Loaded, config::Error>) {
    match loaded {
        Ok(loaded) => {
            if let Err(error) = logs.set_level(&loaded.config.log_level) {
                tracing::warn!(%error, "the log level stays as it is");
            }
            let core = Arc::clone(core);
            let done = tokio::task::spawn_blocking(move || {
                core.reconfigure(loaded);
                core.refresh_grains();
                core.grains_changed.notify_one();
            });
            if done.await.is_ok() {
                tracing::info!("the configuration was read again");
            }
        }
        Err(error) => tracing::error!(error = %output::chain(&error), "the configuration cannot be used, the old one stays"),
    }
}

/// Grains that go with the first contact.
fn autosign(loaded: &Loaded) -> Map {
    let grains = crate::gather::grains(loaded);
    loaded.config.autosign_grains.iter().filter_map(|name| Some((name.as_str(), grains.get(name)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_without_a_port_gets_the_configured_one() {
        let of = |master: &str| with_port(master, 4515);
        assert_eq!(of("salt"), "salt:4515");
        assert_eq!(of("salt:80"), "salt:80");
        assert_eq!(of("10.0.0.1"), "10.0.0.1:4515");
        assert_eq!(of("2001:db8::1"), "[2001:db8::1]:4515");
        assert_eq!(of("[2001:db8::1]:80"), "[2001:db8::1]:80");
        assert_eq!(of("[2001:db8::1]"), "[2001:db8::1]:4515");
    }
}
