//! Laws of events.

use super::{Lab, at, map};
use crate::{Cutoffs, EventFilter};
use model::Event;
use value::Value;

pub(super) fn event(sequence: u64, tag: &str) -> Event {
    let second = i64::try_from(sequence).unwrap();
    Event { sequence, tag: tag.into(), data: Value::Map(map(&format!(r#"{{"n":{sequence}}}"#))), at: at(second) }
}

pub async fn events_come_in_the_order_of_their_sequence(lab: &dyn Lab) {
    let store = lab.open().await;
    let events: Vec<_> = (1..=5).map(|n| event(n, "salt/job/x")).collect();
    store.insert_events(&events[3..]).await.unwrap();
    store.insert_events(&events[..3]).await.unwrap();
    assert_eq!(store.events(&EventFilter::default(), 100).await.unwrap(), events);
    let first = store.events(&EventFilter::default(), 2).await.unwrap();
    let after = EventFilter { after: first[1].sequence, ..Default::default() };
    assert_eq!((&first[..], &store.events(&after, 100).await.unwrap()[..]), (&events[..2], &events[2..]));
}

pub async fn an_event_stored_twice_is_one(lab: &dyn Lab) {
    let store = lab.open().await;
    let events = [event(1, "a"), event(2, "b")];
    store.insert_events(&events).await.unwrap();
    store.insert_events(&[event(2, "other"), event(3, "c\0"), event(3, "d")]).await.unwrap();
    let tags: Vec<_> = store.events(&EventFilter::default(), 100).await.unwrap().into_iter().map(|event| event.tag).collect();
    assert_eq!(tags, ["a", "b", "c\u{fffd}"]);
}

pub async fn events_filter_by_tag_and_time(lab: &dyn Lab) {
    let store = lab.open().await;
    store.insert_events(&[event(1, "salt/job/1/new"), event(2, "salt/key"), event(3, "salt/job/1/ret/a"), event(4, "sal%")]).await.unwrap();
    let found =
        async |filter: EventFilter| store.events(&filter, 100).await.unwrap().into_iter().map(|event| event.sequence).collect::<Vec<_>>();
    let tagged = |prefix: &str| EventFilter { tag_prefix: Some(prefix.into()), ..Default::default() };
    assert_eq!(found(tagged("salt/job/")).await, [1, 3]);
    assert_eq!(found(tagged("sal%")).await, [4]);
    assert_eq!(found(EventFilter { since: Some(at(3)), ..Default::default() }).await, [3, 4]);
}

pub async fn the_sequence_is_known_after_a_restart_and_a_purge(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.last_sequence().await.unwrap(), 0);
    store.insert_events(&[event(1, "a"), event(7, "b")]).await.unwrap();
    store.purge(&Cutoffs { events: Some(at(1_000)), ..Default::default() }).await.unwrap();
    store.close().await;
    assert_eq!(lab.open().await.last_sequence().await.unwrap(), 7);
}
