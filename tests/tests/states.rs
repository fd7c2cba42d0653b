//! State runs through the real binaries.

use serde_json::Value;
use std::path::Path;
use tests::{json, running};

fn results(run: &Value, minion: &str) -> Vec<(String, Value, bool)> {
    let Some(states) = run[minion].as_object() else { panic!("no states: {run:#}") };
    states
        .iter()
        .map(|(tag, state)| (tag.clone(), state["result"].clone(), state["changes"].as_object().is_some_and(|map| !map.is_empty())))
        .collect()
}

#[test]
fn the_example_tree_changes_once_and_then_is_quiet() {
    let mut lab = tests::lab();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo");
    lab.copy(&example.join("states"), "states").unwrap();
    lab.copy(&example.join("pillar"), "pillar").unwrap();
    let machines = lab.path("machines");
    lab.write("pillar/demo.sls", &format!("demo:\n  home: {}\n", machines.display())).unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    lab.start_minion("web1", "grains: {roles: [web]}\n").unwrap();
    lab.start_minion("db1", "grains: {roles: [db]}\n").unwrap();
    lab.until_online(&["web1", "db1"]).unwrap();

    let planned = json(&lab, &["run", "*", "state.apply", "test=True"]);
    assert!(results(&planned, "web1").iter().any(|(_, result, _)| result.is_null()), "{planned:#}");
    assert!(!machines.exists(), "test mode has changed nothing");

    let first = json(&lab, &["run", "*", "state.apply"]);
    for minion in ["web1", "db1"] {
        let results = results(&first, minion);
        assert!(results.iter().all(|(_, result, _)| *result == true), "{first:#}");
        assert!(results.iter().any(|(_, _, changed)| *changed), "{first:#}");
    }
    let site = std::fs::read_to_string(machines.join("web1/site.conf")).unwrap();
    assert!(site.contains("listen  8080") && site.contains("include vhosts/shop.example.com"), "{site}");
    assert_eq!(std::fs::read_to_string(machines.join("db1/db.conf")).unwrap().trim(), "max_connections = 200");
    let reloads = std::fs::read_to_string(machines.join("web1/reload.log")).unwrap();
    assert_eq!(reloads.lines().count(), 1, "{reloads}");

    let second = json(&lab, &["run", "*", "state.apply"]);
    for minion in ["web1", "db1"] {
        assert!(results(&second, minion).iter().all(|(_, result, changed)| *result == true && !changed), "{second:#}");
    }

    // By hand changed, and put right again.
    std::fs::write(machines.join("web1/motd"), "tampered\n").unwrap();
    let third = json(&lab, &["run", "web1", "state.apply"]);
    let changed: Vec<_> = results(&third, "web1").into_iter().filter(|(_, _, changed)| *changed).map(|(tag, _, _)| tag).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
}

#[test]
fn a_broken_tree_is_refused_with_file_and_line() {
    let mut lab = running(&["a"]);
    let apply = |name: &str| lab.sylvite(&["run", "a", "state.apply", name]).map(|output| output.stdout + &output.stderr).unwrap();
    lab.write("states/tab.sls", "a:\n  test.nop:\n\t- name: x\n").unwrap();
    lab.write("states/undefined.sls", "a:\n  test.nop:\n    - name: {{ nothing.here }}\n").unwrap();
    lab.write("states/requisite.sls", "a:\n  test.nop:\n    - require:\n      - test: missing\n").unwrap();
    lab.write("states/argument.sls", "a:\n  file.managed:\n    - name: /nonexistent/file\n    - sosurce: salt://x\n").unwrap();
    lab.write("states/function.sls", "a:\n  file.manged:\n    - name: /nonexistent/file\n").unwrap();
    let several = "a:\n  file.manged:\n    - name: /nonexistent/file\nb:\n  test.nop:\n    - require:\n      - test: missing\nd:\n  test.nop: 5\n\
                   e:\n  file.managed:\n    - name: /nonexistent/file\n    - sosurce: salt://x\n";
    lab.write("states/several.sls", several).unwrap();
    lab.write("states/template.sls", "{{ salt['pkg.verison']('x') }}\n").unwrap();
    for (name, parts) in [
        ("tab", &["base:tab", "line 3"][..]),
        ("undefined", &["base:undefined", "'nothing' is undefined", "line 3"]),
        ("requisite", &["missing"]),
        ("argument", &["sosurce", "source"]),
        ("function", &["State 'file.manged' was not found in SLS 'function'", "function.sls, line 2", "did you mean `file.managed`?"]),
        (
            "several",
            &[
                "State 'd' in SLS 'several' is not formed as a list",
                "several.sls, line 2, column 3: State 'file.manged' was not found",
                "several.sls, line 7, column 9: Referenced state does not exist",
                "several.sls, line 11, column 3: 'sosurce' is an invalid keyword argument",
            ],
        ),
        ("template", &["base:template", "has no attribute 'pkg.verison'", "did you mean `pkg.version`?"]),
        ("nowhere.at.all", &["No matching sls found for 'nowhere.at.all' in env 'base'"]),
    ] {
        let text = apply(name);
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in what `{name}` gives:\n{text}");
        }
    }
    // What stands beside a return is kept with it.
    let job = tests::job_id(&tests::good(&lab, &["run", "a", "state.apply", "several", "--async"]));
    let kept =
        |lab: &lab::Lab| json(lab, &["job", "show", &job])["minions"][0]["returned"]["notes"].as_array().cloned().unwrap_or_default();
    lab.until("the return is kept", |lab| Ok(!kept(lab).is_empty())).unwrap();
    assert_eq!(kept(&lab).len(), 4, "{:?}", kept(&lab));
    lab.write("states/top.sls", "just a text\n").unwrap();
    let text = lab.sylvite(&["run", "a", "state.apply"]).map(|output| output.stdout + &output.stderr).unwrap();
    assert!(text.contains("top"), "{text}");
}

#[test]
fn a_second_state_run_on_a_host_is_refused_and_says_which_one_runs() {
    let mut lab = running(&["a"]);
    let gate = lab.path("gate");
    lab.write(
        "states/slow.sls",
        &format!("wait:\n  cmd.run:\n    - name: touch {0}.began; while [ ! -e {0} ]; do sleep 0.05; done\n", gate.display()),
    )
    .unwrap();
    let job = tests::job_id(&tests::good(&lab, &["run", "a", "state.apply", "slow", "--async"]));
    let began = lab.path("gate.began");
    lab.until("the first one runs", |_| Ok(began.exists())).unwrap();
    let refused = json(&lab, &["run", "a", "state.apply", "slow"]);
    let text = refused["a"][0].as_str().unwrap_or_default();
    assert!(text.starts_with("The function \"state.apply\" is running as PID ") && text.contains(&job), "{refused}");
    std::fs::write(&gate, "").unwrap();
    lab.until("the first one is done", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "returned"))
        .unwrap();
}

#[test]
fn salt_call_works_with_and_without_the_daemon() {
    let lab = running(&["a"]);
    let call = |arguments: &[&str]| {
        let mut command = lab.command("salt-call", "minions/a");
        lab::Output::of(command.args(arguments)).unwrap()
    };
    let local = call(&["--local", "--out=json", "test.ping"]);
    assert_eq!(serde_json::from_str::<Value>(&local.stdout).unwrap()["local"], true, "{local:#?}");
    lab.write("pillar/top.sls", "base:\n  '*':\n    - x\n").unwrap();
    lab.write("pillar/x.sls", "answer: 42\n").unwrap();
    let remote = call(&["--out=json", "pillar.get", "answer", "unmask=True"]);
    assert_eq!(serde_json::from_str::<Value>(&remote.stdout).unwrap()["local"], 42, "{remote:#?}");
}

#[test]
fn a_plan_is_looked_at_and_applied_by_its_id_only_while_it_holds() {
    let lab = running(&["a"]);
    let (motd, issue) = (lab.path("motd"), lab.path("issue"));
    let tree = |text: &str| {
        lab.write(
            "states/motd.sls",
            &format!(
                "{}:\n  file.managed:\n    - contents: {text}\n{}:\n  file.managed:\n    - contents: here\n",
                motd.display(),
                issue.display()
            ),
        )
        .unwrap();
    };
    let plan = || {
        let output = lab.sylvite(&["state", "plan", "a", "motd", "--out", "json"]).unwrap();
        assert!(output.is_good(), "{output:#?}");
        json(&lab, &["job", "list"])[0]["id"].as_str().unwrap().to_owned()
    };
    tree("first");
    let held = plan();
    assert!(!motd.exists(), "a plan changes nothing");
    let shown = tests::good(&lab, &["state", "show", "a", &held]).stdout;
    assert!(shown.contains("newfile:") && shown.contains(&motd.display().to_string()), "{shown}");
    let listed = tests::good(&lab, &["state", "show", "a"]).stdout;
    assert!(listed.contains(&held), "{listed}");
    tests::good(&lab, &["state", "apply", "a", "--plan", &held]);
    assert_eq!(std::fs::read_to_string(&motd).unwrap(), "first\n");

    tree("second");
    let stale = plan();
    let shown = tests::good(&lab, &["state", "show", "a", &stale]).stdout;
    assert!(shown.contains("-first") && shown.contains("+second"), "{shown}");
    tree("third");
    let refused = lab.sylvite(&["state", "apply", "a", "--plan", &stale]).unwrap();
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!((refused.stdout.clone() + &refused.stderr).contains("no longer holds"), "{refused:#?}");
    assert_eq!(std::fs::read_to_string(&motd).unwrap(), "first\n", "a plan that does not hold is not applied");
}
