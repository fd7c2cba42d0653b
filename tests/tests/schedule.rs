//! The schedule of a minion through the real binaries.

use lab::Signal;
use serde_json::{Value, json};
use tests::{good, json, running};

fn runs(lab: &lab::Lab, function: &str) -> Vec<Value> {
    let listed = lab.program("salt-run", &["jobs.list_jobs", &format!("search_function={function}"), "--out", "json"]).unwrap();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap_or_default();
    listed.as_object().map(|jobs| jobs.values().cloned().collect()).unwrap_or_default()
}

#[test]
fn a_scheduled_function_runs_and_its_return_is_a_job_of_the_master() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\n").unwrap();
    let entry = "schedule:\n  hello:\n    function: test.echo\n    args: [from the clock]\n    seconds: 3600\n    metadata: {ticket: 7}\n";
    lab.start_minion("a", entry).unwrap();
    lab.until_online(&["a"]).unwrap();
    lab.until("the run is a job", |lab| Ok(!runs(lab, "test.echo").is_empty())).unwrap();
    let job = &runs(&lab, "test.echo")[0];
    assert_eq!((&job["Target"], &job["Target-type"]), (&json!(["a"]), &json!("list")));
    assert_eq!(job["Metadata"], json!({"ticket": 7, "schedule": "hello"}));
    lab.until("the return is there", |lab| {
        let last = lab.program("salt-run", &["jobs.last_run", "function=test.echo", "--out", "json"])?;
        Ok(last.stdout.contains("from the clock"))
    })
    .unwrap();
}

#[test]
fn the_schedule_is_changed_by_functions_and_outlives_a_restart() {
    let mut lab = running(&["a"]);
    let added = json(&lab, &["run", "a", "schedule.add", "beat", "function=test.ping", "hours=6", "run_on_start=False"]);
    assert_eq!(added["a"], json!({"comment": "Added job: beat to schedule.", "result": true, "changes": {"beat": "added"}}));
    let again = json(&lab, &["run", "a", "schedule.add", "beat", "function=test.ping", "hours=6"]);
    assert_eq!(again["a"]["comment"], "Job beat already exists in schedule.");
    let wrong = lab.sylvite(&["run", "a", "schedule.add", "odd", "function=test.ping", "hours=6", "when=5pm"]).unwrap();
    assert!(wrong.stdout.contains("exclude each other"), "{wrong:#?}");
    let saved = std::fs::read_to_string(lab.path("minions/a/minion.d/_schedule.conf")).unwrap();
    assert!(saved.contains("beat:"), "{saved}");
    let next = |lab: &lab::Lab| json(lab, &["run", "a", "schedule.show_next_fire_time", "beat"])["a"]["next_fire_time"].clone();
    lab.until("the next time is known", |lab| Ok(next(lab).is_string())).unwrap();
    let before = next(&lab);
    lab.end("a", Signal::SIGTERM).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    lab.until("the next time is known", |lab| Ok(next(lab).is_string())).unwrap();
    assert_eq!(next(&lab), before, "a restart does not begin the hours anew");
    json(&lab, &["run", "a", "schedule.run_job", "beat"]);
    lab.until("it has run", |lab| Ok(!runs(lab, "test.ping").is_empty())).unwrap();
    json(&lab, &["run", "a", "schedule.disable_job", "beat"]);
    assert_eq!(json(&lab, &["run", "a", "schedule.is_enabled", "beat"])["a"]["enabled"], false);
    let refused = json(&lab, &["run", "a", "schedule.run_job", "beat"]);
    assert_eq!(refused["a"]["comment"], "Job beat is disabled.");
    json(&lab, &["run", "a", "schedule.delete", "beat"]);
    assert_eq!(json(&lab, &["run", "a", "schedule.list", "return_yaml=False"])["a"], json!({}));
}

#[test]
fn pillar_has_a_schedule_too_and_it_is_not_changed_from_the_minion() {
    let mut lab = tests::lab();
    lab.write("pillar/top.sls", "base:\n  '*': [clock]\n").unwrap();
    lab.write("pillar/clock.sls", "schedule:\n  central:\n    function: test.arg\n    args: [1]\n    minutes: 90\n").unwrap();
    lab.start(&["a"]).unwrap();
    lab.until("the run is a job", |lab| Ok(!runs(lab, "test.arg").is_empty())).unwrap();
    let refused = json(&lab, &["run", "a", "schedule.delete", "central"]);
    assert!(refused["a"]["comment"].as_str().unwrap().contains("is in pillar"), "{refused}");
}

#[test]
fn a_run_while_the_master_is_away_is_told_when_it_is_back() {
    let mut lab = running(&["a"]);
    good(
        &lab,
        &["run", "a", "schedule.add", "later", "function=test.echo", "job_args=[alone]", "seconds=1", "persist=False", "enabled=False"],
    );
    let port = lab.port();
    lab.end(lab::MASTER, Signal::SIGTERM).unwrap();
    // Through the minion's own socket, since there is no master to send it.
    let mut command = lab.command("salt-call", "minions/a");
    let asked = lab::Output::of(command.args(["schedule.run_job", "later", "force=True"])).unwrap();
    assert!(asked.stdout.contains("Scheduling Job later on minion."), "{asked:#?}");
    let own = lab.path("minions/a/cache/spool/own");
    lab.until("the outcome waits on the disk", |_| Ok(std::fs::read_dir(&own).is_ok_and(|folder| folder.count() > 0))).unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    assert_eq!(lab.port(), port);
    lab.until_online(&["a"]).unwrap();
    lab.until("the run is a job", |lab| Ok(!runs(lab, "test.echo").is_empty())).unwrap();
}

#[test]
fn the_masters_own_runs_are_jobs_whose_returns_go_to_returners_too() {
    let mut lab = tests::lab();
    let file = lab.path("runs.jsonl");
    let config = format!(
        "auto_accept: true\nreturners: {{archive: {{type: file, path: {}}}}}\nschedule:\n  told:\n    function: event.send\n    args: [my/tag]\n    seconds: 1\n    maxrunning: 1\n    run_on_start: true\n    returner: archive\n    metadata: {{owner: ops}}\n  quiet:\n    function: queue.list_queues\n    seconds: 3600\n    run_on_start: true\n    return_job: false\n    returner: archive\n",
        file.display()
    );
    lab.start_master(&config).unwrap();
    lab.until("a run is in the file", |_| Ok(std::fs::read_to_string(&file).is_ok_and(|text| text.contains('\n')))).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&first["fun"], &first["id"], &first["success"]), (&json!("runner.event.send"), &json!("lab_master"), &json!(true)));
    assert_eq!(first["metadata"], json!({"owner": "ops", "schedule": "told"}));
    let kept = json(&lab, &["job", "show", first["jid"].as_str().unwrap()]);
    assert_eq!(kept["minions"][0]["returned"]["value"]["fun"], "runner.event.send", "{kept}");
    assert!(!text.contains("queue.list_queues"), "what is not to be kept goes nowhere");
}
