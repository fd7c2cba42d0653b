//! User variables: values that operators keep in the CMDB for all minions, for a group, or for one, and that are part of the pillar.
//!
//! All of them stand in memory, so that a pillar costs no question to the store: one master serves at a time, and every change goes through
//! it. Minions that a change is for are told to ask for their pillar again at once.

use crate::core::{Core, refusal};
use api::ErrorCode;
use cmdb::{Page, Scope, Store, Variable, VariableChange};
use manager::{Caller, Refusal};
use model::{MinionId, Target, TargetKind, Timestamp, nearest};
use pillar::{Ask, External};
use proto::{Refresh, ToMinion};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use tracing::info;
use value::{Lists, Map, Strategy, Value, merge};

/// Longest name.
const LONGEST: usize = 200;

/// The variables of one scope, by name.
type Layer = BTreeMap<String, Variable>;

/// All variables, as they are in the store.
#[derive(Default)]
pub struct Variables(RwLock<BTreeMap<Scope, Layer>>);

impl Variables {
    /// Reads them from the store.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn load(store: &dyn Store) -> cmdb::Result<Self> {
        let variables = Self::default();
        variables.read_again(store).await?;
        Ok(variables)
    }

    async fn read_again(&self, store: &dyn Store) -> cmdb::Result<()> {
        let mut all: BTreeMap<Scope, Layer> = BTreeMap::new();
        let mut page = Page::first(Page::MAX);
        loop {
            let part = store.variables(&page).await?;
            for variable in part.items {
                all.entry(variable.scope.clone()).or_default().insert(variable.name.clone(), variable);
            }
            match part.next {
                Some(cursor) => page = Page::after(cursor, Page::MAX),
                None => break,
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    /// The variables of some scopes, in their order.
    #[must_use]
    pub fn of(&self, scopes: &[Scope]) -> Vec<Variable> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        scopes.iter().filter_map(|scope| all.get(scope)).flat_map(|layer| layer.values().cloned()).collect()
    }

    /// Every variable, the widest scope first.
    #[must_use]
    pub fn all(&self) -> Vec<Variable> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().flat_map(|layer| layer.values().cloned()).collect()
    }
}

/// The scopes that a minion is in, the widest first. Groups follow the order of the configuration: a later one goes over an earlier one.
#[must_use]
pub fn scopes_of(groups: Vec<String>, minion: &MinionId) -> Vec<Scope> {
    let groups = groups.into_iter().map(Scope::Group);
    std::iter::once(Scope::Global).chain(groups).chain([Scope::Host(minion.clone())]).collect()
}

/// What variables are in a pillar: `a:b` is the key `b` in the mapping `a`.
fn data(variables: Vec<Variable>) -> Map {
    let mut data = Map::new();
    for variable in variables {
        let nested = variable.name.rsplit(':').fold(variable.value, |value, key| Value::Map(Map::from_iter([(key, value)])));
        if let Value::Map(nested) = nested {
            merge(&mut data, nested, Strategy::Recurse(Lists::Replace));
        }
    }
    data
}

/// Variables as a source of pillar. With the option `key` they lie under that key.
impl External for Variables {
    fn name(&self) -> &str {
        "variables"
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let minion = MinionId::new(ask.minion()).map_err(|error| error.to_string())?;
        if self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return Ok(Map::new());
        }
        let data = data(self.of(&scopes_of(pillar::groups_of(ask)?, &minion)));
        Ok(match ask.text("key") {
            Some(key) if !data.is_empty() => Map::from_iter([(key, data)]),
            _ => data,
        })
    }
}

/// Changes variables, and tells the minions that it is for. Answers the version, or `None` when all is so already.
///
/// # Errors
/// When a name or scope cannot be, or the store is away.
pub async fn change(core: &Core, caller: &Caller, changes: Vec<VariableChange>) -> Result<Option<u64>, Refusal> {
    for change in &changes {
        check(core, change)?;
    }
    let names: Value = changes.iter().map(|change| format!("{} of {}", change.name, scope_text(&change.scope))).collect();
    core.audit(caller, "variable.change", ("variables", ""), "ok", Value::Map(Map::from_iter([("names", names.clone())]))).await?;
    let now = Timestamp::now();
    let version = core.store.change_variables(&changes, &caller.name, now).await.map_err(|error| refusal(&error))?;
    let Some(version) = version else { return Ok(None) };
    core.variables.read_again(&*core.store).await.map_err(|error| refusal(&error))?;
    info!(version, user = %caller, "variables were changed");
    let event = Map::from_iter([("version", Value::from(version)), ("names", names), ("user", caller.name.as_str().into())]);
    core.bus.fire(format!("sylvite/variables/{version}"), Value::Map(event), now, crate::bus::Keep::Stored);
    tell(core, &changes).await?;
    Ok(Some(version))
}

/// Names are keys of the pillar, groups are those of the configuration.
fn check(core: &Core, change: &VariableChange) -> Result<(), Refusal> {
    let name = &change.name;
    let is_key = |part: &str| !part.trim().is_empty() && !part.chars().any(char::is_control);
    if name.chars().count() > LONGEST || !name.split(':').all(is_key) {
        return Err(Refusal::invalid(format!("`{name}` is no name of a variable"))
            .with_hint(format!("keys joined by colons, none of them empty, {LONGEST} characters at most: `nginx:workers`")));
    }
    let (Scope::Group(group), Some(_)) = (&change.scope, &change.value) else { return Ok(()) };
    let settings = core.settings();
    let known: Vec<&str> = settings.config.nodegroups.keys().filter_map(Value::as_str).collect();
    if known.contains(&group.as_str()) {
        return Ok(());
    }
    let refusal = Refusal::new(ErrorCode::NotFound, format!("there is no group `{group}`"));
    Err(match nearest(group, known.iter().copied()) {
        Some(near) => refusal.with_hint(format!("did you mean `{near}`?")),
        None => refusal.with_hint("groups are the `nodegroups` of the master's configuration"),
    })
}

/// What a scope is called.
#[must_use]
pub fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Global => "all".to_owned(),
        Scope::Group(name) => format!("group {name}"),
        Scope::Host(minion) => format!("host {minion}"),
    }
}

/// The pillar of those whom a change is for is old now.
async fn tell(core: &Core, changes: &[VariableChange]) -> Result<(), Refusal> {
    let scopes: BTreeSet<&Scope> = changes.iter().map(|change| &change.scope).collect();
    let mut minions = BTreeSet::new();
    for scope in scopes {
        match scope {
            Scope::Global => minions.extend(core.keys.accepted()),
            // A group that has gone from the configuration is nobody's any more.
            Scope::Group(name) => {
                if let Ok(resolved) = crate::targets::resolve(core, &Target::new(TargetKind::Nodegroup, name.as_str())).await {
                    minions.extend(resolved.matched);
                }
            }
            Scope::Host(minion) => {
                minions.insert(minion.clone());
            }
        }
    }
    for minion in minions {
        core.pillars.forget(&minion);
        if let Some(handle) = core.roster.handle(&minion) {
            // One that cannot be told has no session, and asks when it has one again.
            let _ = handle.send(&ToMinion::Refresh { what: Refresh::Pillar });
        }
    }
    Ok(())
}

/// The variables that a minion sees, by name, each with the scope that it comes from: the narrowest that has it.
///
/// # Errors
/// When the groups of the minion cannot be known.
pub async fn seen_by(core: &Arc<Core>, minion: &MinionId) -> Result<BTreeMap<String, Variable>, Refusal> {
    let groups = crate::service::groups_of(core, minion).await.map_err(|failure| Refusal::internal(failure.to_string()))?;
    let found = core.variables.of(&scopes_of(groups, minion));
    Ok(found.into_iter().map(|variable| (variable.name.clone(), variable)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(scope: Scope, name: &str, value: impl Into<Value>) -> Variable {
        Variable { scope, name: name.into(), value: value.into(), version: 1, changed: Timestamp(0), changed_by: "anna".into() }
    }

    #[test]
    fn what_is_narrower_goes_over_what_is_wider_key_by_key() {
        let host = || Scope::Host(MinionId::new("web1").unwrap());
        let all = [
            variable(Scope::Global, "nginx", Map::from_iter([("workers", 1), ("port", 80)])),
            variable(Scope::Global, "tags", vec![Value::from("a"), Value::from("b")]),
            variable(host(), "nginx:workers", 8),
            variable(host(), "tags", vec![Value::from("c")]),
        ];
        assert_eq!(serde_json::to_string(&data(all.to_vec())).unwrap(), r#"{"nginx":{"workers":8,"port":80},"tags":["c"]}"#);
    }

    #[test]
    fn five_thousand_variables_in_five_layers_take_little_time() {
        let of = |layer: usize| (0..1000).map(move |n| variable(Scope::Global, &format!("a{}:b{}:c{n}", n % 7, layer), 1));
        let all: Vec<Variable> = (0..5).flat_map(of).collect();
        assert_eq!(data(all).len(), 7);
    }
}
