//! Laws of the mine.

use super::{Lab, at, id, map};
use crate::{MineEntry, Page};
use model::{Target, TargetKind};

fn entry(function: &str, value: i64) -> MineEntry {
    MineEntry { function: function.to_owned(), value: value.into(), allow: None }
}

pub async fn a_later_answer_takes_the_place_of_the_older_and_others_stay(lab: &dyn Lab) {
    let store = lab.open().await;
    let web = id("web1");
    let mut seen = entry("ips", 1);
    seen.allow = Some(Target::new(TargetKind::Glob, "db*"));
    seen.value = map(r#"{"eth0": ["192.0.2.1", "a\u0000b"]}"#).into();
    store.put_mine(&web, &[entry("ips", 0), entry("up", 1)], at(1)).await.unwrap();
    store.put_mine(&web, &[seen.clone()], at(2)).await.unwrap();
    assert_eq!(lab.open().await.mine_of(&web).await.unwrap(), [seen, entry("up", 1)]);
}

pub async fn answers_of_a_function_page_by_minion(lab: &dyn Lab) {
    let store = lab.open().await;
    for name in ["c", "a", "b"] {
        store.put_mine(&id(name), &[entry("x", 1), entry("y", 2)], at(1)).await.unwrap();
    }
    let first = store.mine("x", &Page::first(2)).await.unwrap();
    let rest = store.mine("x", &Page::after(first.next.clone().unwrap(), 2)).await.unwrap();
    let minions: Vec<_> = first.items.iter().chain(&rest.items).map(|mined| mined.minion.to_string()).collect();
    assert_eq!((minions.join(" ").as_str(), rest.next.is_none()), ("a b c", true));
    assert!(store.mine("z", &Page::first(2)).await.unwrap().items.is_empty());
}

pub async fn one_answer_goes_or_all_of_a_minion(lab: &dyn Lab) {
    let store = lab.open().await;
    for name in ["a", "b"] {
        store.put_mine(&id(name), &[entry("x", 1), entry("y", 2), entry("z", 3)], at(1)).await.unwrap();
    }
    assert_eq!(store.delete_mine(&id("a"), Some("x")).await.unwrap(), 1);
    assert_eq!(store.delete_mine(&id("a"), Some("x")).await.unwrap(), 0);
    assert_eq!(store.delete_mine(&id("a"), None).await.unwrap(), 2);
    assert_eq!(store.mine_of(&id("b")).await.unwrap().len(), 3);
    store.forget_minion(&id("b")).await.unwrap();
    assert!(store.mine_of(&id("b")).await.unwrap().is_empty(), "a forgotten minion is forgotten in the mine too");
}
