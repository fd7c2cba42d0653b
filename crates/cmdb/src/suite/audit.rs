//! Laws of the audit log.

use super::{Lab, at, map};
use crate::{AuditEntry, AuditFilter, AuditHead, AuditVerdict, Checkpoint, Digest, Page, TrailFault, check_trail};
use value::Value;

fn entry(second: i64, actor: &str, verb: &str, object: &str) -> AuditEntry {
    AuditEntry {
        at: at(second),
        actor: actor.into(),
        origin: "unix".into(),
        verb: verb.into(),
        object_kind: "key".into(),
        object: object.into(),
        result: "ok".into(),
        detail: Value::Map(map(r#"{"b":1,"a":[1.5,null,"主机"]}"#)),
    }
}

pub async fn the_chain_is_whole_and_goes_on_after_a_restart(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.verify_audit().await.unwrap(), AuditVerdict { checked: 0, broken: None });
    let head =
        store.append_audit(&[entry(1, "local:root", "key.accept", "web1"), entry(2, "user:a\0", "key.delete", "web1")]).await.unwrap();
    assert_eq!(head, store.audit_head().await.unwrap());
    store.close().await;
    let store = lab.open().await;
    assert_eq!(store.audit_head().await.unwrap(), head);
    let next = store.append_audit(&[entry(3, "local:root", "key.accept", "web2")]).await.unwrap();
    assert_eq!(next.sequence, 3);
    assert_ne!(next.hash, head.hash);
    assert_eq!(store.verify_audit().await.unwrap(), AuditVerdict { checked: 3, broken: None });
    let records = store.audit(&AuditFilter::default(), &Page::default()).await.unwrap().items;
    assert_eq!((records[0].sequence, records[0].hash, &records[0].entry), (3, next.hash, &entry(3, "local:root", "key.accept", "web2")));
}

pub async fn entries_filter_and_page(lab: &dyn Lab) {
    let store = lab.open().await;
    let entries: Vec<_> = (1..=6).map(|n| entry(n, if n % 2 == 0 { "a" } else { "b" }, "key.accept", &format!("web{n}"))).collect();
    store.append_audit(&entries).await.unwrap();
    let found = async |filter: AuditFilter| {
        store.audit(&filter, &Page::default()).await.unwrap().items.iter().map(|record| record.sequence).collect::<Vec<_>>()
    };
    assert_eq!(found(AuditFilter { actor: Some("a".into()), ..Default::default() }).await, [6, 4, 2]);
    assert_eq!(found(AuditFilter { object_kind: Some("key".into()), object: Some("web3".into()), ..Default::default() }).await, [3]);
    assert_eq!(found(AuditFilter { verb: Some("job.submit".into()), ..Default::default() }).await, Vec::<u64>::new());
    assert_eq!(found(AuditFilter { since: Some(at(2)), until: Some(at(4)), ..Default::default() }).await, [3, 2]);
    let first = store.audit(&AuditFilter::default(), &Page::first(4)).await.unwrap();
    let rest = store.audit(&AuditFilter::default(), &Page::after(first.next.unwrap(), 4)).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (4, 2, None));
}

pub async fn two_writers_at_once_make_one_chain(lab: &dyn Lab) {
    let (one, two) = (lab.open().await, lab.open().await);
    let write = async |store: &dyn crate::Store, actor: &str| {
        for n in 0..20 {
            store.append_audit(&[entry(n, actor, "job.submit", "x")]).await.unwrap();
        }
    };
    // Both futures run on this task, but their statements interleave at every await.
    let (mut first, mut second) = (Box::pin(write(&*one, "one")), Box::pin(write(&*two, "two")));
    let mut done = (false, false);
    std::future::poll_fn(|context| {
        done.0 = done.0 || first.as_mut().poll(context).is_ready();
        done.1 = done.1 || second.as_mut().poll(context).is_ready();
        if done == (true, true) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!(one.verify_audit().await.unwrap(), AuditVerdict { checked: 40, broken: None });
}

fn signed(head: AuditHead, second: i64) -> Checkpoint {
    Checkpoint { sequence: head.sequence, hash: head.hash, at: at(second), key: "aa".into(), signature: "bb".into() }
}

pub async fn checkpoints_are_kept_and_the_first_of_a_number_stays(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = signed(store.append_audit(&[entry(1, "a", "key.accept", "web1")]).await.unwrap(), 1);
    let second = signed(store.append_audit(&[entry(2, "a", "key.accept", "web2")]).await.unwrap(), 2);
    for checkpoint in [&second, &first, &Checkpoint { at: at(9), ..first.clone() }] {
        store.put_checkpoint(checkpoint).await.unwrap();
    }
    let kept = lab.open().await.checkpoints().await.unwrap();
    assert_eq!(kept, [first, second]);
    let report = check_trail(&*store, &kept).await.unwrap();
    assert_eq!((report.checked, report.checkpoints, report.faults), (2, 2, Vec::new()));
    let some = store.audit_after(1, 10).await.unwrap();
    assert!(some.len() == 1 && some[0].sequence == 2 && some[0].entry.object == "web2");
}

pub async fn a_log_that_is_shorter_than_what_was_signed_is_cut(lab: &dyn Lab) {
    let store = lab.open().await;
    let head = store.append_audit(&[entry(1, "a", "key.accept", "web1")]).await.unwrap();
    let beyond = signed(AuditHead { sequence: head.sequence + 4, hash: head.hash }, 1);
    assert_eq!(check_trail(&*store, &[beyond]).await.unwrap().faults, [TrailFault::Cut { end: 1, signed: 5 }]);
}

pub async fn a_chain_that_is_not_the_signed_one_is_found(lab: &dyn Lab) {
    let store = lab.open().await;
    let head = store.append_audit(&[entry(1, "a", "key.accept", "web1"), entry(2, "a", "key.accept", "web2")]).await.unwrap();
    let other = signed(AuditHead { hash: Digest([7; 32]), ..head }, 1);
    assert_eq!(check_trail(&*store, &[other]).await.unwrap().faults, [TrailFault::Replaced { sequence: 2 }]);
}
