//! Jobs through the real binaries: sent, run, returned, and reported truly.

use lab::Signal;
use serde_json::json;
use tests::{good, job_id, json, running};

#[test]
fn a_job_reaches_every_minion_and_comes_back() {
    let lab = running(&["web1", "db1"]);
    assert_eq!(json(&lab, &["run", "*", "test.ping"]), json!({"web1": true, "db1": true}));
    assert_eq!(json(&lab, &["run", "web*", "test.echo", "hello"]), json!({"web1": "hello"}));
    assert_eq!(json(&lab, &["run", "-L", "db1,web1", "test.ping"]), json!({"web1": true, "db1": true}));
    assert_eq!(json(&lab, &["run", "-C", "G@kernel:Linux and not db1", "test.ping"]), json!({"web1": true}));
    assert_eq!(json(&lab, &["run", "-G", "id:db1", "test.ping"]), json!({"db1": true}));
}

#[test]
fn exit_codes_say_what_became_of_a_job() {
    let lab = running(&["a"]);
    let code = |program: &str, arguments: &[&str]| lab.program(program, arguments).unwrap();
    assert_eq!(code("salt", &["*", "test.ping"]).code, 0);
    let failed = code("salt", &["*", "cmd.run", "exit 3"]);
    assert_eq!(failed.code, 1, "{failed:#?}");
    assert!(failed.stderr.contains("ERROR: Minions returned with non-zero exit code"), "{failed:#?}");
    let nobody = code("salt", &["nobody*", "test.ping"]);
    assert_eq!(nobody.code, 2, "{nobody:#?}");
    assert!(nobody.stdout.contains("No minions matched the target. No command was sent, no jid was assigned."), "{nobody:#?}");
}

#[test]
fn wrong_calls_are_answered_with_the_way_out() {
    let lab = running(&["a"]);
    let text = |arguments: &[&str]| lab.sylvite(arguments).map(|output| output.stdout + &output.stderr).unwrap();
    let unknown = text(&["run", "*", "test.pnig"]);
    assert!(unknown.contains("'test.pnig' is not available") && unknown.contains("test.ping"), "{unknown}");
    let misspelt = text(&["run", "*", "cmd.run", "true", "tiemout=3"]);
    assert!(misspelt.contains("tiemout") && misspelt.contains("timeout"), "{misspelt}");
    let wrong = text(&["run", "*", "test.sleep", "soon"]);
    assert!(wrong.contains("soon"), "{wrong}");
    let target = text(&["run", "-C", "web* and", "test.ping"]);
    assert!(target.contains("web* and"), "{target}");
}

#[test]
fn output_comes_while_the_command_runs() {
    let lab = running(&["a"]);
    // The command ends only when its first line has been seen, so a line that comes at the end would wait for ever.
    let seen = lab.path("seen");
    let script = format!("echo first; while [ ! -e {} ]; do sleep 0.05; done; echo last", seen.display());
    let mut command = lab.command("sylvite", lab::MASTER);
    command.args(["run", "--live", "a", "cmd.run", &script]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut all = String::new();
    while !all.contains("first") {
        assert!(std::io::BufRead::read_line(&mut reader, &mut all).unwrap() > 0, "{all}");
    }
    std::fs::write(seen, "").unwrap();
    std::io::Read::read_to_string(&mut reader, &mut all).unwrap();
    assert!(child.wait().unwrap().success() && all.contains("last"), "{all}");
}

#[test]
fn a_stopped_minion_is_reported_with_the_reason() {
    let mut lab = running(&["a", "b"]);
    lab.end("b", Signal::SIGTERM).unwrap();
    lab.until("the master has noticed", |lab| Ok(json(lab, &["minion", "show", "b"]).to_string().contains("offline"))).unwrap();
    let output = lab.sylvite(&["run", "*", "test.ping"]).unwrap();
    assert_eq!(output.code, 1, "{output:#?}");
    assert!((output.stdout.clone() + &output.stderr).contains("offline since"), "{output:#?}");
    assert!(output.stdout.contains("True"), "the other one has answered: {output:#?}");
}

#[test]
fn a_job_for_an_absent_minion_waits_if_asked() {
    let mut lab = running(&["a"]);
    lab.end("a", Signal::SIGTERM).unwrap();
    lab.until("the master has noticed", |lab| Ok(json(lab, &["minion", "show", "a"]).to_string().contains("offline"))).unwrap();
    let job = job_id(&good(&lab, &["run", "*", "test.echo", "late", "--async", "--queue-offline", "5m"]));
    let stage = |lab: &lab::Lab| json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"].as_str().map(str::to_owned);
    assert_eq!(stage(&lab).as_deref(), Some("queued"));
    lab.start_minion("a", "").unwrap();
    let job = job.as_str();
    lab.until("the job has run", |lab| Ok(json(lab, &["job", "show", job])["minions"][0]["progress"]["stage"] == "returned")).unwrap();
    assert_eq!(json(&lab, &["job", "show", job])["minions"][0]["returned"]["value"], "late");
}

#[test]
fn a_running_job_is_killed_with_all_its_processes() {
    let mut lab = running(&["a"]);
    let file = lab.path("ticks");
    let script = format!("(while true; do echo x >> {0}; sleep 0.05; done) & wait", file.display());
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &script, "--async"]));
    lab.until("the command runs", |_| Ok(file.exists())).unwrap();
    let running = json(&lab, &["run", "a", "saltutil.running"]);
    assert_eq!(running["a"][0]["jid"], job.as_str(), "{running}");
    good(&lab, &["job", "kill", &job]);
    lab.until("the job is over", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "failed")).unwrap();
    let size = || std::fs::metadata(&file).map(|meta| meta.len()).unwrap_or(0);
    let before = size();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(size(), before, "a child of the command outlived it");
}

#[test]
fn jobs_are_listed_in_salts_shapes_too() {
    let lab = running(&["a"]);
    let job = job_id(&good(&lab, &["run", "a", "test.arg", "1", "k=v", "--async"]));
    lab.program("salt-run", &["jobs.lookup_jid", &job]).unwrap();
    let output = |arguments: &[&str]| {
        let output = lab.program("salt-run", &[arguments, &["--out", "json"]].concat()).unwrap();
        assert!(output.is_good(), "{output:#?}");
        serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap()
    };
    let listed = output(&["jobs.list_job", &job]);
    assert_eq!((&listed["Function"], &listed["Target"], &listed["Target-type"]), (&json!("test.arg"), &json!("a"), &json!("glob")));
    assert_eq!(listed["Arguments"], json!([1, {"k": "v", "__kwarg__": true}]));
    assert_eq!(listed["Minions"], json!(["a"]));
    assert!(output(&["jobs.list_jobs"]).get(&job).is_some());
    assert_eq!(output(&["manage.status"]), json!({"up": ["a"], "down": []}));
}

#[test]
fn a_subset_is_sent_to_so_many_of_the_matched_and_to_no_other() {
    let lab = running(&["a", "b", "c"]);
    let answers = json(&lab, &["run", "--subset", "2", "*", "test.ping"]);
    assert_eq!(answers.as_object().map(serde_json::Map::len), Some(2), "{answers}");
    let job = &json(&lab, &["job", "list"])[0];
    assert_eq!(job["counts"], json!({"returned": 2}), "{job}");
    let all = json(&lab, &["run", "--subset", "9", "*", "test.ping"]);
    assert_eq!(all, json!({"a": true, "b": true, "c": true}), "a subset larger than what matches is all of it");
}

#[test]
fn a_job_past_its_deadline_is_ended_with_its_processes_and_says_so() {
    let lab = running(&["a"]);
    let file = lab.path("pid");
    let script = format!("echo $$ > {}; sleep 600 & wait", file.display());
    let output = lab.sylvite(&["run", "a", "cmd.run", &script, "--deadline", "1s"]).unwrap();
    assert_eq!(output.code, 1, "{output:#?}");
    assert!((output.stdout.clone() + &output.stderr).contains("deadline"), "{output:#?}");
    let job = &json(&lab, &["job", "list"])[0];
    assert_eq!(job["counts"], json!({"failed": 1}), "{job}");
    let pid = std::fs::read_to_string(&file).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "the command outlived the deadline: {state}");
}

#[test]
fn any_signal_reaches_the_processes_of_a_job_and_those_that_mean_the_end_end_it() {
    let mut lab = running(&["a"]);
    let mark = lab.path("mark");
    let script = format!("trap 'echo got >> {0}' USR1; touch {0}; while :; do sleep 0.05; done", mark.display());
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &script, "python_shell=True", "--async"]));
    lab.until("the command runs", |_| Ok(mark.exists())).unwrap();
    let got = |count: usize| {
        let mark = mark.clone();
        move |_: &lab::Lab| Ok(std::fs::read_to_string(&mark).unwrap_or_default().lines().count() == count)
    };
    let said = json(&lab, &["run", "a", "saltutil.signal_job", &job, "10"])["a"].clone();
    assert!(said.as_str().unwrap().starts_with(&format!("Signal 10 sent to job {job} at pid ")), "{said}");
    lab.until("it got the signal", got(1)).unwrap();
    good(&lab, &["job", "kill", &job, "--signal", "usr1"]);
    lab.until("it got the second one", got(2)).unwrap();
    let all = json(&lab, &["run", "a", "saltutil.signal_all_jobs", "10"])["a"].clone();
    assert!(all[&job].as_str().is_some_and(|words| words.starts_with("Signal 10 sent")), "{all}");
    lab.until("it got the third one", got(3)).unwrap();
    assert_eq!(json(&lab, &["job", "show", &job])["minions"][0]["progress"]["stage"], "running");
    let wrong = lab.sylvite(&["run", "a", "saltutil.signal_job", &job, "1000"]).unwrap();
    assert!(!wrong.is_good() && wrong.stdout.contains("signal 1000 cannot be sent"), "{wrong:#?}");
    // Two more, so that all of them are to go.
    let others: Vec<String> = (0..2).map(|_| job_id(&good(&lab, &["run", "a", "test.sleep", "600", "--async"]))).collect();
    lab.until("they run", |lab| Ok(json(lab, &["run", "a", "saltutil.running"])["a"].as_array().is_some_and(|all| all.len() == 3)))
        .unwrap();
    let told = json(&lab, &["run", "a", "saltutil.kill_all_jobs"])["a"].clone();
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(3), "{told}");
    for job in others.iter().chain([&job]) {
        lab.until("it is over", |lab| Ok(json(lab, &["job", "show", job])["minions"][0]["progress"]["stage"] == "failed")).unwrap();
    }
    assert_eq!(json(&lab, &["run", "a", "saltutil.running"]), serde_json::json!({"a": []}));
    assert_eq!(json(&lab, &["run", "a", "saltutil.kill_job", &job])["a"], "", "it does not run any more");
}
