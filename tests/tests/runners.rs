//! Runners and wheel functions through the real binaries.

use lab::Lab;
use serde_json::{Value, json};
use tests::running;

fn runner(lab: &Lab, words: &[&str]) -> Value {
    let output = lab.program("salt-run", &[words, &["--out", "json"]].concat()).unwrap();
    assert!(output.is_good(), "salt-run {words:?}: {output:#?}");
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("salt-run {words:?} printed no JSON: {output:#?}"))
}

#[test]
fn a_runner_in_the_background_is_a_job_whose_return_is_kept() {
    let mut lab = running(&["a"]);
    let output = lab.program("salt-run", &["manage.status", "--async"]).unwrap();
    let job = output.stdout.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(job.len(), 20, "{output:#?}");
    lab.until("its return is in", |lab| Ok(runner(lab, &["jobs.list_job", &job])["Result"].get("lab_master").is_some())).unwrap();
    let kept = runner(&lab, &["jobs.list_job", &job]);
    assert_eq!(
        (&kept["Function"], &kept["Target"], &kept["Target-type"]),
        (&json!("runner.manage.status"), &json!(["lab_master"]), &json!("list"))
    );
    let result = &kept["Result"]["lab_master"]["return"];
    assert_eq!((&result["return"], &result["success"]), (&json!({"up": ["a"], "down": []}), &json!(true)));
}

#[test]
fn runners_answer_in_salts_shapes() {
    let lab = running(&["a", "b"]);
    assert_eq!(runner(&lab, &["manage.up"]), json!(["a", "b"]));
    assert_eq!(runner(&lab, &["manage.alived", "show_ip=true"]), json!({"a": "127.0.0.1", "b": "127.0.0.1"}));
    assert_eq!(runner(&lab, &["salt.cmd", "test.arg", "1", "k=v"]), json!({"args": [1], "kwargs": {"k": "v"}}));
    assert_eq!(runner(&lab, &["salt.execute", "*", "test.echo", "arg=[x]"]), json!({"a": "x", "b": "x"}));
    assert_eq!(runner(&lab, &["match.compound_matches", "a or G@x:y", "a"]), json!({"res": true}));
    assert_eq!(runner(&lab, &["match.compound_matches", "not a", "a"]), json!({"res": false}));
    assert_eq!(runner(&lab, &["survey.hash", "*", "test.echo", "same"]), json!([{"pool": ["a", "b"], "result": "same"}]));
    let pools = runner(&lab, &["survey.diff", "*", "grains.get", "id"]);
    assert_eq!(pools.as_array().unwrap().len(), 2, "{pools}");
    assert!(runner(&lab, &["net.interfaces", "a", "interface=lo"])[0]["ip_addresses"].to_string().contains("127.0.0.1"));
    assert_eq!(runner(&lab, &["saltutil.sync_modules"]), json!([]));
    assert_eq!(runner(&lab, &["cache.grains", "a"])["a"]["id"], "a");
    lab.write("pillar/top.sls", "base:\n  '*':\n    - common\n  'b':\n    - special\n").unwrap();
    lab.write("pillar/common.sls", "x: 1\n").unwrap();
    lab.write("pillar/special.sls", "y: 2\n").unwrap();
    assert_eq!(runner(&lab, &["pillar.show_top", "b"]), json!({"base": ["common", "special"]}));
    assert_eq!(runner(&lab, &["pillar.show_pillar", "b"]), json!({"x": 1, "y": 2}));
    let unknown = lab.program("salt-run", &["manage.upp"]).unwrap();
    assert!(unknown.code == 2 && unknown.stderr.contains("did you mean `manage.up`?"), "{unknown:#?}");
    let wrong = lab.program("salt-run", &["jobs.list_job", "jidd=1"]).unwrap();
    assert!(wrong.code == 1 && wrong.stdout.contains("did you mean `jid`?"), "{wrong:#?}");
}

/// Calls a wheel function over the socket, as `salt-api` does.
fn wheel(lab: &Lab, function: &str, kwargs: Value) -> Value {
    use std::io::{Read, Write};
    let body = json!({"function": function, "kwargs": kwargs}).to_string();
    let mut stream = std::os::unix::net::UnixStream::connect(lab.path("master/run/master.sock")).unwrap();
    let head = format!("POST /api/v1/wheel HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

#[test]
fn wheel_functions_look_after_keys_and_folders() {
    let mut lab = tests::lab();
    lab.write("states/web/init.sls", "a: test.nop\n").unwrap();
    lab.start_master("").unwrap();
    lab.start_minion("new", "").unwrap();
    lab.until("its key waits", |lab| Ok(wheel(lab, "key.list_all", json!({}))["value"]["minions_pre"] == json!(["new"]))).unwrap();
    assert_eq!(wheel(&lab, "key.list", json!({"match": "pre"}))["value"], json!({"minions_pre": ["new"]}));
    assert_eq!(wheel(&lab, "key.accept", json!({"match": "new"}))["value"], json!({"minions": ["new"]}));
    lab.until("it is connected", |lab| Ok(wheel(lab, "minions.connected", json!({}))["value"] == json!(["new"]))).unwrap();
    let finger = wheel(&lab, "key.finger", json!({"match": "new"}));
    assert!(finger["value"]["minions"]["new"].as_str().unwrap().len() > 40, "{finger}");
    let pair = wheel(&lab, "key.gen_accept", json!({"id_": "coming", "keysize": 2048}));
    assert!(
        pair["value"]["pub"].as_str().unwrap().contains("PUBLIC KEY") && pair["value"]["priv"].as_str().unwrap().contains("PRIVATE KEY")
    );
    assert_eq!(wheel(&lab, "key.name_match", json!({"match": "coming"}))["value"], json!({"minions": ["coming"]}));
    assert_eq!(wheel(&lab, "key.delete", json!({"match": "coming"}))["success"], json!(true));
    assert_eq!(wheel(&lab, "key.name_match", json!({"match": "coming"}))["value"], json!({}));
    let root = lab.path("states").display().to_string();
    assert_eq!(wheel(&lab, "file_roots.list_env", json!({}))["value"][&root], json!({"web": {"init.sls": "f"}}));
    let found = wheel(&lab, "file_roots.read", json!({"path": "web/init.sls"}));
    assert_eq!(found["value"], json!([{format!("{root}/web/init.sls"): "a: test.nop\n"}]));
}

#[test]
fn the_configuration_is_changed_by_keys_that_can_be_used_and_by_no_others() {
    let lab = running(&[]);
    let apply = |key: &str, value: Value| wheel(&lab, "config.apply", json!({"key": key, "value": value}));
    assert_eq!(apply("nodegroups", json!({"web": "web*"}))["success"], true);
    let written = lab.path("master/master.d/_applied.conf");
    assert!(std::fs::read_to_string(&written).unwrap().contains("web:"));
    for (key, value, why) in [("nodegroup", json!({}), "nodegroups"), ("ext_pillar", json!([{"nothing": {}}]), "knows no `nothing`")] {
        let refused = apply(key, value);
        let said = refused.to_string();
        assert!(refused["success"] == false && said.contains("stays as it was") && said.contains(why), "{refused}");
    }
    let update = |name: &str| wheel(&lab, "config.update_config", json!({"file_name": name, "yaml_contents": {"timeout": 7}}));
    for name in ["../../x", "a/b", ".hidden", ""] {
        assert_eq!(update(name)["success"], false, "{name}");
    }
    assert_eq!(update("gui")["success"], true);
    assert!(std::fs::read_to_string(&written).unwrap().lines().count() > 1, "the first one is still there");
}
