//! What the master does by itself, and what minions hand to each other, through the real binaries.

use lab::Lab;
use serde_json::{Value, json};
use tests::{good, json, running};

fn runner(lab: &Lab, words: &[&str]) -> Value {
    let output = lab.program("salt-run", &[words, &["--out", "json"]].concat()).unwrap();
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"))
}

/// Whether an event of a tag was fired, as the CMDB has it.
fn was_fired(lab: &Lab, tag: &str, what: &str) -> bool {
    let mut command = lab.command("sylvite", lab::MASTER);
    command.args(["events", "--tag", tag, "--from", "0", "--out", "json", "--out-indent", "-1"]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line.contains(what)
}

#[test]
fn the_master_runs_its_own_schedule_and_reads_it_anew_when_told() {
    let mut lab = tests::lab();
    let entry =
        |word: &str| format!("schedule:\n  beat:\n    function: event.send\n    args: [my/{word}, {{from: schedule}}]\n    seconds: 1\n");
    lab.start_master(&entry("beat")).unwrap();
    assert!(was_fired(&lab, "my/beat", "\"from\":"));
    let config = std::fs::read_to_string(lab.path("master/master")).unwrap();
    lab.write("master/master", &config.replace("my/beat", "my/other")).unwrap();
    lab.process(lab::MASTER).unwrap().signal(lab::Signal::SIGHUP).unwrap();
    assert!(was_fired(&lab, "my/other", "\"from\":"));
    assert!(lab.log(lab::MASTER).contains("the configuration was read again"));
}

#[test]
fn an_orchestration_of_data_runs_and_one_that_is_to_end_ends_before_its_next_state() {
    let mut lab = running(&["a"]);
    let high = "{first: {salt.function: [{name: test.echo}, {tgt: a}, {arg: [hello]}]}}";
    let done = runner(&lab, &["state.orchestrate_high", high]);
    let state = done["lab_master"].as_object().unwrap().values().next().unwrap();
    assert_eq!((&state["result"], &state["changes"]["ret"]["a"]), (&json!(true), &json!("hello")), "{done}");

    let (gate, last) = (lab.path("gate"), lab.path("last"));
    let sls = format!(
        "first:\n  salt.function:\n    - name: cmd.run\n    - tgt: a\n    - arg: ['touch {0}.began; while [ ! -e {0} ]; do sleep 0.05; done']\n\
         last:\n  file.touch:\n    - name: {1}\n    - require: [{{salt: first}}]\n",
        gate.display(),
        last.display()
    );
    lab.write("states/orch/long.sls", &sls).unwrap();
    let begun = lab.program("salt-run", &["state.orchestrate", "orch.long", "--async"]).unwrap();
    assert!(begun.is_good(), "{begun:#?}");
    let job = begun.stdout.split_whitespace().rev().find(|word| word.len() == 20).map(str::to_owned).unwrap();
    lab.until("the first state runs", |lab| Ok(lab.path("gate.began").exists())).unwrap();
    assert_eq!(runner(&lab, &["state.soft_kill", &job]), json!(true));
    std::fs::write(&gate, "").unwrap();
    lab.until("the orchestration is over", |lab| Ok(runner(lab, &["jobs.list_job", &job])["Result"] != json!({}))).unwrap();
    assert!(!last.exists(), "the state after it was not run");
}

#[test]
fn an_entry_of_the_schedule_goes_to_another_minion_and_its_returns_to_a_returner() {
    let mut lab = tests::lab();
    let file = lab.path("returns");
    lab.start_master(&format!(
        "auto_accept: true\npeer: {{'a': ['schedule.add']}}\nreturners:\n  kept: {{type: file, path: {}}}\n",
        file.display()
    ))
    .unwrap();
    for id in ["a", "b"] {
        lab.start_minion(id, "").unwrap();
    }
    lab.until_online(&["a", "b"]).unwrap();
    let call = |words: &[&str]| json(&lab, &[&["run"], words].concat());
    call(&["a", "schedule.add", "beat", "function=test.echo", "job_args=[scheduled]", "hours=6", "returner=kept"]);
    call(&["a", "schedule.add", "other", "function=test.ping", "hours=6", "returner=nowhere"]);
    let copied = call(&["a", "schedule.copy", "beat", "b"]);
    assert_eq!(copied["a"], json!({"result": true, "comment": "Copied Job beat from schedule to minion(s).", "minions": ["b"]}));
    let again = call(&["a", "schedule.move", "beat", "b"]);
    assert_eq!((&again["a"]["result"], &again["a"]["minions"]), (&json!(false), &json!(["b"])), "it has one of that name: {again}");
    call(&["b", "schedule.delete", "beat"]);
    assert_eq!(call(&["a", "schedule.move", "beat", "b"])["a"]["comment"], "Moved Job beat from schedule.");
    assert_eq!(call(&["a", "schedule.is_enabled", "beat"])["a"], json!({}));
    let entry = call(&["b", "schedule.list", "return_yaml=False"])["b"]["beat"].clone();
    assert_eq!((&entry["args"], &entry["hours"], &entry["returner"]), (&json!(["scheduled"]), &json!(6), &json!("kept")), "{entry}");
    let refused = lab.sylvite(&["run", "b", "schedule.copy", "beat", "a"]).unwrap();
    assert!(!refused.is_good(), "`peer` allows it to the other only: {refused:#?}");
    call(&["b", "schedule.run_job", "beat"]);
    lab.until("the returner has it", |_| Ok(std::fs::read_to_string(&file).is_ok_and(|text| text.contains("scheduled")))).unwrap();
    let mut lab = lab;
    json(&lab, &["run", "a", "schedule.run_job", "other"]);
    lab.until("the master names the returner that there is not", |lab| Ok(lab.log(lab::MASTER).contains("no returner `nowhere`"))).unwrap();
}

#[test]
fn things_to_do_later_stand_in_a_queue_and_values_in_a_bank() {
    let mut lab = running(&["a"]);
    let call = |words: &[&str]| runner(&lab, words);
    assert_eq!(call(&["queue.insert", "work", "[one, two, 3]"]), json!(true));
    call(&["queue.insert", "work", "four"]);
    assert_eq!(call(&["queue.list_items", "work"]), json!(["one", "two", 3, "four"]));
    assert_eq!((call(&["queue.list_length", "work"]), call(&["queue.list_queues"])), (json!(4), json!(["work"])));
    assert_eq!(call(&["queue.delete", "work", "two"]), json!(true));
    assert_eq!(call(&["queue.pop", "work"]), json!(["one"]));
    assert_eq!(call(&["queue.process_queue", "work", "all"])["items"], json!([3, "four"]));
    assert!(was_fired(&lab, "salt/queue/work/process", "four"));
    call(&["queue.insert_runner", "test.arg", "args=[x]", "kwargs={y: 1}"]);
    assert_eq!(call(&["queue.process_runner"]), json!([{"args": ["x"], "kwargs": {"y": 1}}]));
    let refused = lab.program("salt-run", &["queue.insert", "../x", "y"]).unwrap();
    assert!(!refused.is_good() && refused.stdout.contains("no name of a queue"), "{refused:#?}");
    call(&["cache.store", "site", "release", "{version: 7}"]);
    assert_eq!(call(&["cache.fetch", "site", "release"]), json!({"version": 7}));
    assert_eq!((call(&["cache.list", "site"]), call(&["cache.flush", "site"])), (json!(["release"]), json!(true)));
    assert_eq!(call(&["cache.fetch", "site", "release"]), json!({}));
    assert_eq!(call(&["config.get", "nodegroups:x", "none"]), json!("none"));
    good(&lab, &["run", "a", "mine.send", "test.ping"]);
    assert_eq!(call(&["cache.mine"]), json!({"a": {"test.ping": true}}));
    assert_eq!((call(&["cache.clear_mine"]), call(&["cache.mine"])), (json!(true), json!({})));
    assert_eq!(call(&["cache.clear_grains"]), json!(true));
    lab.check().unwrap();
}
