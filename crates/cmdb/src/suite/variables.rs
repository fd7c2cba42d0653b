//! Laws of user variables.

use super::{Lab, at, id};
use crate::{Page, Scope, VariableChange};
use value::Value;

fn set(scope: Scope, name: &str, value: impl Into<Value>) -> VariableChange {
    VariableChange { scope, name: name.to_owned(), value: Some(value.into()) }
}

fn unset(scope: Scope, name: &str) -> VariableChange {
    VariableChange { scope, name: name.to_owned(), value: None }
}

pub async fn a_variable_reads_back_after_a_restart_with_the_version_that_made_it(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.variables_version().await.unwrap(), 0);
    let first = [set(Scope::Global, "a", 1), set(Scope::Host(id("web1")), "a", Value::from(vec![Value::from("x"), Value::Null]))];
    assert_eq!(store.change_variables(&first, "anna", at(1)).await.unwrap(), Some(1));
    assert_eq!(store.change_variables(&[set(Scope::Global, "a", 2)], "bert", at(2)).await.unwrap(), Some(2));
    let store = lab.open().await;
    let all = store.variables(&Page::first(9)).await.unwrap().items;
    let short: Vec<_> = all.iter().map(|one| (one.scope.clone(), one.value.clone(), one.version, one.changed_by.as_str())).collect();
    assert_eq!(
        short,
        [(Scope::Global, 2.into(), 2, "bert"), (Scope::Host(id("web1")), vec![Value::from("x"), Value::Null].into(), 1, "anna")]
    );
    assert_eq!(store.variables_version().await.unwrap(), 2);
}

pub async fn what_is_so_already_is_no_version(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.change_variables(&[set(Scope::Global, "a", 1)], "anna", at(1)).await.unwrap(), Some(1));
    assert_eq!(store.change_variables(&[set(Scope::Global, "a", 1), unset(Scope::Global, "b")], "anna", at(2)).await.unwrap(), None);
    assert_eq!(store.variables_version().await.unwrap(), 1);
    assert_eq!(store.change_variables(&[unset(Scope::Global, "a")], "anna", at(3)).await.unwrap(), Some(2));
    assert!(store.variables(&Page::first(9)).await.unwrap().items.is_empty());
}

pub async fn of_several_changes_of_a_variable_in_one_version_the_last_counts(lab: &dyn Lab) {
    let store = lab.open().await;
    let changes = [set(Scope::Global, "a", 1), set(Scope::Global, "a", 2)];
    assert_eq!(store.change_variables(&changes, "anna", at(1)).await.unwrap(), Some(1));
    let history = store.variable_history(None, &Page::first(9)).await.unwrap().items;
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].old.clone(), history[0].new.clone()), (None, Some(2.into())));
}

pub async fn variables_page_by_scope_and_name(lab: &dyn Lab) {
    let store = lab.open().await;
    let group = |name: &str| Scope::Group(name.to_owned());
    let changes = [
        set(Scope::Host(id("a")), "x", 1),
        set(group("web servers"), "b", 2),
        set(group("web servers"), "a", 3),
        set(group("db"), "z", 4),
        set(Scope::Global, "z", 5),
    ];
    store.change_variables(&changes, "anna", at(1)).await.unwrap();
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    loop {
        let part = store.variables(&page).await.unwrap();
        seen.extend(part.items.into_iter().map(|one| one.value));
        match part.next {
            Some(cursor) => page = Page::after(cursor, 2),
            None => break,
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1].map(Value::from));
}

pub async fn the_history_of_a_variable_outlives_it(lab: &dyn Lab) {
    let store = lab.open().await;
    store.change_variables(&[set(Scope::Global, "a", 1), set(Scope::Global, "b", 1)], "anna", at(1)).await.unwrap();
    store.change_variables(&[set(Scope::Global, "a", 2)], "bert", at(2)).await.unwrap();
    store.change_variables(&[unset(Scope::Global, "a")], "carl", at(3)).await.unwrap();
    let (mut seen, mut page) = (Vec::new(), Page::first(1));
    loop {
        let part = store.variable_history(Some("a"), &page).await.unwrap();
        seen.extend(part.items.into_iter().map(|edit| (edit.version, edit.old, edit.new, edit.by)));
        match part.next {
            Some(cursor) => page = Page::after(cursor, 1),
            None => break,
        }
    }
    let expected = [
        (3, Some(2.into()), None, "carl".to_owned()),
        (2, Some(1.into()), Some(2.into()), "bert".to_owned()),
        (1, None, Some(1.into()), "anna".to_owned()),
    ];
    assert_eq!(seen, expected);
    assert_eq!(store.variable_history(None, &Page::first(9)).await.unwrap().items.len(), 4);
}

pub async fn two_who_change_variables_at_once_have_each_a_version(lab: &dyn Lab) {
    let (one, two) = (lab.open().await, lab.open().await);
    let write = async |store: &dyn crate::Store, by: &str| {
        for n in 0..10 {
            store.change_variables(&[set(Scope::Group(by.to_owned()), "n", n)], by, at(n)).await.unwrap();
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
    let history = one.variable_history(None, &Page::first(99)).await.unwrap().items;
    let versions: Vec<u64> = history.iter().map(|edit| edit.version).collect();
    assert_eq!(versions, (1..=20).rev().collect::<Vec<_>>());
}
