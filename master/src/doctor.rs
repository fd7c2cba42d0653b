//! The usual faults of a master, looked for where they happen, each with the way out.

use crate::control::{minions, status};
use crate::core::Core;
use api::{Finding, KeyFilter, Level, MinionFilter, MinionSummary};
use model::{KeyState, Timestamp};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Less than this part of a disk free is too little to go on.
const SCARCE: f64 = 0.01;
/// Less than this part is worth a look.
const SHORT: f64 = 0.05;
/// What the CMDB holds from the future by less than this was written a moment ago.
const PATIENCE: i64 = 60_000_000;
/// Names that one finding lists.
const NAMED: usize = 5;

/// Looks at everything.
pub async fn look(core: &Core) -> Vec<Finding> {
    let config = core.settings().config.clone();
    let mut findings = Vec::new();
    let status = status(core).await;
    findings.push(match &status.store.problem {
        None => fine("database", format!("{} answers", status.store.kind)),
        Some(problem) => error("database", problem.clone(), "returns wait in the minions' spools until it is back"),
    });
    findings.push(name(&core.id));
    findings.push(port(core.address));
    findings.extend(disk(&[config.cachedir.clone(), config.pki_dir.clone()]));
    findings.push(clock(core).await);
    findings.extend(clocks(core));
    findings.extend(keys(core, status.pending, config.auto_accept, &config.pki_dir).await);
    match minions(core, MinionFilter { limit: Some(cmdb::Page::MAX), ..MinionFilter::default() }).await {
        Ok(page) => findings.push(versions(&page.items, env!("CARGO_PKG_VERSION"))),
        Err(refusal) => findings.push(error("version", refusal.to_string(), "the database has to answer first")),
    }
    if config.external_auth.contains_key("auto") {
        let message = "`external_auth` names `auto`, which lets everybody in under any name".to_owned();
        findings.push(error("logins", message, "take it out: it is for tests alone; accounts of this master are the backend `sylvite`"));
    }
    for (key, roots) in [("file_roots", &config.file_roots), ("pillar_roots", &config.pillar_roots)] {
        for folder in roots.values().flatten().filter(|folder| !folder.is_dir()) {
            let message = format!("folder `{}` of `{key}` is not there", folder.display());
            findings.push(warning(key, message, "make the folder, or correct the configuration"));
        }
    }
    findings
}

fn name(id: &str) -> Finding {
    if id.starts_with("localhost") {
        let hint = "give the host a name (`hostnamectl set-hostname`), or set `id` in the configuration";
        return warning("name", format!("this master is `{id}`, as every master without a name of its own is"), hint);
    }
    fine("name", format!("this master is `{id}`"))
}

fn port(address: std::net::SocketAddr) -> Finding {
    if address.ip().is_loopback() {
        let message = format!("minions are taken at {address}, which only this machine reaches");
        return warning("port", message, "set `interface` to 0.0.0.0 (all addresses) or to one of this host");
    }
    fine("port", format!("minions are taken at {address}"))
}

/// Room on the disks of these folders.
fn disk(places: &[PathBuf]) -> Vec<Finding> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for place in places {
        let device = std::fs::metadata(place).map(|meta| meta.dev()).ok();
        if seen.contains(&device) {
            continue;
        }
        seen.push(device);
        findings.push(match nix::sys::statvfs::statvfs(place) {
            Ok(stat) => room(place, stat.blocks() * stat.fragment_size(), stat.blocks_available() * stat.fragment_size()),
            Err(errno) => error("disk", format!("`{}`: {errno}", place.display()), "the folder is needed; mount it or make it"),
        });
    }
    findings
}

fn room(place: &Path, whole: u64, free: u64) -> Finding {
    #[expect(clippy::cast_precision_loss, reason = "a part of a disk need not be exact")]
    let part = if whole == 0 { 1.0 } else { free as f64 / whole as f64 };
    let message = format!("{} MiB free ({:.0} %) at `{}`", free >> 20, part * 100.0, place.display());
    let hint = "free some room, or keep less: `keep_jobs_seconds`, `keep_events`, `keep_grain_history`";
    if part < SCARCE {
        error("disk", message, hint)
    } else if part < SHORT {
        warning("disk", message, hint)
    } else {
        fine("disk", message)
    }
}

/// The clock of this machine: what is in the CMDB cannot come from the future.
async fn clock(core: &Core) -> Finding {
    let now = Timestamp::now();
    let newest = core.store.last_job().await.ok().flatten().map(model::JobId::made);
    let ahead = newest.map_or(0, |newest| newest.micros() - now.micros());
    if ahead > PATIENCE {
        let message = format!("the clock went back: the newest job in the database is from {} s in the future", ahead / 1_000_000);
        return error("clock", message, "set the clock, and let a time service keep it (systemd-timesyncd, chrony)");
    }
    fine("clock", "it has not gone back".to_owned())
}

/// Clocks of minions.
fn clocks(core: &Core) -> Option<Finding> {
    let wrong = core.clocks.wrong();
    let told = wrong.iter().map(|(minion, micros)| {
        let way = if *micros > 0 { "fast" } else { "slow" };
        format!("{minion} {} s {way}", micros.abs() / 1_000_000)
    });
    let list = listed(told.collect())?;
    let hint = "set their clocks, and let a time service keep them (systemd-timesyncd, chrony)";
    Some(warning("clock", format!("clocks of minions do not agree with this one: {list}"), hint))
}

async fn keys(core: &Core, pending: u64, auto_accept: bool, pki: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in ["master.pem", "api.key"].map(|name| pki.join(name)) {
        let mode = std::fs::metadata(&key).map(|meta| meta.permissions().mode() & 0o777).unwrap_or_default();
        if mode & 0o077 != 0 {
            let message = format!("others can read the private key `{}` (mode {mode:o})", key.display());
            findings.push(error("keys", message, &format!("`chmod 600 {}`", key.display())));
        }
    }
    if auto_accept {
        let message = "`auto_accept` lets everybody in who reaches the port".to_owned();
        findings.push(warning("keys", message, "use join tokens (`sylvite key token`) instead"));
    }
    if pending > 0 {
        let hint = "compare fingerprints (`sylvite key finger`) and accept or reject them";
        findings.push(warning("keys", format!("{pending} keys wait for a decision"), hint));
    }
    // A denied key stands beside the one that holds its id.
    let filter = KeyFilter { state: Some(KeyState::Denied), ..KeyFilter::default() };
    let denied = crate::control::keys::list(core, &filter).await.map_or(0, |keys| keys.len());
    if denied > 0 {
        let hint = "`sylvite key list --state denied` shows them; a machine that was set up anew needs its old key deleted (`sylvite key delete ID`)";
        findings.push(warning("keys", format!("{denied} keys were denied: their ids belong to other keys"), hint));
    }
    if findings.is_empty() {
        findings.push(fine("keys", format!("{} accepted, none waits", core.keys.count(KeyState::Accepted))));
    }
    findings
}

/// Agents of another version than the master.
fn versions(minions: &[MinionSummary], own: &str) -> Finding {
    let mut others: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for minion in minions {
        let version = minion.version.as_str();
        if version != own && !version.is_empty() {
            others.entry(version).or_default().push(minion.id.to_string());
        }
    }
    let told = others.into_iter().map(|(version, ids)| format!("{version}: {}", listed(ids).unwrap_or_default())).collect::<Vec<_>>();
    if told.is_empty() {
        return fine("version", format!("every agent is {own}, as this master"));
    }
    let hint = "bring them to the master's version; the master goes first in an upgrade";
    warning("version", format!("this master is {own}, and there are agents of {}", told.join("; ")), hint)
}

/// The first names of a list, and how many more there are.
fn listed(names: Vec<String>) -> Option<String> {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(shown),
        (false, more) => Some(format!("{shown} and {more} more")),
    }
}

fn fine(subject: &str, message: String) -> Finding {
    Finding { subject: subject.to_owned(), level: Level::Fine, message, hint: None }
}

fn warning(subject: &str, message: String, hint: &str) -> Finding {
    Finding { subject: subject.to_owned(), level: Level::Warning, message, hint: Some(hint.to_owned()) }
}

fn error(subject: &str, message: String, hint: &str) -> Finding {
    Finding { level: Level::Error, ..warning(subject, message, hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_only_this_machine_reaches_and_a_name_that_all_have_are_told() {
        assert_eq!(port("127.0.0.1:4515".parse().unwrap()).level, Level::Warning);
        assert_eq!(port("0.0.0.0:4515".parse().unwrap()).level, Level::Fine);
        assert_eq!((name("localhost_master").level, name("salt_master").level), (Level::Warning, Level::Fine));
    }

    #[test]
    fn a_disk_is_short_of_room_before_it_is_full() {
        let level = |free: u64| room(Path::new("/x"), 1000 << 20, free << 20).level;
        assert_eq!([level(500), level(30), level(5)], [Level::Fine, Level::Warning, Level::Error]);
    }

    #[test]
    fn long_lists_are_cut() {
        let names = |count: usize| (0..count).map(|at| format!("m{at}")).collect::<Vec<_>>();
        assert_eq!(listed(names(0)), None);
        assert_eq!(listed(names(2)).unwrap(), "m0, m1");
        assert_eq!(listed(names(7)).unwrap(), "m0, m1, m2, m3, m4 and 2 more");
    }
}
