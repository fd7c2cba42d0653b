//! Laws of grains.

use super::{Lab, at, id, ids, map};
use crate::{GrainFilter, GrainPush, Page, Store};
use std::sync::Arc;
use value::{Map, Value};

fn push(minion: &str, second: i64, json: &str) -> GrainPush {
    GrainPush { minion: id(minion), grains: map(json), at: at(second) }
}

async fn history(store: &Arc<dyn Store>, filter: GrainFilter) -> Vec<(String, Option<String>, Option<String>)> {
    let found = store.grain_history(&filter, &Page::default()).await.unwrap().items;
    let text = |value: Option<Value>| value.map(|value| serde_json::to_string(&value).unwrap());
    found.into_iter().map(|change| (change.path, text(change.old), text(change.new))).collect()
}

fn line(path: &str, old: Option<&str>, new: Option<&str>) -> (String, Option<String>, Option<String>) {
    (path.into(), old.map(Into::into), new.map(Into::into))
}

pub async fn grains_read_back_as_pushed(lab: &dyn Lab) {
    let store = lab.open().await;
    let json = r#"{"os":"Debian","num_cpus":2,"load":0.5,"virtual":null,"ipv4":["127.0.0.1","10.0.0.1"],"dns":{"nameservers":[],"x":{}},
        "ssd":true,"big":9007199254740993,"kernel 版本":"6.1"}"#;
    assert_eq!(store.put_grains(&[push("web1", 1, json)]).await.unwrap(), [1]);
    assert_eq!(lab.open().await.grains(&id("web1")).await.unwrap(), Some(map(json)));
    let minion = store.minion(&id("web1")).await.unwrap().unwrap();
    assert_eq!((minion.grains, minion.grains_at), (map(json), Some(at(1))));
    assert_eq!(store.grains(&id("web2")).await.unwrap(), None);
}

pub async fn history_keeps_every_grain_change_by_path(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_grains(&[push("web1", 1, r#"{"os":"Debian","dns":{"domain":"a","search":["x"]},"gone":1}"#)]).await.unwrap();
    let second = push("web1", 2, r#"{"os":"Debian","dns":{"domain":"b","search":["x","y"]},"new":{"a":1}}"#);
    assert_eq!(store.put_grains(&[second]).await.unwrap(), [4]);
    assert_eq!(
        store.put_grains(&[push("web1", 3, r#"{"os":"Debian","dns":{"domain":"c","search":["x","y"]},"new":{"a":1}}"#)]).await.unwrap(),
        [1]
    );
    let mut found = history(&store, GrainFilter::default()).await;
    assert_eq!(found.remove(0), line("dns:domain", Some(r#""b""#), Some(r#""c""#)), "newest first");
    found.sort();
    let expected = [
        line("dns:domain", Some(r#""a""#), Some(r#""b""#)),
        line("dns:search", Some(r#"["x"]"#), Some(r#"["x","y"]"#)),
        line("gone", Some("1"), None),
        line("new", None, Some(r#"{"a":1}"#)),
    ];
    assert_eq!(found, expected);
}

pub async fn the_first_push_writes_no_history(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.put_grains(&[push("web1", 1, r#"{"a":1,"b":2}"#)]).await.unwrap(), [1]);
    assert_eq!(history(&store, GrainFilter::default()).await, []);
}

pub async fn a_push_that_changes_nothing_writes_only_its_time(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_grains(&[push("web1", 1, r#"{"a":1}"#)]).await.unwrap();
    assert_eq!(store.put_grains(&[push("web1", 2, r#"{"a":1}"#)]).await.unwrap(), [0]);
    assert_eq!(history(&store, GrainFilter::default()).await, []);
    assert_eq!(store.minion(&id("web1")).await.unwrap().unwrap().grains_at, Some(at(2)));
}

pub async fn the_order_of_keys_is_no_change(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = r#"{"zz":1,"a":2,"disks":[{"name":"sda","b":1},{"name":"sdb","b":2.0}]}"#;
    let second = r#"{"a":2,"disks":[{"b":1,"name":"sda"},{"b":2.0,"name":"sdb"}],"zz":1}"#;
    store.put_grains(&[push("web1", 1, first)]).await.unwrap();
    assert_eq!(store.put_grains(&[push("web1", 2, second)]).await.unwrap(), [0]);
    assert_eq!(store.put_grains(&[push("web1", 3, first)]).await.unwrap(), [0]);
}

pub async fn two_pushes_of_one_minion_in_one_batch_count_in_their_order(lab: &dyn Lab) {
    let store = lab.open().await;
    let pushes = [push("web1", 1, r#"{"a":1}"#), push("web2", 1, r#"{"a":1}"#), push("web1", 2, r#"{"a":2}"#)];
    assert_eq!(store.put_grains(&pushes).await.unwrap(), [1, 1, 1]);
    assert_eq!(store.grains(&id("web1")).await.unwrap(), Some(map(r#"{"a":2}"#)));
    assert_eq!(history(&store, GrainFilter::default()).await, [line("a", Some("1"), Some("2"))]);
}

pub async fn history_filters_by_minion_path_and_time_and_pages(lab: &dyn Lab) {
    let store = lab.open().await;
    for second in 0..6 {
        let json = format!(r#"{{"a":{{"b":{second},"c":{second}}},"ab":{second}}}"#);
        store.put_grains(&[push("web1", second, &json), push("web2", second, &json)]).await.unwrap();
    }
    let count = async |filter: GrainFilter| history(&store, filter).await.len();
    assert_eq!(count(GrainFilter::default()).await, 30);
    assert_eq!(count(GrainFilter { minion: Some(id("web1")), ..Default::default() }).await, 15);
    assert_eq!(count(GrainFilter { path: Some("a".into()), ..Default::default() }).await, 20, "at the path or below, not beside");
    assert_eq!(count(GrainFilter { path: Some("a:b".into()), ..Default::default() }).await, 10);
    assert_eq!(count(GrainFilter { since: Some(at(2)), until: Some(at(4)), ..Default::default() }).await, 12);
    let filter = GrainFilter { minion: Some(id("web2")), path: Some("ab".into()), ..Default::default() };
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    loop {
        let part = store.grain_history(&filter, &page).await.unwrap();
        seen.extend(part.items.into_iter().map(|change| change.new.unwrap().as_int().unwrap()));
        match part.next {
            Some(next) => page = Page::after(next, 2),
            None => break,
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

pub async fn minions_are_found_by_nested_grains(lab: &dyn Lab) {
    let store = lab.open().await;
    let pushes = [
        push("web1", 1, r#"{"os":"Debian","roles":["web","db"],"custom":{"owner":"a","n":1}}"#),
        push("web2", 1, r#"{"os":"Debian","roles":["web"],"custom":{"owner":"b","n":2}}"#),
        push("web3", 1, r#"{"os":"Alpine","roles":"web","custom":null}"#),
    ];
    store.put_grains(&pushes).await.unwrap();
    for (contained, expected) in [
        (r#"{"os":"Debian"}"#, vec!["web1", "web2"]),
        (r#"{"roles":["web"]}"#, vec!["web1", "web2"]),
        (r#"{"roles":["db","web"]}"#, vec!["web1"]),
        (r#"{"custom":{"owner":"b"}}"#, vec!["web2"]),
        (r#"{"custom":{"n":1.0}}"#, vec!["web1"]),
        (r#"{"os":"Debian","custom":{"n":3}}"#, vec![]),
        ("{}", vec!["web1", "web2", "web3"]),
    ] {
        let found = store.minions_with_grains(&map(contained), &Page::default()).await.unwrap();
        assert_eq!(found.items.iter().map(|id| id.as_str()).collect::<Vec<_>>(), expected, "{contained}");
    }
    let first = store.minions_with_grains(&map("{}"), &Page::first(2)).await.unwrap();
    let second = store.minions_with_grains(&map("{}"), &Page::after(first.next.unwrap(), 2)).await.unwrap();
    assert_eq!((first.items, second.items, second.next), (vec![id("web1"), id("web2")], vec![id("web3")], None));
}

pub async fn odd_values_do_not_make_a_push_fail(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut grains = Map::new();
    grains.insert("nul", "a\0b");
    grains.insert("a\0key", 1);
    grains.insert("bytes", Value::Bytes(vec![0, 255]));
    grains.insert("nan", f64::NAN);
    grains.insert("huge", 1e300);
    grains.insert(1, "number as key");
    grains.insert("emoji", "🧂");
    let mut again = GrainPush { minion: id("web1"), grains, at: at(1) };
    store.put_grains(std::slice::from_ref(&again)).await.unwrap();
    let stored = store.grains(&id("web1")).await.unwrap().unwrap();
    assert_eq!(stored.get("nul"), Some(&Value::from("a\u{fffd}b")));
    assert_eq!(stored.get("1"), Some(&Value::from("number as key")));
    assert_eq!(stored.get("huge"), Some(&Value::from(1e300)));
    again.at = at(2);
    assert_eq!(store.put_grains(&[again]).await.unwrap(), [0], "what was replaced is no change the next time");
}

pub async fn all_grains_page_by_cursor(lab: &dyn Lab) {
    let store = lab.open().await;
    let pushes: Vec<_> = ids(7).iter().map(|id| push(id.as_str(), 1, &format!(r#"{{"id":"{id}"}}"#))).collect();
    store.put_grains(&pushes).await.unwrap();
    let first = store.all_grains(&Page::first(5)).await.unwrap();
    let second = store.all_grains(&Page::after(first.next.clone().unwrap(), 5)).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (5, 2, None));
    for (id, grains) in first.items.into_iter().chain(second.items) {
        assert_eq!(grains.get("id"), Some(&Value::from(&id)));
    }
}
