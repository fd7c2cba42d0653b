//! The event bus through the real binaries.

#[path = "support/minion.rs"]
mod minion;

use lab::Signal;
use proto::FromMinion;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use tests::{good, running};

/// A follower that prints one JSON document an event.
fn follow(lab: &lab::Lab, words: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = lab.command("sylvite", lab::MASTER);
    command.args([&["events", "--out", "json", "--out-indent", "-1"], words].concat()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let reader = BufReader::new(child.stdout.take().unwrap());
    (child, reader)
}

fn next(reader: &mut impl BufRead) -> Value {
    let mut line = String::new();
    assert!(reader.read_line(&mut line).unwrap() > 0, "the stream has ended");
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))
}

#[test]
fn a_follower_goes_on_where_it_stopped_also_after_a_restart() {
    let mut lab = running(&["a"]);
    good(&lab, &["events", "--send", "my/one", "n=1"]);
    good(&lab, &["events", "--send", "my/two", "n=2"]);
    let (mut child, mut reader) = follow(&lab, &["--tag", "my/*", "--from", "0"]);
    let (first, second) = (next(&mut reader), next(&mut reader));
    assert_eq!((&first["tag"], &second["tag"]), (&"my/one".into(), &"my/two".into()));
    assert_eq!(first["data"]["n"], 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let cursor = first["sequence"].as_u64().unwrap().to_string();
    lab.end(lab::MASTER, Signal::SIGKILL).unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    good(&lab, &["events", "--send", "my/three", "n=3"]);
    let (mut child, mut reader) = follow(&lab, &["--tag", "my/*", "--from", &cursor]);
    assert_eq!(next(&mut reader)["tag"], "my/two");
    let third = next(&mut reader);
    assert_eq!(third["tag"], "my/three");
    assert!(third["sequence"].as_u64() > second["sequence"].as_u64(), "the numbers go on");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_minion_speaks_only_for_itself() {
    let mut lab = running(&["a"]);
    let (mut child, mut reader) = follow(&lab, &["--from", "0"]);
    let send = |tag: &str| {
        let mut command = lab.command("salt-call", "minions/a");
        lab::Output::of(command.args(["event.send", tag, "{id: b, data: x}"])).unwrap()
    };
    for tag in [
        "salt/job/20260101000000000000/ret/b",
        "salt/job/20260101000000000000/publish",
        "salt/key",
        "salt/auth",
        "salt/run/1/new",
        "salt/wheel/1/ret",
        "salt/cloud/x",
        "salt/cluster/x",
        "salt/presence/change",
        "salt/minion/b/start",
        "salt/beacon/b/load/",
        "minion/refresh/b",
        "salt/stats/x",
        "",
    ] {
        send(tag);
    }
    send("my/last");
    let mut seen = Vec::new();
    loop {
        let event = next(&mut reader);
        if event["data"]["id"] == "b" || event["tag"] == "my/last" {
            seen.push((event["tag"].as_str().unwrap_or_default().to_owned(), event["data"]["id"].clone()));
        }
        if event["tag"] == "my/last" {
            break;
        }
    }
    assert_eq!(seen, [("my/last".to_owned(), "a".into())], "only its own event came, under its own id");
    child.kill().unwrap();
    child.wait().unwrap();
    lab.check().unwrap();
}

#[test]
fn presence_is_told() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\npresence_events: true\nloop_interval: 1\n").unwrap();
    let (mut child, mut reader) = follow(&lab, &["--tag", "salt/presence/change", "--from", "0"]);
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    assert_eq!(next(&mut reader)["data"]["new"], serde_json::json!(["a"]));
    lab.end("a", Signal::SIGTERM).unwrap();
    assert_eq!(next(&mut reader)["data"]["lost"], serde_json::json!(["a"]));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_subscriber_that_stops_reading_holds_up_nobody_and_loses_no_stored_event() {
    let lab = running(&["a"]);
    let (mut child, mut reader) = follow(&lab, &["--tag", "flood/*", "--from", "0"]);
    // The follower is not read while this happens.
    let text = "x".repeat(2000);
    for n in 0..300 {
        good(&lab, &["events", "--send", &format!("flood/{n}"), &format!("text={text}")]);
    }
    good(&lab, &["run", "a", "test.ping"]);
    let tags: Vec<String> = (0..300).map(|_| next(&mut reader)["tag"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(tags.last().map(String::as_str), Some("flood/299"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Keys of an event's data.
fn keys(event: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = event["data"].as_object().unwrap().keys().map(String::as_str).filter(|key| !key.starts_with('_')).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn what_happens_has_salts_tags_and_fields() {
    let mut lab = tests::lab();
    lab.write("states/two.sls", "good:\n  test.nop: []\nbad:\n  test.fail_without_changes: []\n").unwrap();
    lab.start_master("auto_accept: true\nstate_events: true\n").unwrap();
    let (mut child, mut reader) = follow(&lab, &["--from", "0"]);
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let mut until = |tag: &dyn Fn(&str) -> bool| loop {
        let event = next(&mut reader);
        if tag(event["tag"].as_str().unwrap()) {
            return event;
        }
    };
    let auth = until(&|tag| tag == "salt/auth");
    assert_eq!(keys(&auth), ["act", "id", "pub", "result"]);
    let start = until(&|tag| tag == "salt/minion/a/start");
    assert_eq!(keys(&start), ["cmd", "data", "id", "pretag", "tag", "ts"]);
    assert!(start["data"]["data"].as_str().unwrap().starts_with("Minion a started at "), "{start}");
    let run = lab.sylvite(&["run", "a", "state.apply", "two", "--metadata", "{ticket: 7}"]).unwrap();
    assert_eq!(run.code, 1, "{run:#?}");
    let new = until(&|tag| tag.starts_with("salt/job/") && tag.ends_with("/new"));
    assert_eq!(keys(&new), ["arg", "fun", "jid", "minions", "missing", "tgt", "tgt_type", "user"]);
    let job = new["data"]["jid"].as_str().unwrap().to_owned();
    let published = until(&|tag| tag == format!("salt/job/{job}/publish"));
    assert_eq!((&published["data"]["fun"], &published["data"]["metadata"]["ticket"]), (&"state.apply".into(), &7.into()));
    let step = until(&|tag| tag.starts_with(&format!("salt/job/{job}/prog/a/")));
    assert_eq!(keys(&step), ["cmd", "data", "id", "jid", "tag", "ts"]);
    assert_eq!((&step["data"]["data"]["ret"]["result"], &step["data"]["data"]["len"]), (&true.into(), &2.into()));
    let returned = until(&|tag| tag == format!("salt/job/{job}/ret/a"));
    let expected = ["cmd", "fun", "fun_args", "id", "jid", "metadata", "out", "retcode", "return", "success", "ts", "user"];
    assert_eq!(keys(&returned), expected, "{returned}");
    let failed = until(&|tag| tag == format!("salt/job/{job}/sub/a/error/state.apply"));
    assert_eq!(
        (&failed["data"]["return"], &failed["data"]["retcode"]),
        (&"Error: test.fail_without_changes".into(), &2.into()),
        "{failed}"
    );
    let bad = lab.program("salt-run", &["jobs.list_job"]).unwrap();
    assert_eq!(bad.code, 1, "{bad:#?}");
    let began = until(&|tag| tag.starts_with("salt/run/") && tag.ends_with("/new"));
    assert_eq!(keys(&began), ["fun", "fun_args", "jid", "user"]);
    let ended = until(&|tag| tag.starts_with("salt/run/") && tag.ends_with("/ret"));
    assert_eq!(keys(&ended), ["fun", "fun_args", "jid", "retcode", "return", "success", "user"], "{ended}");
    assert!(lab.program("salt-key", &["-y", "-d", "a"]).unwrap().is_good());
    let key = until(&|tag| tag == "salt/key");
    assert_eq!((&key["data"]["act"], &key["data"]["id"], &key["data"]["result"]), (&"delete".into(), &"a".into(), &true.into()));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Reads until an event of which `is_it` holds.
fn until(reader: &mut impl BufRead, is_it: impl Fn(&str, &Value) -> bool) -> Value {
    loop {
        let event = next(reader);
        if is_it(event["tag"].as_str().unwrap(), &event) {
            return event;
        }
    }
}

#[test]
fn starts_refreshes_refusals_progress_and_counts_are_told() {
    let mut lab = tests::lab();
    let config = "auto_accept: true\nmaster_stats: true\nmaster_stats_event_iter: 1\npublisher_acl_blacklist: {modules: [cmd.shell]}\n";
    lab.start_master(config).unwrap();
    let (mut child, mut reader) = follow(&lab, &["--from", "0"]);
    // From here on the follower is there: what follows is told live and kept nowhere.
    good(&lab, &["events", "--send", "test/begin"]);
    until(&mut reader, |tag, _| tag == "test/begin");
    lab.start_minion("a", "grains: {role: web}\nstart_event_grains: [role, nothing]\n").unwrap();
    let old = until(&mut reader, |tag, _| tag == "minion_start");
    assert_eq!((&old["data"]["id"], &old["data"]["tag"]), (&"a".into(), &"minion_start".into()));
    let start = until(&mut reader, |tag, _| tag == "salt/minion/a/start");
    assert_eq!(start["data"]["grains"], serde_json::json!({"role": "web"}), "{start}");
    let refresh = until(&mut reader, |tag, _| tag == "minion/refresh/a");
    assert_eq!(refresh["data"], serde_json::json!({"Minion data cache refresh": "a"}));
    lab.until_online(&["a"]).unwrap();
    assert!(!lab.sylvite(&["run", "a", "cmd.shell", "true"]).unwrap().is_good());
    let refused = until(&mut reader, |tag, _| tag.starts_with("salt/job/") && tag.ends_with("/error"));
    assert_eq!(keys(&refused), ["arg", "error", "fun", "jid", "ret", "tgt", "tgt_type", "user"], "{refused}");
    assert_eq!(refused["data"]["error"]["name"], "AuthorizationError");
    let job = tests::job_id(&good(&lab, &["run", "a", "test.ping", "--async"]));
    until(&mut reader, |tag, _| tag == format!("salt/job/{job}/ret/a"));
    assert!(lab.program("salt-run", &["jobs.lookup_jid", &job, "display_progress=True"]).unwrap().is_good());
    let progress = until(&mut reader, |tag, _| tag.starts_with("salt/run/") && tag.ends_with("/progress"));
    assert_eq!(progress["data"], serde_json::json!({"message": "a"}));
    assert!(lab.program("salt-run", &["state.orchestrate_single", "fun=test.nop", "name=x"]).unwrap().is_good());
    let progress = until(&mut reader, |tag, _| tag.starts_with("salt/run/") && tag.ends_with("/progress"));
    assert_eq!(keys(&progress), ["data", "outputter"], "{progress}");
    assert!(lab.program("salt-run", &["salt.cmd", "test.ping"]).unwrap().is_good());
    lab.write("states/told.sls", "told:\n  test.nop:\n    - fire_event: True\nnamed:\n  test.nop:\n    - fire_event: own/name\n").unwrap();
    good(&lab, &["run", "a", "state.apply", "told"]);
    let told = until(&mut reader, |tag, _| tag.starts_with("salt/state_result/") && tag.ends_with("/a/told"));
    assert_eq!((&told["data"]["id"], &told["data"]["ret"]["result"]), (&"a".into(), &true.into()), "{told}");
    until(&mut reader, |tag, _| tag.starts_with("salt/state_result/") && tag.ends_with("/a/own/name"));
    good(&lab, &["run", "a", "test.ping", "--batch", "1"]);
    let begun = until(&mut reader, |tag, _| tag.starts_with("salt/batch/") && tag.ends_with("/start"));
    assert_eq!(begun["data"]["available_minions"], serde_json::json!(["a"]), "{begun}");
    until(&mut reader, |tag, _| tag.starts_with("salt/batch/") && tag.ends_with("/done"));
    let stats = until(&mut reader, |tag, event| tag == "salt/stats/lab_master" && !event["data"]["stats"]["runner"].is_null());
    assert_eq!(keys(&stats), ["stats", "time", "worker"]);
    assert!(stats["data"]["stats"]["runner"]["runs"].as_u64() >= Some(1), "{stats}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_follower_that_is_far_behind_is_told_every_event_in_order() {
    const EVENTS: u64 = 30_000;
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\n").unwrap();
    let (mut child, mut reader) = follow(&lab, &["--tag", "flood", "--from", "0"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let flood = runtime.block_on(minion::connect(&lab, "flood"));
    let send = |number: u64| {
        let data = value::Value::Map(value::Map::from_iter([("number", number)]));
        runtime.block_on(flood.send(&FromMinion::Event { tag: "flood".to_owned(), data })).unwrap();
    };
    send(0);
    // Now the follower is there; it is not read again before all are sent.
    assert_eq!(next(&mut reader)["data"]["number"], 0);
    (1..EVENTS).for_each(send);
    for number in 1..EVENTS {
        assert_eq!(next(&mut reader)["data"]["number"], number, "none is left out and none comes twice");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
