//! Hosts without an agent, over a real sshd.

#[path = "support/http.rs"]
mod http;
#[path = "support/sshd.rs"]
mod sshd;

use lab::{Lab, MASTER};
use serde_json::{Value, json};
use sshd::{roster, seen, sshd, words};
use std::net::{Ipv4Addr, TcpListener};
use tests::{good, json, lab, running};

#[test]
fn a_host_without_an_agent_runs_functions_and_states_as_one_with() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1", "web2"]);
    assert_eq!(json(&lab, &words(&["web*", "grains.get", "place"], &way)), json!({"web1": "web1", "web2": "web2"}));

    let target = lab.path("managed.txt");
    let sls = format!("{}:\n  file.managed:\n    - source: salt://files/text\n    - template: jinja\n", target.display());
    lab.write("states/app.sls", &sls).unwrap();
    lab.write("states/files/text", "port {{ pillar['port'] }} on {{ grains['id'] }}\n").unwrap();
    lab.write("pillar/top.sls", "base:\n  web1: [app]\n").unwrap();
    lab.write("pillar/app.sls", "port: 8080\n").unwrap();
    let first = json(&lab, &words(&["web1", "state.apply", "app"], &way));
    let changes = |answer: &Value| {
        let states = answer["web1"].as_object().unwrap_or_else(|| panic!("{answer}"));
        states.values().filter(|state| state["changes"] != json!({})).count()
    };
    assert_eq!(changes(&first), 1, "{first}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "port 8080 on web1\n");
    assert_eq!(changes(&json(&lab, &words(&["web1", "state.apply", "app"], &way))), 0);

    // The master keeps what was done, and no key of a machine that does not come back by itself.
    assert_eq!(json(&lab, &["key", "list"]), json!([]));
    let jobs = json(&lab, &["job", "list"]);
    assert_eq!(jobs.as_array().map(Vec::len), Some(3), "{jobs}");
}

#[test]
fn nothing_is_left_behind_when_asked() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    assert_eq!(json(&lab, &words(&["web1", "-w", "test.ping"], &way)), json!({"web1": true}));
    let left: Vec<_> = std::fs::read_dir(lab.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("thin-")), "{left:?}");
}

#[test]
fn the_next_command_finds_the_connection_open_and_a_guest_that_waits() {
    let mut lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    let socket = |lab: &Lab| {
        let folders = std::fs::read_dir(lab.path("")).unwrap().flatten().map(|entry| entry.path());
        folders.map(|folder| folder.join("next.sock")).find(|socket| socket.exists())
    };
    let waits = |lab: &mut Lab| lab.until("a guest waits", |lab| Ok(socket(lab).is_some())).unwrap();
    assert_eq!(json(&lab, &words(&["web1", "grains.get", "place"], &way)), json!({"web1": "web1"}));
    assert_eq!(json(&lab, &["key", "list"]), json!([]), "one that waits is nobody to the master");
    assert_eq!(seen(&lab), (1, 1));
    waits(&mut lab);
    // Its configuration is that of this command.
    let roster = std::fs::read_to_string(lab.path("roster")).unwrap().replace("grains: {place: web1}", "grains: {place: elsewhere}");
    lab.write("roster", &roster).unwrap();
    assert_eq!(json(&lab, &words(&["web1", "grains.get", "place"], &way)), json!({"web1": "elsewhere"}));
    assert_eq!(seen(&lab), (1, 1), "neither a login nor a shell was needed");
    // What a guest cannot be started with is told in words, however it was reached.
    waits(&mut lab);
    lab.write("roster", &roster.replace("grains: {place: elsewhere}", "no_such_key: 1")).unwrap();
    let failed = lab.sylvite(&words(&["web1", "test.ping"], &way)).unwrap();
    assert!(failed.code == 1 && failed.stdout.contains("no_such_key"), "{failed:#?}");
    assert_eq!(seen(&lab).0, 1);
    // A command of the shell uses the same connection; with -w nothing waits any more, here or there.
    lab.write("roster", &roster).unwrap();
    good(&lab, &words(&["web1", "-r", "true"], &way));
    assert_eq!(seen(&lab).0, 1);
    assert_eq!(json(&lab, &words(&["web1", "-w", "test.ping"], &way)), json!({"web1": true}));
    assert_eq!((seen(&lab).0, socket(&lab)), (2, None));
    let once = [&["--persist", "0", "web1", "test.ping"][..]].concat();
    assert_eq!(json(&lab, &words(&once, &way)), json!({"web1": true}));
    assert_eq!((seen(&lab).0, socket(&lab)), (3, None));
}

#[test]
fn raw_commands_put_nothing_on_the_host_and_say_how_they_ended() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    let failed = lab.sylvite(&words(&["web1", "-r", "echo out; echo err >&2; exit 3", "--out", "json"], &way)).unwrap();
    assert_eq!(failed.code, 1, "{failed:#?}");
    assert_eq!(
        serde_json::from_str::<Value>(&failed.stdout).unwrap(),
        json!({"web1": {"retcode": 3, "stdout": "out\n", "stderr": "err\n"}})
    );
    assert!(!lab.path("thin-web1").exists());
}

#[test]
fn a_host_whose_key_is_not_known_is_refused_with_the_way_out() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    lab.write("known", "").unwrap();
    let refused = lab.sylvite(&words(&["web1", "test.ping"], &way)).unwrap();
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stdout.contains("Host key verification failed") && refused.stdout.contains("--accept-new-host-keys"), "{refused:#?}");
    let all: Vec<String> = way.iter().cloned().chain(["--accept-new-host-keys".to_owned()]).collect();
    assert_eq!(json(&lab, &words(&["web1", "test.ping"], &all)), json!({"web1": true}));
}

#[test]
fn a_host_with_an_agent_keeps_it() {
    let lab = running(&["web1"]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1", "web2"]);
    let output = lab.sylvite(&words(&["web*", "test.ping", "--out", "json"], &way)).unwrap();
    assert_eq!(output.code, 1, "{output:#?}");
    assert!(output.stdout.contains("it has an agent that is there") && output.stdout.contains("\"web2\": true"), "{output:#?}");
    assert_eq!(json(&lab, &["run", "web1", "test.ping"]), json!({"web1": true}));
    assert!(good(&lab, &["key", "list"]).stdout.contains("web1"));
}

#[test]
fn a_guest_that_never_comes_to_the_master_leaves_nothing_behind_either() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    // A configuration that no minion starts with.
    let roster = std::fs::read_to_string(lab.path("roster")).unwrap().replace("grains: {place: web1}", "no_such_key: 1");
    lab.write("roster", &roster).unwrap();
    let failed = lab.sylvite(&words(&["web1", "-w", "test.ping"], &way)).unwrap();
    assert!(
        failed.code == 1 && failed.stdout.contains("did not come to the master") && failed.stdout.contains("no_such_key"),
        "{failed:#?}"
    );
    let left: Vec<_> = std::fs::read_dir(lab.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("thin-")), "{left:?}");
    assert_eq!(json(&lab, &["key", "list"]), json!([]));
}

#[test]
fn what_a_host_writes_is_told_line_by_line() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    let raw = good(&lab, &words(&["web1", "--live", "-r", "echo one; echo two >&2; echo three"], &way));
    for line in ["web1 | one", "web1 | two", "web1 | three", "web1 | exit status 0"] {
        assert!(raw.stdout.lines().any(|said| said == line), "{line}: {raw:#?}");
    }
    let run = good(&lab, &words(&["web1", "--live", "-v", "cmd.run", "echo one; echo two"], &way));
    assert!(run.stdout.contains("web1 | one\nweb1 | two\n") && run.stderr.contains("job 20"), "{run:#?}");
}

#[test]
fn options_of_salt_ssh_do_what_they_say_or_are_refused_with_the_way_out() {
    let lab = running(&[]);
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1"]);
    for (option, why) in [
        (&["--python3-bin", "x"][..], "no Python is needed"),
        (&["--scan-ports", "22"], "networks are not scanned"),
        (&["--jid", "1"], "sylvite job list"),
    ] {
        let refused = lab.sylvite(&words(&[option, &["web1", "test.ping"]].concat(), &way)).unwrap();
        assert!(refused.code == 64 && refused.stderr.contains(why), "{refused:#?}");
    }
    let idle = good(&lab, &words(&["-t", "--refresh", "web1", "test.ping"], &way));
    assert!(idle.stderr.contains("--regen-thin does nothing here") && idle.stderr.contains("rosters are read anew"), "{idle:#?}");
    // A folder of a random name, which goes again.
    let before = left_in_var_tmp();
    let bare: String =
        std::fs::read_to_string(lab.path("roster")).unwrap().replace(&format!("thin_dir: {}, ", lab.path("thin-web1").display()), "");
    lab.write("roster", &bare).unwrap();
    let place = good(&lab, &words(&["-W", "web1", "config.get", "cachedir", "--out", "txt"], &way));
    assert!(place.stdout.contains("/var/tmp/.sylvite-") && left_in_var_tmp() == before, "{place:#?}");
    // A key with a passphrase, and no other key.
    let key = lab.path("locked_key").display().to_string();
    let made = std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "a long phrase", "-f", &key]).status();
    assert!(made.unwrap().success());
    let authorized = std::fs::read_to_string(lab.path("locked_key.pub")).unwrap();
    lab.write("authorized", &authorized).unwrap();
    lab.write("roster", &format!("web1: {{host: 127.0.0.1, port: {}, priv: {key}}}\n", sshd.port)).unwrap();
    let opened = good(&lab, &words(&["--identities-only", "--priv-passwd", "a long phrase", "web1", "-r", "echo in"], &way));
    assert!(opened.stdout.contains("in"), "{opened:#?}");
    assert_eq!(lab.sylvite(&words(&["--priv-passwd", "another", "web1", "-r", "true"], &way)).unwrap().code, 1);
}

/// Folders of guests that use no `thin_dir`.
fn left_in_var_tmp() -> Vec<String> {
    let names = std::fs::read_dir("/var/tmp").unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(".sylvite-")).collect();
    names.sort();
    names
}

#[test]
fn the_api_runs_on_hosts_without_an_agent_too() {
    let mut lab = lab();
    let rules = "auto_accept: true\nnetapi_enable_clients: [ssh]\nrest_cherrypy: {port: 0, host: 127.0.0.1, disable_ssl: true}\n\
                 external_auth: {sylvite: {boss: ['.*'], fred: [{'web1': [test.ping]}]}}\n";
    lab.start_master(rules).unwrap();
    for name in ["boss", "fred"] {
        lab.write("password", "correct horse\n").unwrap();
        let input = std::fs::File::open(lab.path("password")).unwrap();
        assert!(lab.command("sylvite", MASTER).args(["account", "add", name, "--stdin"]).stdin(input).status().unwrap().success());
    }
    let sshd = sshd(&lab);
    let way = roster(&lab, &sshd, &["web1", "web2"]);
    // The master's own roster, which says how its hosts are reached.
    let known = way.last().unwrap();
    let roster = std::fs::read_to_string(lab.path("roster")).unwrap().replace("thin_dir:", &format!("ssh_options: [{known}], thin_dir:"));
    lab.write("master/roster", &roster).unwrap();
    let (boss, fred) = (http::login(&lab, "boss"), http::login(&lab, "fred"));
    let ask = |token: &str, low: Value| {
        let low = http::with(json!({"client": "ssh", "tgt": "web1", "fun": "test.ping"}), low);
        http::post(&lab, "/", &[("X-Auth-Token", token), ("Content-Type", "application/json")], &low.to_string())
    };
    let answer = http::json_of(&ask(&boss, json!({"tgt": "*", "fun": "test.arg", "arg": ["x"]})));
    for id in ["web1", "web2"] {
        let said = &answer["return"][0][id];
        assert_eq!(said["return"], json!({"args": ["x"], "kwargs": {}}), "{answer}");
        let told = [&said["fun"], &said["id"], &said["retcode"], &said["fun_args"]];
        assert!(
            told == [&json!("test.arg"), &json!(id), &json!(0), &json!(["x"])] && said["jid"].as_str().unwrap().len() == 20,
            "{answer}"
        );
    }
    assert_eq!(json(&lab, &["key", "list"]), json!([]), "guests leave no keys");
    // The same rules as for minions of these names.
    assert_eq!(http::json_of(&ask(&fred, json!({})))["return"][0]["web1"]["return"], json!(true));
    for low in [json!({"tgt": "web2"}), json!({"fun": "cmd.run", "arg": ["id"]}), json!({"tgt": "*"})] {
        let refused = ask(&fred, low.clone());
        assert!(refused.status == 401 && refused.body.contains("fred@sylvite may not do this"), "{low}: {refused:#?}");
    }
    let raw = ask(&boss, json!({"raw_shell": true, "fun": "echo hello"}));
    assert!(raw.status == 401 && raw.body.contains("Raw shell option not allowed."), "{raw:#?}");
    for (low, text) in [
        (json!({"ssh_options": ["ProxyCommand=touch /tmp/x"]}), "reads files or runs programs"),
        (json!({"ssh_priv": "/etc/shadow"}), "reads files or runs programs"),
        (json!({"ssh_usr": "x"}), "did you mean"),
    ] {
        let refused = ask(&boss, low.clone());
        assert!(refused.status == 400 && refused.body.contains(text), "{low}: {refused:#?}");
    }
    let elsewhere = ask(&boss, json!({"roster_file": "/etc/passwd"}));
    assert!(elsewhere.status == 500 && elsewhere.body.contains("may name rosters in"), "{elsewhere:#?}");
    let away = http::json_of(&ask(&boss, json!({"tgt": ["nosuch.invalid"]})));
    let said = &away["return"][0]["nosuch.invalid"];
    assert!(said["retcode"] == 255 && said["stderr"].as_str().is_some_and(|text| !text.is_empty()), "{away}");

    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master(&format!("{rules}netapi_allow_raw_shell: true\n")).unwrap();
    let ask =
        |token: &str, low: Value| http::post(&lab, "/", &[("X-Auth-Token", token), ("Content-Type", "application/json")], &low.to_string());
    let raw = http::json_of(&ask(&boss, json!({"client": "ssh", "tgt": "web1", "raw_shell": true, "fun": "echo hello; exit 3"})));
    assert_eq!(raw["return"][0]["web1"], json!({"retcode": 3, "stdout": "hello\n", "stderr": ""}));
    assert_eq!(ask(&fred, json!({"client": "ssh", "tgt": "web1", "raw_shell": true, "fun": "echo hello"})).status, 401);
}

fn salt_run(lab: &Lab, words: &[&str]) -> (i32, String) {
    let output = lab.program("salt-run", words).unwrap();
    (output.code, output.stdout + &output.stderr)
}

#[test]
fn a_pending_key_is_accepted_when_the_host_of_that_name_has_it() {
    let mut lab = lab();
    lab.start_master("").unwrap();
    let sshd = sshd(&lab);
    for id in ["good", "other"] {
        lab.start_minion(id, "").unwrap();
    }
    lab.until("both keys wait", |lab| Ok(json(lab, &["key", "list"]).as_array().is_some_and(|keys| keys.len() == 2))).unwrap();
    // The roster of the master's own folder; both hosts are this sshd, so one of them has the key of the other.
    let public = std::fs::read_to_string(lab.path("host_key.pub")).unwrap();
    lab.write("known", &format!("[127.0.0.1]:{} {public}", sshd.port)).unwrap();
    let entry = |id: &str| {
        let (port, key, known) = (sshd.port, lab.path("user_key"), lab.path("known"));
        format!(
            "{id}: {{host: 127.0.0.1, port: {port}, priv: {}, ssh_options: ['UserKnownHostsFile={}']}}\n",
            key.display(),
            known.display()
        )
    };
    lab.write("master/roster", &(entry("good") + &entry("other"))).unwrap();
    let file = format!("key_file={}", lab.path("minions/good/pki/minion.pub").display());
    let (code, said) = salt_run(&lab, &["manage.safe_accept", "*", &file]);
    assert!(code == 1 && said.contains("accepted: the host has the key") && said.contains("not accepted: the pending key is"), "{said}");
    let keys = json(&lab, &["key", "list"]);
    let states: Vec<_> = keys.as_array().unwrap().iter().map(|key| (key["minion"].clone(), key["state"].clone())).collect();
    assert_eq!(states, [(json!("good"), json!("accepted")), (json!("other"), json!("pending"))]);
    lab.until_online(&["good"]).unwrap();
    let (code, said) = salt_run(&lab, &["manage.safe_accept", "G@os:Debian", "tgt_type=compound"]);
    assert!(code != 0 && said.contains("known by their ids alone"), "{said}");
}

#[test]
fn bootstrap_tells_of_each_host_and_its_password_to_nobody() {
    let mut lab = lab();
    lab.start_master("auto_accept: true\n").unwrap();
    // Nobody listens there.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    lab.write("master/roster", &format!("gone: {{host: 127.0.0.1, port: {port}}}\n")).unwrap();
    let (code, said) = salt_run(&lab, &["manage.bootstrap", "hosts=gone", "ssh_password=not-for-you"]);
    assert!(code == 1 && said.contains("gone:") && said.contains("Connection refused"), "{said}");
    for words in [&["script=x"][..], &["roster=nothing"], &["hosts="]] {
        let (code, said) = salt_run(&lab, &[&["manage.bootstrap"], words].concat());
        assert!(code != 0, "{words:?}: {said}");
    }
    // The run is kept, and whoever looks at it or at events sees no password.
    let jobs = json(&lab, &["job", "list"]).to_string();
    assert!(jobs.contains("runner.manage.bootstrap") && !jobs.contains("not-for-you"), "{jobs}");
    let events = tests::events(&lab);
    assert!(events.contains("manage.bootstrap") && !events.contains("not-for-you"), "{events}");
}
