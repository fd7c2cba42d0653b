//! Keys through the real binaries: who is let in, who is not, and what that does to the others.

use lab::{Lab, Signal};
use serde_json::Value;
use tests::{good, json, lab};

fn with_master() -> Lab {
    let mut lab = lab();
    lab.start_master("").unwrap();
    lab
}

fn keys(lab: &Lab, id: &str) -> Vec<String> {
    let Value::Array(keys) = json(lab, &["key", "list", id]) else { return Vec::new() };
    keys.iter().map(|key| key["state"].as_str().unwrap_or_default().to_owned()).collect()
}

fn until_state(lab: &mut Lab, id: &str, state: &str) {
    lab.until(&format!("the key of {id} is {state}"), |lab| Ok(keys(lab, id).iter().any(|one| one == state))).unwrap();
}

#[test]
fn a_new_key_waits_until_it_is_accepted() {
    let mut lab = with_master();
    lab.start_minion("a", "").unwrap();
    until_state(&mut lab, "a", "pending");
    assert_eq!(lab.sylvite(&["run", "*", "test.ping"]).unwrap().code, 2, "a pending minion gets no job");
    good(&lab, &["key", "accept", "a"]);
    lab.until_online(&["a"]).unwrap();
    let history = good(&lab, &["key", "history", "a"]).stdout;
    assert!(history.contains("new -> pending") && history.contains("pending -> accepted"), "{history}");
}

#[test]
fn salt_key_lists_in_four_groups_and_accepts_all() {
    let mut lab = with_master();
    lab.start_minion("a", "").unwrap();
    until_state(&mut lab, "a", "pending");
    let listed = lab.program("salt-key", &["-L"]).unwrap().stdout;
    assert_eq!(listed, "Accepted Keys:\nDenied Keys:\nUnaccepted Keys:\na\nRejected Keys:\n");
    let accepted = lab.program("salt-key", &["-y", "-A"]).unwrap();
    assert!(accepted.stdout.contains("Key for minion a accepted."), "{accepted:#?}");
    lab.until_online(&["a"]).unwrap();
}

#[test]
fn a_taken_id_with_another_key_is_denied_and_the_first_is_not_disturbed() {
    let mut lab = lab();
    lab.start(&["a"]).unwrap();
    let port = lab.port().unwrap();
    // A second minion of the same id on another machine: its own folders, so its own key.
    let at = |name: &str| lab.path(&format!("minions/thief/{name}")).display().to_string();
    let config = format!(
        "id: a\nmaster: 127.0.0.1:{port}\npki_dir: {}\ncachedir: {}\nsock_dir: {}\nkeysize: 2048\n",
        at("pki"),
        at("cache"),
        at("run")
    );
    lab.write("minions/thief/minion", &config).unwrap();
    let log = lab.path("minions/thief/log");
    let mut thief = lab::Process::spawn(&mut lab.command("sylvite-minion", "minions/thief"), &log).unwrap();
    until_state(&mut lab, "a", "denied");
    assert_eq!(json(&lab, &["run", "*", "test.ping"]), serde_json::json!({"a": true}));
    assert!(keys(&lab, "a").contains(&"accepted".to_owned()));
    let _ = thief.end(Signal::SIGKILL);
}

#[test]
fn deleting_a_key_ends_that_session_at_once_and_no_other() {
    let mut lab = lab();
    lab.start_master("").unwrap();
    lab.start_minion("a", "").unwrap();
    lab.start_minion("b", "").unwrap();
    until_state(&mut lab, "a", "pending");
    until_state(&mut lab, "b", "pending");
    good(&lab, &["key", "accept", "-y", "*"]);
    lab.until_online(&["a", "b"]).unwrap();
    let since = json(&lab, &["minion", "show", "b"])["minion"]["presence"]["since"].clone();
    good(&lab, &["key", "delete", "-y", "a"]);
    // It knocks again at once, as a stranger.
    until_state(&mut lab, "a", "pending");
    assert_eq!(json(&lab, &["run", "*", "test.ping"]), serde_json::json!({"b": true}));
    assert_eq!(json(&lab, &["minion", "show", "b"])["minion"]["presence"]["since"], since, "b has kept its session");
}

#[test]
fn a_join_token_lets_one_minion_in_and_no_second() {
    let mut lab = with_master();
    let secret = good(&lab, &["key", "token", "create", "web*"]).stdout.trim().to_owned();
    lab.start_minion("web1", &format!("join_token: {secret}\n")).unwrap();
    lab.until_online(&["web1"]).unwrap();
    lab.start_minion("web2", &format!("join_token: {secret}\n")).unwrap();
    until_state(&mut lab, "web2", "pending");
}

#[test]
fn a_minion_refuses_a_master_whose_key_is_not_the_one_it_was_told() {
    let mut lab = with_master();
    let wrong = ["00"; 32].join(":");
    lab.start_minion("a", &format!("master_finger: '{wrong}'\n")).unwrap();
    lab.until("the minion says why", |lab| Ok(lab.log("a").contains("master_finger"))).unwrap_or_else(|error| {
        // It may also have ended, which is as good, as long as it said why.
        assert!(error.to_string().contains("master_finger"), "{error:#}");
    });
    assert!(keys(&lab, "a").is_empty(), "it did not show its key to a stranger's master");
}

#[test]
fn a_rejected_minion_stays_out() {
    let mut lab = with_master();
    lab.start_minion("a", "").unwrap();
    until_state(&mut lab, "a", "pending");
    good(&lab, &["key", "reject", "-y", "a"]);
    until_state(&mut lab, "a", "rejected");
    assert_eq!(lab.sylvite(&["run", "*", "test.ping"]).unwrap().code, 2);
}
