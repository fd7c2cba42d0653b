//! The event bus through the real binaries.

use lab::Signal;
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
