//! Laws of retention.

use super::events::event;
use super::{Lab, at, id, job, map, returned};
use crate::{Cutoffs, EventFilter, GrainFilter, GrainPush, JobFilter, Page, Purged, Retention};
use std::time::Duration;

pub async fn purge_keeps_what_is_younger(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    for second in 1..=4 {
        let made = job(second, "test.ping", std::slice::from_ref(&web1));
        store.insert_job(&made, &[]).await.unwrap();
        store.insert_returns(&[returned(&made, &web1, true)], at(second)).await.unwrap();
        store.insert_events(&[event(second.unsigned_abs(), "a")]).await.unwrap();
        let grains = map(&format!(r#"{{"n":{second}}}"#));
        store.put_grains(&[GrainPush { minion: web1.clone(), grains, at: at(second) }]).await.unwrap();
    }
    let purged = store.purge(&Cutoffs { jobs: Some(at(3)), events: Some(at(3)), grain_history: Some(at(3)) }).await.unwrap();
    assert_eq!(purged, Purged { jobs: 2, events: 2, grain_changes: 1 });
    let jobs = store.jobs(&JobFilter::default(), &Page::default()).await.unwrap().items;
    assert_eq!(jobs.iter().map(|job| job.id.made()).collect::<Vec<_>>(), [at(4), at(3)]);
    assert_eq!(store.returns_of_minion(&web1, &Page::default()).await.unwrap().items.len(), 2);
    assert_eq!(store.events(&EventFilter::default(), 100).await.unwrap().len(), 2);
    assert_eq!(store.grain_history(&GrainFilter::default(), &Page::default()).await.unwrap().items.len(), 2);
    assert_eq!(store.purge(&Cutoffs::default()).await.unwrap(), Purged::default());
    assert_eq!(store.progress(job(1, "test.ping", &[]).id).await.unwrap(), []);
}

pub async fn purge_keeps_a_job_that_waits_for_a_minion(lab: &dyn Lab) {
    let store = lab.open().await;
    let waiting = job(1, "test.ping", &[id("web1"), id("web2")]);
    store.insert_job(&waiting, &[]).await.unwrap();
    store.insert_returns(&[returned(&waiting, &id("web1"), true)], at(2)).await.unwrap();
    let all = Cutoffs { jobs: Some(at(1_000)), ..Default::default() };
    assert_eq!(store.purge(&all).await.unwrap().jobs, 0);
    store.insert_returns(&[returned(&waiting, &id("web2"), true)], at(3)).await.unwrap();
    assert_eq!(store.purge(&all).await.unwrap().jobs, 1);
    assert_eq!(store.return_of(waiting.id, &id("web1")).await.unwrap(), None);
}

pub async fn what_is_too_old_goes_while_writing(lab: &dyn Lab) {
    let hour = Duration::from_secs(3600);
    let store = lab.open_with(Retention { jobs: hour, events: hour, grain_history: hour }).await;
    let web1 = id("web1");
    for second in [0, 10, 4_000, 4_100] {
        let made = job(second, "test.ping", std::slice::from_ref(&web1));
        store.insert_job(&made, &[]).await.unwrap();
        store.insert_returns(&[returned(&made, &web1, true)], at(second)).await.unwrap();
        store.insert_events(&[event(second.unsigned_abs() + 1, "a")]).await.unwrap();
        let grains = map(&format!(r#"{{"n":{second}}}"#));
        store.put_grains(&[GrainPush { minion: web1.clone(), grains, at: at(second) }]).await.unwrap();
    }
    let jobs = store.jobs(&JobFilter::default(), &Page::default()).await.unwrap().items;
    assert_eq!(jobs.iter().map(|job| job.id.made()).collect::<Vec<_>>(), [at(4_100), at(4_000)]);
    assert_eq!(store.events(&EventFilter::default(), 100).await.unwrap().len(), 2);
    assert_eq!(store.grain_history(&GrainFilter::default(), &Page::default()).await.unwrap().items.len(), 2);
}

pub async fn a_store_tells_how_it_is(lab: &dyn Lab) {
    let store = lab.open().await;
    let health = store.health().await.unwrap();
    assert!(health.schema >= 1 && health.bytes > 0 && !health.engine.is_empty() && !health.place.is_empty(), "{health:?}");
    store.close().await;
    let error = store.health().await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
}
