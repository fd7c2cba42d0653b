//! Who may do what, through the real binaries and the real ports: logins, rules, minions that publish, and those who may nothing.

use lab::{Lab, Output};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use tests::{good, job_id, json, lab};

const RULES: &str = r#"
external_auth:
  file:
    ^filename: USERS
    fred:
      - test.ping
      - 'web*':
          - cmd.run:
              args: [uptime|hostname]
          - test.sleep
      - '@jobs'
    boss: ['.*', '@runner', '@wheel']
    nobody: []
  sharedsecret:
    ci: ['test\..*']
sharedsecret: a-shared-secret
access_deny:
  boss:
    - 'db*': ['.*']
    - '@key'
"#;

/// A master with users fred (`secret`), boss (`power`) and nobody (`empty`), and two minions.
fn guarded() -> Lab {
    let mut lab = lab();
    lab.write("users", "fred:secret\nboss:power\nnobody:empty\n").unwrap();
    let rules = RULES.replace("USERS", &lab.path("users").display().to_string());
    lab.start_master(&format!("auto_accept: true\n{rules}")).unwrap();
    for id in ["web1", "db1"] {
        lab.start_minion(id, "").unwrap();
    }
    lab.until_online(&["web1", "db1"]).unwrap();
    lab
}

fn as_user(lab: &Lab, program: &str, user: &str, password: &str, words: &[&str]) -> Output {
    let login = ["-a", "file", "--username", user, "--password", password];
    lab.program(program, &[&login, words].concat()).unwrap()
}

#[test]
fn a_login_may_what_its_rules_say_and_nothing_else() {
    let lab = guarded();
    let fred = |words: &[&str]| as_user(&lab, "salt", "fred", "secret", words);
    assert!(fred(&["*", "test.ping"]).is_good());
    assert!(fred(&["web1", "cmd.run", "hostname"]).is_good());
    for refused in [
        &["db1", "cmd.run", "hostname"][..],
        &["*", "cmd.run", "hostname"],
        &["web1", "cmd.run", "hostname; id"],
        &["web1", "cmd.run", "id"],
        &["web1", "test.pingx"],
        &["web1", "test.ping,cmd.run", ",", "id"],
        &["web1", "cmd.shell", "hostname"],
    ] {
        let output = fred(refused);
        assert!(output.code == 2 && output.stderr.contains("may not do this"), "{refused:?}: {output:#?}");
    }
    assert!(as_user(&lab, "salt-run", "fred", "secret", &["jobs.list_jobs"]).is_good());
    for refused in [&["manage.up"][..], &["no.such"]] {
        let output = as_user(&lab, "salt-run", "fred", "secret", refused);
        assert!(output.stderr.contains("may not do this"), "{refused:?}: {output:#?}");
    }
    // What was refused ran nowhere and stands in no listing.
    let jobs = json(&lab, &["job", "list"]);
    assert_eq!(jobs.as_array().unwrap().len(), 3, "two on minions and a runner: {jobs}");
    assert!(jobs.to_string().contains("fred@file"), "{jobs}");
}

#[test]
fn a_denial_stands_above_every_allowance() {
    let lab = guarded();
    let boss = |program: &str, words: &[&str]| as_user(&lab, program, "boss", "power", words);
    assert!(boss("salt", &["web1", "cmd.run", "hostname"]).is_good());
    assert!(boss("salt", &["*", "test.ping"]).stderr.contains("`access_deny:boss` denies it"));
    assert!(boss("salt-run", &["manage.up"]).is_good());
    let explained = |words: &[&str]| lab.sylvite(&[&["explain"], words].concat()).unwrap();
    let no = explained(&["boss", "test.ping", "--eauth", "file", "--on", "db1"]);
    assert!(no.code == 1 && no.stdout.contains("no: `access_deny:boss` denies it"), "{no:#?}");
    let yes = explained(&["fred", "cmd.run", "uptime", "--eauth", "file", "--on", "web1"]);
    assert!(yes.code == 0 && yes.stdout.contains("yes: `external_auth:file:fred` allow it"), "{yes:#?}");
    let no = explained(&["boss", "key.delete", "x", "--eauth", "file", "--wheel"]);
    assert!(no.code == 1 && no.stdout.contains("denies it"), "{no:#?}");
    let no = explained(&["stranger", "test.ping", "--on", "*"]);
    assert!(no.code == 1 && no.stdout.contains("no rule is for stranger"), "{no:#?}");
}

#[test]
fn wrong_logins_look_all_the_same_and_open_nothing() {
    let lab = guarded();
    let tries =
        [("fred", "wrong", "file"), ("stranger", "x", "file"), ("fred", "", "file"), ("fred", "secret", "pam"), ("fred", "secret", "no")];
    let mut said = Vec::new();
    for (user, password, backend) in tries {
        let output = lab.program("salt", &["-a", backend, "--username", user, "--password", password, "*", "test.ping"]).unwrap();
        assert_eq!(output.code, 2, "{output:#?}");
        said.push(output.stderr);
    }
    assert!(said.iter().all(|text| text.contains("could not authenticate using provided credentials") && *text == said[0]), "{said:?}");
    assert_eq!(json(&lab, &["job", "list"]), json!([]));
    let shared = |secret: &str| lab.program("salt", &["-a", "sharedsecret", "--username", "ci", "--password", secret, "web1", "test.ping"]);
    assert!(shared("a-shared-secret").unwrap().is_good());
    assert_eq!(shared("A-shared-secret").unwrap().code, 2);
    // The log names who tried, and never a password.
    let log = lab.log(lab::MASTER);
    assert!(log.contains("a login failed") && !log.contains("wrong") && !log.contains("a-shared-secret"), "{log}");
}

/// One request over the socket, as anybody could write it: status and body.
fn ask(lab: &Lab, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
    let mut stream = UnixStream::connect(lab.path("master/run/master.sock")).unwrap();
    let token = if token.is_empty() { String::new() } else { format!("X-Auth-Token: {token}\r\n") };
    let head = format!("{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{token}Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn token(lab: &Lab, user: &str, password: &str) -> String {
    let body = json!({"username": user, "password": password, "eauth": "file"}).to_string();
    let (status, body) = ask(lab, "POST", "/login", "", &body);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_opens_its_own_doors_only_and_none_after_it_is_given_back() {
    let lab = guarded();
    let fred = token(&lab, "fred", "secret");
    // Routes that no rule speaks of are for administrators, whoever runs the program that asks.
    for (method, path) in [
        ("GET", "/keys"),
        ("GET", "/minions"),
        ("GET", "/minions/web1"),
        ("GET", "/events"),
        ("GET", "/status"),
        ("GET", "/join-tokens"),
        ("GET", "/keys/history"),
    ] {
        assert_eq!(ask(&lab, method, path, &fred, "").0, 403, "{method} {path}");
    }
    let change = r#"{"action": "delete", "minions": ["*"]}"#;
    assert_eq!(ask(&lab, "POST", "/keys/change", &fred, change).0, 403);
    let wheel = r#"{"function": "key.delete", "args": ["*"]}"#;
    assert_eq!(ask(&lab, "POST", "/wheel", &fred, wheel).0, 403);
    assert_eq!(ask(&lab, "POST", "/wheel", &token(&lab, "boss", "power"), wheel).0, 403, "denied in particular");
    assert_eq!(ask(&lab, "POST", "/events", &fred, r#"{"tag": "salt/key", "data": {}}"#).0, 403);
    assert_eq!(json(&lab, &["minion", "list"]).as_array().unwrap().len(), 2, "nothing was deleted");
    // A job of somebody else is not even there.
    let foreign = job_id(&good(&lab, &["run", "web1", "test.sleep", "600", "--async"]));
    for path in [format!("/jobs/{foreign}"), format!("/jobs/{foreign}/watch")] {
        assert_eq!(ask(&lab, "GET", &path, &fred, "").0, 404, "{path}");
    }
    assert_eq!(ask(&lab, "POST", &format!("/jobs/{foreign}/signal"), &fred, r#"{"signal": "kill"}"#).0, 404);
    assert_eq!(ask(&lab, "GET", "/jobs", &fred, "").1, r#"{"items":[]}"#);
    let own = r#"{"target": {"expression": "web1"}, "calls": [{"function": "test.sleep", "args": [600]}]}"#;
    let (status, body) = ask(&lab, "POST", "/jobs", &fred, own);
    assert_eq!(status, 200, "{body}");
    let own = serde_json::from_str::<Value>(&body).unwrap()["job"].as_str().unwrap().to_owned();
    assert_eq!(ask(&lab, "POST", &format!("/jobs/{own}/signal"), &fred, r#"{"signal": "kill"}"#).0, 200);
    good(&lab, &["job", "kill", &foreign]);
    // Tokens: made up, cut short, longer, and after the end.
    for bad in ["0000000000000000000000000000000000000000", &fred[..39], &format!("{fred}0"), "../../etc/passwd", "x"] {
        assert_eq!(ask(&lab, "GET", "/jobs", bad, "").0, 401, "{bad}");
    }
    assert_eq!(ask(&lab, "POST", "/logout", &fred, "").0, 204);
    assert_eq!(ask(&lab, "GET", "/jobs", &fred, "").0, 401);
}

#[test]
fn ids_of_jobs_paths_and_names_lead_nowhere_else() {
    let lab = guarded();
    for path in ["/jobs/..%2f..%2fetc%2fpasswd", "/jobs/1", "/jobs/20261123061947179934%00", "/minions/..%2f..%2fx", "/keys/../../etc"] {
        let (status, body) = ask(&lab, "GET", path, "", "");
        assert!((400..=404).contains(&status), "{path}: {status} {body}");
    }
    let wheel = |function: &str, kwargs: Value| {
        let body = json!({"function": function, "kwargs": kwargs}).to_string();
        ask(&lab, "POST", "/wheel", "", &body)
    };
    for path in ["../master/master", "/etc/passwd", "a/../../x", "a\u{0}b"] {
        for (function, kwargs) in [
            ("file_roots.read", json!({"path": path})),
            ("file_roots.find", json!({"path": path})),
            ("file_roots.write", json!({"path": path, "data": "x"})),
            ("pillar_roots.write", json!({"path": path, "data": "x"})),
            ("pillar_roots.read", json!({"path": path})),
        ] {
            let (status, body) = wheel(function, kwargs);
            assert!(status == 200 && body.contains(r#""success":false"#), "{function} {path:?}: {status} {body}");
        }
    }
    for env in ["../base", "/", "base/../.."] {
        assert!(wheel("file_roots.list_env", json!({"saltenv": env})).1.contains("there is no environment"), "{env}");
    }
    let (_, body) = wheel("file_roots.write", json!({"path": "made/top.sls", "data": "base: {}\n"}));
    assert!(body.contains("Wrote data to file") && lab.path("states/made/top.sls").is_file(), "{body}");
    let values = wheel("config.values", json!({})).1;
    assert!(values.contains("lab_master") && !values.contains("a-shared-secret") && !values.contains("external_auth"), "{values}");
    // A template in a name or an argument is text.
    let (_, body) = ask(&lab, "POST", "/runners", "", r#"{"function": "pillar.show_pillar", "args": ["{{ 77777 * 77777 }}"]}"#);
    assert!(!body.contains("6049261729"), "{body}");
}

#[test]
fn another_user_of_the_host_may_what_publisher_acl_says() {
    assert!(nix::unistd::geteuid().is_root(), "this test runs programs as another user, so it needs root");
    let mut lab = lab();
    lab.start_master("auto_accept: true\npublisher_acl: {nobody: ['test.ping', {'web*': [test.echo]}]}\npublisher_acl_blacklist: {modules: [cmd.shell]}\n").unwrap();
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    // Where the other user can run them.
    let programs = lab.path("programs");
    std::fs::create_dir(&programs).unwrap();
    for name in ["salt", "salt-key", "sylvite"] {
        std::fs::copy(tests::programs().join(name), programs.join(name)).unwrap();
    }
    let nobody = nix::unistd::User::from_name("nobody").unwrap().expect("every system has the user nobody");
    let run = |program: &str, words: &[&str]| {
        let mut command = std::process::Command::new(programs.join(program));
        command.env_clear().args(["--socket", lab.path("master/run/master.sock").to_str().unwrap()]).args(words);
        command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    assert_eq!(run("salt", &["*", "test.ping"]).0, Some(0));
    assert_eq!(run("salt", &["web1", "test.echo", "x"]).0, Some(0));
    for refused in [&["*", "cmd.run", "id"][..], &["*", "test.ping,cmd.run", ",", "id"]] {
        let (code, text) = run("salt", refused);
        assert!(code == Some(2) && text.contains("may not do this"), "{refused:?}: {text}");
    }
    let (_, text) = run("salt-key", &["-L"]);
    assert!(text.contains("may not administer this master"), "{text}");
    // The blacklist is for root too.
    let output = lab.program("salt", &["*", "cmd.shell", "id"]).unwrap();
    assert!(output.stderr.contains("`publisher_acl_blacklist:modules` names `cmd.shell`"), "{output:#?}");
}

#[test]
fn a_minion_publishes_what_peer_allows_and_nobody_elses_word() {
    let mut lab = lab();
    lab.start_master("auto_accept: true\npeer: {'web.*': ['test\\..*'], 'db1': []}\npeer_run: {'web1': [manage.up]}\n").unwrap();
    for id in ["web1", "db1"] {
        lab.start_minion(id, "").unwrap();
    }
    lab.until_online(&["web1", "db1"]).unwrap();
    let run = |words: &[&str]| json(&lab, &[&["run"], words].concat());
    assert_eq!(run(&["web1", "publish.publish", "*", "test.ping"]), json!({"web1": {"web1": true, "db1": true}}));
    assert_eq!(run(&["web1", "publish.publish", "db1", "test.arg", "1,k=v"])["web1"]["db1"], json!({"args": [1], "kwargs": {"k": "v"}}));
    let full = run(&["web1", "publish.full_data", "db1", "test.echo", "x"]);
    assert_eq!((&full["web1"]["db1"]["ret"], &full["web1"]["db1"]["retcode"]), (&json!("x"), &json!(0)));
    assert_eq!(run(&["web1", "publish.runner", "manage.up"]), json!({"web1": ["db1", "web1"]}));
    for (minion, words, why) in [
        ("db1", &["publish.publish", "*", "test.ping"][..], "`peer` does not allow"),
        ("web1", &["publish.publish", "*", "cmd.run", "id"], "`peer` does not allow"),
        ("web1", &["publish.publish", "*", "publish.publish", "*"], "cannot be published"),
        ("web1", &["publish.runner", "jobs.list_jobs"], "`peer_run` does not allow"),
        ("db1", &["publish.runner", "manage.up"], "`peer_run` does not allow"),
    ] {
        let output = lab.sylvite(&[&["run", minion], words].concat()).unwrap();
        assert!(output.code == 1 && output.stdout.contains(why), "{minion} {words:?}: {output:#?}");
    }
    let jobs = json(&lab, &["job", "list"]).to_string();
    assert!(jobs.contains(r#""user":"web1""#) && !jobs.contains(r#""user":"db1""#), "{jobs}");
}

#[test]
fn a_minion_in_blackout_runs_only_what_is_on_its_list() {
    let mut lab = lab();
    lab.write("pillar/top.sls", "base: {'*': [dark]}\n").unwrap();
    lab.write("pillar/dark.sls", "minion_blackout: true\nminion_blackout_whitelist: [test.version]\n").unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let output = lab.sylvite(&["run", "a", "test.ping"]).unwrap();
    assert!(output.code == 1 && output.stdout.contains("Minion in blackout mode"), "{output:#?}");
    assert!(lab.sylvite(&["run", "a", "test.version"]).unwrap().is_good());
    lab.write("pillar/dark.sls", "minion_blackout: false\n").unwrap();
    good(&lab, &["run", "a", "saltutil.refresh_pillar"]);
    assert_eq!(json(&lab, &["run", "a", "test.ping"]), json!({"a": true}));
}

#[test]
fn a_web_service_says_who_may_log_in() {
    let service = tests::web::Service::answering(|request| match request.body.as_str() {
        "username=fred&password=good%20word" => (200, "[]".to_owned()),
        "username=fred&password=odd" => (500, String::new()),
        _ => (401, String::new()),
    });
    let mut lab = lab();
    let rules = format!("external_auth:\n  rest:\n    ^url: {}\n    fred: ['test.*']\n", service.url);
    lab.start_master(&format!("auto_accept: true\n{rules}")).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let login = |password: &str, words: &[&str]| {
        lab.program("salt", &[&["-a", "rest", "--username", "fred", "--password", password], words].concat()).unwrap()
    };
    assert!(login("good word", &["a", "test.ping"]).is_good());
    assert!(login("good word", &["a", "cmd.run", "id"]).stderr.contains("may not do this"));
    let (wrong, odd) = (login("bad", &["a", "test.ping"]), login("odd", &["a", "test.ping"]));
    assert!(wrong.code == 2 && wrong.stderr == odd.stderr, "whoever fails is told the same: {wrong:#?} {odd:#?}");
    assert!(lab.log(lab::MASTER).contains("answered with status 500"), "{}", lab.log(lab::MASTER));
    assert!(!lab.log(lab::MASTER).contains("good word") && !lab.log(lab::MASTER).contains("good%20word"));
}

#[test]
fn every_command_that_runs_something_does_so_by_a_login_when_asked() {
    let lab = guarded();
    let by = ["-a", "file", "--username", "fred", "--password", "secret"];
    let run = |words: &[&str]| lab.sylvite(&[&["run"], &by[..], words].concat()).unwrap();
    assert!(run(&["*", "test.ping"]).is_good());
    let refused = run(&["db1", "cmd.run", "hostname"]);
    assert!(!refused.is_good() && refused.stderr.contains("may not do this"), "{refused:#?}");
    lab.write("motd", "hello\n").unwrap();
    let (from, to) = (lab.path("motd").display().to_string(), lab.path("copied").display().to_string());
    let copy = |user: &str, password: &str| {
        lab.program("salt-cp", &["-a", "file", "--username", user, "--password", password, "web1", &from, &to]).unwrap()
    };
    let refused = copy("fred", "secret");
    assert!(!refused.is_good() && refused.stderr.contains("may not do this") && !lab.path("copied").exists(), "{refused:#?}");
    assert!(copy("boss", "power").is_good());
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "hello\n");
    let jobs = json(&lab, &["job", "list"]).to_string();
    assert!(jobs.contains("fred@file") && jobs.contains("boss@file"), "{jobs}");
    // Each of these logins was for its command alone.
    assert_eq!(json(&lab, &["account", "logins"]), json!([]));
}
