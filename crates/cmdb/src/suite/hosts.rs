//! Laws of hosts.

use super::{Lab, at, id, ids, map};
use crate::{About, Host, HostState, ObjectId, Page};

fn host(name: &str) -> Host {
    Host {
        id: id(name),
        state: HostState::Active,
        until: None,
        project: None,
        environment: None,
        about: About::default(),
        facts: map(r#"{"os":"Debian","ipv4":["192.0.2.1"]}"#),
        version: 1,
        made: at(0),
        changed: at(0),
        changed_by: "master".into(),
    }
}

pub async fn a_host_reads_back_as_it_was_last_written(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_hosts(&[host("web1")], &[]).await.unwrap();
    let about = About {
        reason: "new disk".into(),
        services: [ObjectId("s1".into())].into(),
        labels: [("team".to_owned(), "前端".to_owned())].into(),
        tags: ["edge".to_owned()].into(),
        custom: map(r#"{"rack":7}"#),
        notes: "x".into(),
    };
    let changed = Host {
        state: HostState::Maintenance,
        until: Some(at(60)),
        project: Some(ObjectId("p1".into())),
        environment: Some(ObjectId("e1".into())),
        about,
        version: 2,
        changed: at(5),
        changed_by: "anna".into(),
        ..host("web1")
    };
    store.put_hosts(std::slice::from_ref(&changed), &[]).await.unwrap();
    assert_eq!(lab.open().await.hosts(&Page::default()).await.unwrap().items, [changed]);
}

pub async fn hosts_page_in_the_order_of_their_ids(lab: &dyn Lab) {
    let store = lab.open().await;
    let many: Vec<_> = ids(5).iter().rev().map(|id| host(id.as_str())).collect();
    store.put_hosts(&many, &[]).await.unwrap();
    let first = store.hosts(&Page::first(3)).await.unwrap();
    let rest = store.hosts(&Page::after(first.next.unwrap(), 3)).await.unwrap();
    let names: Vec<_> = first.items.iter().chain(&rest.items).map(|host| host.id.to_string()).collect();
    assert_eq!(names, ["m00000", "m00001", "m00002", "m00003", "m00004"]);
}

pub async fn a_deleted_host_is_gone_and_others_stay(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_hosts(&[host("web1"), host("web2")], &[]).await.unwrap();
    assert_eq!(store.delete_hosts(&[id("web1"), id("nobody")], &[]).await.unwrap(), 1);
    let left = store.hosts(&Page::default()).await.unwrap().items;
    assert!(left.len() == 1 && left[0].id == id("web2"));
}
