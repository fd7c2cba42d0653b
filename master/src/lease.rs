//! Several masters on one database: one serves, the others stand by.
//!
//! Whoever serves holds a lease in the database and takes it again every few seconds. Numbers of events, standing jobs, schedules, reactions
//! and the roster of sessions thus have one owner, and nothing needs to be agreed upon between masters. One that stands by opens no port; it
//! takes over when the lease was given back or has run out. A master that finds its lease taken ends at once rather than write beside the
//! new one.

use crate::config::MasterConfig;
use ::daemon::Stop;
use cmdb::Store;
use model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// Name of the lease.
const NAME: &str = "master";
/// How long a lease lasts that is not taken again: what a database may be away before another master could take over.
const LASTS: Duration = Duration::from_secs(15);
/// How often it is taken again, or asked for.
const BEAT: Duration = Duration::from_secs(3);

/// The lease cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another master serves now.
    #[error("another master has taken over; this one ends, and stands by when it is started again")]
    Lost,
}

/// The lease of one master.
#[derive(Clone)]
pub struct Lease {
    store: Arc<dyn Store>,
    holder: String,
}

impl Lease {
    /// For a master: what it is by its host and folder, so that its lease is its own again after a crash.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: &MasterConfig) -> Self {
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
        Self { store, holder: format!("{} {host} {}", config.master_id(), config.cachedir.display()) }
    }

    /// Takes it, if it is free.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(&self) -> cmdb::Result<bool> {
        let now = Timestamp::now();
        self.store.take_lease(NAME, &self.holder, now.plus(LASTS), now).await
    }

    /// Waits until it is free and takes it. Standing by is told once, with who serves.
    pub async fn wait(&self) {
        let mut told = false;
        loop {
            match self.take().await {
                Ok(true) => return,
                Ok(false) if !told => {
                    told = true;
                    let holder = self.store.lease(NAME).await.ok().flatten().map(|(holder, _)| holder).unwrap_or_default();
                    info!(holder, "another master serves on this database; this one stands by");
                    ::daemon::notify_ready(&format!("standing by for {holder}"));
                }
                Ok(false) => {}
                Err(error) => warn!(error = %output::chain(&error), "the lease cannot be asked for"),
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Keeps it until `stop`, then gives it back.
    ///
    /// # Errors
    /// When another master has taken it.
    pub async fn run(self, stop: Stop) -> Result<(), LeaseError> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(BEAT) => {}
            }
            match self.take().await {
                Ok(true) => {}
                Ok(false) => return Err(LeaseError::Lost),
                // While the database is away nobody can take it either.
                Err(error) => warn!(error = %output::chain(&error), "the lease cannot be taken again yet"),
            }
        }
    }

    /// Gives it back, so that the next one need not wait. Only once nothing is written any more.
    pub async fn give_back(&self) {
        let now = Timestamp::now();
        if let Err(error) = self.store.take_lease(NAME, &self.holder, now, now).await {
            warn!(error = %output::chain(&error), "the lease was not given back and runs out by itself");
        }
    }
}
