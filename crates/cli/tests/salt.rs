//! `salt` against a scripted master.

mod support;

use cli::Program::Salt;
use model::{Stage, TargetKind};
use support::{JOB, Lab, Script, json, minion, noon, returned, stage};
use value::Value;

fn two() -> Script {
    Script { matched: vec!["db1", "web1"], events: vec![returned("web1", true, 0), returned("db1", true, 0)], ..Script::default() }
}

#[tokio::test]
async fn returns_are_printed_as_they_come() {
    let ran = Lab::start(two()).run(Salt, "* test.ping").await;
    assert_eq!((ran.out.as_str(), ran.err.as_str(), ran.status), ("web1:\n    True\ndb1:\n    True\n", "", 0));
}

#[tokio::test]
async fn words_and_options_become_a_job() {
    let lab = Lab::start(two());
    lab.run(Salt, "-G os:Debian cmd.run ls·-l cwd=/tmp timeout=30 env={A:·1} -b 25% --batch-wait 3 --failhard --metadata {k:·v}").await;
    let jobs = lab.script.jobs_asked.lock().unwrap();
    let job = &jobs[0];
    assert_eq!((job.target.kind, job.target.expression.as_str()), (TargetKind::Grain, "os:Debian"));
    assert_eq!(job.calls[0].function.as_str(), "cmd.run");
    assert_eq!(job.calls[0].args, [Value::from("ls -l")]);
    assert_eq!(Value::Map(job.calls[0].kwargs.clone()), json(r#"{"cwd": "/tmp", "timeout": 30, "env": {"A": 1}}"#));
    let batch = job.batch.as_ref().unwrap();
    assert_eq!((batch.size.as_str(), batch.failhard, batch.wait.map(|wait| wait.0.as_secs())), ("25%", true, Some(3)));
    assert_eq!(job.metadata, json(r#"{"k": "v"}"#));
}

#[tokio::test]
async fn several_functions_are_one_job() {
    let lab = Lab::start(two());
    lab.run(Salt, "* test.arg,test.ping 1 a=2 ,").await;
    let jobs = lab.script.jobs_asked.lock().unwrap();
    let functions: Vec<_> = jobs[0].calls.iter().map(|call| (call.function.as_str(), call.args.len(), call.kwargs.len())).collect();
    assert_eq!(functions, [("test.arg", 1, 1), ("test.ping", 0, 0)]);
}

#[tokio::test]
async fn one_failed_return_is_exit_status_one() {
    let script = Script { matched: vec!["web1"], events: vec![returned("web1", "no such file", 2)], ..Script::default() };
    let ran = Lab::start(script).run(Salt, "* cmd.run x").await;
    assert_eq!(ran.out, "web1:\n    no such file\n");
    assert_eq!((ran.err.as_str(), ran.status), ("ERROR: Minions returned with non-zero exit code\n", 1));
}

#[tokio::test]
async fn what_a_minion_notes_stands_beside_the_results() {
    let note = "x.sls, line 2: State 'file.manged' was not found in SLS 'x'; did you mean `file.managed`?";
    let event = || {
        let mut event = returned("web1", true, 0);
        if let api::JobEvent::Returned { returned } = &mut event {
            returned.notes.push(note.to_owned());
        }
        event
    };
    let script = || Script { matched: vec!["web1"], events: vec![event()], ..Script::default() };
    for (program, words) in [(Salt, "* state.apply --out json"), (cli::Program::Sylvite, "run * state.apply --out json")] {
        let ran = Lab::start(script()).run(program, words).await;
        assert!(ran.err.starts_with("web1: x.sls, line 2: ") && ran.err.contains("`file.managed`"), "{ran:?}");
        assert_eq!(ran.out.trim(), "{\n    \"web1\": true\n}");
    }
}

#[tokio::test]
async fn nobody_matched_is_exit_status_two() {
    for words in ["nope test.ping", "nope test.ping --async"] {
        let ran = Lab::start(Script::default()).run(Salt, words).await;
        assert_eq!(ran.out, "No minions matched the target. No command was sent, no jid was assigned.\n");
        assert_eq!((ran.err.as_str(), ran.status), ("ERROR: No return received\n", 2));
    }
}

#[tokio::test]
async fn an_offline_minion_is_told_with_the_time_since_when() {
    let script = Script {
        matched: vec!["db1", "web1"],
        offline: vec![api::Absent { minion: minion("db1"), since: Some(noon()), reason: Some("no heartbeat".to_owned()) }],
        events: vec![returned("web1", true, 0)],
        ..Script::default()
    };
    let ran = Lab::start(script).run(Salt, "* test.ping").await;
    assert_eq!(
        ran.out,
        "web1:\n    True\ndb1:\n    Minion did not return. [Not connected]\n    offline since 2026-11-24 12:00:00 (no heartbeat)\n"
    );
    assert_eq!(ran.status, 1);
}

#[tokio::test]
async fn a_static_object_has_the_missing_minions_too() {
    let script = Script {
        matched: vec!["db1", "web1"],
        events: vec![returned("web1", true, 0), stage("db1", Stage::Lost, Some("offline since noon"))],
        ..Script::default()
    };
    let ran = Lab::start(script).run(Salt, "* test.ping --static --out json --out-indent=-1").await;
    assert_eq!(ran.out, "{\"db1\": \"Minion did not return. [Not connected]\\nlost: offline since noon\", \"web1\": true}\n");
}

#[tokio::test]
async fn a_silent_minion_is_waited_for_no_longer_than_the_timeout() {
    let script = Script { matched: vec!["web1"], events: vec![stage("web1", Stage::Queued, None)], stays_open: true, ..Script::default() };
    let ran = Lab::start(script).run(Salt, "* test.ping -t 0.02").await;
    assert!(ran.out.starts_with("web1:\n    Minion did not return. [No response]\n    has not taken the job yet\n"), "{}", ran.out);
    assert!(ran.out.ends_with(&format!("salt-run jobs.lookup_jid {JOB}\n")), "{}", ran.out);
    assert_eq!(ran.status, 1);
}

#[tokio::test]
async fn hidden_timeouts_still_count() {
    let script = Script { matched: vec!["web1"], events: vec![stage("web1", Stage::Queued, None)], stays_open: true, ..Script::default() };
    let ran = Lab::start(script).run(Salt, "* test.ping -t 0.02 --hide-timeout").await;
    assert_eq!((ran.out.as_str(), ran.status), ("", 1));
}

#[tokio::test]
async fn async_prints_the_id_and_waits_for_nothing() {
    let ran = Lab::start(two()).run(Salt, "* test.ping --async").await;
    assert_eq!((ran.out, ran.status), (format!("Executed command with job ID: {JOB}\n"), 0));
}

#[tokio::test]
async fn json_is_one_object_a_minion_and_one_in_all_when_static() {
    let lab = Lab::start(two());
    let ran = lab.run(Salt, "* test.ping --out json").await;
    assert_eq!(ran.out, "{\n    \"web1\": true\n}\n{\n    \"db1\": true\n}\n");
    let ran = lab.run(Salt, "* test.ping --out=json --static --out-indent=-1").await;
    assert_eq!(ran.out, "{\"db1\": true, \"web1\": true}\n");
}

#[tokio::test]
async fn verbose_shows_the_job_over_a_rule_and_summary_counts() {
    let ran = Lab::start(two()).run(Salt, "* test.ping -v --summary").await;
    let rule = "-".repeat(43);
    assert!(ran.out.starts_with(&format!("Executing job with jid {JOB}\n{}\n\n", "-".repeat(43))), "{}", ran.out);
    let block = format!(
        "\n{rule}\nSummary\n{rule}\n# of minions targeted: 2\n# of minions returned: 2\n# of minions that did not return: 0\n\
         # of minions with errors: 0\n{rule}\n"
    );
    assert!(ran.out.ends_with(&block), "{}", ran.out);
}

#[tokio::test]
async fn states_are_shown_as_states() {
    let states = json(
        r#"{"test_|-a_|-a_|-nop": {"name": "a", "result": true, "changes": {}, "comment": "Success!", "__id__": "a", "__run_num__": 0}}"#,
    );
    let mut event = returned("web1", states, 0);
    if let api::JobEvent::Returned { returned } = &mut event {
        returned.out = Some("highstate".to_owned());
    }
    let lab = Lab::start(Script { matched: vec!["web1"], events: vec![event], ..Script::default() });
    let ran = lab.run(Salt, "* state.apply --state-output=terse").await;
    assert!(ran.out.starts_with("web1:\n  Name: a - Function: test.nop - Result: Clean\n\nSummary for web1\n"), "{}", ran.out);
}

#[tokio::test]
async fn docs_of_all_minions_are_printed_once() {
    let docs = json(r#"{"test.ping": "\nAnswer.\n\n  salt '*' test.ping\n", "test.x": null}"#);
    let script = Script {
        matched: vec!["db1", "web1"],
        events: vec![returned("web1", docs.clone(), 0), returned("db1", docs, 0)],
        ..Script::default()
    };
    let ran = Lab::start(script).run(Salt, "* -d test").await;
    assert_eq!(ran.out, "test.ping:\n\n    Answer.\n\n      salt '*' test.ping\n\n");
}

#[tokio::test]
async fn an_unknown_outputter_is_complained_about_once() {
    let ran = Lab::start(two()).run(Salt, "* test.ping --out bogus").await;
    assert_eq!(ran.out, "web1:\n    True\ndb1:\n    True\n");
    assert_eq!(ran.err, "[ERROR   ] Invalid outputter bogus specified, fall back to nested\n");
}

#[tokio::test]
async fn words_that_make_no_sense_are_exit_status_64() {
    let lab = Lab::start(two());
    for words in
        ["--bogus", "", "*", "* ping", "-E -G * test.ping", "* test.ping --state-verbose=maybe", "* test.ping -b 2 --batch-wait soon"]
    {
        let ran = lab.run(Salt, words).await;
        assert_eq!((ran.status, ran.out.as_str()), (64, ""), "{words}: {}", ran.err);
        assert!(ran.err.contains("error"), "{words}: {}", ran.err);
    }
}

#[tokio::test]
async fn help_and_version_are_no_errors() {
    let lab = Lab::start(two());
    let ran = lab.run(Salt, "--version").await;
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("salt 0."), "{}", ran.out);
    let ran = lab.run(Salt, "--help").await;
    assert_eq!(ran.status, 0);
    assert!(ran.out.contains("salt [options] '<target>' <function> [arguments]"), "{}", ran.out);
}

#[tokio::test]
async fn a_master_that_is_not_there_is_told_with_the_socket() {
    let lab = Lab::start(two());
    let ran = lab.run(Salt, "--socket /nowhere/master.sock * test.ping").await;
    let want = "salt: cannot reach the master at `/nowhere/master.sock`: there is no such socket; is sylvite-master running?\n";
    assert_eq!((ran.err.as_str(), ran.status), (want, 2));
}

#[tokio::test]
async fn output_goes_to_a_file_when_asked() {
    let lab = Lab::start(two());
    let file = lab.socket().with_file_name("out.txt");
    let words = format!("* test.ping --out-file={}", file.display());
    assert_eq!(lab.run(Salt, &words).await.out, "");
    lab.run(Salt, &format!("{words} --out-file-append")).await;
    assert_eq!(std::fs::read_to_string(file).unwrap(), "web1:\n    True\ndb1:\n    True\n".repeat(2));
}

#[tokio::test]
async fn the_configuration_says_how_to_print() {
    let lab = Lab::start(two());
    std::fs::write(lab.socket().with_file_name("master"), "output: txt\ninterface: 0.0.0.0\n").unwrap();
    assert_eq!(lab.run(Salt, "* test.ping").await.out, "web1: True\ndb1: True\n");
}
