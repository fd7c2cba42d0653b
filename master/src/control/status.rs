//! The master at a glance, and a look at the usual faults.

use crate::core::Core;
use api::{Finding, Level, Status, StoreStatus};
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

/// Looks at the usual faults.
pub async fn doctor(core: &Core) -> Vec<Finding> {
    let mut findings = Vec::new();
    let status = status(core).await;
    findings.push(match status.store.problem {
        None => finding("database", Level::Fine, format!("{} answers", status.store.kind), None),
        Some(problem) => finding("database", Level::Error, problem, Some("returns wait in the minions' spools until it is back")),
    });
    for (key, roots) in [("file_roots", &core.settings().config.file_roots), ("pillar_roots", &core.settings().config.pillar_roots)] {
        for folder in roots.values().flatten().filter(|folder| !folder.is_dir()) {
            let message = format!("folder `{}` of `{key}` is not there", folder.display());
            findings.push(finding(key, Level::Warning, message, Some("make the folder, or correct the configuration")));
        }
    }
    if core.settings().config.auto_accept {
        let message = "`auto_accept` lets everybody in who reaches the port".to_owned();
        findings.push(finding("keys", Level::Warning, message, Some("use join tokens (`sylvite key token`) instead")));
    }
    if status.pending > 0 {
        let message = format!("{} keys wait for a decision", status.pending);
        findings.push(finding(
            "keys",
            Level::Warning,
            message,
            Some("compare fingerprints (`sylvite key finger`) and accept or reject them"),
        ));
    }
    findings
}

fn finding(subject: &str, level: Level, message: String, hint: Option<&str>) -> Finding {
    Finding { subject: subject.to_owned(), level, message, hint: hint.map(str::to_owned) }
}

fn kind(url: &str) -> &'static str {
    if url.starts_with("postgres") { "postgresql" } else { "sqlite" }
}
