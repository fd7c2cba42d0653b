//! The first administrator and tokens of programs, through the real binaries and the real port.

#[path = "support/http.rs"]
mod http;

use http::{Answer, ask, get, json_of, post};
use lab::{Lab, MASTER, Signal};
use serde_json::{Value, json};
use tests::{good, json, lab};

const API: &str = "auto_accept: true\napi: {host: 127.0.0.1, port: 0, disable_ssl: true}\n";
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn master() -> Lab {
    let mut lab = lab();
    lab.start_master(API).unwrap();
    lab
}

fn link(lab: &Lab) -> Option<String> {
    std::fs::read_to_string(lab.path("master/cache/setup-link")).ok()
}

fn set_up(lab: &Lab, token: &str, name: &str, password: &str) -> Answer {
    let body = json!({"token": token, "name": name, "password": password}).to_string();
    post(lab, "/api/v1/setup", &[JSON], &body)
}

fn log_in(lab: &Lab, name: &str, password: &str) -> String {
    let body = json!({"username": name, "password": password, "eauth": "sylvite"}).to_string();
    let answer = post(lab, "/api/v1/login", &[JSON], &body);
    json_of(&answer)["token"].as_str().unwrap_or_else(|| panic!("{answer:#?}")).to_owned()
}

#[test]
fn the_link_of_the_first_start_makes_one_administrator_once() {
    let mut lab = master();
    let page = get(&lab, "/setup", &[]);
    assert!(page.status == 200 && page.head.contains("no-store") && page.body.contains("第一位管理员"), "{page:#?}");
    assert_eq!(get(&lab, "/setup.js", &[]).status, 200);
    let link = link(&lab).unwrap();
    let (place, token) = link.trim().split_once('#').unwrap();
    assert!(place.starts_with("http://127.0.0.1:") && place.ends_with("/setup"), "{link}");
    assert!(!lab.log(MASTER).contains(token), "the log does not hold it");
    for (token, password, status) in [("0", "power power", 401), (token, "short", 400)] {
        assert_eq!(set_up(&lab, token, "boss", password).status, status);
    }
    assert_eq!(set_up(&lab, token, "boss", "power power").status, 201, "a password that was refused has not used it up");
    assert_eq!(set_up(&lab, token, "other", "power power").status, 401);
    let boss = log_in(&lab, "boss", "power power");
    let auth = ("X-Auth-Token", boss.as_str());
    assert_eq!(get(&lab, "/api/v1/accounts", &[auth]).status, 200);
    assert_eq!(post(&lab, "/api/v1/projects", &[auth, JSON], r#"{"name":"shop"}"#).status, 201);
    assert!(!lab.path("master/cache/setup-link").exists());
    let entries = json(&lab, &["audit", "list", "--verb", "setup"]);
    assert_eq!(entries.as_array().unwrap().len(), 2, "both that were refused: {entries:#}");
    lab.end(MASTER, Signal::SIGTERM).unwrap();
    lab.start_master(API).unwrap();
    assert!(!lab.path("master/cache/setup-link").exists(), "there is one by now");
}

#[test]
fn a_token_may_what_its_scopes_say_of_what_its_owner_may_until_it_ends() {
    let mut lab = master();
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    good(&lab, &["user", "add", "ci", "--service", "--no-password"]);
    good(&lab, &["binding", "add", "subject=user:ci", "role=maintainer", "scope=system"]);
    let made = good(&lab, &["token", "add", "build", "--account", "ci", "--scope", "run:test.*", "--scope", "project:read"]).stdout;
    let token = made.trim().to_owned();
    assert_eq!(token.len(), 64);
    let run = |token: &str, function: &str| {
        let body = json!({"target": {"expression": "web1"}, "calls": [{"function": function, "args": ["x"]}]}).to_string();
        post(&lab, "/api/v1/jobs", &[("X-Auth-Token", token), JSON], &body).status
    };
    let of = |token: &str, method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        ask(&lab, method, path, &[("X-Auth-Token", token), JSON], &body)
    };
    assert_eq!((run(&token, "test.arg"), run(&token, "cmd.run")), (200, 403));
    assert_eq!(of(&token, "GET", "/api/v1/projects", Value::Null).status, 200);
    assert_eq!(json_of(&of(&token, "GET", "/api/v1/hosts", Value::Null)), json!([]), "its owner sees them, it does not");
    assert_eq!(of(&token, "POST", "/api/v1/tags", json!({"name": "x"})).status, 403);
    assert_eq!(of(&token, "POST", "/api/v1/tokens", json!({"name": "more"})).status, 403, "a token makes no tokens");
    // A scope gives nothing that the owner has not.
    let wide = good(&lab, &["token", "add", "wide", "--account", "ci", "--scope", "*:*", "--scope", "run:*"]).stdout;
    assert_eq!(of(wide.trim(), "GET", "/api/v1/audit", Value::Null).status, 403);
    let listed = json(&lab, &["token", "list"]);
    let build = listed.as_array().unwrap().iter().find(|one| one["name"] == "build").unwrap();
    assert!(build["used"].is_string() && build["scopes"] == json!(["run:test.*", "project:read"]), "{listed:#}");
    assert!(!listed.to_string().contains(&token));
    good(&lab, &["token", "delete", build["id"].as_str().unwrap()]);
    assert_eq!(run(&token, "test.arg"), 401);
    // It outlives the master, and ends with its account.
    assert_eq!(run(wide.trim(), "test.arg"), 200);
    good(&lab, &["user", "disable", "ci"]);
    assert_eq!(run(wide.trim(), "test.arg"), 401);
}

#[test]
fn whoever_has_an_account_looks_after_his_own_tokens_and_sees_no_others() {
    let lab = master();
    for name in ["anna", "bert"] {
        let link = good(&lab, &["user", "add", name, "--no-password"]);
        assert!(link.is_good());
    }
    let tokens: Vec<String> =
        ["anna", "bert"].iter().map(|name| good(&lab, &["token", "add", "own", "--account", name]).stdout.trim().to_owned()).collect();
    let own = |token: &str| json_of(&get(&lab, "/api/v1/tokens", &[("X-Auth-Token", token)]));
    let anna = own(&tokens[0]);
    assert!(anna.as_array().unwrap().len() == 1 && anna[0]["account"] == "anna", "{anna:#}");
    let theirs = own(&tokens[1])[0]["id"].as_str().unwrap().to_owned();
    let end = |token: &str, id: &str| ask(&lab, "DELETE", &format!("/api/v1/tokens/{id}"), &[("X-Auth-Token", token)], "").status;
    assert_eq!(end(&tokens[0], &theirs), 404);
    assert_eq!(end(&tokens[1], &theirs), 204);
    let body = json!({"name": "x", "account": "bert"}).to_string();
    assert_eq!(post(&lab, "/api/v1/tokens", &[("X-Auth-Token", &tokens[0]), JSON], &body).status, 403);
    let body = json!({"name": "x"}).to_string();
    assert_eq!(post(&lab, "/api/v1/tokens", &[("X-Auth-Token", &tokens[0]), JSON], &body).status, 403, "a token makes none");
    for bad in [&["--lifetime", "400d"], &["--network", "10.0.0.0/99"], &["--scope", "everything"]] {
        assert!(lab.sylvite(&[&["token", "add", "x", "--account", "anna"], &bad[..]].concat()).unwrap().code != 0, "{bad:?}");
    }
    let near = |network: &str| good(&lab, &["token", "add", "near", "--account", "anna", "--network", network]).stdout.trim().to_owned();
    let (here, there) = (near("127.0.0.0/8"), near("192.0.2.0/24"));
    assert_eq!(get(&lab, "/api/v1/tokens", &[("X-Auth-Token", &here)]).status, 200);
    assert_eq!(get(&lab, "/api/v1/tokens", &[("X-Auth-Token", &there)]).status, 401, "it is taken from its network alone");
}
