//! The mine through the real binaries.

use serde_json::json;
use tests::{good, json};

#[test]
fn minions_see_each_others_answers_as_far_as_they_are_allowed() {
    let mut lab = tests::lab();
    lab.write("pillar/top.sls", "base:\n  'web*': [mined]\n").unwrap();
    lab.write(
        "pillar/mined.sls",
        "seen: {{ salt['mine.get']('db*', 'role') | json }}\nhidden: {{ salt['mine.get']('db*', 'secret') | json }}\n",
    )
    .unwrap();
    lab.write("states/show.sls", "seen:\n  test.configurable_test_state:\n    - comment: {{ salt['mine.get']('db*', 'role') | json | yaml_encode }}\n    - result: True\n    - changes: False\n")
        .unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    let mine = "mine_functions:\n  role: [{mine_function: test.echo}, database]\n  secret: [{mine_function: test.echo}, xyz, {allow_tgt: 'db*'}]\n";
    lab.start_minion("db1", mine).unwrap();
    lab.start_minion("db2", "").unwrap();
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["db1", "db2", "web1"]).unwrap();
    lab.until("the mine is filled", |lab| {
        Ok(lab.program("salt-run", &["mine.get", "*", "role", "--out", "json"])?.stdout.contains("database"))
    })
    .unwrap();
    let ask = |minion: &str, function: &str| json(&lab, &["run", minion, "mine.get", "*", function])[minion].clone();
    assert_eq!(ask("web1", "role"), json!({"db1": "database"}));
    assert_eq!(ask("web1", "secret"), json!({}), "only the databases may see it");
    assert_eq!(ask("db2", "secret"), json!({"db1": "xyz"}));
    assert_eq!(ask("web1", "role,secret"), json!({"role": {"db1": "database"}, "secret": {}}));
    let pillar = json(&lab, &["run", "web1", "pillar.items", "unmask=True"]);
    assert_eq!((&pillar["web1"]["seen"], &pillar["web1"]["hidden"]), (&json!({"db1": "database"}), &json!({})));
    let run = json(&lab, &["run", "web1", "state.apply", "show"]);
    assert!(run.to_string().contains("database"), "{run}");

    good(&lab, &["run", "db2", "mine.send", "role", "standby", "mine_function=test.echo"]);
    assert_eq!(ask("web1", "role"), json!({"db1": "database", "db2": "standby"}));
    good(&lab, &["run", "db1", "mine.delete", "role"]);
    assert_eq!(ask("web1", "role"), json!({"db2": "standby"}));
    good(&lab, &["run", "db2", "mine.flush"]);
    assert_eq!(ask("web1", "role"), json!({}));
    good(&lab, &["run", "db1", "mine.update"]);
    assert_eq!(ask("web1", "role"), json!({"db1": "database"}));
    assert_eq!(json(&lab, &["run", "db1", "mine.valid"])["db1"]["role"], json!({"test.echo": ["database"]}));
}

#[test]
fn the_master_may_say_who_asks_for_what() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\nmine_get: {'web\\d': ['ro.*']}\n").unwrap();
    lab.start_minion("db1", "mine_functions: {role: [{mine_function: test.echo}, x], other: [{mine_function: test.echo}, y]}\n").unwrap();
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["db1", "web1"]).unwrap();
    lab.until("the mine is filled", |lab| Ok(lab.program("salt-run", &["mine.get", "*", "other", "--out", "json"])?.stdout.contains('y')))
        .unwrap();
    let ask = |minion: &str, function: &str| json(&lab, &["run", minion, "mine.get", "*", function])[minion].clone();
    assert_eq!(ask("web1", "role"), json!({"db1": "x"}));
    assert_eq!(ask("web1", "other"), json!({}));
    assert_eq!(ask("db1", "role"), json!({}));
}
