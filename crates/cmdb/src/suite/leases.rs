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
