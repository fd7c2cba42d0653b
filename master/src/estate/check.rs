//! What can only be told of an object by looking at others: who is named and whether he may be, loops, expressions that mean nothing,
//! rights that are given away.

use crate::core::Core;
use crate::policy::roles::{self, Grant, Place};
use crate::policy::scopes;
use api::nouns::{Kind, Noun, ProjectState, Relation, RelationOf, Scope, ScopeKind};
use cmdb::ObjectId;
use manager::{Caller, Refusal};
use model::{MinionId, Target, TargetKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a caller may reach: decided once for a request.
pub struct Sight {
    /// The roles that he has now.
    pub grants: Vec<Grant>,
    /// He may everything.
    pub is_administrator: bool,
    /// What the token that he shows is for, where it is not for all.
    pub scopes: Option<Vec<String>>,
}

/// Kinds that belong to everybody where they belong to no project.
const SHARED: &[Kind] = &[Kind::Role, Kind::Tag, Kind::Field, Kind::Environment];

impl Sight {
    /// Whether something may be done at a place.
    #[must_use]
    pub fn may(&self, thing: &str, action: &str, place: &Place) -> bool {
        if self.scopes.as_ref().is_some_and(|scopes| !scopes::permit(scopes, thing, action)) {
            return false;
        }
        self.is_administrator || self.grants.iter().any(|grant| grant.role.permits(thing, action) && grant.reaches(place))
    }

    /// Whether an object may be looked at.
    #[must_use]
    pub fn sees(&self, kind: Kind, place: &Place) -> bool {
        let word = kind.word();
        let is_for_it = self.scopes.as_ref().is_none_or(|scopes| scopes::permit(scopes, word, "read"));
        let is_shared = place.project.is_none() && SHARED.contains(&kind) && is_for_it;
        self.may(word, "read", place) || (is_shared && self.grants.iter().any(|grant| grant.role.permits(word, "read")))
    }
}

/// Where an object is.
#[must_use]
pub fn place_of(core: &Core, id: Option<&ObjectId>, noun: &Noun) -> Place {
    let mut place = Place { project: noun.project().map(|project| ObjectId(project.to_owned())), ..Place::default() };
    match noun {
        Noun::Project(_) => place.project = id.cloned(),
        Noun::Environment(_) => place.environment = id.cloned(),
        Noun::Binding(binding) => place = place_of_scope(core, &binding.scope),
        Noun::Mapping(mapping) => place = place_of_scope(core, &mapping.scope),
        Noun::Relation(relation) => place.project = relation_project(core, relation),
        _ => {}
    }
    place
}

/// Where a scope is.
fn place_of_scope(core: &Core, scope: &Scope) -> Place {
    let of = |kind, id: &str| core.estate.get(kind, id).and_then(|item| item.object.project.clone());
    let mut place = Place::default();
    let Some(id) = &scope.id else { return place };
    match scope.kind {
        ScopeKind::System => {}
        ScopeKind::Project => place.project = Some(ObjectId(id.clone())),
        ScopeKind::Environment => {
            place.environment = Some(ObjectId(id.clone()));
            place.project = of(Kind::Environment, id);
        }
        ScopeKind::Group => place.project = of(Kind::Group, id),
    }
    place
}

/// A relation belongs to the project that both its ends belong to; to the whole system when they belong to different ones.
fn relation_project(core: &Core, relation: &Relation) -> Option<ObjectId> {
    let of = |end: &api::nouns::RelationEnd| match end.kind {
        RelationOf::Host => MinionId::new(end.id.as_str()).ok().and_then(|id| core.estate.host(&id)).and_then(|host| host.project.clone()),
        RelationOf::Service => core.estate.get(Kind::Service, &end.id).and_then(|item| item.object.project.clone()),
        RelationOf::Environment => core.estate.get(Kind::Environment, &end.id).and_then(|item| item.object.project.clone()),
        RelationOf::Project => Some(ObjectId(end.id.clone())),
    };
    let (from, to) = (of(&relation.from), of(&relation.to));
    if from == to { from } else { None }
}

/// Puts ids where names may stand. What the caller may not see is as if it were not there.
///
/// # Errors
/// When somebody is named who is not there.
pub fn resolve(core: &Core, sight: &Sight, noun: &mut Noun) -> Result<Vec<ObjectId>, Refusal> {
    let mut errors = BTreeMap::new();
    let mut uses = BTreeSet::new();
    for (kind, word) in noun.references() {
        if kind == Kind::Role && crate::policy::builtin::get(word).is_some() {
            continue;
        }
        let found = core.estate.find(kind, word);
        match found.filter(|item| sight.sees(kind, &place_of(core, Some(&item.object.id), &item.noun))) {
            Some(item) => {
                word.clone_from(&item.object.id.0);
                uses.insert(item.object.id.clone());
            }
            None => drop(errors.insert(kind.word().to_owned(), format!("there is no {} `{word}`", kind.word()))),
        }
    }
    let Some(first) = errors.values().next().cloned() else { return Ok(uses.into_iter().collect()) };
    Err(Refusal::fields(first, errors))
}

/// Checks an object against the rest of the estate.
///
/// # Errors
/// With what is wrong.
pub fn check(core: &Core, caller: &Caller, sight: &Sight, id: Option<&ObjectId>, noun: &Noun) -> Result<(), Refusal> {
    let field = |field: &str, why: String| Refusal::fields(why.clone(), BTreeMap::from([(field.to_owned(), why)]));
    match noun {
        Noun::Role(role) => {
            roles::Compiled::new(role).map_err(|error| field("functions", error.to_string()))?;
            if crate::policy::builtin::get(&role.name).is_some() {
                return Err(field("name", format!("the role `{}` comes with this program; choose another name", role.name)));
            }
            not_more_than_own(caller, sight, role, &Place::default())
        }
        Noun::Binding(binding) => {
            if binding.source.is_some() {
                let text = "a provider gives this binding and takes it away; people give others beside it".to_owned();
                return Err(Refusal::new(api::ErrorCode::Conflict, text).with_hint("change the mapping: `sylvite mapping list`"));
            }
            let role = roles::role(core, &binding.role).ok_or_else(|| field("role", format!("there is no role `{}`", binding.role)))?;
            not_more_than_own(caller, sight, &role.role, &place_of(core, id, noun))
        }
        Noun::Group(group) => match &group.expression {
            Some(expression) => {
                let target = Target::new(TargetKind::Compound, expression.as_str());
                target::parse(&target, &super::groups::nodegroups(core)).map(drop).map_err(|error| field("expression", error.to_string()))
            }
            None => Ok(()),
        },
        Noun::Service(service) => match id.filter(|id| needs(core, &service.depends_on, id)) {
            Some(_) => Err(field("depends_on", format!("the service `{}` would need itself", service.name))),
            None => Ok(()),
        },
        Noun::Relation(relation) => {
            for end in [&relation.from, &relation.to] {
                let is_host = |id: &MinionId| core.estate.host(id).is_some() && sight.may("host", "read", &roles::place_of_host(core, id));
                if end.kind == RelationOf::Host && !MinionId::new(end.id.as_str()).is_ok_and(|id| is_host(&id)) {
                    return Err(field("to", format!("there is no host `{}`", end.id)));
                }
            }
            Ok(())
        }
        // It gives away what its author must have.
        Noun::Mapping(mapping) => {
            let role = roles::role(core, &mapping.role).ok_or_else(|| field("role", format!("there is no role `{}`", mapping.role)))?;
            not_more_than_own(caller, sight, &role.role, &place_of(core, id, noun))
        }
        Noun::Project(_) | Noun::Environment(_) | Noun::Tag(_) | Noun::Field(_) => Ok(()),
    }
}

/// Whether a service is among those that some services need, directly or through others.
fn needs(core: &Core, services: &[String], id: &ObjectId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = services.to_vec();
    while let Some(service) = open.pop() {
        if service == id.0 {
            return true;
        }
        if seen.insert(service.clone())
            && let Some(item) = core.estate.get(Kind::Service, &service)
            && let Noun::Service(service) = &item.noun
        {
            open.extend(service.depends_on.iter().cloned());
        }
    }
    false
}

fn not_more_than_own(caller: &Caller, sight: &Sight, role: &api::nouns::Role, place: &Place) -> Result<(), Refusal> {
    if sight.is_administrator {
        return Ok(());
    }
    match roles::exceeds(&sight.grants, role, place) {
        None => Ok(()),
        Some(missing) => Err(Refusal::new(
            api::ErrorCode::Forbidden,
            format!("the role `{}` has `{missing}`, which {caller} does not have there: nobody gives away more than they have", role.name),
        )),
    }
}

/// Refuses what would come into a project that is archived.
///
/// # Errors
/// When it is.
pub fn not_archived(core: &Core, project: Option<&ObjectId>) -> Result<(), Refusal> {
    let Some(item) = project.and_then(|id| core.estate.get(Kind::Project, &id.0)) else { return Ok(()) };
    match &item.noun {
        Noun::Project(project) if project.state == ProjectState::Archived => {
            let text = format!("the project `{}` is archived", project.name);
            Err(Refusal::new(api::ErrorCode::Conflict, text).with_hint("set its state to `active` first"))
        }
        _ => Ok(()),
    }
}

/// What still uses an object, in words: `2 services, 12 hosts`. Empty when nothing does.
#[must_use]
pub fn users(core: &Core, id: &ObjectId) -> Vec<String> {
    let mut users = Vec::new();
    for kind in Kind::ALL {
        let using: Vec<Arc<super::Item>> = core.estate.all(*kind).into_iter().filter(|item| item.object.uses.contains(id)).collect();
        match using.as_slice() {
            [] => {}
            [one] => users.push(format!("the {} `{}`", kind.word(), one.object.name)),
            many => users.push(format!("{} {}", many.len(), kind.plural())),
        }
    }
    let is_on = |host: &Arc<cmdb::Host>| {
        host.project.as_ref() == Some(id) || host.environment.as_ref() == Some(id) || host.about.services.contains(id)
    };
    match core.estate.hosts().iter().filter(|host| is_on(host)).count() {
        0 => {}
        1 => users.push("1 host".to_owned()),
        count => users.push(format!("{count} hosts")),
    }
    users
}
