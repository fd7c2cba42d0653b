//! Orchestration through the real binaries.

use serde_json::{Value, json};
use tests::{good, running};

/// Runs a runner; its answer and its exit status.
fn runner(lab: &lab::Lab, words: &[&str]) -> (Value, i32) {
    let output = lab.program("salt-run", &[words, &["--out", "json"]].concat()).unwrap();
    let value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:#?}"));
    (value, output.code)
}

/// The results of a run by state id.
fn results(value: &Value) -> Value {
    let states = value["lab_master"].as_object().unwrap_or_else(|| panic!("no states: {value:#}"));
    states.values().map(|state| (state["__id__"].as_str().unwrap_or_default().to_owned(), state.clone())).collect()
}

fn tree(lab: &lab::Lab) {
    lab.write(
        "states/web.sls",
        &format!(
            "page:\n  file.managed:\n    - name: {}/{{{{ grains.id }}}}\n    - contents: {{{{ pillar.get('text', 'x') }}}}\n",
            lab.path("out").display()
        ),
    )
    .unwrap();
    lab.write("states/bad.sls", "fails:\n  test.fail_without_changes: []\n").unwrap();
    std::fs::create_dir_all(lab.path("out")).unwrap();
    lab.write(
        "states/orch/deploy.sls",
        "first:\n  salt.state:\n    - tgt: 'web*'\n    - sls: web\n    - pillar: {text: {{ pillar.version }}}\n\
         look:\n  salt.function:\n    - name: test.echo\n    - tgt: web1\n    - arg: [seen]\n    - require: [{salt: first}]\n\
         told:\n  salt.runner:\n    - name: event.send\n    - tag: my/deployed\n    - data: {v: {{ pillar.version }}}\n    - require: [{salt: look}]\n",
    )
    .unwrap();
}

#[test]
fn states_functions_and_runners_run_in_their_order() {
    let lab = running(&["web1", "web2"]);
    tree(&lab);
    let (value, code) = runner(&lab, &["state.orchestrate", "orch.deploy", "pillar={version: v7}"]);
    let states = results(&value);
    assert_eq!(code, 0, "{value:#}");
    assert_eq!(states["first"]["result"], true, "{value:#}");
    assert_eq!(states["first"]["comment"], "States ran successfully. Updating web1, web2.");
    assert_eq!(states["first"]["changes"]["out"], "highstate");
    assert!(states["first"]["changes"]["ret"]["web1"].is_object());
    assert_eq!(states["look"]["changes"]["ret"], json!({"web1": "seen"}));
    assert_eq!(states["told"]["result"], true);
    assert_eq!(std::fs::read_to_string(lab.path("out/web2")).unwrap().trim(), "v7");
    let (value, _) = runner(&lab, &["state.orch", "orch.deploy", "pillar={version: v7}"]);
    assert_eq!(results(&value)["first"]["comment"], "States ran successfully. No changes made to web1, web2.");
}

#[test]
fn test_mode_reaches_the_minions_and_changes_nothing() {
    let lab = running(&["web1"]);
    tree(&lab);
    lab.write(
        "states/orch/outer.sls",
        "inner:\n  salt.runner:\n    - name: state.orchestrate\n    - mods: orch.deploy\n    - pillar: {version: v9}\n\
         both:\n  salt.parallel_runners:\n    - runners:\n        one: [{name: state.orchestrate}, {kwarg: {mods: orch.deploy, pillar: {version: v9}}}]\n\
         waits:\n  salt.wait_for_event:\n    - name: never/comes\n    - timeout: 600\n",
    )
    .unwrap();
    let (value, code) = runner(&lab, &["state.orchestrate", "orch.outer", "test=True"]);
    let states = results(&value);
    assert_eq!(code, 0, "{value:#}");
    for id in ["inner", "both", "waits"] {
        assert_eq!(states[id]["result"], Value::Null, "{id}: {value:#}");
    }
    assert!(value.to_string().contains("Updating web1"), "the minion was asked what would change: {value:#}");
    assert!(!lab.path("out/web1").exists(), "nothing was changed");
}

#[test]
fn a_failed_minion_fails_the_state_what_requires_it_and_the_run() {
    let lab = running(&["web1", "web2"]);
    tree(&lab);
    lab.write(
        "states/orch/fails.sls",
        "broken:\n  salt.state:\n    - tgt: '*'\n    - sls: bad\n\
         later:\n  salt.function:\n    - name: test.ping\n    - tgt: '*'\n    - require: [{salt: broken}]\n\
         forgiven:\n  salt.state:\n    - tgt: '*'\n    - sls: bad\n    - allow_fail: 2\n\
         nobody:\n  salt.function:\n    - name: test.ping\n    - tgt: nobody\n\
         command:\n  salt.function:\n    - name: cmd.run\n    - tgt: web1\n    - arg: ['exit 3']\n",
    )
    .unwrap();
    let (value, code) = runner(&lab, &["state.orchestrate", "orch.fails"]);
    let states = results(&value);
    assert_eq!(code, 1, "{value:#}");
    assert_eq!((&states["broken"]["result"], &states["broken"]["comment"]), (&json!(false), &json!("Run failed on minions: web1, web2")));
    assert_eq!(states["later"]["comment"], "One or more requisite failed: orch.fails.broken");
    assert_eq!(states["forgiven"]["result"], true, "{value:#}");
    assert_eq!(states["nobody"]["comment"], "No minions responded");
    assert_eq!(states["command"]["comment"], "Running function cmd.run failed on minions: web1 Function cmd.run ran on web1.");
}

#[test]
fn an_orchestration_waits_for_an_event_and_is_held_and_let_go() {
    let mut lab = running(&["web1"]);
    lab.write(
        "states/orch/wait.sls",
        "came:\n  salt.wait_for_event:\n    - name: 'my/ready/*'\n    - id_list: [web1]\n    - timeout: 60\nafter:\n  test.succeed_without_changes:\n    - require: [{salt: came}]\n",
    )
    .unwrap();
    let mut command = lab.command("salt-run", lab::MASTER);
    command.args(["state.orchestrate", "orch.wait", "--out", "json"]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Sent again and again: the run begins to listen at a moment that nobody else knows.
    let ended = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
    lab.until("the run has seen the event", |lab| {
        lab.command("salt-call", "minions/web1").args(["event.send", "my/ready/now"]).output()?;
        Ok(ended(&mut child))
    })
    .unwrap();
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let states = results(&value);
    assert_eq!((&states["came"]["result"], &states["after"]["result"]), (&json!(true), &json!(true)), "{value:#}");
    assert_eq!(states["came"]["changes"], json!({"minions_seen": ["web1"]}));
}

#[test]
fn what_is_wrong_with_an_orchestration_is_told_before_anything_runs() {
    let lab = running(&["web1"]);
    lab.write("states/orch/odd.sls", "a:\n  salt.state:\n    - tgt: '*'\n    - slss: web\n").unwrap();
    let (value, code) = runner(&lab, &["state.orchestrate", "orch.odd"]);
    assert!(code == 1 && value.to_string().contains("slss"), "{value:#}");
    let (value, code) = runner(&lab, &["state.orchestrate", "orch.none"]);
    assert!(code == 1 && value.to_string().contains("No matching sls found for 'orch.none' in env 'base'"), "{value:#}");
    lab.write("states/orch/fine.sls", "a:\n  test.nop: []\n").unwrap();
    let (value, _) = runner(&lab, &["state.orchestrate_show_sls", "orch.fine"]);
    assert!(value["lab_master"]["a"]["test"].is_array(), "{value:#}");
    let (value, code) = runner(&lab, &["state.orchestrate_single", "test.nop", "name=x"]);
    assert!(code == 0 && value.to_string().contains("test_|-x_|-x_|-nop"), "{value:#}");
    good(&lab, &["status"]);
}
