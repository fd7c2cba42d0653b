//! Laws of minions.

use super::{Lab, at, id, ids, job, map, offer};
use crate::{GrainPush, Grant, MinionFilter, Page, PresenceChange, Reach};
use model::{MinionId, Presence};

fn online(minion: &MinionId, second: i64) -> PresenceChange {
    let presence = Presence::Online { since: at(second), address: "192.0.2.1:4000".into() };
    PresenceChange { minion: minion.clone(), presence, version: Some("0.1.0".into()) }
}

fn offline(minion: &MinionId, second: i64) -> PresenceChange {
    let presence = Presence::Offline { since: at(second), reason: "no heartbeat".into() };
    PresenceChange { minion: minion.clone(), presence, version: None }
}

pub async fn a_minion_unknown_before_is_known_after_its_first_session(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.minion(&id("web1")).await.unwrap(), None);
    store.set_presence(&[online(&id("web1"), 1)]).await.unwrap();
    let minion = lab.open().await.minion(&id("web1")).await.unwrap().unwrap();
    assert_eq!(minion.presence, Presence::Online { since: at(1), address: "192.0.2.1:4000".into() });
    assert_eq!((minion.version.as_str(), minion.grains.len(), minion.grains_at), ("0.1.0", 0, None));
    store.set_presence(&[offline(&id("web1"), 5)]).await.unwrap();
    let minion = store.minion(&id("web1")).await.unwrap().unwrap();
    assert_eq!(minion.presence, Presence::Offline { since: at(5), reason: "no heartbeat".into() });
    assert_eq!(minion.version, "0.1.0", "an end without a version leaves the known one");
}

pub async fn the_end_of_an_old_session_does_not_end_the_new_one(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    store.set_presence(&[online(&web1, 10)]).await.unwrap();
    store.set_presence(&[offline(&web1, 9)]).await.unwrap();
    let there = Presence::Online { since: at(10), address: "192.0.2.1:4000".into() };
    assert_eq!(store.minion(&web1).await.unwrap().unwrap().presence, there);
    // Nor within one batch; but a clock that was set back still opens sessions.
    store.set_presence(&[online(&web1, 20), offline(&web1, 19)]).await.unwrap();
    assert!(matches!(store.minion(&web1).await.unwrap().unwrap().presence, Presence::Online { since, .. } if since == at(20)));
    store.set_presence(&[online(&web1, 3)]).await.unwrap();
    assert!(matches!(store.minion(&web1).await.unwrap().unwrap().presence, Presence::Online { since, .. } if since == at(3)));
}

pub async fn last_seen_never_goes_back(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, stranger) = (id("web1"), id("stranger"));
    store.set_presence(&[online(&web1, 1)]).await.unwrap();
    store.set_last_seen(&[(web1.clone(), at(30)), (web1.clone(), at(20)), (stranger, at(30))]).await.unwrap();
    store.set_last_seen(&[(web1.clone(), at(10))]).await.unwrap();
    store.set_presence(&[online(&web1, 2)]).await.unwrap();
    let minions = store.minions(&MinionFilter::default(), &Page::default()).await.unwrap();
    let seen: Vec<_> = minions.items.iter().map(|minion| (minion.id.as_str(), minion.last_seen)).collect();
    assert_eq!(seen, [("web1", Some(at(30)))], "and a minion that is not known is passed over");
}

pub async fn after_a_restart_of_the_master_nobody_is_thought_online(lab: &dyn Lab) {
    let store = lab.open().await;
    store.set_presence(&[online(&id("web1"), 1), online(&id("web2"), 1), offline(&id("web3"), 1)]).await.unwrap();
    store.close().await;
    let store = lab.open().await;
    assert_eq!(store.set_all_offline("the master restarted", at(9)).await.unwrap(), 2);
    let online = MinionFilter { reach: Reach::Online, prefix: None };
    assert_eq!(store.minions(&online, &Page::default()).await.unwrap().items, []);
    let web3 = store.minion(&id("web3")).await.unwrap().unwrap();
    assert_eq!(web3.presence, Presence::Offline { since: at(1), reason: "no heartbeat".into() }, "who was away stays as it was");
}

pub async fn listing_pages_by_cursor_in_the_order_of_ids(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut names = ids(25);
    // Byte order, whatever the locale of the database: capitals before small letters, Chinese after both.
    names.extend([id("Z"), id("a-b"), id("ab"), id("主机")]);
    let changes: Vec<_> = names.iter().rev().map(|minion| online(minion, 1)).collect();
    store.set_presence(&changes).await.unwrap();
    names.sort();
    let (mut found, mut page) = (Vec::new(), Page::first(10));
    loop {
        let part = store.minions(&MinionFilter::default(), &page).await.unwrap();
        assert!(part.items.len() <= 10);
        found.extend(part.items.into_iter().map(|minion| minion.id));
        // A row that appears before the cursor moves nothing over the edge.
        store.set_presence(&[online(&id("A-new-one"), 2)]).await.unwrap();
        match part.next {
            Some(next) => page = Page::after(next, 10),
            None => break,
        }
    }
    assert_eq!(found, names);
}

pub async fn listing_filters_by_presence_and_prefix(lab: &dyn Lab) {
    let store = lab.open().await;
    store.set_presence(&[online(&id("web1"), 1), offline(&id("web2"), 1), online(&id("db1"), 1)]).await.unwrap();
    store.put_grains(&[GrainPush { minion: id("web%3"), grains: map("{}"), at: at(1) }]).await.unwrap();
    for (reach, prefix, expected) in [
        (Reach::All, None, vec!["db1", "web%3", "web1", "web2"]),
        (Reach::Online, None, vec!["db1", "web1"]),
        (Reach::Offline, None, vec!["web%3", "web2"]),
        (Reach::All, Some("web"), vec!["web%3", "web1", "web2"]),
        (Reach::All, Some("web%"), vec!["web%3"]),
        (Reach::Online, Some("w"), vec!["web1"]),
        (Reach::All, Some("x"), vec![]),
    ] {
        let filter = MinionFilter { reach, prefix: prefix.map(Into::into) };
        let found = store.minions(&filter, &Page::default()).await.unwrap().items;
        assert_eq!(found.iter().map(|minion| minion.id.as_str()).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub async fn a_forgotten_minion_leaves_its_jobs_and_keys(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    store.set_presence(&[online(&web1, 1)]).await.unwrap();
    for second in [1, 2] {
        let grains = map(&format!(r#"{{"n":{second}}}"#));
        store.put_grains(&[GrainPush { minion: web1.clone(), grains, at: at(second) }]).await.unwrap();
    }
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    let ping = job(1, "test.ping", std::slice::from_ref(&web1));
    store.insert_job(&ping, &[]).await.unwrap();
    assert!(store.forget_minion(&web1).await.unwrap());
    assert!(!store.forget_minion(&web1).await.unwrap());
    assert_eq!(store.minion(&web1).await.unwrap(), None);
    assert_eq!(store.grains(&web1).await.unwrap(), None);
    assert_eq!(store.grain_history(&crate::GrainFilter::default(), &Page::default()).await.unwrap().items, []);
    assert_eq!(store.keys_of(&web1).await.unwrap().len(), 1);
    assert_eq!(store.job(ping.id).await.unwrap().unwrap().expected, [web1]);
}
