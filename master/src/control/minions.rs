//! Minions: listed, shown, and the history of their grains.

use crate::core::{Core, refusal};
use crate::targets::resolve;
use api::{GrainChange, GrainFilter, MinionFilter, MinionSummary, MinionView, Page};
use manager::Refusal;
use model::{MinionId, Presence};
use std::collections::{BTreeMap, BTreeSet};
use value::Map;

/// Minions of one answer unless asked otherwise.
const USUAL: usize = 1_000;

/// Minions by id: those with a key and those that have ever been here.
///
/// # Errors
/// When the target is malformed, or the store is away.
pub async fn list(core: &Core, filter: MinionFilter) -> Result<Page<MinionSummary>, Refusal> {
    let known = known(core).await?;
    let meant: Option<BTreeSet<MinionId>> = match filter.as_target() {
        Some(target) => Some(resolve(core, &target).await?.matched.into_iter().collect()),
        None => None,
    };
    let mut ids: BTreeSet<MinionId> = known.keys().cloned().collect();
    ids.extend(core.keys.accepted());
    let limit = filter.limit.map_or(USUAL, |limit| limit.clamp(1, cmdb::Page::MAX) as usize);
    let after = filter.cursor.unwrap_or_default();
    let mut items = Vec::new();
    for id in ids {
        let is_online = core.roster.is_online(&id);
        let fits = filter.online.is_none_or(|wanted| wanted == is_online) && meant.as_ref().is_none_or(|meant| meant.contains(&id));
        if !fits || id.as_str() <= after.as_str() {
            continue;
        }
        if items.len() == limit {
            let next = items.last().map(|minion: &MinionSummary| minion.id.to_string());
            return Ok(Page { items, next });
        }
        items.push(shown(core, &id, known.get(&id)).await?);
    }
    Ok(Page { items, next: None })
}

async fn known(core: &Core) -> Result<BTreeMap<MinionId, cmdb::MinionSummary>, Refusal> {
    let mut known = BTreeMap::new();
    let mut page = cmdb::Page::first(cmdb::Page::MAX);
    loop {
        let part = core.store.minions(&cmdb::MinionFilter::default(), &page).await.map_err(|error| refusal(&error))?;
        known.extend(part.items.into_iter().map(|minion| (minion.id.clone(), minion)));
        match part.next {
            Some(cursor) => page = cmdb::Page::after(cursor, cmdb::Page::MAX),
            None => return Ok(known),
        }
    }
}

async fn shown(core: &Core, id: &MinionId, known: Option<&cmdb::MinionSummary>) -> Result<MinionSummary, Refusal> {
    let grains = match known.and_then(|known| known.grains_at) {
        Some(_) => core.store.grains(id).await.map_err(|error| refusal(&error))?.unwrap_or_default(),
        None => Map::new(),
    };
    let stored = known.map_or(Presence::Never, |known| known.presence.clone());
    Ok(MinionSummary {
        id: id.clone(),
        presence: presence(core, id, stored),
        key: core.keys.get(id).map(|known| known.state),
        version: known.map(|known| known.version.clone()).unwrap_or_default(),
        os: ["osfinger", "os"].into_iter().find_map(|name| grains.get(name)?.as_str()).unwrap_or_default().to_owned(),
        grains_at: known.and_then(|known| known.grains_at),
    })
}

/// The roster knows who is here now; the store knows since when the others are not.
fn presence(core: &Core, id: &MinionId, stored: Presence) -> Presence {
    match core.roster.get(id) {
        Some(seat) => Presence::Online { since: seat.since, address: seat.address.to_string() },
        None => stored,
    }
}

/// A minion with its grains.
///
/// # Errors
/// When there is no such minion, or the store is away.
pub async fn view(core: &Core, id: &MinionId) -> Result<MinionView, Refusal> {
    let stored = core.store.minion(id).await.map_err(|error| refusal(&error))?;
    let key = core.keys.get(id).map(|known| known.state);
    if stored.is_none() && key.is_none() {
        return Err(Refusal::not_found(format!("no minion `{id}` is known")).with_hint("see `sylvite minion list` and `sylvite key list`"));
    }
    let (grains, version, grains_at, stored) = match stored {
        Some(minion) => (minion.grains, minion.version, minion.grains_at, minion.presence),
        None => (Map::new(), String::new(), None, Presence::Never),
    };
    let os = ["osfinger", "os"].into_iter().find_map(|name| grains.get(name)?.as_str()).unwrap_or_default().to_owned();
    let minion = MinionSummary { id: id.clone(), presence: presence(core, id, stored), key, version, os, grains_at };
    Ok(MinionView { minion, grains })
}

/// Changes of a minion's grains, newest first.
///
/// # Errors
/// When the store is away.
pub async fn grain_history(core: &Core, id: &MinionId, filter: GrainFilter) -> Result<Vec<GrainChange>, Refusal> {
    let stored = cmdb::GrainFilter { minion: Some(id.clone()), path: filter.path, since: None, until: None };
    let page = cmdb::Page::first(filter.limit.unwrap_or(100));
    let part = core.store.grain_history(&stored, &page).await.map_err(|error| refusal(&error))?;
    let shown = part.items.into_iter().map(|change| GrainChange { at: change.at, path: change.path, old: change.old, new: change.new });
    Ok(shown.collect())
}
