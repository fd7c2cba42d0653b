//! Jobs in batches, and targets by pillar, through the real binaries.

use lab::{Lab, MASTER, Signal};
use serde_json::json;
use tests::{good, job_id, json, lab, running};

/// Stages of a job's minions, in the order of their ids.
fn stages(lab: &Lab, job: &str) -> Vec<String> {
    let view = json(lab, &["job", "show", job]);
    let minions = view["minions"].as_array().cloned().unwrap_or_default();
    minions.iter().map(|one| one["progress"]["stage"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_batch_is_one_job_and_never_runs_on_more_minions_than_it_may() {
    let lab = running(&["a", "b", "c", "d"]);
    // Every minion notes how many run beside it: the folder holds one file for each that runs.
    let folder = lab.path("inside");
    std::fs::create_dir(&folder).unwrap();
    let script = format!("cd {} && touch $$ && ls | wc -l && sleep 0.5 && rm $$", folder.display());
    let output = lab.program("salt", &["*", "cmd.run", &script, "-b", "2", "--out", "json", "--static"]).unwrap();
    assert!(output.is_good(), "{output:#?}");
    let seen: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let seen: Vec<u64> = seen.as_object().unwrap().values().map(|count| count.as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen.iter().all(|count| *count <= 2), "{seen:?}");
    let jobs = json(&lab, &["job", "list"]);
    assert_eq!(jobs.as_array().unwrap().len(), 1, "{jobs}");
    assert_eq!(jobs[0]["counts"], json!({"returned": 4}));
    let said = lab.program("salt", &["*", "test.ping", "-b", "50%"]).unwrap();
    assert!(said.stdout.contains("Executing run on ['a', 'b']"), "{said:#?}");
}

#[test]
fn a_batch_goes_on_without_the_command_line_and_over_a_restart_of_the_master() {
    let mut lab = running(&["a", "b", "c"]);
    let (mark, go) = (lab.path("mark"), lab.path("go"));
    let script = format!("echo x >> {}; while [ ! -e {} ]; do sleep 0.1; done", mark.display(), go.display());
    let job = job_id(&good(&lab, &["run", "*", "cmd.run", &script, "--batch", "1", "--async"]));
    lab.until("the first one runs", |_| Ok(mark.exists())).unwrap();
    lab.until("it is known to run", |lab| Ok(stages(lab, &job).contains(&"running".to_owned()))).unwrap();
    assert_eq!(stages(&lab, &job).iter().filter(|stage| *stage == "queued").count(), 2);
    lab.end(MASTER, Signal::SIGKILL).unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    lab.until_online(&["a", "b", "c"]).unwrap();
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "x\n", "nobody else had a turn");
    std::fs::write(&go, "").unwrap();
    lab.until("all have run", |lab| Ok(stages(lab, &job) == ["returned", "returned", "returned"])).unwrap();
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "x\nx\nx\n");
}

#[test]
fn a_batch_with_failhard_stops_and_one_that_is_killed_goes_to_nobody_else() {
    let mut lab = running(&["a", "b", "c"]);
    let output = lab.program("salt", &["*", "cmd.run", "exit 3", "-b", "1", "--failhard"]).unwrap();
    assert_eq!(output.code, 1, "{output:#?}");
    assert!(output.stdout.contains("not sent: the batch stopped because the job failed on a"), "{output:#?}");
    let job = job_id(&good(&lab, &["run", "*", "test.sleep", "600", "--batch", "1", "--async"]));
    lab.until("the first one runs", |lab| Ok(stages(lab, &job).contains(&"running".to_owned()))).unwrap();
    good(&lab, &["job", "kill", &job]);
    lab.until("all is over", |lab| Ok(stages(lab, &job) == ["failed", "lost", "lost"])).unwrap();
}

#[test]
fn a_batch_below_the_safe_limit_is_sent_at_once() {
    let lab = running(&["a", "b"]);
    let output = lab.program("salt", &["*", "test.ping", "--batch-safe-limit", "3"]).unwrap();
    assert!(output.is_good() && !output.stdout.contains("Executing run on"), "{output:#?}");
    let output = lab.program("salt", &["*", "test.ping", "--batch-safe-limit", "2", "--batch-safe-size", "1"]).unwrap();
    assert!(output.is_good() && output.stdout.contains("Executing run on ['a']"), "{output:#?}");
}

#[test]
fn targets_by_pillar_are_matched_on_what_the_master_compiles() {
    let mut lab = lab();
    lab.write("pillar/top.sls", "base:\n  'a':\n    - web\n  'b':\n    - db\n").unwrap();
    lab.write("pillar/web.sls", "role: web\nports: [80, 443]\n").unwrap();
    lab.write("pillar/db.sls", "role: db\n").unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.start_minion("b", "").unwrap();
    lab.until_online(&["a", "b"]).unwrap();
    assert_eq!(json(&lab, &["run", "-I", "role:web", "test.ping"]), json!({"a": true}));
    assert_eq!(json(&lab, &["run", "-J", "role:(web|db)", "test.ping"]), json!({"a": true, "b": true}));
    assert_eq!(json(&lab, &["run", "-C", "I@ports:443 or b", "test.ping"]), json!({"a": true, "b": true}));
    // What a minion was told last is what counts: a change of the files shows when the pillar is refreshed.
    lab.write("pillar/db.sls", "role: web\n").unwrap();
    assert_eq!(json(&lab, &["run", "-I", "role:web", "test.ping"]), json!({"a": true}));
    good(&lab, &["run", "b", "saltutil.refresh_pillar"]);
    assert_eq!(json(&lab, &["run", "-I", "role:web", "test.ping"]), json!({"a": true, "b": true}));
}

#[test]
fn several_functions_are_one_job_with_a_mapping_by_function() {
    let lab = running(&["a"]);
    let output =
        lab.program("salt", &["a", "test.echo,test.arg", "hello", ",", "1", "k=v", "--out", "json", "--metadata", "{ticket: 7}"]).unwrap();
    assert!(output.is_good(), "{output:#?}");
    let seen: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(seen["a"], json!({"test.echo": "hello", "test.arg": {"args": [1], "kwargs": {"k": "v"}}}));
    let found = lab.program("salt-run", &["jobs.list_jobs", "search_metadata={ticket: 7}", "--out", "json"]).unwrap();
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let job = found.as_object().unwrap().values().next().unwrap();
    assert_eq!((&job["Function"], &job["Metadata"]), (&json!("test.echo,test.arg"), &json!({"ticket": 7})));
}
