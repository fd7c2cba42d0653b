//! Whom a target means: decided here, on the facts that minions have pushed.

use crate::core::{Core, refusal};
use crate::estate::groups::asset;
use crate::estate::view::state_of;
use crate::pillars;
use api::{Absent, Refused};
use cmdb::{HostState, Page, Reach};
use manager::Refusal;
use model::{KeyState, MinionId, Presence, Target, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use target::{Expression, Known, KnownAsset};
use value::Value;

/// Whom a target means.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// Minions with an accepted key that match, sorted.
    pub matched: Vec<MinionId>,
    /// Ids that were named outright and do not get the job.
    pub refused: Vec<Refused>,
}

/// Evaluates a target.
///
/// # Errors
/// When it is malformed, asks for what this master cannot know, or the store is away.
pub async fn resolve(core: &Core, target: &Target) -> Result<Resolved, Refusal> {
    let groups = crate::estate::groups::nodegroups(core);
    let expression = target::parse(target, &groups).map_err(|error| Refusal::invalid(error.to_string()))?;
    if expression.needs_store() {
        let message = "a target of the kind `data` stands in top files of states only: what a minion keeps is known to itself alone";
        return Err(Refusal::invalid(message));
    }
    let mut resolved = Resolved { matched: matching(core, &expression, core.keys.accepted()).await?, refused: Vec::new() };
    resolved.refused = refused(core, &expression);
    leave_alone(core, &mut resolved);
    Ok(resolved)
}

/// Those of some minions that match, on the facts that the master has of each.
///
/// # Errors
/// When the store is away.
pub async fn matching(core: &Core, expression: &Expression, minions: Vec<MinionId>) -> Result<Vec<MinionId>, Refusal> {
    let none = Value::map();
    let all = if expression.needs_grains() { all_grains(core).await? } else { BTreeMap::new() };
    let needs_pillar = expression.needs_pillar();
    if needs_pillar {
        pillars::complete(core, &minions).await;
    }
    let (needs_asset, now) = (expression.needs_asset(), Timestamp::now());
    let matches = |id: &MinionId| {
        let pillar = if needs_pillar { core.pillars.get(id) } else { None };
        let (grains, pillar) = (all.get(id).unwrap_or(&none), pillar.as_ref().unwrap_or(&none));
        let known = Known { id: id.as_str(), grains, pillar };
        match core.estate.host(id).filter(|_| needs_asset) {
            Some(host) => expression.matches(&KnownAsset { known, asset: &asset(core, &host, now) }),
            None => expression.matches(&known),
        }
    };
    Ok(minions.into_iter().filter(matches).collect())
}

/// Hosts in maintenance and retired ones get no job, whoever asks: they are told with the reason.
fn leave_alone(core: &Core, resolved: &mut Resolved) {
    let now = Timestamp::now();
    let mut left = Vec::new();
    resolved.matched.retain(|id| {
        let Some(host) = core.estate.host(id) else { return true };
        let until = || host.until.map(|until| format!(" until {}", until.in_words())).unwrap_or_default();
        let why = match state_of(&host, now) {
            HostState::Active => return true,
            HostState::Maintenance => format!("it is in maintenance{}", until()),
            HostState::Retired => "it is retired".to_owned(),
        };
        let reason = if host.about.reason.is_empty() { why } else { format!("{why}: {}", host.about.reason) };
        left.push(Refused { minion: id.to_string(), reason });
        false
    });
    resolved.refused.extend(left);
}

/// Ids of a list that have no accepted key, with the reason.
fn refused(core: &Core, expression: &Expression) -> Vec<Refused> {
    let named: BTreeSet<&String> = expression.named_ids().unwrap_or_default().iter().collect();
    let reason = |id: &str| {
        let Ok(id) = MinionId::new(id) else { return Some("this is no minion id".to_owned()) };
        match core.keys.get(&id).map(|known| known.state) {
            Some(KeyState::Accepted) => None,
            Some(state) => Some(format!("its key is {state}")),
            None => Some("no key of that id is known".to_owned()),
        }
    };
    named.into_iter().filter_map(|id| Some(Refused { minion: id.clone(), reason: reason(id)? })).collect()
}

/// The grains of all minions. They are read from the store for each such target: at ten thousand minions they would not fit into the memory
/// that a minion may take on the master.
async fn all_grains(core: &Core) -> Result<BTreeMap<MinionId, Value>, Refusal> {
    let mut grains = BTreeMap::new();
    let mut page = Page::first(1000);
    loop {
        let part = core.store.all_grains(&page).await.map_err(|error| refusal(&error))?;
        grains.extend(part.items.into_iter().map(|(id, map)| (id, Value::Map(map))));
        match part.next {
            Some(cursor) => page = Page::after(cursor, 1000),
            None => return Ok(grains),
        }
    }
}

/// Those of some minions that are away, since when and why.
///
/// # Errors
/// When the store is away.
pub async fn absent(core: &Core, minions: &[MinionId]) -> Result<Vec<Absent>, Refusal> {
    let away: BTreeSet<&MinionId> = minions.iter().filter(|id| !core.roster.is_online(id)).collect();
    if away.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = BTreeMap::new();
    let filter = cmdb::MinionFilter { reach: Reach::Offline, ..cmdb::MinionFilter::default() };
    let mut page = Page::first(Page::MAX);
    loop {
        let part = core.store.minions(&filter, &page).await.map_err(|error| refusal(&error))?;
        known.extend(part.items.into_iter().map(|minion| (minion.id, minion.presence)));
        match part.next {
            Some(cursor) => page = Page::after(cursor, Page::MAX),
            None => break,
        }
    }
    let absent = away.into_iter().map(|id| match known.get(id) {
        Some(Presence::Offline { since, reason }) => Absent { minion: id.clone(), since: Some(*since), reason: Some(reason.clone()) },
        _ => Absent { minion: id.clone(), since: None, reason: None },
    });
    Ok(absent.collect())
}
