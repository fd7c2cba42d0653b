//! Groups: the same expressions as targets, so that `N@name` means a group of the estate wherever a target stands.

use crate::core::Core;
use crate::targets::matching;
use api::nouns::{Kind, Noun, ProjectState};
use cmdb::Host;
use manager::Refusal;
use model::{MinionId, Target, TargetKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use target::Nodegroups;
use value::{Map, Value};

/// Members of groups as they were worked out last, by the id of the group.
#[derive(Default)]
pub struct Worked(Mutex<BTreeMap<String, Members>>);

/// Members of a group, and how long they are true.
struct Members {
    /// Of this generation of the estate.
    generation: u64,
    /// Until the next host's maintenance ends by itself, which no change of the estate tells.
    until: Option<Timestamp>,
    hosts: Arc<BTreeSet<MinionId>>,
}

impl Members {
    fn are_true(&self, generation: u64, now: Timestamp) -> bool {
        self.generation == generation && self.until.is_none_or(|until| now < until)
    }
}

/// The groups of the configuration and those of the estate: `name`, or `project/name` where one belongs to a project. Those of the
/// configuration come first.
#[must_use]
pub fn nodegroups(core: &Core) -> Nodegroups {
    let settings = core.settings();
    let mut groups = settings.nodegroups.clone();
    let configured: BTreeSet<String> = groups.names().map(str::to_owned).collect();
    for item in core.estate.all(Kind::Group) {
        let Noun::Group(group) = &item.noun else { continue };
        let listed = || if group.members.is_empty() { "not *".to_owned() } else { format!("L@{}", group.members.join(",")) };
        let expression = group.expression.clone().unwrap_or_else(listed);
        let (name, expression) = match &group.project {
            // A group of a project holds no hosts of others, whatever its expression says.
            Some(project) => {
                let project = core.estate.name_of(Kind::Project, project);
                (format!("{project}/{}", group.name), format!("( {expression} ) and A@project:{project}"))
            }
            None => (group.name.clone(), expression),
        };
        if !configured.contains(&name) {
            groups.insert(name, &expression);
        }
    }
    groups
}

/// The members of a group now; `None` when there is no such group, or its expression means nothing any more.
///
/// # Errors
/// When the store is away.
pub async fn members(core: &Core, id: &str) -> Result<Option<Arc<BTreeSet<MinionId>>>, Refusal> {
    let Some(item) = core.estate.get(Kind::Group, id) else { return Ok(None) };
    let (generation, now) = (core.estate.generation(), Timestamp::now());
    if let Some(known) = core.members.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)
        && known.are_true(generation, now)
    {
        return Ok(Some(Arc::clone(&known.hosts)));
    }
    let name = match &item.object.project {
        Some(project) => format!("{}/{}", core.estate.name_of(Kind::Project, &project.0), item.object.name),
        None => item.object.name.clone(),
    };
    let Ok(expression) = target::parse(&Target::new(TargetKind::Nodegroup, name), &nodegroups(core)) else { return Ok(None) };
    let until = core.estate.hosts().iter().filter_map(|host| host.until).filter(|until| *until > now).min();
    let hosts: Arc<BTreeSet<MinionId>> = Arc::new(matching(core, &expression, core.keys.accepted()).await?.into_iter().collect());
    // What needs pillar changes without the estate knowing.
    if !expression.needs_pillar() {
        let mut known = core.members.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.to_owned(), Members { generation, until, hosts: Arc::clone(&hosts) });
    }
    Ok(Some(hosts))
}

/// What an expression may ask of a host's place in the estate: `A@label:team:web`, `A@tag:edge`, `A@project:shop`, `A@state:maintenance`.
#[must_use]
pub fn asset(core: &Core, host: &Host, now: Timestamp) -> Value {
    let estate = &core.estate;
    let mut asset = Map::new();
    asset.insert("state", super::view::state_word(host, now));
    if let Some(project) = &host.project {
        asset.insert("project", estate.name_of(Kind::Project, &project.0));
        if let Some(item) = estate.get(Kind::Project, &project.0)
            && let Noun::Project(project) = &item.noun
        {
            asset.insert("archived", project.state == ProjectState::Archived);
        }
    }
    let mut protected = false;
    if let Some(environment) = &host.environment {
        asset.insert("environment", estate.name_of(Kind::Environment, &environment.0));
        protected = estate.get(Kind::Environment, &environment.0).is_some_and(|item| match &item.noun {
            Noun::Environment(environment) => environment.protected,
            _ => false,
        });
    }
    asset.insert("protected", protected);
    let services = host.about.services.iter().map(|id| estate.name_of(Kind::Service, &id.0));
    asset.insert("service", services.collect::<Value>());
    asset.insert("tag", host.about.tags.iter().map(String::as_str).collect::<Value>());
    asset.insert("label", Value::Map(host.about.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()));
    asset.insert("field", Value::Map(host.about.custom.clone()));
    Value::Map(asset)
}
