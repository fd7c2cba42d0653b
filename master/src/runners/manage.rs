//! `manage.*`: who is there. A session is the proof of it, so nobody is asked.

use super::{Done, Run, Runner, plain};
use crate::control::Daemon;
use api::{ChangeKeys, KeyAction};
use manager::{Control, Refusal};
use model::{KeyState, MinionId};
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "manage.alived",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.allowed",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.down",
        arguments: &["removekeys", "tgt", "tgt_type", "timeout", "gather_job_timeout"],
        doc: "Minions with an accepted key that have no session; their keys go if asked.",
        body: |run| Box::pin(down(run)),
    },
    Runner {
        name: "manage.joined",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.list_not_state",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.list_state",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.not_alived",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.not_allowed",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.not_joined",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.not_present",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.not_reaped",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.present",
        arguments: &["subset", "show_ip"],
        doc: "Minions that have a session, of a subset and with their addresses if asked.",
        body: |run| Box::pin(shown(run, Reach::There)),
    },
    Runner {
        name: "manage.reaped",
        arguments: &["subset", "show_ip"],
        doc: "Minions with an accepted key that have no session.",
        body: |run| Box::pin(shown(run, Reach::Away)),
    },
    Runner {
        name: "manage.status",
        arguments: &["output", "tgt", "tgt_type", "timeout", "gather_job_timeout"],
        doc: "Minions that are there and that are not.",
        body: |run| Box::pin(status(run)),
    },
    Runner {
        name: "manage.up",
        arguments: &["tgt", "tgt_type", "timeout", "gather_job_timeout"],
        doc: "Minions that have a session.",
        body: |run| Box::pin(up(run)),
    },
    Runner { name: "manage.versions", arguments: &[], doc: "Versions of master and minions.", body: |run| Box::pin(versions(run)) },
];

/// Whom a list shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    There,
    Away,
}

async fn targeted(run: &Run) -> Result<Vec<MinionId>, Refusal> {
    Ok(crate::targets::resolve(&run.core, &run.arguments.target()?).await?.matched)
}

fn of(run: &Run, minions: &[MinionId], reach: Reach) -> Vec<MinionId> {
    minions.iter().filter(|id| run.core.roster.is_online(id) == (reach == Reach::There)).cloned().collect()
}

fn names(minions: &[MinionId]) -> Value {
    minions.iter().map(MinionId::as_str).collect()
}

async fn up(run: Run) -> Result<Done, Refusal> {
    plain(names(&of(&run, &targeted(&run).await?, Reach::There)))
}

async fn down(run: Run) -> Result<Done, Refusal> {
    let away = of(&run, &targeted(&run).await?, Reach::Away);
    if run.arguments.flag("removekeys") && !away.is_empty() {
        let change = ChangeKeys {
            action: KeyAction::Delete,
            minions: away.iter().map(ToString::to_string).collect(),
            states: vec![KeyState::Accepted],
            fingerprint: None,
            dry_run: false,
        };
        Daemon(run.core.clone()).change_keys(&run.caller, change).await?;
    }
    plain(names(&away))
}

async fn status(run: Run) -> Result<Done, Refusal> {
    let minions = targeted(&run).await?;
    let shown = [("up", Reach::There), ("down", Reach::Away)].map(|(name, reach)| (name, names(&of(&run, &minions, reach))));
    plain(Value::Map(Map::from_iter(shown)))
}

/// The many names that Salt gives to one question.
async fn shown(run: Run, reach: Reach) -> Result<Done, Refusal> {
    let mut minions = of(&run, &run.core.keys.accepted(), reach);
    if let Some(Value::List(subset)) = run.arguments.get("subset") {
        minions.retain(|id| subset.iter().any(|one| one.as_str() == Some(id.as_str())));
    }
    if !run.arguments.flag("show_ip") {
        return plain(names(&minions));
    }
    let address = |id: &MinionId| run.core.roster.get(id).map(|seat| seat.address.ip().to_string());
    plain(Value::Map(minions.iter().map(|id| (id.as_str(), Value::from(address(id)))).collect()))
}

/// Versions of master and minions, in the groups that Salt's users know.
async fn versions(run: Run) -> Result<Done, Refusal> {
    let ours = env!("CARGO_PKG_VERSION");
    let mut groups: [(&str, Map); 4] =
        ["Up to date", "Minion requires update", "Minion newer than master", "Minion offline"].map(|name| (name, Map::new()));
    let minions =
        crate::control::minions(&run.core, api::MinionFilter { limit: Some(cmdb::Page::MAX), ..api::MinionFilter::default() }).await?;
    for minion in minions.items {
        let group = match (&minion.presence, version(&minion.version).cmp(&version(ours))) {
            (model::Presence::Online { .. }, std::cmp::Ordering::Equal) => 0,
            (model::Presence::Online { .. }, std::cmp::Ordering::Less) => 1,
            (model::Presence::Online { .. }, std::cmp::Ordering::Greater) => 2,
            _ => 3,
        };
        if let Some((_, map)) = groups.get_mut(group) {
            map.insert(minion.id.as_str(), minion.version);
        }
    }
    let mut versions = Map::from_iter([("Master", ours)]);
    versions.extend(groups.into_iter().filter(|(_, map)| !map.is_empty()));
    plain(Value::Map(versions))
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
