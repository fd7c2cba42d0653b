//! Laws of the catalogue.

use super::{Lab, at, map};
use crate::{AuditEntry, Error, Object, ObjectId, ObjectWrite, Store};
use value::Value;

fn id(text: &str) -> ObjectId {
    ObjectId(text.into())
}

fn object(key: &str, kind: &str, project: Option<&str>, name: &str) -> Object {
    Object {
        id: id(key),
        kind: kind.into(),
        project: project.map(id),
        name: name.into(),
        version: 1,
        body: map(r#"{"title":"主机","rank":3}"#),
        uses: project.into_iter().map(id).collect(),
        made: at(0),
        made_by: "root".into(),
        changed: at(0),
        changed_by: "root".into(),
    }
}

fn entry(verb: &str) -> AuditEntry {
    AuditEntry {
        at: at(1),
        actor: "local:root".into(),
        origin: "unix".into(),
        verb: verb.into(),
        object_kind: "project".into(),
        object: "shop".into(),
        result: "ok".into(),
        detail: Value::Null,
    }
}

async fn all(store: &dyn Store) -> Vec<Object> {
    store.objects("", 100).await.unwrap()
}

fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Conflict { .. })
}

pub async fn an_object_reads_back_after_a_restart(lab: &dyn Lab) {
    let store = lab.open().await;
    let (shop, web) = (object("a", "project", None, "shop"), object("b", "service", Some("a"), "web"));
    let head = store.write_objects(&[ObjectWrite::Insert(shop.clone()), ObjectWrite::Insert(web.clone())], &[entry("x")]).await.unwrap();
    assert_eq!(head.sequence, 1);
    let again = lab.open().await;
    assert_eq!(all(&*again).await, [shop.clone(), web.clone()]);
    assert_eq!(again.objects("a", 1).await.unwrap(), std::slice::from_ref(&web));
    let next = Object { version: 2, name: "web2".into(), changed: at(9), changed_by: "anna".into(), uses: Vec::new(), ..web };
    store.write_objects(&[ObjectWrite::Update(next.clone())], &[]).await.unwrap();
    assert_eq!(all(&*again).await, [shop, next]);
}

pub async fn a_name_is_one_of_a_kind_in_a_project(lab: &dyn Lab) {
    let store = lab.open().await;
    let insert = async |object: Object| store.write_objects(&[ObjectWrite::Insert(object)], &[]).await;
    for taken in [object("a", "project", None, "shop"), object("b", "service", None, "shop"), object("c", "project", Some("a"), "shop")] {
        insert(taken).await.unwrap();
    }
    assert!(is_conflict(&insert(object("d", "project", None, "shop")).await.unwrap_err()));
    assert!(is_conflict(&insert(object("a", "project", None, "other")).await.unwrap_err()), "an id is taken once");
    let renamed = Object { version: 2, name: "free".into(), ..object("b", "service", None, "") };
    store.write_objects(&[ObjectWrite::Update(renamed)], &[]).await.unwrap();
    insert(object("e", "service", None, "shop")).await.unwrap();
}

pub async fn of_two_who_change_one_version_the_second_is_refused(lab: &dyn Lab) {
    let store = lab.open().await;
    store.write_objects(&[ObjectWrite::Insert(object("a", "project", None, "shop"))], &[]).await.unwrap();
    let change = |by: &str| ObjectWrite::Update(Object { version: 2, changed_by: by.into(), ..object("a", "project", None, "shop") });
    store.write_objects(&[change("anna")], &[]).await.unwrap();
    assert!(is_conflict(&store.write_objects(&[change("bert")], &[]).await.unwrap_err()));
    assert!(is_conflict(&store.write_objects(&[ObjectWrite::Delete { id: id("a"), version: 1 }], &[]).await.unwrap_err()));
    assert_eq!(all(&*store).await[0].changed_by, "anna");
    store.write_objects(&[ObjectWrite::Delete { id: id("a"), version: 2 }], &[]).await.unwrap();
    assert!(all(&*store).await.is_empty());
}

pub async fn what_others_use_does_not_go(lab: &dyn Lab) {
    let store = lab.open().await;
    let both = [ObjectWrite::Insert(object("a", "project", None, "shop")), ObjectWrite::Insert(object("b", "service", Some("a"), "web"))];
    store.write_objects(&both, &[]).await.unwrap();
    let (project, service) = (ObjectWrite::Delete { id: id("a"), version: 1 }, ObjectWrite::Delete { id: id("b"), version: 1 });
    let refused = store.write_objects(std::slice::from_ref(&project), &[]).await.unwrap_err();
    assert!(is_conflict(&refused) && refused.to_string().contains("service `web`"), "{refused}");
    store.write_objects(&[service, project], &[]).await.unwrap();
    assert!(all(&*store).await.is_empty());
}

pub async fn a_change_that_is_refused_leaves_no_trace_anywhere(lab: &dyn Lab) {
    let store = lab.open().await;
    store.write_objects(&[ObjectWrite::Insert(object("a", "project", None, "shop"))], &[entry("one")]).await.unwrap();
    let writes = [ObjectWrite::Insert(object("b", "project", None, "new")), ObjectWrite::Insert(object("c", "project", None, "shop"))];
    assert!(store.write_objects(&writes, &[entry("two")]).await.is_err());
    assert_eq!((all(&*store).await.len(), store.audit_head().await.unwrap().sequence), (1, 1));
    assert!(store.verify_audit().await.unwrap().broken.is_none());
}
