//! Laws of jobs and their progress.

use super::{Lab, at, id, ids, job, map, returned};
use crate::{Error, JobFilter, Order, Page, ProgressChange};
use model::{JobId, MinionId, Progress, Stage, Target, TargetKind, Timestamp};
use std::time::Duration;
use value::Value;

fn standing(stage: Stage, reason: Option<&str>, since: Timestamp) -> Progress {
    Progress { stage, reason: reason.map(Into::into), since }
}

fn change(job: JobId, minion: &MinionId, stage: Stage, second: i64) -> ProgressChange {
    ProgressChange { job, minion: minion.clone(), progress: standing(stage, None, at(second)) }
}

pub async fn a_job_reads_back_as_stored(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut made = job(1, "state.apply", &[id("web2"), id("web1")]);
    made.calls.push(made.calls[0].clone());
    made.calls[0].args = vec![Value::from("nginx"), Value::Null];
    made.calls[0].kwargs = map(r#"{"test":true,"pillar":{"a":[1,2.5]}}"#);
    made.target = Target { kind: TargetKind::Grain, expression: "os|Debian".into(), delimiter: "|".into() };
    made.options.deadline = Some(Duration::from_millis(1500));
    made.options.metadata = Value::Map(map(r#"{"ticket":7}"#));
    store.insert_job(&made, &[]).await.unwrap();
    made.expected.sort();
    assert_eq!(lab.open().await.job(made.id).await.unwrap(), Some(made.clone()));
    let summary = store.job_summary(made.id).await.unwrap().unwrap();
    assert_eq!((&summary.calls, &summary.target, &summary.metadata), (&made.calls, &made.target, &made.options.metadata));
    assert_eq!((summary.expected(), summary.finished), (2, None));
    assert_eq!(store.job(JobId::at(at(2))).await.unwrap(), None);
    assert_eq!(store.job_summary(JobId::at(at(2))).await.unwrap(), None);
}

pub async fn an_id_that_is_taken_is_a_conflict_and_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = job(1, "test.ping", &[id("web1")]);
    store.insert_job(&first, &[]).await.unwrap();
    let error = store.insert_job(&job(1, "test.echo", &[id("web2")]), &[]).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    assert_eq!(store.job(first.id).await.unwrap(), Some(first));
}

pub async fn every_expected_minion_begins_queued_unless_said_otherwise(lab: &dyn Lab) {
    let store = lab.open().await;
    let made = job(1, "test.ping", &[id("web1"), id("web2"), id("web3")]);
    let refused = standing(Stage::Lost, Some("refused by policy"), at(1));
    let waiting = standing(Stage::Queued, Some("offline since noon"), at(1));
    let unlike = [(id("web2"), refused.clone()), (id("web3"), waiting.clone()), (id("stranger"), refused.clone())];
    store.insert_job(&made, &unlike).await.unwrap();
    let expected = [(id("web1"), standing(Stage::Queued, None, at(1))), (id("web2"), refused), (id("web3"), waiting)];
    assert_eq!(store.progress(made.id).await.unwrap(), expected);
}

pub async fn a_stage_never_goes_back_and_an_end_stays(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "test.ping", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    for (stage, second, changed, expected, since) in [
        (Stage::Delivered, 2, 1, Stage::Delivered, 2),
        (Stage::Queued, 3, 0, Stage::Delivered, 2),
        (Stage::Running, 4, 1, Stage::Running, 4),
        (Stage::Running, 5, 0, Stage::Running, 4),
        (Stage::Lost, 6, 1, Stage::Lost, 6),
        (Stage::Running, 7, 0, Stage::Lost, 6),
        (Stage::Expired, 8, 0, Stage::Lost, 6),
    ] {
        assert_eq!(store.set_progress(&[change(made.id, &web1, stage, second)]).await.unwrap(), changed, "{stage}");
        assert_eq!(store.progress(made.id).await.unwrap(), [(web1.clone(), standing(expected, None, at(since)))], "{stage}");
    }
    let strangers = [change(made.id, &id("stranger"), Stage::Running, 9), change(JobId::at(at(77)), &web1, Stage::Running, 9)];
    assert_eq!(store.set_progress(&strangers).await.unwrap(), 0);
    // The reason may change while a stage lasts; since when it lasts does not.
    let next = job(2, "test.ping", std::slice::from_ref(&web1));
    store.insert_job(&next, &[]).await.unwrap();
    let waiting = ProgressChange { job: next.id, minion: web1.clone(), progress: standing(Stage::Queued, Some("offline"), at(5)) };
    assert_eq!(store.set_progress(std::slice::from_ref(&waiting)).await.unwrap(), 1);
    assert_eq!(store.set_progress(&[waiting]).await.unwrap(), 0);
    assert_eq!(store.progress(next.id).await.unwrap(), [(web1, standing(Stage::Queued, Some("offline"), at(2)))]);
}

pub async fn of_several_changes_in_one_batch_the_furthest_counts(lab: &dyn Lab) {
    let store = lab.open().await;
    let web1 = id("web1");
    let made = job(1, "test.ping", std::slice::from_ref(&web1));
    store.insert_job(&made, &[]).await.unwrap();
    let changes = [
        change(made.id, &web1, Stage::Delivered, 2),
        change(made.id, &web1, Stage::Running, 3),
        change(made.id, &web1, Stage::Delivered, 4),
    ];
    assert_eq!(store.set_progress(&changes).await.unwrap(), 1);
    assert_eq!(store.progress(made.id).await.unwrap(), [(web1, standing(Stage::Running, None, at(3)))]);
}

pub async fn queued_jobs_of_a_minion_are_found_after_a_restart(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, web2) = (id("web1"), id("web2"));
    let jobs: Vec<_> = (1..=4).map(|second| job(second, "test.ping", &[web1.clone(), web2.clone()])).collect();
    for made in jobs.iter().rev() {
        store.insert_job(made, &[]).await.unwrap();
    }
    store.set_progress(&[change(jobs[1].id, &web1, Stage::Running, 9), change(jobs[2].id, &web1, Stage::Lost, 9)]).await.unwrap();
    store.insert_returns(&[returned(&jobs[3], &web1, true)], at(9)).await.unwrap();
    store.close().await;
    let found = lab.open().await.outstanding(&web1).await.unwrap();
    let seen: Vec<_> = found.iter().map(|one| (one.job.id, one.progress.stage)).collect();
    assert_eq!(seen, [(jobs[0].id, Stage::Queued), (jobs[1].id, Stage::Running)], "oldest first");
    assert_eq!(found[0].job.calls, jobs[0].calls);
}

pub async fn unfinished_pairs_are_found_after_a_restart(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, web2) = (id("web1"), id("web2"));
    let made = job(1, "test.ping", &[web1.clone(), web2.clone()]);
    store.insert_job(&made, &[]).await.unwrap();
    store.insert_returns(&[returned(&made, &web1, true)], at(2)).await.unwrap();
    store.close().await;
    assert_eq!(lab.open().await.unfinished().await.unwrap(), [change(made.id, &web2, Stage::Queued, 1)]);
}

pub async fn jobs_page_by_cursor_newest_and_oldest_first(lab: &dyn Lab) {
    let store = lab.open().await;
    for second in 1..=7 {
        store.insert_job(&job(second, "test.ping", &[id("web1")]), &[]).await.unwrap();
    }
    for order in [Order::Newest, Order::Oldest] {
        let filter = JobFilter { order, ..Default::default() };
        let (mut seen, mut page) = (Vec::new(), Page::first(3));
        loop {
            let part = store.jobs(&filter, &page).await.unwrap();
            seen.extend(part.items.into_iter().map(|job| job.id));
            match part.next {
                Some(next) => page = Page::after(next, 3),
                None => break,
            }
        }
        let mut expected: Vec<_> = (1..=7).map(|second| JobId::at(at(second))).collect();
        if order == Order::Newest {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

pub async fn jobs_filter_by_function_user_minion_time_and_end(lab: &dyn Lab) {
    let store = lab.open().await;
    let (web1, web2) = (id("web1"), id("web2"));
    let mut made = vec![
        job(1, "test.ping", std::slice::from_ref(&web1)),
        job(2, "test.echo", std::slice::from_ref(&web2)),
        job(3, "test.ping", &[web1.clone(), web2]),
    ];
    made[1].user = "alice".into();
    made[2].target.expression = "web*".into();
    for job in &made {
        store.insert_job(job, &[]).await.unwrap();
    }
    store.insert_returns(&[returned(&made[0], &web1, true)], at(9)).await.unwrap();
    let seconds = async |filter: JobFilter| {
        let found = store.jobs(&filter, &Page::default()).await.unwrap().items;
        found.iter().map(|job| job.id.made().since(at(0)).as_secs()).collect::<Vec<_>>()
    };
    let all = JobFilter::default;
    assert_eq!(seconds(all()).await, [3, 2, 1]);
    assert_eq!(seconds(JobFilter { function: Some("test.ping".into()), ..all() }).await, [3, 1]);
    assert_eq!(seconds(JobFilter { user: Some("alice".into()), ..all() }).await, [2]);
    assert_eq!(seconds(JobFilter { target: Some("web*".into()), ..all() }).await, [3]);
    assert_eq!(seconds(JobFilter { minion: Some(web1), ..all() }).await, [3, 1]);
    assert_eq!(seconds(JobFilter { since: Some(at(2)), until: Some(at(3)), ..all() }).await, [2]);
    assert_eq!(seconds(JobFilter { unfinished: true, ..all() }).await, [3, 2]);
    let first = store.job_summary(made[0].id).await.unwrap().unwrap();
    assert_eq!((first.stages.get(&Stage::Returned), first.finished), (Some(&1), Some(at(9))));
}

pub async fn a_job_for_ten_thousand_minions_is_stored_whole(lab: &dyn Lab) {
    let store = lab.open().await;
    let made = job(1, "test.ping", &ids(10_000));
    store.insert_job(&made, &[]).await.unwrap();
    assert_eq!(store.job(made.id).await.unwrap().unwrap().expected.len(), 10_000);
    let changes: Vec<_> = made.expected.iter().map(|minion| change(made.id, minion, Stage::Delivered, 2)).collect();
    assert_eq!(store.set_progress(&changes).await.unwrap(), 10_000);
    assert_eq!(store.job_summary(made.id).await.unwrap().unwrap().stages.get(&Stage::Delivered), Some(&10_000));
}

pub async fn the_last_job_id_is_known(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.last_job().await.unwrap(), None);
    for second in [5, 3] {
        store.insert_job(&job(second, "test.ping", &[id("web1")]), &[]).await.unwrap();
    }
    assert_eq!(store.last_job().await.unwrap(), Some(JobId::at(at(5))));
}
