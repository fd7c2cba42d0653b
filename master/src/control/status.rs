//! The master at a glance.

use crate::core::Core;
use api::{Status, StoreStatus};
use model::KeyState;

/// The master at a glance.
pub async fn status(core: &Core) -> Status {
    let store = match core.store.health().await {
        Ok(health) => StoreStatus { kind: health.kind, reachable: true, problem: None },
        Err(error) => StoreStatus {
            kind: kind(&core.settings().config.store_url()).to_owned(),
            reachable: false,
            problem: Some(output::chain(&error)),
        },
    };
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        master: core.id.clone(),
        started: core.started,
        listen: core.address.to_string(),
        online: core.roster.len() as u64,
        accepted: core.keys.count(KeyState::Accepted) as u64,
        pending: core.keys.count(KeyState::Pending) as u64,
        active_jobs: core.jobs.tracker().open_jobs().count() as u64,
        store,
    }
}

fn kind(url: &str) -> &'static str {
    if url.starts_with("postgres") { "postgresql" } else { "sqlite" }
}
