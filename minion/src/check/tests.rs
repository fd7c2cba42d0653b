//! Whole trees, checked.

use super::*;

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(files: &[(&str, &str)]) -> (Vec<String>, Found) {
    let folder = tree(files);
    let grains = folder.path().join("grains.json");
    std::fs::write(&grains, r#"{"local": {"id": "web01", "os": "Debian", "os_family": "Debian"}}"#).unwrap();
    let pillar = folder.path().join("pillar");
    let asked = Check {
        tree: folder.path().join("states"),
        pillar: pillar.is_dir().then_some(pillar),
        grains: vec![grains.to_string_lossy().into_owned()],
        saltenv: "base".to_owned(),
        ..Check::default()
    };
    let found = run(&asked).unwrap();
    let line = |problem: &Problem| {
        let place = problem.place.clone().unwrap_or_default();
        format!("{}:{} {}", place.file, place.line, problem.message.lines().next().unwrap_or_default())
    };
    (found.problems.iter().map(line).collect(), found)
}

#[test]
fn a_tree_without_faults_has_no_problems() {
    let (problems, found) = check(&[
        ("states/top.sls", "base:\n  'os:Debian':\n    - match: grain\n    - web\n"),
        ("states/web/init.sls", "{% set port = salt['pillar.get']('port') %}\n/tmp/{{ port }}:\n  file.managed:\n    - mode: '0644'\n"),
        ("states/db.sls", "include:\n  - web\nx:\n  test.nop:\n    - require:\n      - file: /tmp/8080\n"),
        ("pillar/top.sls", "base:\n  web01:\n    - ports\n"),
        ("pillar/ports.sls", "port: 8080\n"),
    ]);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(found.checked, 2);
}

#[test]
fn a_pillar_inside_of_the_tree_is_not_taken_for_states() {
    let folder = tree(&[("web.sls", "x:\n  test.nop: []\n"), ("pillar/top.sls", "base: {'*': [a]}\n"), ("pillar/a.sls", "key: [1]\n")]);
    let asked = Check {
        tree: folder.path().to_owned(),
        pillar: Some(folder.path().join("pillar")),
        saltenv: "base".to_owned(),
        ..Check::default()
    };
    let found = run(&asked).unwrap();
    assert_eq!((found.problems, found.checked), (Vec::new(), 1));
}

#[test]
fn every_problem_is_found_in_one_go_with_its_line() {
    let (problems, found) = check(&[
        ("states/top.sls", "base:\n  'other*':\n    - webb\n  '*':\n    - web\n"),
        ("states/web.sls", "a:\n  file.managed:\n    - name: /a\n    - moed: '0644'\n"),
        ("states/shapes.sls", "b:\n  file.managde: []\nc:\n  test.nop:\n    - require:\n      - pkg: nothing\n"),
        ("states/names.sls", "b:\n  tset.nop: []\nc:\n  test.configurable_test_state:\n    - changes: [1]\n"),
        ("states/jinja.sls", "ok: {}\n{{ nowhere.at.all }}\n"),
    ]);
    assert_eq!(problems.len(), 6, "{problems:#?}");
    let has = |words: &str| assert!(problems.iter().any(|problem| problem.contains(words)), "no `{words}` in {problems:#?}");
    has("top.sls:3 No matching sls found for 'webb'");
    has("web.sls:4 'moed' is an invalid keyword argument");
    has("shapes.sls:6 Referenced state does not exist");
    has("names.sls:2 State 'tset.nop' was not found");
    has("argument 'changes' of 'test.configurable_test_state'");
    has("jinja.sls:2 Rendering SLS 'base:jinja' failed: Jinja variable");
    let misspelt = found.problems.iter().find(|problem| problem.message.contains("moed")).unwrap();
    assert_eq!(misspelt.hint.as_deref(), Some("did you mean `mode`?"));
    assert!(misspelt.excerpt.as_deref().unwrap().contains(">    4 |     - moed: '0644'"));
}

#[test]
fn nothing_is_run_by_templates() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let text = format!("x{{{{ salt['cmd.run']('touch {}') }}}}:\n  test.nop: []\n", mark.display());
    let (problems, found) = check(&[("states/run.sls", &text)]);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(found.not_called, ["cmd.run"]);
    assert!(!mark.exists());
}

#[test]
fn problems_of_the_pillar_are_problems_of_the_tree() {
    let (problems, _) = check(&[("states/a.sls", "x:\n  test.nop: []\n"), ("pillar/top.sls", "base:\n  '*':\n    - gone\n")]);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].contains("gone"), "{problems:#?}");
}
