//! Accounts of this system's own, through the real binaries: made, logged in with, changed, taken away.

use lab::{Lab, MASTER, Output, Signal};
use std::io::Write;
use std::process::Stdio;
use tests::{good, json, lab};

const RULES: &str = r#"
auto_accept: true
external_auth:
  sylvite:
    admins%: ['.*', '@runner', '@wheel']
    anna: [test.ping]
access_deny:
  anna: [test.echo]
"#;

fn guarded() -> Lab {
    let mut lab = lab();
    lab.start_master(RULES).unwrap();
    lab.start_minion("web1", "").unwrap();
    lab.until_online(&["web1"]).unwrap();
    lab
}

/// Runs `sylvite` with text on its standard input.
fn fed(lab: &Lab, words: &[&str], input: &str) -> Output {
    let mut command = lab.command("sylvite", MASTER);
    let mut child = command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

fn ping(lab: &Lab, user: &str, password: &str, words: &[&str]) -> Output {
    let login = ["-a", "sylvite", "--username", user, "--password", password, "web1"];
    lab.program("salt", &[&login, words].concat()).unwrap()
}

/// Runs `salt` by the token that was kept in a home of the test's own.
fn by_token(lab: &Lab, words: &[&str]) -> Output {
    let output = lab.command("salt", MASTER).env("HOME", lab.path("home")).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

#[test]
fn an_account_logs_in_by_its_password_and_may_what_its_rules_say() {
    let lab = guarded();
    assert!(fed(&lab, &["account", "add", "anna", "--stdin", "--full-name", "Anna M"], "one two three\n").is_good());
    // Typed twice where it is asked for.
    let typed = fed(&lab, &["account", "add", "boss", "--group", "admins"], "power power\npower power\n");
    assert!(typed.is_good(), "{typed:#?}");
    let not_the_same = fed(&lab, &["account", "passwd", "boss"], "a different\none than this\n");
    assert!(not_the_same.code != 0 && not_the_same.stderr.contains("not the same"), "{not_the_same:#?}");
    assert!(ping(&lab, "anna", "one two three", &["test.ping"]).is_good());
    assert!(ping(&lab, "anna", "one two three", &["test.arg", "x"]).stderr.contains("may not do this"));
    assert!(ping(&lab, "boss", "power power", &["test.arg", "x"]).is_good(), "by the group's rule");
    let wrong = ping(&lab, "anna", "one two thre", &["test.ping"]);
    let nobody = ping(&lab, "nobody", "one two three", &["test.ping"]);
    assert!(wrong.code == 2 && wrong.stderr == nobody.stderr, "{wrong:#?} {nobody:#?}");
    let explained = |words: &[&str]| lab.sylvite(&[&["explain"], words].concat()).unwrap();
    let by_group = explained(&["boss", "test.arg", "--eauth", "sylvite", "--on", "web1"]);
    assert!(by_group.code == 0 && by_group.stdout.contains("external_auth:sylvite:admins%"), "{by_group:#?}");
    let denied = explained(&["anna", "test.echo", "--eauth", "sylvite", "--on", "web1"]);
    assert!(denied.code == 1 && denied.stdout.contains("`access_deny:anna` denies it"), "{denied:#?}");
    let listed = json(&lab, &["account", "list"]);
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|account| account["name"].as_str().unwrap()).collect();
    assert!(names == ["anna", "boss"] && listed[0]["last_login"].is_string() && !listed.to_string().contains("argon2"), "{listed}");
    for (words, input, why) in [
        (&["account", "add", "anna", "--stdin"][..], "another one\n", "already"),
        (&["account", "add", "a%", "--stdin"], "another one\n", "cannot be a login name"),
        (&["account", "add", "bert", "--stdin"], "short\n", "a password has"),
        (&["account", "passwd", "nobody", "--stdin"], "another one\n", "there is no account"),
        (&["account", "delete", "nobody"], "", "there is no account"),
    ] {
        let output = fed(&lab, words, input);
        assert!(output.code != 0 && output.stderr.contains(why), "{words:?}: {output:#?}");
    }
    let log = lab.log(MASTER);
    assert!(!log.contains("power power") && !log.contains("one two"), "{log}");
}

#[test]
fn a_login_outlives_the_master_and_ends_when_its_account_changes() {
    let mut lab = guarded();
    std::fs::create_dir(lab.path("home")).unwrap();
    assert!(fed(&lab, &["account", "add", "anna", "--stdin"], "one two three\n").is_good());
    let log_in = |lab: &Lab, password: &str| {
        by_token(lab, &["-T", "-a", "sylvite", "--username", "anna", "--password", password, "web1", "test.ping"])
    };
    let is_in = |lab: &Lab| {
        let output = by_token(lab, &["-T", "web1", "test.ping"]);
        assert!(output.is_good() || output.stderr.contains("this login is over, or never was"), "{output:#?}");
        output.is_good()
    };
    assert!(log_in(&lab, "one two three").is_good() && is_in(&lab));
    lab.end(MASTER, Signal::SIGKILL).unwrap();
    lab.start_master(RULES).unwrap();
    lab.until_online(&["web1"]).unwrap();
    assert!(is_in(&lab), "the CMDB has kept it");
    assert!(fed(&lab, &["account", "passwd", "anna", "--stdin"], "four five six\n").is_good());
    assert!(!is_in(&lab) && log_in(&lab, "one two three").code == 2 && log_in(&lab, "four five six").is_good() && is_in(&lab));
    good(&lab, &["account", "groups", "anna", "ops"]);
    assert!(!is_in(&lab) && log_in(&lab, "four five six").is_good());
    good(&lab, &["account", "disable", "anna"]);
    assert!(!is_in(&lab) && log_in(&lab, "four five six").code == 2, "a disabled account logs in no more");
    good(&lab, &["account", "enable", "anna"]);
    assert!(log_in(&lab, "four five six").is_good());
    let open = json(&lab, &["account", "logins"]);
    assert_eq!((open.as_array().unwrap().len(), &open[0]["user"]), (1, &"anna".into()), "{open}");
    good(&lab, &["account", "revoke", "--user", "anna"]);
    assert!(!is_in(&lab) && log_in(&lab, "four five six").is_good());
    good(&lab, &["account", "delete", "anna"]);
    assert!(!is_in(&lab) && log_in(&lab, "four five six").code == 2);
}
