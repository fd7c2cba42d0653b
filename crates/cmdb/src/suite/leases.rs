//! Laws of leases.

use super::{Lab, at};

pub async fn a_lease_has_one_holder_until_it_runs_out(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.lease("x").await.unwrap(), None);
    assert!(store.take_lease("x", "a", at(10), at(0)).await.unwrap());
    assert!(!store.take_lease("x", "b", at(12), at(2)).await.unwrap(), "another has it");
    assert!(store.take_lease("x", "a", at(14), at(4)).await.unwrap(), "who has it takes it again");
    assert!(!store.take_lease("x", "b", at(23), at(13)).await.unwrap(), "the old end does not count any more");
    assert_eq!(store.lease("x").await.unwrap(), Some(("a".to_owned(), at(14))));
    assert!(store.take_lease("x", "b", at(24), at(14)).await.unwrap(), "it has run out");
    assert!(!store.take_lease("x", "a", at(30), at(20)).await.unwrap(), "who lost it does not have it any more");
    assert!(store.take_lease("y", "a", at(30), at(20)).await.unwrap(), "another lease is another matter");
}

pub async fn a_lease_that_is_given_back_is_free_at_once(lab: &dyn Lab) {
    let store = lab.open().await;
    assert!(store.take_lease("x", "a", at(10), at(0)).await.unwrap());
    assert!(store.take_lease("x", "a", at(3), at(3)).await.unwrap());
    assert!(store.take_lease("x", "b", at(13), at(3)).await.unwrap());
}

pub async fn two_who_take_a_lease_at_once_do_not_both_have_it(lab: &dyn Lab) {
    let (one, two) = (lab.open().await, lab.open().await);
    for round in 0..20 {
        let name = format!("lease {round}");
        let (mut first, mut second) =
            (Box::pin(one.take_lease(&name, "a", at(10), at(0))), Box::pin(two.take_lease(&name, "b", at(10), at(0))));
        let (mut a, mut b) = (None, None);
        // Both futures run on this task, but their statements interleave at every await.
        std::future::poll_fn(|context| {
            use std::task::Poll::{Pending, Ready};
            if a.is_none()
                && let Ready(done) = first.as_mut().poll(context)
            {
                a = Some(done);
            }
            if b.is_none()
                && let Ready(done) = second.as_mut().poll(context)
            {
                b = Some(done);
            }
            if a.is_some() && b.is_some() { Ready(()) } else { Pending }
        })
        .await;
        let (a, b) = (a.unwrap().unwrap(), b.unwrap().unwrap());
        assert!(a != b, "round {round}: {a} {b}");
        let holder = one.lease(&name).await.unwrap().unwrap().0;
        assert_eq!(holder, if a { "a" } else { "b" }, "round {round}");
    }
}

/// A few hundred steps of three holders over two leases, in an order that nobody chose, beside a model of one line.
pub async fn in_whatever_order_it_is_taken_a_lease_has_one_holder_until_its_end(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut model = std::collections::BTreeMap::new();
    let (mut seed, mut now) = (0x5eed_u64, 0);
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for step in 0..400 {
        now += i64::try_from(next(4)).unwrap();
        let (name, holder) = (["x", "y"][usize::from(next(2) == 1)], ["a", "b", "c"][usize::try_from(next(3)).unwrap()]);
        // A span of nothing gives the lease back.
        let until = now + i64::try_from(next(6)).unwrap();
        let may = model.get(name).is_none_or(|(holds, end)| *holds == holder || *end <= now);
        assert_eq!(store.take_lease(name, holder, at(until), at(now)).await.unwrap(), may, "step {step}: `{name}` by {holder} at {now}");
        if may {
            model.insert(name, (holder, until));
        }
        let stored = store.lease(name).await.unwrap();
        assert_eq!(stored, model.get(name).map(|(holder, end)| ((*holder).to_owned(), at(*end))), "step {step}");
    }
}
