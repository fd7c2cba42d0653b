//! `sylvite` against a scripted master.

mod support;

use api::{JobEvent, OutputStream};
use cli::Program::Sylvite;
use model::{Event, KeyState, Stage};
use std::sync::Mutex;
use support::{JOB, Lab, Script, json, key, minion, noon, returned, stage};

fn piece(id: &str, seq: u64, text: &str) -> JobEvent {
    JobEvent::Output { minion: minion(id), seq, stream: OutputStream::Stdout, text: text.to_owned() }
}

#[tokio::test]
async fn output_is_shown_line_by_line_and_not_twice() {
    let events = vec![
        stage("web1", Stage::Running, None),
        piece("web1", 0, "one\ntw"),
        piece("web1", 1, "o\nthree"),
        returned("web1", "one\ntwo\nthree", 0),
    ];
    let lab = Lab::start(Script { matched: vec!["web1"], events, ..Script::default() });
    let ran = lab.run(Sylvite, "run web1 cmd.run x --live").await;
    assert_eq!(ran.out, "web1 | one\nweb1 | two\nweb1 | three\nweb1 | done in 1.5 s, exit status 0\n");
    assert!(lab.script.jobs_asked.lock().unwrap()[0].stream);
    let ran = lab.run(Sylvite, "run web1 cmd.run x").await;
    assert_eq!(ran.out, "web1:\n    one\n    two\n    three\n", "without --live and without a terminal only results are shown");
}

#[tokio::test]
async fn states_are_shown_one_by_one() {
    let data = json(r#"{"ret": {"name": "/etc/x", "result": true, "changes": {"diff": "new"}, "__run_num__": 0}, "len": 2}"#);
    let events = vec![JobEvent::Progress { minion: minion("web1"), data }, returned("web1", true, 0)];
    let lab = Lab::start(Script { matched: vec!["web1"], events, ..Script::default() });
    assert_eq!(lab.run(Sylvite, "run web1 state.apply --live").await.out, "web1 | 1/2 /etc/x: changed\nweb1:\n    True\n");
}

#[tokio::test]
async fn the_end_tells_the_truth_about_every_minion() {
    let script = || Script {
        matched: vec!["db1", "db2", "web1"],
        offline: vec![api::Absent { minion: minion("db1"), since: Some(noon()), reason: Some("no heartbeat".to_owned()) }],
        events: vec![
            stage("db2", Stage::Running, None),
            stage("db2", Stage::Running, Some("offline since 2026-11-24 12:00:05")),
            returned("web1", true, 0),
        ],
        ..Script::default()
    };
    let ran = Lab::start(script()).run(Sylvite, "run * test.ping").await;
    let want = "web1:\n    True\ndb1:\n    offline since 2026-11-24 12:00:00 (no heartbeat)\n\
                db2:\n    running since 2026-11-24 12:00:00, offline since 2026-11-24 12:00:05\n";
    assert_eq!((ran.out.as_str(), ran.status), (want, 1));
    assert_eq!(ran.err, format!("job {JOB}: 1 of 3 returned, 2 did not return\n"));
    let ran = Lab::start(script()).run(Sylvite, "run * test.ping --out json --out-indent -1").await;
    assert_eq!(ran.out, "{\"web1\": true}\n", "programs get data only");
    assert!(ran.err.starts_with("db1: offline since"), "{}", ran.err);
}

#[tokio::test]
async fn the_time_bounds_the_waiting_and_not_the_job() {
    let script = Script { matched: vec!["web1"], events: vec![stage("web1", Stage::Running, None)], stays_open: true, ..Script::default() };
    let ran = Lab::start(script).run(Sylvite, "run * test.sleep 60 --timeout 0.02").await;
    assert_eq!((ran.out.as_str(), ran.status), ("web1:\n    still running, since 2026-11-24 12:00:00\n", 1));
    assert!(ran.err.contains(&format!("sylvite job watch {JOB}")), "{}", ran.err);
}

#[tokio::test]
async fn nobody_matched_is_told_with_a_way_out() {
    let ran = Lab::start(Script::default()).run(Sylvite, "run nope test.ping").await;
    assert_eq!((ran.out.as_str(), ran.status), ("", 2));
    assert!(ran.err.contains("sylvite minion list"), "{}", ran.err);
}

#[tokio::test]
async fn options_of_a_run_reach_the_master() {
    let lab = Lab::start(Script { matched: vec!["web1"], ..Script::default() });
    let ran = lab.run(Sylvite, "run -C G@os:Debian·and·web* test.ping --async --deadline 10m --queue-offline 2h --subset 3").await;
    assert_eq!(ran.out, format!("{JOB}\n"));
    let jobs = lab.script.jobs_asked.lock().unwrap();
    let seconds = |span: Option<api::Span>| span.map(|span| span.0.as_secs());
    assert_eq!((seconds(jobs[0].deadline), seconds(jobs[0].queue_offline), jobs[0].subset), (Some(600), Some(7200), Some(3)));
    assert_eq!(jobs[0].target.expression, "G@os:Debian and web*");
}

#[tokio::test]
async fn jobs_are_listed_shown_watched_and_killed() {
    let lab = Lab::start(Script { matched: vec!["web1"], events: vec![returned("web1", true, 0)], ..Script::default() });
    let list = lab.run(Sylvite, "job list --active").await.out;
    assert!(list.starts_with("JOB                   MADE"), "{list}");
    assert!(list.contains("sudo_alice  grain os:Debian  test.ping 1  2 returned, 1 queued"), "{list}");
    let show = lab.run(Sylvite, &format!("job show {JOB}")).await.out;
    assert!(show.contains("web1    returned") && show.ends_with("web1:\n    True\n"), "{show}");
    let watch = lab.run(Sylvite, &format!("job watch {JOB}")).await;
    assert_eq!((watch.out.as_str(), watch.status), ("web1:\n    True\n", 0));
    assert_eq!(lab.run(Sylvite, &format!("job kill {JOB} --term")).await.out, "web1: signalled\n");
    let asked = lab.script.asked.lock().unwrap().join("\n");
    assert!(asked.contains("Terminate") && asked.contains("until_done: true"), "{asked}");
    let ran = lab.run(Sylvite, "job show 20200101000000000000").await;
    let want = "sylvite: there is no job 20200101000000000000; `sylvite job list` shows the latest\n";
    assert_eq!((ran.err.as_str(), ran.status), (want, 2));
    assert_eq!(lab.run(Sylvite, "job show 7").await.status, 64);
}

#[tokio::test]
async fn hosts_that_say_the_same_are_told_together() {
    let events = vec![returned("web2", "6.1", 0), returned("db1", "5.4", 1), returned("web1", "6.1", 0)];
    let lab = Lab::start(Script { matched: vec!["db1", "web1", "web2"], events, ..Script::default() });
    let ran = lab.run(Sylvite, "run * cmd.run uname --group").await;
    assert_eq!(ran.out, "db1:\n    5.4\nweb1, web2 (2 minions):\n    6.1\n");
    assert_eq!(ran.status, 1);
}

#[tokio::test]
async fn shells_and_manuals_know_every_command_line() {
    let lab = Lab::start(Script::default());
    for shell in ["bash", "zsh", "fish"] {
        let script = lab.run(Sylvite, &format!("completion {shell}")).await.out;
        for program in ["sylvite", "salt", "salt-key", "salt-run", "salt-cp"] {
            assert!(script.contains(program) && script.contains("COMPLETE"), "{shell}: {script}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man1");
    assert_eq!(lab.run(Sylvite, &format!("man {}", man.display())).await.status, 0);
    for page in ["sylvite.1", "sylvite-run.1", "sylvite-state-plan.1", "salt.1", "salt-key.1", "salt-run.1", "salt-cp.1"] {
        let text = std::fs::read_to_string(man.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
}

#[tokio::test]
async fn one_pending_key_named_in_full_is_accepted_without_a_question() {
    let keys = || Script {
        keys: Mutex::new(vec![key("web1", KeyState::Pending), key("web2", KeyState::Pending), key("db1", KeyState::Accepted)]),
        ..Script::default()
    };
    let lab = Lab::start(keys());
    let ran = lab.run(Sylvite, "key accept web1").await;
    assert!(ran.out.starts_with("web1: accepted (04:04:") && ran.status == 0, "{ran:?}");
    let ran = lab.run_with(Sylvite, "key accept *", "y\n", |_| {}).await;
    assert!(ran.out.contains("accept this key? [y/N] web2: accepted"), "{}", ran.out);
    let ran = lab.run_with(Sylvite, "key delete db1", "\n", |_| {}).await;
    assert_eq!((ran.err.as_str(), ran.status), ("nothing was done\n", 1));
    assert!(lab.run(Sylvite, "key delete db1 -y").await.out.starts_with("db1: deleted"));
    let ran = lab.run(Sylvite, "key reject nope").await;
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("`nope`"), "{}", ran.err);
    let ran = Lab::start(keys()).run(Sylvite, "key accept --yes *").await;
    assert_eq!(ran.out.lines().count(), 2, "{}", ran.out);
}

#[tokio::test]
async fn keys_are_listed_with_their_history_and_fingerprints() {
    let lab = Lab::start(Script { keys: Mutex::new(vec![key("web1", KeyState::Pending)]), ..Script::default() });
    let list = lab.run(Sylvite, "key list").await.out;
    assert_eq!(list, "MINION  STATE    SINCE                BY\nweb1    pending  2026-11-24 12:00:00  root\n");
    assert!(lab.run(Sylvite, "key list --out json").await.out.contains("\"state\": \"pending\""));
    assert_eq!(lab.run(Sylvite, "key list --state accepted").await.out.lines().count(), 1);
    assert!(lab.run(Sylvite, "key finger web1").await.out.contains("(master)"));
    assert!(lab.run(Sylvite, "key history web1").await.out.contains("pending -> accepted  alice"));
    let token = lab.run(Sylvite, "key token create web* --uses 3 --lifetime 2h").await;
    assert_eq!(token.out, "s3cret\n");
    assert!(token.err.contains("`web*` until 2026-11-24 14:00:00"), "{}", token.err);
}

#[tokio::test]
async fn minions_and_grains_are_shown() {
    let grains = json(r#"{"os": "Debian", "ip4_interfaces": {"eth0": ["10.0.0.1"]}}"#).as_map().unwrap().clone();
    let absent = api::Absent { minion: minion("db1"), since: None, reason: Some("no heartbeat".to_owned()) };
    let lab = Lab::start(Script { matched: vec!["db1", "web1"], offline: vec![absent], grains, ..Script::default() });
    let list = lab.run(Sylvite, "minion list web* --online").await.out;
    assert!(list.contains("db1     offline  2026-11-24 12:00:00") && list.contains("no heartbeat"), "{list}");
    let grains = lab.run(Sylvite, "minion grains web1 ip4_interfaces:eth0").await.out;
    assert_eq!(grains, "web1:\n    - 10.0.0.1\n");
    let ran = lab.run(Sylvite, "minion grains web1 nope").await;
    assert_eq!((ran.err.as_str(), ran.status), ("sylvite: `web1` has no grain `nope`\n", 1));
    assert!(lab.run(Sylvite, "minion grains web1 os --history").await.out.contains("os     12.1  12.2"));
    assert!(lab.run(Sylvite, "minion show web1").await.out.contains("os         Debian"));
    let data = json(&lab.run(Sylvite, "minion list --out json").await.out);
    assert_eq!(data.as_list().unwrap()[1].get("grains_at").unwrap().as_str(), Some("2026-11-24T12:00:00.000000+00:00"));
    let status = lab.run(Sylvite, "status").await.out;
    assert!(status.contains("2 online of 3 accepted, 1 waiting"), "{status}");
}

#[tokio::test]
async fn events_are_followed_and_fired() {
    let event = |sequence, tag: &str, data: &str| Event { sequence, tag: tag.to_owned(), data: json(data), at: noon() };
    let bus = vec![event(4, "salt/minion/web1/start", r#"{"id": "web1"}"#), event(5, "my/tag", "{}")];
    let lab = Lab::start(Script { bus, ..Script::default() });
    let all = lab.run(Sylvite, "events --after 3").await.out;
    assert!(all.starts_with("2026-11-24 12:00:00  4  salt/minion/web1/start\n    id:\n        web1\n"), "{all}");
    assert_eq!(lab.run(Sylvite, "minion tail web1").await.out.matches("12:00:00").count(), 1);
    let data = lab.run(Sylvite, "events --out json --out-indent -1").await.out;
    assert!(data.contains("{\"tag\": \"my/tag\", \"data\": {}, \"sequence\": 5}\n"), "{data}");
    assert_eq!(lab.run(Sylvite, "events --send my/tag colour=red").await.out, "my/tag: event 7\n");
    let asked = lab.script.asked.lock().unwrap();
    assert!(asked[0].contains("after: Some(3)"), "{asked:?}");
}
