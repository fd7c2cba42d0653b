//! Hosts: listed, shown, changed one by one or many at once, forgotten; how their facts have changed.

use super::check::{Sight, not_archived, place_of};
use super::nouns::{require, sight};
use super::{list, view};
use crate::core::{Core, refusal};
use crate::policy::roles::place_of_host;
use crate::targets::matching;
use api::nouns::{Field, Kind, Noun};
use api::{ChangeHosts, FactChange, FactHistory, HostPatch, HostsChanged, Page};
use cmdb::{AuditEntry, Host, HostState, ObjectId};
use manager::{Caller, How, ListQuery, Listed, Refusal};
use model::{MinionId, Target, TargetKind, Timestamp};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::{Map, Value};

/// Fields that rows of hosts have.
const FIELDS: &[&str] = &[
    "id",
    "state",
    "until",
    "reason",
    "project",
    "project_name",
    "environment",
    "environment_name",
    "services",
    "labels",
    "tags",
    "custom",
    "notes",
    "facts",
    "online",
    "key",
    "status",
    "why",
    "version",
    "made",
    "changed",
    "changed_by",
];

fn not_there(id: &MinionId) -> Refusal {
    Refusal::not_found(format!("there is no host `{id}`")).with_hint("`sylvite host list` shows them; hosts appear with their first facts")
}

/// Whether a host may be looked at.
pub(super) fn sees(core: &Core, sight: &Sight, id: &MinionId) -> bool {
    sight.may("host", "read", &place_of_host(core, id))
}

/// Those of some hosts that a compound target means.
async fn meant(core: &Core, expression: &str, ids: Vec<MinionId>) -> Result<BTreeSet<MinionId>, Refusal> {
    let target = Target::new(TargetKind::Compound, expression);
    let expression = target::parse(&target, &super::groups::nodegroups(core)).map_err(|error| Refusal::invalid(error.to_string()))?;
    Ok(matching(core, &expression, ids).await?.into_iter().collect())
}

/// Hosts that the caller may see. The filter may hold a compound `target` beside fields.
///
/// # Errors
/// When the query makes no sense, or the store is away.
pub async fn hosts(core: &Core, caller: &Caller, mut query: ListQuery) -> Result<Listed, Refusal> {
    let sight = sight(core, caller).await?;
    let mut hosts: Vec<Arc<Host>> = core.estate.hosts().into_iter().filter(|host| sees(core, &sight, &host.id)).collect();
    if let Some(text) = query.filter.as_deref().filter(|text| text.contains("\"target\"")) {
        let mut filter: serde_json::Map<String, Json> =
            serde_json::from_str(text).map_err(|error| Refusal::invalid(format!("`filter` is JSON: {error}")))?;
        if let Some(target) = filter.remove("target") {
            let target = target.as_str().ok_or_else(|| Refusal::invalid("`target` is a text"))?.to_owned();
            let meant = meant(core, &target, hosts.iter().map(|host| host.id.clone()).collect()).await?;
            hosts.retain(|host| meant.contains(&host.id));
        }
        query.filter = Some(Json::Object(filter).to_string());
    }
    let now = Timestamp::now();
    let rows = hosts.iter().map(|host| view::host(core, host, now)).collect::<Result<Vec<_>, _>>()?;
    list::list(rows, &query, FIELDS)
}

/// One host.
///
/// # Errors
/// When there is none that the caller may see.
pub async fn host(core: &Core, caller: &Caller, id: &MinionId) -> Result<Json, Refusal> {
    let sight = sight(core, caller).await?;
    let host = core.estate.host(id).filter(|_| sees(core, &sight, id)).ok_or_else(|| not_there(id))?;
    view::host(core, &host, Timestamp::now())
}

/// What a patch names, looked up once for all hosts.
pub(super) struct Wanted {
    project: Option<Option<ObjectId>>,
    environment: Option<Option<ObjectId>>,
    services: Option<BTreeSet<ObjectId>>,
    fields: Vec<Field>,
}

/// Looks up what a patch names.
///
/// # Errors
/// When something is named that is not there, or a value does not fit.
pub(super) fn wanted(core: &Core, sight: &Sight, patch: &HostPatch) -> Result<Wanted, Refusal> {
    let find = |kind: Kind, word: &str| {
        let found = core.estate.find(kind, word).filter(|item| sight.sees(kind, &place_of(core, Some(&item.object.id), &item.noun)));
        let text = || format!("there is no {} `{word}`", kind.word());
        found.ok_or_else(|| Refusal::fields(text(), BTreeMap::from([(kind.word().to_owned(), text())])))
    };
    let one = |kind: Kind, word: &Option<String>| match word.as_deref() {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(word) => find(kind, word).map(|item| Some(Some(item.object.id.clone()))),
    };
    let project = one(Kind::Project, &patch.project)?;
    if let Some(project) = &project {
        not_archived(core, project.as_ref())?;
    }
    let services = patch.services.as_ref();
    let services = services.map(|words| words.iter().map(|word| find(Kind::Service, word).map(|item| item.object.id.clone())).collect());
    let items = core.estate.all(Kind::Field);
    let field = |item: &Arc<super::Item>| match &item.noun {
        Noun::Field(field) => Some(field.clone()),
        _ => None,
    };
    let fields: Vec<Field> = items.iter().filter_map(field).collect();
    for (key, value) in &patch.custom {
        let key = value::text::str(key);
        let field = fields.iter().find(|field| field.name == key);
        let why = match field {
            None => Some(format!("there is no custom field `{key}`")),
            Some(field) if value.is_null() => field.required.then(|| "it is required".to_owned()),
            Some(field) => field.refuses(value),
        };
        if let Some(why) = why {
            return Err(Refusal::fields(format!("`custom.{key}`: {why}"), BTreeMap::from([(format!("custom.{key}"), why)])));
        }
    }
    Ok(Wanted { project, environment: one(Kind::Environment, &patch.environment)?, services: services.transpose()?, fields })
}

/// A host after a patch.
fn patched(host: &Host, patch: &HostPatch, wanted: &Wanted) -> Result<Host, Refusal> {
    let mut next = host.clone();
    if let Some(state) = patch.state {
        next.state = match state {
            api::HostState::Active => HostState::Active,
            api::HostState::Maintenance => HostState::Maintenance,
            api::HostState::Retired => HostState::Retired,
        };
        // What was said of the state before does not hold for the new one.
        next.until = None;
        next.about.reason = String::new();
    }
    if let Some(until) = patch.until {
        next.until = Some(until);
    }
    if next.until.is_some() && next.state != HostState::Maintenance {
        return Err(Refusal::invalid("`until` says when maintenance ends; set `state` to `maintenance` with it"));
    }
    if let Some(reason) = &patch.reason {
        next.about.reason.clone_from(reason);
    }
    if let Some(project) = &wanted.project {
        next.project.clone_from(project);
    }
    if let Some(environment) = &wanted.environment {
        next.environment.clone_from(environment);
    }
    if let Some(services) = &wanted.services {
        next.about.services.clone_from(services);
    }
    for (label, value) in &patch.labels {
        let is_label =
            |text: &str| !text.is_empty() && text.len() <= 128 && !text.contains([':', '=']) && !text.chars().any(char::is_whitespace);
        match value {
            None => drop(next.about.labels.remove(label)),
            Some(value) if is_label(label) && value.len() <= 256 => drop(next.about.labels.insert(label.clone(), value.clone())),
            Some(_) => {
                return Err(Refusal::invalid(format!(
                    "`{label}` cannot be a label: no blank, `:` or `=`, 128 bytes at most, its value 256"
                )));
            }
        }
    }
    next.about.tags.extend(patch.add_tags.iter().cloned());
    next.about.tags.retain(|tag| !patch.remove_tags.contains(tag));
    for (key, value) in &patch.custom {
        let key = value::text::str(key);
        if value.is_null() {
            next.about.custom.remove(&key);
        } else {
            next.about.custom.insert(key, value.clone());
        }
    }
    if let Some(notes) = &patch.notes {
        next.about.notes.clone_from(notes);
    }
    if let Some(missing) = wanted.fields.iter().find(|field| field.required && !next.about.custom.contains_key(&field.name)) {
        let why = format!("the custom field `{}` is required", missing.name);
        return Err(Refusal::fields(why.clone(), BTreeMap::from([(format!("custom.{}", missing.name), why)])));
    }
    Ok(next)
}

/// What people say of a host, for the audit log.
fn told(host: &Host) -> Value {
    let mut told = Map::new();
    told.insert(
        "state",
        match host.state {
            HostState::Active => "active",
            HostState::Maintenance => "maintenance",
            HostState::Retired => "retired",
        },
    );
    told.insert("until", host.until.map(|until| until.to_string()));
    told.insert("project", host.project.as_ref().map(|id| id.0.as_str()));
    told.insert("environment", host.environment.as_ref().map(|id| id.0.as_str()));
    let about = serde_json::to_value(&host.about).and_then(serde_json::from_value).unwrap_or(Value::Null);
    told.insert("about", about);
    Value::Map(told)
}

/// Changes what is said of hosts: of all that are meant, or of none.
///
/// # Errors
/// When it makes no sense for one of them, may not be done, somebody was faster, or the store is away.
pub async fn change(core: &Core, caller: &Caller, change: ChangeHosts, how: &How) -> Result<HostsChanged, Refusal> {
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let mut ids = change.hosts;
    if let Some(unknown) = ids.iter().find(|id| core.estate.host(id).is_none() || !sees(core, &sight, id)) {
        return Err(not_there(unknown));
    }
    if let Some(target) = &change.target {
        let all = core.estate.hosts().iter().map(|host| host.id.clone()).filter(|id| sees(core, &sight, id)).collect();
        ids.extend(meant(core, target, all).await?);
    }
    let wanted = wanted(core, &sight, &change.patch)?;
    let now = Timestamp::now();
    let (mut hosts, mut entries) = (Vec::new(), Vec::new());
    for id in &ids {
        let host = core.estate.host(id).ok_or_else(|| not_there(id))?;
        if let Some(version) = how.version.filter(|version| *version != host.version) {
            let text = format!("the host `{id}` is at version {} by now, not {version}", host.version);
            return Err(Refusal::new(api::ErrorCode::Stale, text).with_hint(format!("{} has changed it; read it again", host.changed_by)));
        }
        if let Some((next, entry)) = step(core, caller, &host, &change.patch, &wanted, now).await? {
            hosts.push(next);
            entries.push(entry);
        }
    }
    within_quota(core, &hosts)?;
    let changed = hosts.iter().map(|host| host.id.clone()).collect();
    if !how.dry_run && !hosts.is_empty() {
        core.estate.put_hosts(hosts, &entries).await.map_err(|error| refusal(&error))?;
    }
    Ok(HostsChanged { matched: ids.len() as u64, changed })
}

/// What a patch makes of a host, and what is to be said of it; nothing when it is so already.
///
/// # Errors
/// When it makes no sense, or may not be done.
pub(super) async fn step(
    core: &Core,
    caller: &Caller,
    host: &Host,
    patch: &HostPatch,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Option<(Host, AuditEntry)>, Refusal> {
    let id = &host.id;
    require(core, caller, "host", "change", &place_of_host(core, id), id.as_str()).await?;
    let mut next = patched(host, patch, wanted)?;
    if next == *host {
        return Ok(None);
    }
    if next.project != host.project || next.environment != host.environment {
        // It goes elsewhere: that must be allowed there too.
        let place = crate::policy::roles::Place { project: next.project.clone(), environment: next.environment.clone(), host: None };
        require(core, caller, "host", "change", &place, id.as_str()).await?;
    }
    (next.version, next.changed, next.changed_by) = (host.version + 1, now, caller.name.clone());
    let detail = Map::from_iter([("before", told(host)), ("after", told(&next))]);
    let entry = core.entry(caller, "host.change", ("host", id.as_str()), "ok", Value::Map(detail));
    Ok(Some((next, entry)))
}

/// No project gets more hosts than it may have.
///
/// # Errors
/// When one would.
pub(super) fn within_quota(core: &Core, hosts: &[Host]) -> Result<(), Refusal> {
    let mut of: BTreeMap<&ObjectId, BTreeSet<&MinionId>> = BTreeMap::new();
    for host in hosts {
        if let Some(project) = &host.project {
            of.entry(project).or_default().insert(&host.id);
        }
    }
    for (project, new) in of {
        let Some(item) = core.estate.get(Kind::Project, &project.0) else { continue };
        let Noun::Project(noun) = &item.noun else { continue };
        let Some(most) = noun.max_hosts else { continue };
        let moves = |id: &MinionId| hosts.iter().any(|host| host.id == *id);
        let staying = core.estate.hosts().iter().filter(|host| host.project.as_ref() == Some(project) && !moves(&host.id)).count();
        let count = staying + new.len();
        if count > most as usize {
            let text = format!("the project `{}` may have {most} hosts and would have {count}", noun.name);
            return Err(Refusal::new(api::ErrorCode::Conflict, text).with_hint("its `max_hosts` says so"));
        }
    }
    Ok(())
}

/// Forgets a host that no longer has a key. Its jobs and returns stay.
///
/// # Errors
/// When it may not be done, or the store is away.
pub async fn forget(core: &Core, caller: &Caller, id: &MinionId, how: &How) -> Result<(), Refusal> {
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let host = core.estate.host(id).filter(|_| sees(core, &sight, id)).ok_or_else(|| not_there(id))?;
    require(core, caller, "host", "delete", &place_of_host(core, id), id.as_str()).await?;
    if core.keys.get(id).is_some_and(|known| known.state == model::KeyState::Accepted) {
        let text = format!("the key of `{id}` is accepted: the host would appear again with its next facts");
        return Err(Refusal::new(api::ErrorCode::Conflict, text).with_hint(format!("`sylvite key delete {id}` first")));
    }
    let mentions = core.estate.all(Kind::Relation).into_iter().filter(|item| match &item.noun {
        Noun::Relation(relation) => {
            [&relation.from, &relation.to].iter().any(|end| end.kind == api::nouns::RelationOf::Host && end.id == id.as_str())
        }
        _ => false,
    });
    let count = mentions.count();
    if count > 0 {
        return Err(Refusal::new(api::ErrorCode::Conflict, format!("the host `{id}` has {count} relations; delete them first")));
    }
    if how.dry_run {
        return Ok(());
    }
    let detail = Map::from_iter([("before", told(&host))]);
    let entry = core.entry(caller, "host.delete", ("host", id.as_str()), "ok", Value::Map(detail));
    core.estate.delete_hosts(std::slice::from_ref(id), &[entry]).await.map_err(|error| refusal(&error))
}

/// How facts of hosts have changed, newest first. Of hosts that the caller may not see nothing is told.
///
/// # Errors
/// When the store is away, or the cursor is none.
pub async fn history(core: &Core, caller: &Caller, ask: FactHistory) -> Result<Page<FactChange>, Refusal> {
    let sight = sight(core, caller).await?;
    let filter = cmdb::GrainFilter { minion: ask.host, path: ask.path, since: ask.since, until: ask.until };
    let limit = ask.limit.unwrap_or(100);
    let page = cmdb::Page { after: ask.cursor.map(cmdb::Cursor), limit };
    let part = core.store.grain_history(&filter, &page).await.map_err(|error| refusal(&error))?;
    let items = part.items.into_iter().filter(|change| sees(core, &sight, &change.minion));
    let items = items.map(|change| FactChange { host: change.minion, at: change.at, path: change.path, old: change.old, new: change.new });
    Ok(Page { items: items.collect(), next: part.next.map(|cursor| cursor.0) })
}
