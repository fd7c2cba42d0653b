//! Beacons of a minion through the real binaries.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use tests::json;

/// Follows events of a tag; each line is one event.
fn follow(lab: &lab::Lab, tag: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = lab.command("sylvite", lab::MASTER);
    command.args(["events", "--tag", tag, "--from", "0", "--out", "json", "--out-indent", "-1"]).stdout(Stdio::piped());
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
fn a_watched_file_and_a_full_memory_are_told_to_the_master() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\n").unwrap();
    let file = lab.path("watched");
    std::fs::write(&file, "1").unwrap();
    let beacons = format!(
        "beacons:\n  inotify:\n    - files:\n        {}:\n          mask: [modify]\n  memusage:\n    - percent: 0\n    - interval: 3600\n  none:\n    - beacon_module: lod\n",
        file.display()
    );
    lab.start_minion("a", &beacons).unwrap();
    lab.until_online(&["a"]).unwrap();
    let (mut child, mut reader) = follow(&lab, "salt/beacon/a/memusage/");
    let event = next(&mut reader);
    assert_eq!(event["data"]["id"], "a");
    assert!(event["data"]["memusage"].as_f64().unwrap() > 0.0, "{event}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lab.log("a").contains("did you mean `load`"), "{}", lab.log("a"));

    let (mut child, mut reader) = follow(&lab, "salt/beacon/a/inotify/*");
    std::fs::write(&file, "2").unwrap();
    let event = next(&mut reader);
    assert_eq!((&event["data"]["path"], &event["data"]["change"]), (&json!(file.display().to_string()), &json!("IN_MODIFY")));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn beacons_are_added_changed_saved_and_taken_away() {
    let mut lab = tests::lab();
    lab.write("pillar/top.sls", "base:\n  '*': [watch]\n").unwrap();
    lab.write("pillar/watch.sls", "beacons:\n  load:\n    - averages: {1m: [0.0, 1000.0]}\n").unwrap();
    lab.start(&["a"]).unwrap();
    let call = |words: &[&str]| json(&lab, &[&["run", "a"], words].concat())["a"].clone();
    assert_eq!(call(&["beacons.add", "ps", "[{processes: {init: running}}]"]), json!({"comment": "Added beacon: ps.", "result": true}));
    let wrong = call(&["beacons.add", "swapusage", "[{prcent: 3}]"]);
    assert!(wrong["result"] == false && wrong["comment"].as_str().unwrap().contains("needs `percent`"), "{wrong}");
    let listed = call(&["beacons.list", "return_yaml=False"]);
    assert!(listed["ps"].is_array() && listed["load"].is_array(), "{listed}");
    assert_eq!(call(&["beacons.disable_beacon", "ps"])["comment"], "Disabled beacon ps on minion.");
    assert_eq!(call(&["beacons.delete", "load"])["result"], false, "it is in pillar");
    assert_eq!(call(&["beacons.save"])["result"], true);
    let saved = std::fs::read_to_string(lab.path("minions/a/minion.d/beacons.conf")).unwrap();
    assert!(saved.contains("enabled: false"), "{saved}");
    assert_eq!(call(&["beacons.delete", "ps"])["comment"], "Deleted beacon: ps.");
}
