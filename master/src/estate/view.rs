//! How objects and hosts are shown.

use crate::core::Core;
use crate::estate::Item;
use api::nouns::{Kind, Role};
use cmdb::{Host, HostState, Object};
use manager::Refusal;
use model::{Presence, Timestamp};
use serde_json::{Map as Json, Value, json};

/// Fields of every object beside its own.
pub const HEAD: &[&str] = &["id", "version", "made", "made_by", "changed", "changed_by", "builtin"];

/// Something as JSON.
///
/// # Errors
/// When it cannot be written as such, which is a fault of this program.
pub fn json_of(value: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|error| Refusal::internal(format!("it cannot be written as JSON: {error}")))
}

/// An object as the API shows it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn object(item: &Item) -> Result<Value, Refusal> {
    let Object { id, version, made, made_by, changed, changed_by, .. } = &item.object;
    let mut shown = json!({
        "id": id.0, "version": version, "made": made.to_string(), "made_by": made_by, "changed": changed.to_string(),
        "changed_by": changed_by, "builtin": false,
    });
    merge(&mut shown, item.noun.write().map_err(|error| Refusal::internal(error.to_string()))?);
    Ok(shown)
}

/// A role that comes with this program.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn builtin(role: &Role) -> Result<Value, Refusal> {
    let mut shown = json!({
        "id": role.name, "version": 1, "made": Timestamp(0).to_string(), "made_by": "sylvite", "changed": Timestamp(0).to_string(),
        "changed_by": "sylvite", "builtin": true,
    });
    merge(&mut shown, json_of(role)?);
    Ok(shown)
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// The state a host is in now: maintenance ends by itself.
#[must_use]
pub fn state_of(host: &Host, now: Timestamp) -> HostState {
    match (host.state, host.until) {
        (HostState::Maintenance, Some(until)) if until <= now => HostState::Active,
        (state, _) => state,
    }
}

/// The word for it.
#[must_use]
pub fn state_word(host: &Host, now: Timestamp) -> &'static str {
    match state_of(host, now) {
        HostState::Active => "active",
        HostState::Maintenance => "maintenance",
        HostState::Retired => "retired",
    }
}

/// A host as the API shows it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn host(core: &Core, host: &Host, now: Timestamp) -> Result<Value, Refusal> {
    let presence = core.roster.get(&host.id).map(|seat| Presence::Online { since: seat.since, address: seat.address.to_string() });
    let is_online = presence.is_some();
    let state = state_of(host, now);
    let (level, why) = status(state, is_online, host);
    let key = core.keys.get(&host.id).map(|known| known.state.to_string());
    let mut shown = Json::new();
    for (field, value) in [
        ("id", json!(host.id.as_str())),
        ("state", json!(state_word(host, now))),
        ("until", json!(host.until.filter(|_| state == HostState::Maintenance).map(|until| until.to_string()))),
        ("reason", json!(host.about.reason)),
        ("project", json!(host.project.as_ref().map(|id| &id.0))),
        ("project_name", json!(host.project.as_ref().map(|id| core.estate.name_of(Kind::Project, &id.0)))),
        ("environment", json!(host.environment.as_ref().map(|id| &id.0))),
        ("environment_name", json!(host.environment.as_ref().map(|id| core.estate.name_of(Kind::Environment, &id.0)))),
        ("services", json!(host.about.services.iter().map(|id| &id.0).collect::<Vec<_>>())),
        ("labels", json!(host.about.labels)),
        ("tags", json!(host.about.tags)),
        ("custom", json_of(&host.about.custom)?),
        ("notes", json!(host.about.notes)),
        ("facts", json_of(&host.facts)?),
        ("online", json!(is_online)),
        ("key", json!(key)),
        ("status", json!(level)),
        ("why", json!(why)),
        ("version", json!(host.version)),
        ("made", json!(host.made.to_string())),
        ("changed", json!(host.changed.to_string())),
        ("changed_by", json!(host.changed_by)),
    ] {
        shown.insert(field.to_owned(), value);
    }
    Ok(Value::Object(shown))
}

/// One word for how a host is, with its reason.
fn status(state: HostState, is_online: bool, host: &Host) -> (&'static str, String) {
    let because = |text: &str| {
        let reason = &host.about.reason;
        if reason.is_empty() { text.to_owned() } else { format!("{text}: {reason}") }
    };
    match (state, is_online) {
        (HostState::Retired, _) => ("grey", because("retired")),
        (HostState::Maintenance, _) => ("blue", because("in maintenance")),
        (HostState::Active, true) => ("green", String::new()),
        (HostState::Active, false) => ("red", "it has no connection".to_owned()),
    }
}
