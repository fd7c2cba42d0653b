//! User variables through the real binaries: kept on the master, seen in the pillar, and told to running minions.

use serde_json::{Value, json};
use tests::{good, json, lab};

/// What a running minion has in memory, without asking the master.
fn in_memory(lab: &lab::Lab, minion: &str, name: &str) -> Value {
    json(lab, &["run", minion, "pillar.raw", name])[minion].clone()
}

#[test]
fn variables_are_in_the_pillar_of_those_that_they_are_for_and_running_minions_see_a_change() {
    let mut lab = lab();
    lab.write("pillar/top.sls", "base: {'*': [app]}\n").unwrap();
    lab.write("pillar/app.sls", "app: {port: 80, mode: slow}\n").unwrap();
    lab.start_master("auto_accept: true\nnodegroups: {web: 'web*'}\n").unwrap();
    for id in ["web1", "db1"] {
        lab.start_minion(id, "pillar_mask_output: false\n").unwrap();
    }
    lab.until_online(&["web1", "db1"]).unwrap();
    assert_eq!(in_memory(&lab, "web1", "app"), json!({"port": 80, "mode": "slow"}));

    let said = good(&lab, &["variable", "set", "app:port", "8080"]);
    assert_eq!(said.stdout, "app:port: changed, version 1\n");
    good(&lab, &["variable", "set", "app:port", "9090", "--group", "web"]);
    good(&lab, &["variable", "set", "app:mode", "fast", "--host", "web1"]);
    good(&lab, &["variable", "set", "token", "a-secret-word", "--host", "db1"]);
    assert_eq!(good(&lab, &["variable", "set", "app:port", "8080"]).stdout, "app:port: is so already\n");
    lab.until("both minions see their own", |lab| {
        let (web, db) = (in_memory(lab, "web1", "app"), in_memory(lab, "db1", "app"));
        Ok(web == json!({"port": 9090, "mode": "fast"}) && db == json!({"port": 8080, "mode": "slow"}))
    })
    .unwrap();
    lab.until("the host's own is there", |lab| Ok(in_memory(lab, "db1", "token") == "a-secret-word")).unwrap();
    assert_eq!(in_memory(&lab, "web1", "token"), json!({}), "it is another host's");

    let explained = json(&lab, &["variable", "explain", "web1"]);
    let lines: Vec<_> = explained.as_array().unwrap().iter().map(|line| (line["name"].clone(), line["scope"].clone())).collect();
    assert_eq!(lines, [("app:mode".into(), "host web1".into()), ("app:port".into(), "group web".into())]);
    good(&lab, &["variable", "remove", "app:port", "--group", "web"]);
    lab.until("what is wider shows again", |lab| Ok(in_memory(lab, "web1", "app")["port"] == 8080)).unwrap();
    let history = json(&lab, &["variable", "history", "app:port"]);
    assert_eq!((&history[0]["old"], &history[0]["new"], &history[0]["version"]), (&json!(9090), &Value::Null, &json!(5)), "{history}");

    // All of it outlives the master, and targets by pillar see it.
    lab.end(lab::MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master("auto_accept: true\nnodegroups: {web: 'web*'}\n").unwrap();
    lab.until_online(&["web1", "db1"]).unwrap();
    assert_eq!(json(&lab, &["variable", "list"]).as_array().unwrap().len(), 3);
    assert_eq!(json(&lab, &["run", "-I", "app:mode:fast", "test.ping"]), json!({"web1": true}));
    // Nobody who follows events learns a value.
    let events = tests::events(&lab);
    assert!(events.contains("sylvite/variables/") && !events.contains("a-secret-word"), "{events}");
}

#[test]
fn what_can_be_no_variable_is_refused_with_the_way_out() {
    let mut lab = lab();
    lab.start_master("auto_accept: true\nnodegroups: {web: 'web*'}\n").unwrap();
    for (words, why) in [
        (&["set", "a", "1", "--group", "wbe"][..], "did you mean `web`?"),
        (&["set", "a::b", "1"], "keys joined by colons"),
        (&["set", "a", "1", "--host", "a/b"], "a/b"),
    ] {
        let output = lab.sylvite(&[&["variable"], words].concat()).unwrap();
        assert!(output.code != 0 && output.stderr.contains(why), "{words:?}: {output:#?}");
    }
    assert_eq!(json(&lab, &["variable", "list"]), json!([]));
}

#[test]
fn variables_have_the_place_among_the_sources_that_the_configuration_gives_them() {
    let mut lab = lab();
    let sources = "ext_pillar:\n- variables: {key: vars}\n- cmd_yaml: 'echo \"vars: {from: command}\"'\n";
    lab.start_master(&format!("auto_accept: true\n{sources}")).unwrap();
    lab.start_minion("a", "pillar_mask_output: false\n").unwrap();
    lab.until_online(&["a"]).unwrap();
    good(&lab, &["variable", "set", "from", "variable"]);
    good(&lab, &["variable", "set", "more", "[1, 2]"]);
    assert_eq!(json(&lab, &["run", "a", "pillar.items"])["a"]["vars"], json!({"from": "command", "more": [1, 2]}));
}
