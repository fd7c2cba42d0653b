//! Laws of the tracker.

use super::*;
use model::{Call, FunctionName, JobOptions, Target, TargetKind};

const PATIENCE: Patience = Patience { reconnect: Duration::from_secs(60), silence: Duration::from_secs(3600) };

fn at(seconds: i64) -> Timestamp {
    Timestamp(1_800_000_000_000_000 + seconds * 1_000_000)
}

fn id(name: &str) -> MinionId {
    MinionId::new(name).unwrap()
}

fn job(minions: &[&str], queue: Option<u64>) -> Job {
    Job {
        id: JobId::at(at(0)),
        target: Target::new(TargetKind::Glob, "*"),
        calls: vec![Call { function: FunctionName::new("test.ping").unwrap(), args: vec![], kwargs: value::Map::new() }],
        user: "root".to_owned(),
        options: JobOptions { queue_offline: queue.map(Duration::from_secs), ..JobOptions::default() },
        expected: minions.iter().map(|name| id(name)).collect(),
    }
}

fn stages(actions: &[Action]) -> Vec<(String, Stage)> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Stage(_, minion, progress) => Some((minion.to_string(), progress.stage)),
            _ => None,
        })
        .collect()
}

fn tracker(up: &[&str]) -> Tracker {
    let mut tracker = Tracker::new(PATIENCE);
    for minion in up {
        tracker.on_up(&id(minion), at(0));
    }
    tracker
}

#[test]
fn a_job_goes_through_its_stages_and_finishes_once() {
    let mut t = tracker(&["a"]);
    let job = job(&["a"], None);
    let (jid, a) = (job.id, id("a"));
    assert!(matches!(t.begin(job, at(0)).as_slice(), [Action::Send(..)]));
    assert_eq!(stages(&t.on_delivered(jid, &a, at(1))), [("a".into(), Stage::Delivered)]);
    assert_eq!(stages(&t.on_started(jid, &a, at(1))), [("a".into(), Stage::Running)]);
    let actions = t.on_return(jid, &a, true, at(2));
    assert_eq!(actions.last(), Some(&Action::Finished(jid)));
    assert_eq!(t.on_return(jid, &a, true, at(3)), []);
}

#[test]
fn a_late_acknowledgement_does_not_move_a_stage_back() {
    let mut t = tracker(&["a", "b"]);
    let job = job(&["a", "b"], None);
    let (jid, a) = (job.id, id("a"));
    t.begin(job, at(0));
    t.on_return(jid, &a, false, at(1));
    assert_eq!(t.on_delivered(jid, &a, at(2)), []);
    assert_eq!(t.progress(jid).unwrap()[&a].stage, Stage::Failed);
}

#[test]
fn a_minion_that_is_away_is_lost_with_the_reason_or_waits_if_asked() {
    let mut t = tracker(&["a"]);
    t.on_down(&id("a"), "stopped", at(0));
    let lost = t.begin(job(&["a"], None), at(1));
    assert_eq!(stages(&lost), [("a".into(), Stage::Lost)]);
    assert!(format!("{lost:?}").contains("offline since 2027-01-15 08:00:00 UTC (stopped)"), "{lost:?}");
    let waits = t.begin(job(&["a"], Some(300)), at(1));
    assert_eq!(stages(&waits), [("a".into(), Stage::Queued)]);
    assert!(matches!(t.on_up(&id("a"), at(10)).as_slice(), [Action::Send(..), Action::Stage(..)]));
}

#[test]
fn a_waiting_job_expires_when_its_time_is_over() {
    let mut t = tracker(&[]);
    t.begin(job(&["a"], Some(300)), at(0));
    assert_eq!(t.on_tick(at(299)), []);
    assert_eq!(stages(&t.on_tick(at(300))), [("a".into(), Stage::Expired)]);
}

#[test]
fn an_undelivered_job_waits_a_minute_for_a_reconnect() {
    let mut t = tracker(&["a"]);
    let job = job(&["a"], None);
    t.begin(job, at(0));
    t.on_down(&id("a"), "connection reset", at(5));
    assert_eq!(t.on_tick(at(64)), []);
    assert_eq!(stages(&t.on_tick(at(65))), [("a".into(), Stage::Lost)]);
}

#[test]
fn a_running_job_outlives_its_connection() {
    let mut t = tracker(&["a"]);
    let job = job(&["a"], None);
    let (jid, a) = (job.id, id("a"));
    t.begin(job, at(0));
    t.on_started(jid, &a, at(1));
    t.on_down(&a, "connection reset", at(5));
    assert_eq!(t.on_tick(at(600)), []);
    assert!(!t.on_up(&a, at(700)).iter().any(|action| matches!(action, Action::Send(..))), "it is not sent twice");
    assert_eq!(stages(&t.on_return(jid, &a, true, at(701))), [("a".into(), Stage::Returned)]);
}

#[test]
fn a_return_of_a_minion_that_was_given_up_is_believed() {
    let mut t = tracker(&["a", "b"]);
    let job = job(&["a", "b"], None);
    let (jid, a) = (job.id, id("a"));
    t.begin(job, at(0));
    t.on_down(&a, "gone", at(0));
    t.on_tick(at(100));
    assert_eq!(t.progress(jid).unwrap()[&a].stage, Stage::Lost);
    assert_eq!(stages(&t.on_return(jid, &a, true, at(200))), [("a".into(), Stage::Returned)]);
}

#[test]
fn a_restored_job_is_sent_again_only_where_it_was_not_delivered() {
    let mut t = Tracker::new(PATIENCE);
    let job = job(&["a", "b", "c"], None);
    let stage = |stage| Progress { stage, reason: None, since: at(0) };
    t.restore(job, [(id("a"), stage(Stage::Queued)), (id("b"), stage(Stage::Running)), (id("c"), stage(Stage::Returned))], at(0));
    assert!(matches!(t.on_up(&id("a"), at(9)).as_slice(), [Action::Send(..)]));
    assert_eq!(t.on_up(&id("b"), at(9)), []);
    assert_eq!(t.on_up(&id("c"), at(9)), []);
}

#[test]
fn what_a_minion_comes_back_without_is_lost() {
    let mut t = tracker(&["a", "b"]);
    let job = job(&["a", "b"], None);
    let (jid, a, b) = (job.id, id("a"), id("b"));
    t.begin(job, at(0));
    t.on_started(jid, &a, at(1));
    t.on_up(&b, at(2));
    assert_eq!(stages(&t.on_holding(&a, &[], at(2))), [("a".into(), Stage::Lost)]);
    assert_eq!(stages(&t.on_holding(&b, &[jid], at(2))), [("b".into(), Stage::Delivered)]);
}

#[test]
fn an_unacknowledged_job_is_sent_again_to_a_connected_minion() {
    let mut t = tracker(&["a"]);
    t.begin(job(&["a"], None), at(0));
    assert_eq!(t.on_tick(at(29)), []);
    assert!(matches!(t.on_tick(at(30)).as_slice(), [Action::Send(..)]));
    assert_eq!(t.on_tick(at(31)), []);
}

#[test]
fn a_removed_minion_loses_its_jobs_and_no_other() {
    let mut t = tracker(&["a", "b"]);
    t.begin(job(&["a", "b"], None), at(0));
    assert_eq!(stages(&t.on_removed(&id("a"), "key deleted by root", at(1))), [("a".into(), Stage::Lost)]);
}

fn batch(minions: &[&str], size: u32, failhard: bool) -> Job {
    let batch = model::Batch { size: model::BatchSize::Count(size), wait: None, failhard };
    let mut job = job(minions, None);
    job.options.batch = Some(Box::new(batch));
    job
}

fn sent(actions: &[Action]) -> Vec<String> {
    let sent = actions.iter().filter_map(|action| match action {
        Action::Send(minion, _) => Some(minion.to_string()),
        Action::Stage(..) | Action::Finished(_) | Action::BatchDone(_) => None,
    });
    sent.collect()
}

#[test]
fn a_batch_goes_on_whenever_a_minion_is_done() {
    let mut t = tracker(&["a", "b", "c"]);
    let job = batch(&["a", "b", "c", "away"], 2, false);
    let jid = job.id;
    assert_eq!(sent(&t.begin(job, at(0))), ["a", "b"]);
    assert_eq!(t.progress(jid).unwrap()[&id("c")].reason.as_deref(), Some(batch::WAITS));
    assert_eq!(sent(&t.on_return(jid, &id("b"), false, at(1))), ["c"]);
    assert_eq!(sent(&t.on_return(jid, &id("a"), true, at(2))), Vec::<String>::new());
    let last = t.on_return(jid, &id("c"), true, at(3));
    assert!(matches!(last.as_slice(), [Action::Stage(..), Action::BatchDone(_), Action::Finished(_)]), "{last:?}");
}

#[test]
fn a_batch_that_stops_at_a_failure_says_so_of_the_others() {
    let mut t = tracker(&["a", "b", "c"]);
    let job = batch(&["a", "b", "c"], 1, true);
    let jid = job.id;
    t.begin(job, at(0));
    let actions = t.on_return(jid, &id("a"), false, at(1));
    assert_eq!(stages(&actions), [("a".into(), Stage::Failed), ("b".into(), Stage::Lost), ("c".into(), Stage::Lost)]);
    assert!(format!("{actions:?}").contains("the batch stopped because the job failed on a"), "{actions:?}");
}

#[test]
fn after_a_restart_a_batch_goes_on_where_it_was() {
    let mut t = tracker(&[]);
    let job = batch(&["a", "b", "c"], 1, false);
    let jid = job.id;
    let stands = |stage, reason: Option<&str>| Progress { stage, reason: reason.map(str::to_owned), since: at(0) };
    let progress = [
        (id("a"), stands(Stage::Running, None)),
        (id("b"), stands(Stage::Queued, Some(batch::WAITS))),
        (id("c"), stands(Stage::Queued, Some(batch::WAITS))),
    ];
    t.restore(job, progress, at(100));
    assert_eq!(t.on_tick(at(101)), []);
    assert_eq!(sent(&t.on_up(&id("b"), at(102))), Vec::<String>::new());
    t.on_up(&id("a"), at(102));
    for (minion, held) in [("a", &[jid][..]), ("b", &[]), ("c", &[])] {
        assert_eq!(sent(&t.on_holding(&id(minion), held, at(102))), Vec::<String>::new());
    }
    assert_eq!(sent(&t.on_return(jid, &id("a"), true, at(103))), ["b"]);
}

#[test]
fn after_a_restart_nobody_has_a_turn_beside_one_whose_turn_was_not_stored_any_more() {
    let restored = || {
        let mut t = tracker(&[]);
        let job = batch(&["a", "b"], 1, false);
        let jid = job.id;
        let waits = || Progress { stage: Stage::Queued, reason: Some(batch::WAITS.to_owned()), since: at(0) };
        t.restore(job, [(id("a"), waits()), (id("b"), waits())], at(100));
        t.on_up(&id("b"), at(101));
        assert_eq!(sent(&t.on_holding(&id("b"), &[], at(101))), Vec::<String>::new());
        (t, jid)
    };
    let (mut t, jid) = restored();
    t.on_up(&id("a"), at(102));
    assert_eq!(sent(&t.on_holding(&id("a"), &[jid], at(102))), Vec::<String>::new());
    assert_eq!(sent(&t.on_return(jid, &id("a"), true, at(103))), ["b"]);
    // One that does not come back is not waited for without end.
    let (mut t, _) = restored();
    assert_eq!(sent(&t.on_tick(at(100 + 3600))), ["b"]);
}

#[test]
fn a_minion_that_vanishes_does_not_hold_the_batch_up() {
    let mut t = tracker(&["a", "b"]);
    let job = batch(&["a", "b"], 1, false);
    let jid = job.id;
    t.begin(job, at(0));
    t.on_delivered(jid, &id("a"), at(1));
    t.on_down(&id("a"), "timed out", at(2));
    assert_eq!(sent(&t.on_tick(at(30))), Vec::<String>::new());
    assert_eq!(sent(&t.on_tick(at(63))), ["b"]);
    assert_eq!(t.progress(jid).unwrap()[&id("a")].stage, Stage::Delivered);
}

#[test]
fn what_was_not_sent_can_be_withdrawn() {
    let mut t = tracker(&["a", "b"]);
    let job = batch(&["a", "b"], 1, false);
    let jid = job.id;
    t.begin(job, at(0));
    assert_eq!(stages(&t.withdraw(jid, &[], "killed by root before it was sent", at(1))), [("b".into(), Stage::Lost)]);
}
