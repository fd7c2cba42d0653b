//! `salt-run` and `salt-cp` against a scripted master.

mod support;

use api::RunResult;
use cli::Program::{SaltCp, SaltRun};
use model::Event;
use support::{Lab, Script, json, returned};
use value::Value;

fn answering(value: Value, success: bool) -> Script {
    let result = RunResult { job: Some(support::job()), value, success, retcode: i32::from(!success), out: None };
    Script { runner: Some(result), ..Script::default() }
}

#[tokio::test]
async fn a_runners_answer_is_printed_bare() {
    let lab = Lab::start(answering(json(r#"{"up": ["web1"], "down": []}"#), true));
    let ran = lab.run(SaltRun, "manage.status timeout=3 7").await;
    assert_eq!((ran.out.as_str(), ran.status), ("down:\nup:\n    - web1\n", 0));
    let asked = lab.script.asked.lock().unwrap();
    assert!(asked[0].contains("args: [Int(7)]") && asked[0].contains("timeout"), "{asked:?}");
}

#[tokio::test]
async fn a_wrapped_answer_is_printed_by_its_outputter() {
    let lab = Lab::start(answering(json(r#"{"outputter": "txt", "data": {"web1": "hello"}}"#), true));
    assert_eq!(lab.run(SaltRun, "jobs.lookup_jid 1").await.out, "web1: hello\n");
}

#[tokio::test]
async fn a_failed_runner_is_exit_status_one() {
    let ran = Lab::start(answering(Value::from("went wrong"), false)).run(SaltRun, "x.y").await;
    assert_eq!((ran.out.as_str(), ran.status), ("went wrong\n", 1));
}

#[tokio::test]
async fn an_unknown_runner_is_told() {
    let ran = Lab::start(Script::default()).run(SaltRun, "x.y").await;
    assert_eq!((ran.err.as_str(), ran.status), ("salt-run: no runner `x.y`\n", 2));
}

#[tokio::test]
async fn docs_of_runners_are_those_of_the_named_modules() {
    let docs = json(r#"{"jobs.active": "Jobs that are not done.", "jobsx.y": "No.", "manage.up": "Who is there."}"#);
    let lab = Lab::start(answering(docs, true));
    assert_eq!(lab.run(SaltRun, "-d jobs").await.out, "jobs.active:\n\n    Jobs that are not done.\n\n");
    assert_eq!(lab.run(SaltRun, "-d manage.up").await.out, "manage.up:\n\n    Who is there.\n\n");
}

#[tokio::test]
async fn events_are_one_line_each_until_so_many_have_come() {
    let event = |sequence: u64| Event { sequence, tag: format!("a/{sequence}"), data: json(r#"{"id": "web1"}"#), at: support::noon() };
    let lab = Lab::start(Script { bus: vec![event(1), event(2), event(3)], ..Script::default() });
    let ran = lab.run(SaltRun, "state.event a/* count=2").await;
    let want = "a/1\t{\"id\": \"web1\", \"_stamp\": \"2026-11-24T12:00:00.000000+00:00\"}\n";
    assert_eq!(ran.out.lines().count(), 2);
    assert!(ran.out.starts_with(want), "{}", ran.out);
    assert!(lab.run(SaltRun, "state.event pretty=True").await.out.contains("a/3\t{\n    \"_stamp\""));
    assert_eq!(lab.run(SaltRun, "state.event colour=red").await.status, 64);
}

#[tokio::test]
async fn files_travel_inside_the_job_with_their_mode() {
    let lab = Lab::start(Script { matched: vec!["web1"], events: vec![returned("web1", true, 0)], ..Script::default() });
    let file = lab.socket().with_file_name("motd");
    std::fs::write(&file, b"hi\xff").unwrap();
    let ran = lab.run(SaltCp, &format!("-C web* {} /etc/motd", file.display())).await;
    assert_eq!((ran.out.as_str(), ran.status), ("web1:\n    True\n", 0));
    let jobs = lab.script.jobs_asked.lock().unwrap();
    let call = &jobs[0].calls[0];
    assert_eq!(call.function.as_str(), "cp.recv");
    assert_eq!(call.args[0].get("motd").unwrap().get("base64").unwrap().as_str(), Some("aGn/"));
    assert_eq!(call.args[1], Value::from("/etc/motd"));
}
