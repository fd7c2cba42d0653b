//! The catalogue's objects: listed, shown, made, changed, deleted, each judged by the one policy and told to the audit log.

use super::check::{Sight, check, not_archived, place_of, resolve, users};
use super::{Item, list, view};
use crate::core::{Core, new_id, refusal};
use crate::policy::roles::{self, Place};
use crate::policy::{self, Ask};
use api::nouns::{Kind, Noun, ProjectState};
use cmdb::{Object, ObjectId, ObjectWrite};
use manager::{Caller, Extent, How, ListQuery, Listed, Rank, Refusal};
use model::Timestamp;
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};
use value::Map as Detail;

/// Looks up once what a caller may reach.
///
/// # Errors
/// When the store is away.
pub async fn sight(core: &Core, caller: &Caller) -> Result<Sight, Refusal> {
    let is_administrator = caller.is_administrator();
    let grants = if is_administrator { Vec::new() } else { roles::grants(core, caller, Timestamp::now()).await? };
    let scopes = match &caller.rank {
        Rank::Login { scopes, .. } => scopes.clone(),
        Rank::Administrator | Rank::User { .. } | Rank::Minion => None,
    };
    Ok(Sight { grants, is_administrator, scopes })
}

/// Refuses whoever may not do something with a kind of thing at a place.
///
/// # Errors
/// When he may not.
pub async fn require(core: &Core, caller: &Caller, thing: &str, action: &str, place: &Place, name: &str) -> Result<(), Refusal> {
    policy::require(core, caller, Ask::Thing { thing, action, place, name }).await
}

fn not_there(kind: Kind, word: &str) -> Refusal {
    Refusal::not_found(format!("there is no {} `{word}`", kind.word()))
}

/// An object that the caller may see; otherwise there is none.
async fn seen(core: &Core, caller: &Caller, sight: &Sight, kind: Kind, word: &str) -> Result<(Arc<Item>, Place), Refusal> {
    let item = core.estate.find(kind, word).ok_or_else(|| not_there(kind, word))?;
    let place = place_of(core, Some(&item.object.id), &item.noun);
    if !sight.sees(kind, &place) {
        // The attempt is recorded; what is said is what is said of things that are not there.
        require(core, caller, kind.word(), "read", &place, &item.object.name).await.map_err(|refused| match refused.code {
            api::ErrorCode::Forbidden => not_there(kind, word),
            _ => refused,
        })?;
    }
    Ok((item, place))
}

/// The fields that objects of a kind may have.
fn fields(kind: Kind) -> &'static [&'static str] {
    static FIELDS: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
        let document: Value = serde_json::from_str(&api::openapi()).unwrap_or_default();
        let of = |kind: &Kind| {
            let own = document.pointer(&format!("/components/schemas/{}/properties", kind.schema())).and_then(Value::as_object);
            let own = own.into_iter().flat_map(Map::keys).map(|key| &*Box::leak(key.clone().into_boxed_str()));
            view::HEAD.iter().copied().chain(own).collect()
        };
        Kind::ALL.iter().map(of).collect()
    });
    let place = Kind::ALL.iter().position(|known| *known == kind);
    place.and_then(|place| FIELDS.get(place)).map_or(view::HEAD, Vec::as_slice)
}

/// Objects of a kind that the caller may see.
///
/// # Errors
/// When the query makes no sense, or the store is away.
pub async fn objects(core: &Core, caller: &Caller, kind: Kind, query: &ListQuery) -> Result<Listed, Refusal> {
    let sight = sight(core, caller).await?;
    let mut rows = Vec::new();
    if kind == Kind::Role && sight.sees(kind, &Place::default()) {
        for role in crate::policy::builtin::all() {
            rows.push(view::builtin(&role.role)?);
        }
    }
    for item in core.estate.all(kind) {
        if sight.sees(kind, &place_of(core, Some(&item.object.id), &item.noun)) {
            rows.push(view::object(&item)?);
        }
    }
    list::list(rows, query, fields(kind))
}

/// One object.
///
/// # Errors
/// When there is none that the caller may see.
pub async fn object(core: &Core, caller: &Caller, kind: Kind, word: &str) -> Result<Value, Refusal> {
    let sight = sight(core, caller).await?;
    if let (Kind::Role, Some(role)) = (kind, crate::policy::builtin::get(word))
        && sight.sees(kind, &Place::default())
    {
        return view::builtin(&role.role);
    }
    view::object(&seen(core, caller, &sight, kind, word).await?.0)
}

/// Reads what a request says of an object.
fn read(kind: Kind, body: Value) -> Result<Noun, Refusal> {
    let Value::Object(mut body) = body else { return Err(Refusal::invalid(format!("a {} is a mapping of its fields", kind.word()))) };
    body.retain(|field, _| !view::HEAD.contains(&field.as_str()));
    let noun =
        Noun::read(kind, Value::Object(body)).map_err(|error| Refusal::invalid(format!("the {} does not fit: {error}", kind.word())))?;
    let faults = noun.faults();
    if faults.is_empty() {
        return Ok(noun);
    }
    let words: Vec<_> = faults.iter().map(|(field, why)| format!("`{field}`: {why}")).collect();
    Err(Refusal::fields(words.join("; "), faults))
}

/// What is stored of it, and told to the audit log.
fn body_of(noun: &Noun) -> Result<value::Map, Refusal> {
    let broken = |error: serde_json::Error| Refusal::internal(error.to_string());
    match serde_json::from_value(noun.write().map_err(broken)?).map_err(broken)? {
        value::Value::Map(map) => Ok(map),
        other => Err(Refusal::internal(format!("an object is a {}", other.type_name()))),
    }
}

fn detail(id: &ObjectId, before: Option<&value::Map>, after: Option<&value::Map>) -> value::Value {
    let mut detail = Detail::new();
    detail.insert("id", id.0.as_str());
    for (side, body) in [("before", before), ("after", after)] {
        if let Some(body) = body {
            detail.insert(side, body.clone());
        }
    }
    detail.into()
}

/// Makes an object.
///
/// # Errors
/// When it makes no sense, may not be made, or the store is away.
pub async fn make(core: &Core, caller: &Caller, kind: Kind, body: Value, how: &How) -> Result<Value, Refusal> {
    let mut noun = read(kind, body)?;
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let uses = resolve(core, &sight, &mut noun)?;
    let place = place_of(core, None, &noun);
    require(core, caller, kind.word(), "create", &place, &noun.name()).await?;
    not_archived(core, place.project.as_ref())?;
    check(core, caller, &sight, None, &noun)?;
    let (now, body) = (Timestamp::now(), body_of(&noun)?);
    if let Some(known) = core.once.known(caller, how, kind, &body)? {
        return object(core, caller, kind, &known).await;
    }
    let made = Object {
        id: ObjectId(new_id(now)),
        kind: kind.word().to_owned(),
        project: place.project.filter(|_| kind != Kind::Project),
        name: noun.name(),
        version: 1,
        body: body.clone(),
        uses,
        made: now,
        made_by: caller.name.clone(),
        changed: now,
        changed_by: caller.name.clone(),
    };
    let entry =
        core.entry(caller, &format!("{}.create", kind.word()), (kind.word(), &made.name), "ok", detail(&made.id, None, Some(&body)));
    let id = made.id.0.clone();
    if how.dry_run {
        taken(core, &made)?;
        return view::object(&Item { kind, noun, role: None, object: made });
    }
    core.estate.write(&[ObjectWrite::Insert(made)], &[entry]).await.map_err(|error| refusal(&error))?;
    core.once.remember(caller, how, kind, &body, &id);
    let made = core.estate.get(kind, &id).ok_or_else(|| not_there(kind, &id))?;
    view::object(&made)
}

/// Refuses a name that another has, for a dry run; the store does it otherwise.
fn taken(core: &Core, object: &Object) -> Result<(), Refusal> {
    let same = |item: &Arc<Item>| item.object.name == object.name && item.object.project == object.project && item.object.id != object.id;
    let kind = Kind::ALL.iter().find(|kind| kind.word() == object.kind);
    match kind.is_some_and(|kind| core.estate.all(*kind).iter().any(same)) {
        true => Err(Refusal::new(api::ErrorCode::Conflict, format!("there is a {} `{}` already", object.kind, object.name))),
        false => Ok(()),
    }
}

fn at_version(item: &Item, how: &How) -> Result<(), Refusal> {
    match how.version {
        Some(version) if version != item.object.version => {
            let (word, name) = (item.kind.word(), &item.object.name);
            let text = format!("the {word} `{name}` is at version {} by now, not {version}", item.object.version);
            Err(Refusal::new(api::ErrorCode::Stale, text).with_hint(format!("{} has changed it; read it again", item.object.changed_by)))
        }
        _ => Ok(()),
    }
}

fn not_builtin(kind: Kind, word: &str) -> Result<(), Refusal> {
    match kind == Kind::Role && crate::policy::builtin::get(word).is_some() {
        true => Err(Refusal::new(api::ErrorCode::Conflict, format!("the role `{word}` comes with this program and stays as it is"))
            .with_hint("make a role of your own")),
        false => Ok(()),
    }
}

/// Changes an object.
///
/// # Errors
/// When it makes no sense, may not be done, somebody was faster, or the store is away.
pub async fn change(
    core: &Core,
    caller: &Caller,
    kind: Kind,
    word: &str,
    body: Value,
    extent: Extent,
    how: &How,
) -> Result<Value, Refusal> {
    not_builtin(kind, word)?;
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let (item, old_place) = seen(core, caller, &sight, kind, word).await?;
    require(core, caller, kind.word(), "change", &old_place, &item.object.name).await?;
    at_version(&item, how)?;
    let body = match extent {
        Extent::Whole => body,
        Extent::Part => {
            let mut whole = item.noun.write().map_err(|error| Refusal::internal(error.to_string()))?;
            patch(&mut whole, body);
            whole
        }
    };
    let mut noun = read(kind, body)?;
    let uses = resolve(core, &sight, &mut noun)?;
    let place = place_of(core, Some(&item.object.id), &noun);
    if place != old_place {
        // It moves: it must be allowed to go there too.
        require(core, caller, kind.word(), "create", &place, &noun.name()).await?;
    }
    if kind != Kind::Project {
        not_archived(core, place.project.as_ref())?;
    }
    check(core, caller, &sight, Some(&item.object.id), &noun)?;
    let body = body_of(&noun)?;
    let next = Object {
        project: place.project.filter(|_| kind != Kind::Project),
        name: noun.name(),
        version: item.object.version + 1,
        body: body.clone(),
        uses,
        changed: Timestamp::now(),
        changed_by: caller.name.clone(),
        ..item.object.clone()
    };
    if body == item.object.body {
        return view::object(&item);
    }
    let told = detail(&next.id, Some(&item.object.body), Some(&body));
    let entry = core.entry(caller, &format!("{}.change", kind.word()), (kind.word(), &next.name), "ok", told);
    if how.dry_run {
        taken(core, &next)?;
        return view::object(&Item { kind, noun, role: None, object: next });
    }
    let id = next.id.0.clone();
    core.estate.write(&[ObjectWrite::Update(next)], &[entry]).await.map_err(|error| refusal(&error))?;
    let changed = core.estate.get(kind, &id).ok_or_else(|| not_there(kind, word))?;
    view::object(&changed)
}

/// A JSON merge patch (RFC 7396).
fn patch(into: &mut Value, with: Value) {
    let Value::Object(with) = with else {
        *into = with;
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Value::Object(into) = into else { return };
    for (field, value) in with {
        if value.is_null() {
            into.remove(&field);
        } else {
            patch(into.entry(field).or_insert(Value::Null), value);
        }
    }
}

/// Deletes an object.
///
/// # Errors
/// When it may not be done, something still uses it, somebody was faster, or the store is away.
pub async fn delete(core: &Core, caller: &Caller, kind: Kind, word: &str, how: &How) -> Result<Value, Refusal> {
    not_builtin(kind, word)?;
    let _turn = core.estate.turn().await;
    let sight = sight(core, caller).await?;
    let (item, place) = seen(core, caller, &sight, kind, word).await?;
    let name = &item.object.name;
    require(core, caller, kind.word(), "delete", &place, name).await?;
    at_version(&item, how)?;
    let conflict = |text: String| Refusal::new(api::ErrorCode::Conflict, text);
    let using = users(core, &item.object.id);
    if !using.is_empty() {
        let text = format!("the {} `{name}` is in use: {}", kind.word(), using.join(", "));
        return Err(conflict(text).with_hint("change or delete these first"));
    }
    if let Noun::Project(project) = &item.noun
        && project.state != ProjectState::Archived
    {
        return Err(
            conflict(format!("the project `{name}` is active")).with_hint("archive it first: `sylvite project set NAME state=archived`")
        );
    }
    let shown = view::object(&item)?;
    if how.dry_run {
        return Ok(shown);
    }
    let told = detail(&item.object.id, Some(&item.object.body), None);
    let entry = core.entry(caller, &format!("{}.delete", kind.word()), (kind.word(), name), "ok", told);
    let write = ObjectWrite::Delete { id: item.object.id.clone(), version: item.object.version };
    core.estate.write(&[write], &[entry]).await.map_err(|error| refusal(&error))?;
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_changes_what_it_names_and_null_takes_away() {
        let mut whole = json!({"name": "a", "scope": {"kind": "project", "id": "x"}, "note": "n"});
        patch(&mut whole, json!({"scope": {"id": "y"}, "note": null, "new": [1]}));
        assert_eq!(whole, json!({"name": "a", "scope": {"kind": "project", "id": "y"}, "new": [1]}));
    }

    #[test]
    fn fields_of_all_objects_may_come_back_in_a_request() {
        let noun = read(Kind::Project, json!({"id": "x", "version": 4, "made_by": "me", "name": "shop"})).unwrap();
        assert_eq!(noun.name(), "shop");
        let refused = read(Kind::Project, json!({"name": "a b"})).unwrap_err();
        assert!(refused.errors.contains_key("name"), "{refused:?}");
    }

    #[test]
    fn lists_know_the_fields_of_their_kind() {
        assert!(fields(Kind::Project).contains(&"max_hosts") && fields(Kind::Role).contains(&"changed_by"));
        assert!(!fields(Kind::Tag).contains(&"permissions"));
    }
}
