//! Roles and bindings: what somebody may do, where, and from when to when. Rules of the configuration and roles stand side by side: either
//! may allow, and what a role denies is denied.

use super::rules::{BadRule, Rule};
use crate::core::Core;
use crate::estate::Item;
use crate::estate::groups::members;
use api::nouns::{Binding, Kind, Noun, Role, ScopeKind, SubjectKind};
use cmdb::ObjectId;
use manager::{Caller, Rank, Refusal};
use model::{MinionId, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use value::Value;

/// A role in a form that can be asked.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// As people wrote it.
    pub role: Role,
    /// Functions that it allows.
    pub allowed: Vec<Rule>,
    /// Functions that it denies.
    pub denied: Vec<Rule>,
}

impl Compiled {
    /// Reads the rules of a role.
    ///
    /// # Errors
    /// With the first rule that means nothing.
    pub fn new(role: &Role) -> Result<Self, BadRule> {
        let read = |rules: &[Value], part: &str| -> Result<Vec<Rule>, BadRule> {
            rules.iter().map(|rule| Rule::read(rule, &format!("role {}:{part}", role.name))).collect()
        };
        Ok(Self { allowed: read(&role.functions, "functions")?, denied: read(&role.denied, "denied")?, role: role.clone() })
    }

    /// Whether it allows something to be done with a thing.
    #[must_use]
    pub fn permits(&self, thing: &str, action: &str) -> bool {
        self.role.permissions.iter().any(|permission| covers(permission, thing, action))
    }
}

/// Whether a permission covers something that is to be done with a thing.
#[must_use]
pub fn covers(permission: &str, thing: &str, action: &str) -> bool {
    let fits = |pattern: &str, word: &str| pattern == "*" || pattern == word;
    permission.split_once(':').is_some_and(|(things, actions)| fits(things, thing) && fits(actions, action))
}

/// Where something is that is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The project it belongs to.
    pub project: Option<ObjectId>,
    /// The environment it stands in, or is.
    pub environment: Option<ObjectId>,
    /// The host it is about.
    pub host: Option<MinionId>,
}

/// A role that somebody has somewhere, now.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role.
    pub role: Arc<Compiled>,
    /// What it is called in explanations.
    pub place: String,
    scope: Scope,
}

#[derive(Clone, Debug)]
enum Scope {
    System,
    Project(ObjectId),
    Environment(ObjectId),
    Hosts(Arc<BTreeSet<MinionId>>),
}

impl Grant {
    /// Whether it is for the whole system.
    #[must_use]
    pub const fn is_everywhere(&self) -> bool {
        matches!(self.scope, Scope::System)
    }

    /// Whether a place lies in its scope.
    #[must_use]
    pub fn reaches(&self, place: &Place) -> bool {
        match &self.scope {
            Scope::System => true,
            Scope::Project(id) => place.project.as_ref() == Some(id),
            Scope::Environment(id) => place.environment.as_ref() == Some(id),
            Scope::Hosts(hosts) => place.host.as_ref().is_some_and(|host| hosts.contains(host)),
        }
    }

    /// Those of some minions that lie in its scope.
    #[must_use]
    pub fn within(&self, core: &Core, minions: &[MinionId]) -> Vec<MinionId> {
        if self.is_everywhere() {
            return minions.to_vec();
        }
        minions.iter().filter(|id| self.reaches(&place_of_host(core, id))).cloned().collect()
    }
}

/// Where a host is.
#[must_use]
pub fn place_of_host(core: &Core, id: &MinionId) -> Place {
    let host = core.estate.host(id);
    Place {
        project: host.as_ref().and_then(|host| host.project.clone()),
        environment: host.as_ref().and_then(|host| host.environment.clone()),
        host: Some(id.clone()),
    }
}

/// Whether a binding is for a caller.
fn is_for(binding: &Binding, caller: &Caller) -> bool {
    let (kind, name) = (binding.subject.kind, binding.subject.name.as_str());
    match (&caller.rank, kind) {
        (Rank::Login { user, backend, .. }, SubjectKind::User) => backend == crate::eauth::own::NAME && user == name,
        (Rank::Login { backend, groups, .. }, SubjectKind::Group) => {
            backend == crate::eauth::own::NAME && groups.iter().any(|group| group == name)
        }
        (Rank::Login { user, backend, .. }, SubjectKind::Login) => {
            name.rsplit_once('@').is_some_and(|(of, by)| user == of && backend == by)
        }
        (Rank::Login { backend, groups, .. }, SubjectKind::LoginGroup) => {
            name.rsplit_once('@').is_some_and(|(of, by)| backend == by && groups.iter().any(|group| group == of))
        }
        (Rank::User { .. }, SubjectKind::HostUser) => caller.name == name,
        (Rank::User { groups }, SubjectKind::HostGroup) => groups.iter().any(|group| group == name),
        _ => false,
    }
}

fn is_now(binding: &Binding, now: Timestamp) -> bool {
    binding.starts.is_none_or(|starts| starts <= now) && binding.ends.is_none_or(|ends| now < ends)
}

/// Whether somebody has any role at all now.
#[must_use]
pub fn has_any(core: &Core, caller: &Caller, now: Timestamp) -> bool {
    bindings(core, caller, now).next().is_some()
}

fn bindings<'a>(core: &Core, caller: &'a Caller, now: Timestamp) -> impl Iterator<Item = Arc<Item>> + 'a {
    let is_mine = move |item: &Arc<Item>| match &item.noun {
        Noun::Binding(binding) => is_for(binding, caller) && is_now(binding, now),
        _ => false,
    };
    core.estate.all(Kind::Binding).into_iter().filter(is_mine)
}

/// The roles that somebody has now.
///
/// # Errors
/// When the store is away and the scope of one needs it.
pub async fn grants(core: &Core, caller: &Caller, now: Timestamp) -> Result<Vec<Grant>, Refusal> {
    let mine: Vec<_> = bindings(core, caller, now).collect();
    let mut grants = Vec::with_capacity(mine.len());
    for item in mine {
        let Noun::Binding(binding) = &item.noun else { continue };
        let Some(role) = role(core, &binding.role) else { continue };
        let id = || ObjectId(binding.scope.id.clone().unwrap_or_default());
        let (scope, whereabouts) = match binding.scope.kind {
            ScopeKind::System => (Scope::System, String::new()),
            ScopeKind::Project => (Scope::Project(id()), format!(" in project {}", core.estate.name_of(Kind::Project, &id().0))),
            ScopeKind::Environment => {
                (Scope::Environment(id()), format!(" in environment {}", core.estate.name_of(Kind::Environment, &id().0)))
            }
            ScopeKind::Group => {
                // A group that means nothing any more reaches nobody.
                let hosts = members(core, &id().0).await?.unwrap_or_default();
                (Scope::Hosts(hosts), format!(" on group {}", core.estate.name_of(Kind::Group, &id().0)))
            }
        };
        let place = format!("role {} of {}{whereabouts}", role.role.name, binding.subject);
        grants.push(Grant { role, place, scope });
    }
    Ok(grants)
}

/// A role by its id: one that comes with this program, or of the catalogue.
#[must_use]
pub fn role(core: &Core, id: &str) -> Option<Arc<Compiled>> {
    super::builtin::get(id).or_else(|| core.estate.get(Kind::Role, id).and_then(|item| item.role.clone()))
}

/// What of a role somebody does not have himself at a place: nobody gives away more than he has.
#[must_use]
pub fn exceeds(grants: &[Grant], role: &Role, place: &Place) -> Option<String> {
    let there: Vec<_> = grants.iter().filter(|grant| grant.reaches(place)).collect();
    let held = |permission: &&String| {
        let Some((thing, action)) = permission.split_once(':') else { return false };
        there.iter().any(|grant| grant.role.permits(thing, action))
    };
    if let Some(missing) = role.permissions.iter().find(|permission| !held(permission)) {
        return Some(missing.clone());
    }
    let everything = Value::from(".*");
    let held = |rule: &&Value| {
        let is_plain = rule.as_str().is_none_or(|text| !text.starts_with('@'));
        let names_master =
            rule.as_map().and_then(value::Map::single).is_some_and(|(key, _)| key.as_str().is_some_and(|k| k.starts_with('@')));
        let functions = |grant: &&&Grant| {
            grant.role.denied.is_empty()
                && (grant.role.role.functions.contains(rule)
                    || (is_plain && !names_master && grant.role.role.functions.contains(&everything)))
        };
        there.iter().find(functions).is_some()
    };
    role.functions.iter().find(|rule| !held(rule)).map(value::text::str)
}

/// What a function of the master does, as a permission: roles speak of things and actions, whichever way in asks.
#[must_use]
pub fn permission_of(function: &str) -> Option<(&'static str, &'static str)> {
    Some(match function {
        "key.list_all" | "key.history" | "key.finger_master" | "key.join_tokens" | "key.list" | "key.finger" => ("key", "read"),
        "key.accept" | "key.reject" | "key.delete" | "key.create_join_token" | "key.delete_join_token" => ("key", "change"),
        "account.list" => ("user", "read"),
        "account.logins" => ("session", "read"),
        "account.revoke" => ("session", "delete"),
        "account.add" => ("user", "create"),
        "account.change" => ("user", "change"),
        "account.delete" => ("user", "delete"),
        "cache.grains" | "manage.status" => ("host", "read"),
        "state.event" => ("event", "read"),
        "event.send" => ("event", "create"),
        "policy.explain" => ("permission", "read"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(permissions: &[&str], functions: &[&str]) -> Role {
        Role {
            name: "r".into(),
            permissions: permissions.iter().map(ToString::to_string).collect(),
            functions: functions.iter().map(|function| Value::from(*function)).collect(),
            ..Role::default()
        }
    }

    fn grant(permissions: &[&str], functions: &[&str], scope: Scope) -> Grant {
        Grant { role: Arc::new(Compiled::new(&role(permissions, functions)).unwrap()), place: String::new(), scope }
    }

    fn project(id: &str) -> Place {
        Place { project: Some(ObjectId(id.into())), ..Place::default() }
    }

    #[test]
    fn a_permission_covers_its_thing_and_its_action_and_no_other() {
        assert!(covers("host:read", "host", "read") && covers("host:*", "host", "change") && covers("*:read", "audit", "read"));
        assert!(!covers("host:read", "host", "change") && !covers("host:*", "hosts", "read") && !covers("*", "host", "read"));
    }

    #[test]
    fn a_scope_reaches_its_own_and_nothing_beside_it() {
        let shop = grant(&["*:*"], &[], Scope::Project(ObjectId("shop".into())));
        assert!(shop.reaches(&project("shop")) && !shop.reaches(&project("bank")) && !shop.reaches(&Place::default()));
        assert!(grant(&[], &[], Scope::System).reaches(&Place::default()));
        let hosts: BTreeSet<MinionId> = [MinionId::new("web1").unwrap()].into();
        let group = grant(&[], &[], Scope::Hosts(Arc::new(hosts)));
        let at = |id: &str| Place { host: Some(MinionId::new(id).unwrap()), ..Place::default() };
        assert!(group.reaches(&at("web1")) && !group.reaches(&at("web2")) && !group.reaches(&project("shop")));
    }

    #[test]
    fn nobody_gives_away_more_than_he_has() {
        let mine = [grant(&["host:*", "*:read"], &[".*"], Scope::Project(ObjectId("shop".into())))];
        let exceeds = |permissions: &[&str], functions: &[&str], place: &Place| exceeds(&mine, &role(permissions, functions), place);
        assert_eq!(exceeds(&["host:read", "host:change", "audit:read"], &["test.ping"], &project("shop")), None);
        assert_eq!(exceeds(&["host:read"], &[], &project("bank")), Some("host:read".to_owned()));
        assert_eq!(exceeds(&["*:*"], &[], &project("shop")), Some("*:*".to_owned()));
        assert_eq!(exceeds(&[], &["@runner"], &project("shop")), Some("@runner".to_owned()));
    }
}
