//! Every option of the states of an orchestration, through the real binaries.

use serde_json::{Value, json};
use tests::running;

/// The results of an orchestration by state id, and its exit status.
fn orchestrate(lab: &lab::Lab, sls: &str, words: &[&str]) -> (Value, i32) {
    lab.write("states/orch/now.sls", sls).unwrap();
    let output = lab.program("salt-run", &[&["state.orchestrate", "orch.now", "--out", "json"], words].concat()).unwrap();
    let value: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"));
    let states = value["lab_master"].as_object().unwrap_or_else(|| panic!("no states: {value:#}")).values();
    (states.map(|state| (state["__id__"].as_str().unwrap_or_default().to_owned(), state.clone())).collect(), output.code)
}

/// States on minions: one that succeeds, one that fails on `b` alone, one that changes something.
fn lab() -> lab::Lab {
    let lab = running(&["a", "b", "c"]);
    lab.write("states/fine.sls", "fine:\n  test.nop: []\n").unwrap();
    lab.write("states/tell.sls", "tell:\n  test.configurable_test_state:\n    - changes: true\n    - result: true\n    - comment: {{ pillar.get('word', 'none') }}\n").unwrap();
    lab.write("states/odd.sls", "odd:\n  test.{{ 'fail_without_changes' if grains.id == 'b' else 'nop' }}: []\n").unwrap();
    lab.write("states/top.sls", "base:\n  '*': [fine]\n").unwrap();
    lab.write("states/other.sls", "base:\n  'a': [tell]\n").unwrap();
    lab
}

#[test]
fn whom_a_state_is_for_and_what_it_applies() {
    let lab = lab();
    let sls = "list:\n  salt.state:\n    - tgt: [a, c]\n    - tgt_type: list\n    - sls: [fine, tell]\n    - pillar: {word: hello}\n\
        compound:\n  salt.state:\n    - tgt: 'a or c'\n    - tgt_type: compound\n    - highstate: True\n\
        own top:\n  salt.state:\n    - tgt: a\n    - top: other.sls\n\
        without:\n  salt.state:\n    - tgt: a\n    - sls: [fine, tell]\n    - exclude: tell\n\
        one:\n  salt.state:\n    - tgt: '*'\n    - sls: fine\n    - subset: 1\n\
        by two:\n  salt.state:\n    - tgt: '*'\n    - sls: fine\n    - batch: 2\n\
        dry:\n  salt.state:\n    - tgt: a\n    - sls: tell\n    - test: True\n\
        beside:\n  salt.state:\n    - tgt: a\n    - sls: fine\n    - concurrent: True\n    - queue: True\n    - timeout: 30\n";
    let (states, code) = orchestrate(&lab, sls, &[]);
    assert_eq!(code, 0, "{states:#}");
    let comment = |id: &str| states[id]["comment"].as_str().unwrap().to_owned();
    assert_eq!(comment("list"), "States ran successfully. Updating a, c.");
    let told = &states["list"]["changes"]["ret"]["a"]["test_|-tell_|-tell_|-configurable_test_state"];
    assert_eq!(told["comment"], "hello", "{states:#}");
    assert_eq!(comment("compound"), "States ran successfully. No changes made to a, c.");
    assert_eq!(comment("own top"), "States ran successfully. Updating a.");
    assert_eq!(comment("without"), "States ran successfully. No changes made to a.");
    assert!(["a", "b", "c"].iter().any(|id| comment("one") == format!("States ran successfully. No changes made to {id}.")), "{states:#}");
    assert_eq!(comment("by two"), "States ran successfully. No changes made to a, b, c.");
    assert!(states["dry"]["changes"].to_string().contains("\"result\":null"), "only predicted: {states:#}");
    assert_eq!(comment("beside"), "States ran successfully. No changes made to a.");
}

#[test]
fn whose_failure_counts() {
    let mut lab = lab();
    let sls = "counts:\n  salt.state:\n    - tgt: '*'\n    - sls: odd\n\
        one may:\n  salt.state:\n    - tgt: '*'\n    - sls: odd\n    - allow_fail: 1\n\
        b may:\n  salt.state:\n    - tgt: '*'\n    - sls: odd\n    - fail_minions: [b]\n\
        a may:\n  salt.state:\n    - tgt: '*'\n    - sls: odd\n    - fail_minions: a\n\
        lost:\n  salt.state:\n    - tgt: a\n    - sls: no.such\n\
        judged:\n  salt.function:\n    - name: test.echo\n    - tgt: a\n    - arg: [text]\n    - fail_function: test.false\n\
        given:\n  salt.function:\n    - name: test.kwarg\n    - tgt: a\n    - kwarg: {x: 1}\n\
        status:\n  salt.function:\n    - name: cmd.run\n    - tgt: 'a,b'\n    - tgt_type: list\n    - arg: ['exit 3']\n    - fail_minions: [a]\n\
        says no:\n  salt.function:\n    - name: test.false\n    - tgt: a\n";
    let (states, code) = orchestrate(&lab, sls, &[]);
    assert_eq!(code, 1);
    let result = |id: &str| states[id]["result"].clone();
    assert_eq!((result("counts"), states["counts"]["comment"].as_str()), (json!(false), Some("Run failed on minions: b")));
    for (id, expected) in
        [("one may", true), ("b may", true), ("a may", false), ("judged", false), ("given", true), ("status", false), ("says no", false)]
    {
        assert_eq!(result(id), json!(expected), "{id}: {states:#}");
    }
    let lost = "Run failed on minions: a\nMinion a returned errors: No matching sls found for 'no.such' in env 'base'";
    assert_eq!(states["lost"]["comment"], lost);
    assert_eq!(states["given"]["changes"]["ret"]["a"], json!({"x": 1}));
    assert_eq!(states["status"]["comment"], "Running function cmd.run failed on minions: b Function cmd.run ran on a, b.");
    lab.end("c", lab::Signal::SIGTERM).unwrap();
    let sls = "expected:\n  salt.state:\n    - tgt: '*'\n    - sls: fine\n\
        not expected:\n  salt.state:\n    - tgt: '*'\n    - sls: fine\n    - expect_minions: False\n\
        function:\n  salt.function:\n    - name: test.ping\n    - tgt: '*'\n\
        all of them:\n  salt.function:\n    - name: test.ping\n    - tgt: '*'\n    - expect_minions: True\n";
    let (states, _) = orchestrate(&lab, sls, &[]);
    for (id, expected) in [("expected", false), ("not expected", true), ("function", true), ("all of them", false)] {
        assert_eq!(states[id]["result"], json!(expected), "{id}: {states:#}");
    }
}

#[test]
fn runners_wheel_functions_events_and_orchestrations_within() {
    let lab = lab();
    lab.write("states/orch/inner.sls", "deep:\n  salt.state:\n    - tgt: a\n    - sls: tell\n    - pillar: {word: {{ pillar.word }}}\n")
        .unwrap();
    lab.write("states/orch/broken.sls", "deep:\n  salt.state:\n    - tgt: b\n    - sls: odd\n").unwrap();
    let sls = "up:\n  salt.runner:\n    - name: manage.up\n\
        keys:\n  salt.wheel:\n    - name: key.list\n    - match: acc\n\
        nested:\n  salt.runner:\n    - name: state.orchestrate\n    - mods: orch.inner\n    - pillar: {word: within}\n\
        fails:\n  salt.runner:\n    - name: state.orchestrate\n    - mods: orch.broken\n\
        after:\n  test.nop:\n    - require: [{salt: fails}]\n\
        both:\n  salt.parallel_runners:\n    - runners:\n        one: [{name: state.orchestrate}, {kwarg: {mods: orch.inner, pillar: {word: x}}}]\n        manage.up: []\n\
        never:\n  salt.wait_for_event:\n    - name: my/never\n    - id_list: [a, b]\n    - event_id: host\n    - timeout: 1\n";
    let (states, code) = orchestrate(&lab, sls, &[]);
    assert_eq!(code, 1, "{states:#}");
    assert_eq!(
        (&states["up"]["changes"], &states["up"]["comment"]),
        (&json!({"return": ["a", "b", "c"]}), &json!("Runner function 'manage.up' executed."))
    );
    assert_eq!(states["keys"]["changes"]["return"], json!({"minions": ["a", "b", "c"]}));
    assert_eq!(states["keys"]["comment"], "Wheel function 'key.list' executed.");
    assert!(states["nested"]["result"] == true && states["nested"].to_string().contains("within"), "{states:#}");
    assert_eq!(
        (&states["fails"]["result"], &states["fails"]["comment"]),
        (&json!(false), &json!("Runner function 'state.orchestrate' failed."))
    );
    assert_eq!(states["after"]["comment"], "One or more requisite failed: orch.now.fails");
    assert_eq!(states["both"]["comment"], "All runner functions executed successfully.");
    assert_eq!(states["both"]["changes"]["ret"]["manage.up"], json!(["a", "b", "c"]));
    assert!(states["never"]["comment"].as_str().unwrap().starts_with("Timeout value reached."), "{states:#}");
    let (dry, code) = orchestrate(&lab, sls, &["test=True"]);
    assert_eq!(dry["up"]["comment"], "Runner function 'manage.up' would be executed.");
    assert_eq!(dry["keys"]["comment"], "Wheel function 'key.list' would be executed.");
    assert_eq!(dry["never"]["comment"], "Orchestration would wait for event 'my/never'");
    assert!(code == 0 || dry["fails"]["result"] == false, "a failure that is foreseen is one: {dry:#}");
}
