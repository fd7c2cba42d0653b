//! Many states of one kind become one transaction, where that is wanted and nothing stands between them.

mod support;

use engine::{Aggregate, Options};
use sls::Request;
use support::Tree;

/// Id and comment of each result, in run order.
async fn comments(sls: &str, aggregate: Aggregate) -> Vec<(String, String)> {
    let tree = Tree([("x".to_owned(), sls.to_owned())].into_iter().collect());
    let plan = support::plan(&tree, &Request::sls("base", ["x"])).unwrap();
    let report = support::run(&plan, &Options { aggregate, ..Options::default() }).await;
    let word = |row: &engine::Row, key: &str| row.value.get(key).map(value::text::str).unwrap_or_default();
    report.rows().iter().map(|row| (word(row, "__id__"), word(row, "comment"))).collect()
}

const IN: &str = "It is in the store";

fn rows(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, comment)| ((*id).to_owned(), (*comment).to_owned())).collect()
}

const THREE: &str = "a: {store.held: []}\nb: {store.held: []}\nc: {store.held: []}\n";

#[tokio::test]
async fn states_run_by_themselves_unless_they_are_to_be_joined() {
    let one = "1 put into the store at once";
    assert_eq!(comments(THREE, Aggregate::Never).await, rows(&[("a", one), ("b", one), ("c", one)]));
    assert_eq!(comments(THREE, Aggregate::Modules(vec!["pkg".to_owned()])).await, rows(&[("a", one), ("b", one), ("c", one)]));
}

#[tokio::test]
async fn the_first_does_the_work_of_all_and_the_others_find_it_done() {
    let expected = rows(&[("a", "3 put into the store at once"), ("b", IN), ("c", IN)]);
    assert_eq!(comments(THREE, Aggregate::Always).await, expected);
    assert_eq!(comments(THREE, Aggregate::Modules(vec!["store".to_owned()])).await, expected);
}

#[tokio::test]
async fn a_state_may_ask_for_it_or_keep_out_of_it() {
    let asking = "a: {store.held: [aggregate: true]}\nb: {store.held: []}\nc: {store.held: [aggregate: false]}\n";
    let expected = rows(&[("a", "2 put into the store at once"), ("b", IN), ("c", "1 put into the store at once")]);
    assert_eq!(comments(asking, Aggregate::Never).await, expected);
}

#[tokio::test]
async fn what_waits_for_a_state_or_has_conditions_is_not_taken_forward() {
    let waiting = "a: {store.held: []}\nbetween: {test.nop: []}\nb:\n  store.held:\n    - require: [test: between]\nc:\n  store.held:\n    - onlyif: 'true'\n";
    let one = "1 put into the store at once";
    assert_eq!(comments(waiting, Aggregate::Always).await, rows(&[("a", one), ("between", "Success!"), ("b", one), ("c", one)]));
}
