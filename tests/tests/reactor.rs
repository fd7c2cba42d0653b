//! Reactions to events through the real binaries.

use lab::Signal;
use serde_json::{Value, json};
use tests::{good, json};

fn runner(lab: &lab::Lab, words: &[&str]) -> Value {
    let output = lab.program("salt-run", &[words, &["--out", "json"]].concat()).unwrap();
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"))
}

fn ran(lab: &lab::Lab, function: &str) -> Vec<Value> {
    let listed = runner(lab, &["jobs.list_jobs", &format!("search_function={function}")]);
    listed.as_object().map(|jobs| jobs.values().cloned().collect()).unwrap_or_default()
}

#[test]
fn an_event_leads_to_a_job_a_runner_a_wheel_and_a_function_of_the_master() {
    let mut lab = tests::lab();
    let made = lab.path("made");
    lab.write(
        "states/react/all.sls",
        &format!(
            "ping {{{{ data.id }}}}:\n  local.test.echo:\n    - tgt: {{{{ data.id }}}}\n    - args:\n      - text: {{{{ data.word }}}} {{{{ tag }}}}\n\
             told:\n  runner.event.send:\n    - args:\n      - tag: my/answer\n      - data: {{word: {{{{ data.word }}}}}}\n\
             touched:\n  caller.file.touch:\n    - args: [{}]\n",
            made.display()
        ),
    )
    .unwrap();
    lab.start_master("auto_accept: true\nreactor:\n  - 'my/event/*': ['salt://react/all.sls']\n").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let mut command = lab.command("salt-call", "minions/a");
    let sent = lab::Output::of(command.args(["event.send", "my/event/one", "{word: hello}"])).unwrap();
    assert!(sent.is_good(), "{sent:#?}");
    lab.until("the job was sent", |lab| Ok(!ran(lab, "test.echo").is_empty())).unwrap();
    let job = &ran(&lab, "test.echo")[0];
    assert_eq!((&job["User"], &job["Target"]), (&json!("Reactor"), &json!("a")));
    assert_eq!(job["Arguments"], json!([{"text": "hello my/event/one", "__kwarg__": true}]));
    lab.until("the function has run", |_| Ok(made.exists())).unwrap();
    lab.until("nothing waits", |lab| Ok(runner(lab, &["reactor.waiting"]) == json!({}))).unwrap();
    assert_eq!(runner(&lab, &["reactor.dead"]), json!({}));
}

#[test]
fn a_reaction_that_fails_is_tried_again_then_laid_aside_and_can_be_raised() {
    let mut lab = tests::lab();
    lab.write("states/react/good.sls", "x:\n  local.test.ping:\n    - tgt: a\n").unwrap();
    lab.start_master("auto_accept: true\nreactor_attempts: 2\nreactor:\n  - my/event: ['salt://react/bad.sls', 'salt://react/good.sls']\n")
        .unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    good(&lab, &["events", "--send", "my/event", "n=1"]);
    lab.until("the good one has run in spite of the bad one", |lab| Ok(!ran(lab, "test.ping").is_empty())).unwrap();
    lab.until("the bad one is laid aside", |lab| Ok(runner(lab, &["reactor.dead"]).as_object().is_some_and(|dead| dead.len() == 1)))
        .unwrap();
    let dead = runner(&lab, &["reactor.dead"]);
    let (name, entry) = dead.as_object().unwrap().iter().next().unwrap();
    assert_eq!((&entry["attempts"], &entry["data"]["n"]), (&json!(2), &json!(1)), "{dead}");
    assert!(entry["error"].as_str().unwrap().contains("salt://react/bad.sls"), "{dead}");
    lab.write("states/react/bad.sls", "y:\n  local.test.arg:\n    - tgt: a\n    - arg: [{{ data.n }}]\n").unwrap();
    assert_eq!(runner(&lab, &["reactor.retry", name]), json!(1));
    lab.until("it has run now", |lab| Ok(!ran(lab, "test.arg").is_empty())).unwrap();
    assert_eq!(runner(&lab, &["reactor.dead"]), json!({}));
}

#[test]
fn events_that_came_before_a_crash_are_reacted_to_after_it() {
    let mut lab = tests::lab();
    lab.write("states/react/x.sls", "x:\n  local.test.arg:\n    - tgt: a\n    - arg: [{{ data.n }}]\n").unwrap();
    let reactor = "reactor:\n  - my/event: ['salt://react/x.sls']\n";
    lab.start_master(&format!("auto_accept: true\n{reactor}")).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    lab.write("states/react/x.sls", "{{ nothing.there }}\n").unwrap();
    good(&lab, &["events", "--send", "my/event", "n=7"]);
    lab.until("it waits for another attempt", |lab| Ok(runner(lab, &["reactor.waiting"]).to_string().contains("nothing"))).unwrap();
    lab.end(lab::MASTER, Signal::SIGKILL).unwrap();
    lab.write("states/react/x.sls", "x:\n  local.test.arg:\n    - tgt: a\n    - arg: [{{ data.n }}]\n").unwrap();
    lab.start_master(&format!("auto_accept: true\n{reactor}")).unwrap();
    lab.until_online(&["a"]).unwrap();
    lab.until("it was done after the restart", |lab| Ok(!ran(lab, "test.arg").is_empty())).unwrap();
    assert_eq!(ran(&lab, "test.arg").len(), 1);
}

#[test]
fn reactions_accept_keys_and_lead_to_no_reaction_themselves() {
    let mut lab = tests::lab();
    lab.write(
        "states/react/accept.sls",
        "{% if data.act == 'pend' %}\naccept:\n  wheel.key.accept:\n    - match: {{ data.id }}\n{% endif %}\n",
    )
    .unwrap();
    lab.write("states/react/loop.sls", "again:\n  local.test.ping:\n    - tgt: a\n").unwrap();
    lab.start_master("reactor:\n  - salt/auth: ['salt://react/accept.sls']\n  - 'salt/job/*/new': ['salt://react/loop.sls']\n").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    json(&lab, &["run", "a", "test.echo", "x"]);
    lab.until("the reaction has run", |lab| Ok(!ran(lab, "test.ping").is_empty())).unwrap();
    lab.until("nothing waits", |lab| Ok(runner(lab, &["reactor.waiting"]) == json!({}))).unwrap();
    assert_eq!(ran(&lab, "test.ping").len(), 1, "the job of the reaction led to no other");
}
