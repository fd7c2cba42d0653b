//! Laws of keys.

use super::{Lab, at, id, offer, print};
use crate::{Error, Grant, KeyFilter, Page, Store};
use model::{KeyState, MinionId};
use std::sync::Arc;

async fn states(store: &Arc<dyn Store>, minion: &MinionId) -> Vec<(u8, KeyState)> {
    store.keys_of(minion).await.unwrap().iter().map(|key| (key.fingerprint.0[0], key.state)).collect()
}

async fn lines(store: &Arc<dyn Store>, minion: &MinionId) -> Vec<(u8, Option<KeyState>, Option<KeyState>, String)> {
    let history = store.key_history(Some(minion), &Page::default()).await.unwrap().items;
    history.into_iter().map(|change| (change.fingerprint.0[0], change.from, change.to, change.by)).collect()
}

pub async fn a_first_key_waits_for_a_decision(lab: &dyn Lab) {
    let store = lab.open().await;
    let made = offer("web1", 1, 1);
    let offered = store.offer_key(&made, &Grant::None).await.unwrap();
    assert_eq!((offered.key.state, offered.is_new, offered.token), (KeyState::Pending, true, None));
    let stored = lab.open().await.keys_of(&id("web1")).await.unwrap();
    assert_eq!(stored, std::slice::from_ref(&offered.key));
    assert_eq!((stored[0].public.as_str(), stored[0].first_seen, stored[0].changed), (made.public.as_str(), at(1), at(1)));
}

pub async fn the_same_key_again_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    let second = store.offer_key(&offer("web1", 1, 9), &Grant::None).await.unwrap();
    assert_eq!((second.key, second.is_new), (first.key, false));
    assert_eq!(lines(&store, &id("web1")).await.len(), 1);
}

pub async fn another_key_for_a_taken_id_is_denied_and_the_first_undisturbed(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    store.offer_key(&offer("web1", 1, 1), &Grant::Setting("auto_accept".into())).await.unwrap();
    for grant in [Grant::None, Grant::Setting("auto_accept".into())] {
        let second = store.offer_key(&offer("web1", 2, 2), &grant).await.unwrap();
        assert_eq!(second.key.state, KeyState::Denied);
    }
    assert_eq!(states(&store, &web1).await, [(1, KeyState::Accepted), (2, KeyState::Denied)]);
    let again = store.offer_key(&offer("web1", 1, 3), &Grant::None).await.unwrap();
    assert_eq!((again.key.state, again.key.changed), (KeyState::Accepted, at(1)));
}

pub async fn a_setting_accepts_at_once_but_never_a_rejected_key(lab: &dyn Lab) {
    let store = lab.open().await;
    let auto = Grant::Setting("auto_accept".into());
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    let pending = store.offer_key(&offer("web1", 1, 2), &auto).await.unwrap().key;
    assert_eq!((pending.state, pending.changed_by.as_str(), pending.first_seen), (KeyState::Accepted, "auto_accept", at(1)));
    store.set_key_state(&id("web1"), &print(1), KeyState::Rejected, "alice", at(3)).await.unwrap();
    assert_eq!(store.offer_key(&offer("web1", 1, 4), &auto).await.unwrap().key.state, KeyState::Rejected);
    // A rejected key goes on holding its id.
    assert_eq!(store.offer_key(&offer("web1", 2, 5), &auto).await.unwrap().key.state, KeyState::Denied);
}

pub async fn a_key_is_accepted_rejected_and_deleted_with_all_of_it_in_the_history(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    let accepted = store.set_key_state(&web1, &print(1), KeyState::Accepted, "alice", at(2)).await.unwrap().unwrap();
    assert_eq!((accepted.state, accepted.changed_by.as_str(), accepted.changed), (KeyState::Accepted, "alice", at(2)));
    store.set_key_state(&web1, &print(1), KeyState::Accepted, "bob", at(3)).await.unwrap();
    store.set_key_state(&web1, &print(1), KeyState::Rejected, "bob", at(4)).await.unwrap();
    assert_eq!(store.delete_key(&web1, &print(1), "carol", at(5)).await.unwrap().unwrap().state, KeyState::Rejected);
    assert_eq!(store.delete_key(&web1, &print(1), "carol", at(6)).await.unwrap(), None);
    assert_eq!(store.set_key_state(&web1, &print(1), KeyState::Accepted, "carol", at(6)).await.unwrap(), None);
    let (pending, accepted, rejected) = (Some(KeyState::Pending), Some(KeyState::Accepted), Some(KeyState::Rejected));
    let expected = [
        (1, rejected, None, "carol".to_owned()),
        (1, accepted, rejected, "bob".to_owned()),
        (1, pending, accepted, "alice".to_owned()),
        (1, None, pending, "offer from 192.0.2.1:4000".to_owned()),
    ];
    assert_eq!(lines(&lab.open().await, &web1).await, expected);
    let first = store.key_history(None, &Page::first(3)).await.unwrap();
    let rest = store.key_history(None, &Page::after(first.next.unwrap(), 3)).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (3, 1, None));
}

pub async fn after_the_holder_is_deleted_a_denied_key_that_comes_again_is_pending(lab: &dyn Lab) {
    let store = lab.open().await;
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    store.offer_key(&offer("web1", 2, 2), &Grant::None).await.unwrap();
    store.delete_key(&id("web1"), &print(1), "alice", at(3)).await.unwrap();
    let again = store.offer_key(&offer("web1", 2, 4), &Grant::None).await.unwrap();
    assert_eq!((again.key.state, again.is_new), (KeyState::Pending, false));
}

pub async fn accepting_a_denied_key_denies_the_one_that_held_the_id(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    store.offer_key(&offer("web1", 1, 1), &Grant::Setting("auto_accept".into())).await.unwrap();
    store.offer_key(&offer("web1", 2, 2), &Grant::None).await.unwrap();
    store.set_key_state(&web1, &print(2), KeyState::Accepted, "alice", at(3)).await.unwrap();
    assert_eq!(states(&store, &web1).await, [(2, KeyState::Accepted), (1, KeyState::Denied)]);
    assert_eq!(lines(&store, &web1).await.len(), 4, "both changes are in the history");
}

pub async fn a_denied_key_cannot_be_rejected_while_another_holds_the_id(lab: &dyn Lab) {
    let store = lab.open().await;
    store.offer_key(&offer("web1", 1, 1), &Grant::None).await.unwrap();
    store.offer_key(&offer("web1", 2, 2), &Grant::None).await.unwrap();
    let refused = store.set_key_state(&id("web1"), &print(2), KeyState::Rejected, "alice", at(3)).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { .. }), "{refused}");
    assert!(!refused.is_temporary());
    assert_eq!(states(&store, &id("web1")).await, [(1, KeyState::Pending), (2, KeyState::Denied)]);
}

pub async fn keys_page_by_cursor_and_filter_by_state(lab: &dyn Lab) {
    let store = lab.open().await;
    for (minion, byte) in [("c", 3), ("a", 1), ("a", 9), ("b", 2), ("a", 5)] {
        store.offer_key(&offer(minion, byte, 1), &Grant::None).await.unwrap();
    }
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    loop {
        let part = store.keys(&KeyFilter::default(), &page).await.unwrap();
        seen.extend(part.items.into_iter().map(|key| (key.minion.to_string(), key.fingerprint.0[0])));
        match part.next {
            Some(next) => page = Page::after(next, 2),
            None => break,
        }
    }
    assert_eq!(seen, [("a".into(), 1), ("a".into(), 5), ("a".into(), 9), ("b".into(), 2), ("c".into(), 3)]);
    let count = async |state, minion| store.keys(&KeyFilter { state, minion }, &Page::default()).await.unwrap().items.len();
    assert_eq!(count(Some(KeyState::Denied), None).await, 2);
    assert_eq!(count(Some(KeyState::Pending), None).await, 3);
    assert_eq!(count(None, Some(id("a"))).await, 3);
    let foreign = store.keys(&KeyFilter::default(), &Page::after(crate::Cursor("x".into()), 2)).await.unwrap_err();
    assert!(matches!(foreign, Error::Conflict { .. }), "{foreign}");
}

pub async fn of_ever_new_keys_for_a_taken_id_some_are_kept_and_all_are_denied(lab: &dyn Lab) {
    let store = lab.open().await;
    let auto = Grant::Setting("auto_accept".into());
    store.offer_key(&offer("web1", 1, 1), &auto).await.unwrap();
    for byte in 2..60 {
        assert_eq!(store.offer_key(&offer("web1", byte, 2), &auto).await.unwrap().key.state, KeyState::Denied);
    }
    let counts = store.key_counts().await.unwrap();
    assert_eq!((counts.get(&KeyState::Accepted), counts.get(&KeyState::Denied), counts.len()), (Some(&1), Some(&16), 2));
    assert_eq!(lines(&store, &id("web1")).await.len(), 17, "nor does the history grow");
    assert_eq!(store.offer_key(&offer("web1", 1, 3), &Grant::None).await.unwrap().key.state, KeyState::Accepted);
    // Once the holder is gone, a key that was not kept is as new.
    store.delete_key(&id("web1"), &print(1), "alice", at(4)).await.unwrap();
    let offered = store.offer_key(&offer("web1", 59, 5), &Grant::None).await.unwrap();
    assert_eq!((offered.key.state, offered.is_new), (KeyState::Pending, true));
}
