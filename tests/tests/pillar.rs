//! Pillar out of many sources, through the real binaries.

use serde_json::{Value, json};
use tests::git::commit;
use tests::web::Service;
use tests::{good, json};

fn items(lab: &lab::Lab, words: &[&str]) -> Value {
    json(lab, &[&["run", "a", "pillar.items"], words].concat())["a"].clone()
}

#[test]
fn every_external_source_gives_its_part() {
    let mut lab = tests::lab();
    let service = Service::answering(|request| match request.line.as_str() {
        line if line.contains("/a/of/a?role=web%20one ") => (200, r#"{"from_http": {"deep": 1}, "order": "http"}"#.to_owned()),
        line if line.contains("/yaml") => (200, "[1, 2]".to_owned()),
        _ => (404, String::new()),
    });
    let origin = lab.path("origin");
    commit(&origin, &[("top.sls", "base:\n  '*': [g]\n"), ("g.sls", "from_git: {{ grains['id'] }}\norder: git\n")]);
    lab.write("pillar/top.sls", "base:\n  '*': [own]\n").unwrap();
    lab.write("pillar/own.sls", "own: true\norder: files\nfrom_http: {deep: 0, kept: 2}\n").unwrap();
    lab.write("tree/hosts/a/keys/id", "line\n").unwrap();
    lab.write("stack/stack.cfg", "{{ minion_id }}.yml\n").unwrap();
    lab.write("stack/a.yml", "from_stack: {{ pillar['own'] }}\n").unwrap();
    let url = service.url.trim_end_matches("/hook");
    let externals = format!(
        "auto_accept: true\npillar_opts: true\ngit_pillar_base: main\nnodegroups: {{first: 'L@a,b'}}\next_pillar:\n\
         - git: ['main {}']\n- http_json: {{url: '{url}/%s/of/%s?role=<role>', with_grains: true, username: u, password: geheim}}\n\
         - http_yaml: {{url: '{url}/yaml'}}\n- file_tree: {{root_dir: {}}}\n- nodegroups: {{}}\n- stack: {}\n",
        origin.display(),
        lab.path("tree").display(),
        lab.path("stack/stack.cfg").display(),
    );
    lab.start_master(&externals).unwrap();
    lab.start_minion("a", "grains: {role: web one}\npillar_mask_output: false\n").unwrap();
    lab.until_online(&["a"]).unwrap();
    let pillar = items(&lab, &[]);
    assert_eq!(pillar["from_git"], "a", "{pillar}");
    assert_eq!(pillar["from_http"], json!({"deep": 1, "kept": 2}));
    assert_eq!((&pillar["order"], &pillar["own"], &pillar["from_stack"]), (&json!("http"), &json!(true), &json!(true)));
    assert_eq!((&pillar["keys"], &pillar["nodegroups"]), (&json!({"id": "line"}), &json!(["first"])));
    assert_eq!(pillar["_errors"], json!(["Failed to load ext_pillar http_yaml. Please see master log for details."]));
    assert!(pillar["master"]["nodegroups"].is_object() && !pillar["master"].to_string().contains("geheim"), "{}", pillar["master"]);
    assert!(lab.log(lab::MASTER).contains("answered with a list"), "{}", lab.log(lab::MASTER));
    assert!(service.requests().iter().any(|request| request.headers.contains("authorization: basic dtpnzwhlaw0=")), "the login was sent");
    commit(&origin, &[("g.sls", "from_git: anew\n")]);
    good(&lab, &["runner", "git_pillar.update"]);
    assert_eq!(items(&lab, &[])["from_git"], "anew");
}

#[test]
fn a_file_is_rendered_anew_when_it_changed_and_a_hanging_remote_keeps_nobody_waiting_for_long() {
    let mut lab = tests::lab();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = silent.local_addr().unwrap().port();
    lab.write("pillar/top.sls", "base:\n  '*': [own]\n").unwrap();
    lab.write("pillar/own.sls", "n: 1\nos: {{ grains['os'] }}\n").unwrap();
    lab.start_master(&format!(
        "auto_accept: true\ngitfs_timeout: 1\next_pillar_first: true\next_pillar:\n- cmd_yaml: 'echo \"n: 0\\nfirst: %s\"'\n- git: ['main git://127.0.0.1:{hanging}/x']\n"
    ))
    .unwrap();
    lab.start_minion("a", "pillar_mask_output: false\n").unwrap();
    lab.until_online(&["a"]).unwrap();
    let pillar = items(&lab, &[]);
    assert_eq!((&pillar["n"], &pillar["first"]), (&json!(1), &json!("a")), "{pillar}");
    assert_eq!(pillar["_errors"], json!(["Failed to load ext_pillar git. Please see master log for details."]));
    lab.write("pillar/own.sls", "n: 2\nfirst: {{ pillar['first'] }}{{ pillar['first'] }}\n").unwrap();
    let pillar = items(&lab, &[]);
    assert_eq!((&pillar["n"], &pillar["first"], &pillar["os"]), (&json!(2), &json!("aa"), &Value::Null), "{pillar}");
}

#[test]
fn an_unknown_source_stops_the_start_with_the_known_ones() {
    let mut lab = tests::lab();
    let error = lab.start_master("ext_pillar: [{reclass: {}}]\n").unwrap_err().to_string();
    assert!(error.contains("knows no `reclass`") && error.contains("file_tree"), "{error}");
}
