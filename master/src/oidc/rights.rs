//! What a provider's groups and projects give here: bindings that bear the provider's name. They are the only ones that are made and taken
//! away by it; what people made by hand stays, and what a role denies is denied whatever a provider gives.

use super::gitlab::{Membership, Of};
use super::provider::Provider;
use crate::core::{Core, new_id, refusal};
use api::MeasuredMapping;
use api::nouns::{Binding, Kind, MappingOf, Noun, Scope, ScopeKind, Subject, SubjectKind};
use cmdb::{Object, ObjectId, ObjectWrite};
use manager::{Caller, Origin, Rank, Refusal};
use model::Timestamp;
use std::collections::BTreeMap;
use value::Map;

/// The roles of a project that has a number at GitLab, by the level there. Levels are compared, never equal: more were added over time.
const OF_PROJECT: [(u8, &str); 4] = [(50, "owner"), (40, "maintainer"), (30, "developer"), (20, "viewer")];

/// What is given: a role and its scope, with the reason.
type Given = BTreeMap<(String, Scope), String>;

/// The master acting for a provider.
#[must_use]
pub fn hand(provider: &Provider) -> Caller {
    Caller { name: provider.name.clone(), origin: Origin::Master, rank: Rank::Administrator }
}

/// What memberships give.
#[must_use]
pub fn given(core: &Core, provider: &Provider, memberships: &[Membership]) -> Given {
    let mut given = Given::new();
    let system = || Scope { kind: ScopeKind::System, id: None };
    if let Some(group) = &provider.config.administrators
        && memberships.iter().any(|one| one.of == Of::Group && is_named(one, group))
    {
        given.insert(("administrator".to_owned(), system()), format!("member of {group}"));
    }
    for item in core.estate.all(Kind::Mapping) {
        let Noun::Mapping(mapping) = &item.noun else { continue };
        let of = match mapping.of {
            MappingOf::Group => Of::Group,
            MappingOf::Project => Of::Project,
        };
        let fits = |one: &&Membership| one.of == of && is_named(one, &mapping.path) && (one.level >= mapping.level || mapping.level == 0);
        if let Some(one) = memberships.iter().filter(fits).max_by_key(|one| one.level).filter(|_| mapping.provider == provider.name) {
            given.insert((mapping.role.clone(), mapping.scope.clone()), format!("level {} in {}", one.level, one.path));
        }
    }
    if provider.is_gitlab() {
        for item in core.estate.all(Kind::Project) {
            let Noun::Project(project) = &item.noun else { continue };
            let Some(number) = project.gitlab_id else { continue };
            let here = memberships.iter().filter(|one| one.of == Of::Project && one.id == Some(number));
            let Some(level) = here.map(|one| one.level).max() else { continue };
            if let Some((_, role)) = OF_PROJECT.iter().find(|(least, _)| level >= *least) {
                let scope = Scope { kind: ScopeKind::Project, id: Some(item.object.id.0.clone()) };
                given.insert(((*role).to_owned(), scope), format!("level {level} in its project {number}"));
            }
        }
    }
    given
}

/// Whether a membership is in what a word names: by number, which outlives a renaming, or by path.
fn is_named(one: &Membership, word: &str) -> bool {
    one.path == word || one.id.is_some_and(|id| word.parse() == Ok(id))
}

/// Groups and projects that matter to some mapping or project.
#[must_use]
pub fn asked_for(core: &Core, provider: &Provider) -> Vec<(Of, String)> {
    let mut asked: Vec<(Of, String)> = provider.config.administrators.iter().map(|group| (Of::Group, group.clone())).collect();
    for item in core.estate.all(Kind::Mapping) {
        if let Noun::Mapping(mapping) = &item.noun
            && mapping.provider == provider.name
        {
            let of = if mapping.of == MappingOf::Group { Of::Group } else { Of::Project };
            asked.push((of, mapping.path.clone()));
        }
    }
    for item in core.estate.all(Kind::Project) {
        if let Noun::Project(project) = &item.noun
            && let Some(number) = project.gitlab_id
        {
            asked.push((Of::Project, number.to_string()));
        }
    }
    asked.sort();
    asked.dedup();
    asked
}

/// The same for people to read.
#[must_use]
pub fn told(core: &Core, given: &Given) -> Vec<MeasuredMapping> {
    let tell = |((role, scope), because): (&(String, Scope), &String)| MeasuredMapping {
        role: core.estate.name_of(Kind::Role, role),
        scope: match (&scope.kind, &scope.id) {
            (ScopeKind::Project, Some(id)) => format!("project:{}", core.estate.name_of(Kind::Project, id)),
            (ScopeKind::Environment, Some(id)) => format!("environment:{}", core.estate.name_of(Kind::Environment, id)),
            (ScopeKind::Group, Some(id)) => format!("group:{}", core.estate.name_of(Kind::Group, id)),
            _ => scope.to_string(),
        },
        because: because.clone(),
    };
    given.iter().map(tell).collect()
}

/// Makes the bindings of an account that a provider gives, and takes away those that it gives no more. Says whether something changed.
///
/// # Errors
/// When the store is away; then nothing has changed.
pub async fn settle(core: &Core, provider: &Provider, account: &str, given: &Given) -> Result<bool, Refusal> {
    let _turn = core.estate.turn().await;
    let now = Timestamp::now();
    let hand = hand(provider);
    let (mut writes, mut entries) = (Vec::new(), Vec::new());
    let mut wanted: Given = given.clone();
    for item in core.estate.all(Kind::Binding) {
        let Noun::Binding(binding) = &item.noun else { continue };
        if binding.subject.kind != SubjectKind::User || binding.subject.name != account {
            continue;
        }
        let is_wanted = wanted.remove(&(binding.role.clone(), binding.scope.clone())).is_some();
        // A binding that somebody made by hand is nobody else's to take away; it also stands for the one that would be given.
        if binding.source.as_deref() == Some(provider.name.as_str()) && !is_wanted {
            let told = Map::from_iter([("id", value::Value::from(item.object.id.0.as_str())), ("before", item.object.body.clone().into())]);
            entries.push(core.entry(&hand, "binding.delete", ("binding", &item.object.name), "ok", told.into()));
            writes.push(ObjectWrite::Delete { id: item.object.id.clone(), version: item.object.version });
        }
    }
    for ((role, scope), because) in wanted {
        let subject = Subject { kind: SubjectKind::User, name: account.to_owned() };
        let binding = Binding { subject, role, scope, starts: None, ends: None, reason: because, source: Some(provider.name.clone()) };
        let mut noun = Noun::Binding(binding);
        let uses = noun.references().into_iter().filter_map(|(kind, id)| core.estate.get(kind, id)).map(|item| item.object.id.clone());
        let uses = uses.collect();
        let body = match noun.write().ok().and_then(|json| serde_json::from_value(json).ok()) {
            Some(value::Value::Map(body)) => body,
            _ => continue,
        };
        let made = Object {
            id: ObjectId(new_id(now)),
            kind: Kind::Binding.word().to_owned(),
            project: noun.project().map(|project| ObjectId(project.to_owned())),
            name: noun.name(),
            version: 1,
            body: body.clone(),
            uses,
            made: now,
            made_by: hand.name.clone(),
            changed: now,
            changed_by: hand.name.clone(),
        };
        let told = Map::from_iter([("id", value::Value::from(made.id.0.as_str())), ("after", body.into())]);
        entries.push(core.entry(&hand, "binding.create", ("binding", &made.name), "ok", told.into()));
        writes.push(ObjectWrite::Insert(made));
    }
    if writes.is_empty() {
        return Ok(false);
    }
    core.estate.write(&writes, &entries).await.map_err(|error| refusal(&error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_meant_by_its_number_or_its_whole_path() {
        let one = Membership { of: Of::Group, id: Some(42), path: "acme/ops".to_owned(), level: 30 };
        assert!(is_named(&one, "42") && is_named(&one, "acme/ops"));
        assert!(!is_named(&one, "4") && !is_named(&one, "acme") && !is_named(&one, "acme/ops/x") && !is_named(&one, ""));
    }

    #[test]
    fn a_level_between_two_counts_as_the_lower() {
        let role = |level: u8| OF_PROJECT.iter().find(|(least, _)| level >= *least).map(|(_, role)| *role);
        assert_eq!(
            [10, 15, 20, 25, 30, 45, 50, 60].map(role),
            [None, None, Some("viewer"), Some("viewer"), Some("developer"), Some("maintainer"), Some("owner"), Some("owner")]
        );
    }
}
