//! Laws of returns.

use super::{Lab, at, id, ids, job, map, returned};
use crate::{Page, ProgressChange, Stored};
use model::{JobId, Progress, Return, Stage};
use value::Value;

pub async fn a_return_reads_back_and_ends_its_pair(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, web2) = (id("web1"), id("web2"));
    let made = job(1, "state.apply", &[web1.clone(), web2.clone()]);
    store.insert_job(&made, &[]).await.unwrap();
    let changed = Value::Map(map(r#"{"a":{"result":true,"changes":{}}}"#));
    let notes = vec!["x.sls, line 2: a word".to_owned()];
    let good = Return { out: Some("highstate".into()), notes, ..returned(&made, &web1, changed) };
    let bad = Return { success: false, retcode: 2, function: "state.highstate".into(), ..returned(&made, &web2, "no such state") };
    assert_eq!(store.insert_returns(&[good.clone(), bad.clone()], at(9)).await.unwrap(), [Stored::New, Stored::New]);
    let store = lab.open().await;
    assert_eq!(store.return_of(made.id, &web1).await.unwrap(), Some(good));
    assert_eq!(store.return_of(made.id, &web2).await.unwrap(), Some(bad));
    assert_eq!(store.return_of(made.id, &id("web3")).await.unwrap(), None);
    let end = |stage| Progress { stage, reason: None, since: at(9) };
    assert_eq!(store.progress(made.id).await.unwrap(), [(web1, end(Stage::Returned)), (web2, end(Stage::Failed))]);
}

pub async fn second_return_of_a_minion_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "test.echo", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    let first = returned(&made, &web1, "first");
    assert_eq!(store.insert_returns(std::slice::from_ref(&first), at(2)).await.unwrap(), [Stored::New]);
    let second = Return { success: false, ..returned(&made, &web1, "second") };
    assert_eq!(lab.open().await.insert_returns(&[second], at(3)).await.unwrap(), [Stored::Again]);
    assert_eq!(store.return_of(made.id, &web1).await.unwrap(), Some(first));
    assert_eq!(store.progress(made.id).await.unwrap(), [(web1, Progress { stage: Stage::Returned, reason: None, since: at(2) })]);
}

pub async fn a_return_that_nobody_asked_for_is_not_stored(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, stranger) = (id("web1"), id("stranger"));
    let (made, gone) = (job(1, "test.ping", std::slice::from_ref(&web1)), job(2, "test.ping", std::slice::from_ref(&web1)));
    store.insert_job(&made, &[]).await.unwrap();
    let returns = [returned(&made, &stranger, true), returned(&gone, &web1, true), returned(&made, &web1, true)];
    assert_eq!(store.insert_returns(&returns, at(2)).await.unwrap(), [Stored::Unknown, Stored::Unknown, Stored::New]);
    assert_eq!(store.returns(made.id, &Page::default()).await.unwrap().items, returns[2..]);
    assert_eq!(store.return_of(gone.id, &web1).await.unwrap(), None);
}

pub async fn a_late_return_overrides_lost(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "test.ping", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    let lost = Progress { stage: Stage::Lost, reason: Some("no heartbeat".into()), since: at(2) };
    store.set_progress(&[ProgressChange { job: made.id, minion: web1.clone(), progress: lost }]).await.unwrap();
    assert_eq!(store.insert_returns(&[returned(&made, &web1, true)], at(3)).await.unwrap(), [Stored::New]);
    assert_eq!(store.progress(made.id).await.unwrap(), [(web1, Progress { stage: Stage::Returned, reason: None, since: at(3) })]);
}

pub async fn a_thousand_returns_go_in_as_one_batch(lab: &dyn Lab) {
    let store = lab.open().await;
    let made = job(1, "test.ping", &ids(1_000));
    store.insert_job(&made, &[]).await.unwrap();
    let returns: Vec<_> = made.expected.iter().map(|minion| returned(&made, minion, true)).collect();
    assert_eq!(store.insert_returns(&returns, at(2)).await.unwrap(), vec![Stored::New; 1_000]);
    assert_eq!(store.insert_returns(&returns, at(3)).await.unwrap(), vec![Stored::Again; 1_000]);
    assert_eq!(store.returns(made.id, &Page::first(2_000)).await.unwrap().items, returns);
    let summary = store.job_summary(made.id).await.unwrap().unwrap();
    assert_eq!((summary.stages.get(&Stage::Returned), summary.is_finished()), (Some(&1_000), true));
}

pub async fn the_first_of_two_returns_in_one_batch_counts(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "test.echo", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    let returns = [returned(&made, &web1, "first"), Return { success: false, ..returned(&made, &web1, "second") }];
    assert_eq!(store.insert_returns(&returns, at(2)).await.unwrap(), [Stored::New, Stored::Again]);
    assert_eq!(store.return_of(made.id, &web1).await.unwrap(), Some(returns[0].clone()));
    assert_eq!(store.progress(made.id).await.unwrap()[0].1.stage, Stage::Returned);
}

pub async fn returns_of_a_job_and_of_a_minion_page_by_cursor(lab: &dyn Lab) {
    let store = lab.open().await;
    let minions = ids(5);
    for second in 1..=5 {
        let made = job(second, "test.ping", &minions);
        store.insert_job(&made, &[]).await.unwrap();
        let returns: Vec<_> = minions.iter().map(|minion| returned(&made, minion, second)).collect();
        store.insert_returns(&returns, at(9)).await.unwrap();
    }
    let first = store.returns(JobId::at(at(1)), &Page::first(3)).await.unwrap();
    let rest = store.returns(JobId::at(at(1)), &Page::after(first.next.clone().unwrap(), 3)).await.unwrap();
    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|one| one.minion.clone()).collect();
    assert_eq!((seen, rest.next), (minions.clone(), None));
    let first = store.returns_of_minion(&minions[2], &Page::first(3)).await.unwrap();
    let rest = store.returns_of_minion(&minions[2], &Page::after(first.next.clone().unwrap(), 3)).await.unwrap();
    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|one| one.value.as_int().unwrap()).collect();
    assert_eq!((seen, rest.next), (vec![5, 4, 3, 2, 1], None));
}

pub async fn odd_values_do_not_make_a_batch_fail(lab: &dyn Lab) {
    let store = lab.open().await;
    let minions = ids(6);
    let made = job(1, "cmd.run", &minions);
    store.insert_job(&made, &[]).await.unwrap();
    let mut deep = Value::from(1);
    for _ in 0..60 {
        deep = Value::List(vec![deep]);
    }
    let values =
        ["nul \0 inside".into(), Value::Bytes(vec![0, 159]), f64::INFINITY.into(), deep.clone(), "🧂'\"\\{}[]%$1".into(), Value::Null];
    let mut returns: Vec<_> = minions.iter().zip(values).map(|(minion, value)| returned(&made, minion, value)).collect();
    returns[0].out = Some("raw\0".into());
    returns[1].function = "cmd.run\0".into();
    assert_eq!(store.insert_returns(&returns, at(2)).await.unwrap(), vec![Stored::New; 6]);
    let stored = store.returns(made.id, &Page::default()).await.unwrap().items;
    assert_eq!(stored[0].value, Value::from("nul \0 inside"), "what a command printed is kept as it was");
    assert_eq!((&stored[3].value, &stored[4].value, &stored[5].value), (&deep, &returns[4].value, &Value::Null));
}

pub async fn a_megabyte_comes_back_whole(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "cmd.run", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    let big = returned(&made, &web1, "0123456789abcdef".repeat(65_536));
    store.insert_returns(std::slice::from_ref(&big), at(2)).await.unwrap();
    assert_eq!(store.return_of(made.id, &web1).await.unwrap(), Some(big));
}

pub async fn an_empty_batch_is_no_error(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.insert_returns(&[], at(1)).await.unwrap(), []);
    assert_eq!(store.set_progress(&[]).await.unwrap(), 0);
    assert_eq!(store.put_grains(&[]).await.unwrap(), Vec::<usize>::new());
    store.insert_events(&[]).await.unwrap();
    store.set_presence(&[]).await.unwrap();
    store.set_last_seen(&[]).await.unwrap();
    assert_eq!(store.append_audit(&[]).await.unwrap().sequence, 0);
    let nobody = job(1, "test.ping", &[]);
    store.insert_job(&nobody, &[]).await.unwrap();
    assert_eq!(store.job(nobody.id).await.unwrap(), Some(nobody));
}
