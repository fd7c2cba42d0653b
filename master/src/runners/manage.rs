//! `manage.*`: who is there.

use crate::core::Core;
use manager::Refusal;
use model::MinionId;
use std::sync::Arc;
use value::{Map, Value};

fn ids(core: &Core, wanted: impl Fn(bool) -> bool) -> Value {
    core.keys.accepted().iter().filter(|id| wanted(core.roster.is_online(id))).map(MinionId::as_str).collect()
}

/// Minions that have a session.
pub fn up(core: &Core) -> Value {
    ids(core, |online| online)
}

/// Minions with an accepted key that have no session.
pub fn down(core: &Core) -> Value {
    ids(core, |online| !online)
}

/// Both.
pub fn status(core: &Core) -> Value {
    Value::Map(Map::from_iter([("up", up(core)), ("down", down(core))]))
}

/// Versions of master and minions, in the groups that Salt's users know.
pub async fn versions(core: &Arc<Core>) -> Result<Value, Refusal> {
    let ours = env!("CARGO_PKG_VERSION");
    let mut groups: [(&str, Map); 4] =
        ["Up to date", "Minion requires update", "Minion newer than master", "Minion offline"].map(|name| (name, Map::new()));
    let minions = crate::control::minions(core, api::MinionFilter { limit: Some(cmdb::Page::MAX), ..api::MinionFilter::default() }).await?;
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
    Ok(Value::Map(versions))
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
