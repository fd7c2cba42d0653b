//! `sylvite doctor`: one thing after the other is broken, and each time it is found with the way out.

use lab::{Lab, MASTER, Output, Signal};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};
use tests::{good, lab};

/// What is found with a configuration: its findings, and the exit status.
fn findings(lab: &Lab, config: &str, words: &[&str]) -> (Vec<Value>, i32) {
    let mut command = lab.command("sylvite", config);
    let output = Output::of(command.args(["doctor", "--out", "json"]).args(words)).unwrap();
    let found: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:#?}"));
    (found.as_array().unwrap().clone(), output.code)
}

/// Wants a finding of a subject and level, with these words in its text and these in its way out.
fn finds(lab: &Lab, config: &str, subject: &str, level: &str, text: &str, hint: &str) {
    let (found, code) = findings(lab, config, &[]);
    let fits = |one: &Value| {
        one["subject"] == subject
            && one["level"] == level
            && one["message"].as_str().is_some_and(|said| said.contains(text))
            && one["hint"].as_str().is_some_and(|said| said.contains(hint))
    };
    assert!(found.iter().any(fits), "{subject} {level}: {text} / {hint}: {found:#?}");
    assert!(level != "error" || code == 1, "{subject}: {code}");
}

/// Wants no finding that is graver than a warning.
fn well(lab: &Lab, config: &str) -> Vec<Value> {
    let (found, code) = findings(lab, config, &[]);
    assert!(code == 0 && found.iter().all(|one| one["level"] != "error"), "{found:#?}");
    found
}

fn set_mode(lab: &Lab, name: &str, mode: u32) {
    std::fs::set_permissions(lab.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_faults_of_a_master_are_found() {
    let mut lab = lab();
    lab.start(&["web1"]).unwrap();
    let found = well(&lab, MASTER);
    for subject in ["database", "name", "port", "disk", "clock", "keys", "version"] {
        assert!(found.iter().any(|one| one["subject"] == subject), "{subject}: {found:#?}");
    }
    let shown = good(&lab, &["doctor"]);
    assert!(shown.stdout.contains("fine     database: sqlite answers"), "{shown:#?}");
    // The lab listens on loopback and lets everybody in.
    finds(&lab, MASTER, "port", "warning", "only this machine reaches", "`interface`");
    finds(&lab, MASTER, "keys", "warning", "`auto_accept`", "join tokens");

    set_mode(&lab, "master/pki/master.pem", 0o644);
    finds(&lab, MASTER, "keys", "error", "others can read the private key", "chmod 600");
    set_mode(&lab, "master/pki/master.pem", 0o600);
    std::fs::remove_dir(lab.path("pillar")).unwrap();
    finds(&lab, MASTER, "pillar_roots", "warning", "is not there", "make the folder");

    lab.start_minion_under(&["faketime", "-f", "+1h"], "fast", "").unwrap();
    lab.until_online(&["fast"]).unwrap();
    good(&lab, &["run", "*", "test.ping"]);
    finds(&lab, MASTER, "clock", "warning", "fast 35", "time service");

    // A second machine of the same name.
    lab.write("twin/minion", &format!("id: web1\nmaster: 127.0.0.1:{}\nkeysize: 2048\n", lab.port().unwrap())).unwrap();
    let twin = lab.path("twin").display().to_string();
    for key in ["pki_dir", "cachedir", "sock_dir"] {
        let path = lab.path("twin/minion");
        std::fs::write(&path, format!("{}{key}: {twin}/{key}\n", std::fs::read_to_string(&path).unwrap())).unwrap();
    }
    let twin = Output::of(lab.command("salt-call", "twin").args(["test.ping", "--timeout", "20"])).unwrap();
    assert!(twin.code != 0, "{twin:#?}");
    finds(&lab, MASTER, "keys", "warning", "1 keys were denied", "key list --state denied");
    finds(&lab, "twin", "minion, key", "error", "the master knows another key as `web1`", "another `id`");
    finds(&lab, "twin", "minion, agent", "error", "no agent runs", "systemctl start");

    lab.end(MASTER, Signal::SIGTERM).unwrap();
    finds(&lab, MASTER, "master", "error", "no such socket", "systemctl status sylvite-master");

    // The clock goes back: what is in the database comes from the future.
    lab.launch_master_under(&["faketime", "-f", "-1d"], "auto_accept: true\n").unwrap();
    lab.until("it answers", |lab| Ok(lab.sylvite(&["status"])?.is_good())).unwrap();
    finds(&lab, MASTER, "clock", "error", "the clock went back", "time service");
}

#[test]
fn the_faults_of_a_minion_are_found() {
    let mut lab = lab();
    lab.start_master("").unwrap();
    lab.start_minion("web1", "").unwrap();
    lab.until("its key has come", |lab| Ok(lab.sylvite(&["key", "list"])?.stdout.contains("web1"))).unwrap();
    let web1 = "minions/web1";
    finds(&lab, web1, "minion, key", "error", "nobody has accepted it yet", "sylvite key accept web1");
    finds(&lab, MASTER, "keys", "warning", "1 keys wait", "sylvite key finger");
    good(&lab, &["key", "accept", "web1", "-y"]);
    lab.until_online(&["web1"]).unwrap();
    let found = well(&lab, web1);
    for subject in ["configuration", "name", "disk", "clock", "port", "version", "key"] {
        assert!(found.iter().any(|one| one["subject"] == format!("minion, {subject}")), "{subject}: {found:#?}");
    }

    set_mode(&lab, "minions/web1/pki/minion.pem", 0o640);
    finds(&lab, web1, "minion, key", "error", "others can read the private key", "chmod 600");
    set_mode(&lab, "minions/web1/pki/minion.pem", 0o600);
    let file = lab.path("minions/web1/cache/of-tomorrow");
    std::fs::write(&file, "").unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(SystemTime::now() + Duration::from_secs(86_400)).unwrap();
    finds(&lab, web1, "minion, clock", "error", "the clock went back", "time service");
    std::fs::remove_file(&file).unwrap();

    good(&lab, &["key", "reject", "web1", "-y", "--state", "accepted"]);
    lab.until("it is sent away", |lab| Ok(!lab.sylvite(&["minion", "list", "--out", "json"])?.stdout.contains("\"online\""))).unwrap();
    finds(&lab, web1, "minion, key", "error", "the master has rejected this minion's key", "sylvite key delete web1");
    lab.end("web1", Signal::SIGTERM).unwrap();
    finds(&lab, web1, "minion, agent", "error", "no agent runs with this configuration", "systemctl start sylvite-minion");

    // What stands in its configuration.
    let config = std::fs::read_to_string(lab.path("minions/web1/minion")).unwrap();
    let with = |lab: &Lab, change: &dyn Fn(&str) -> String| lab.write("minions/web1/minion", &change(&config)).unwrap();
    with(&lab, &|config| format!("{config}mastr: x\n"));
    finds(&lab, web1, "minion, configuration", "error", "mastr", "docs/config");
    with(&lab, &|config| config.replace("master: 127.0.0.1", "master: nosuch.invalid"));
    finds(&lab, web1, "minion, name", "error", "`nosuch.invalid` has no address", "/etc/hosts");
    with(&lab, &|config| config.replace("id: web1", "id: localhost"));
    finds(&lab, web1, "minion, name", "warning", "as many machines are", "`id`");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    with(&lab, &|config| config.replace(&format!("127.0.0.1:{}", lab.port().unwrap()), &format!("127.0.0.1:{taken}")));
    finds(&lab, web1, "minion, port", "error", "does not answer", "firewall");
    let cache = lab.path("minions/web1/cache").display().to_string();
    with(&lab, &|config| config.replace(&cache, &lab.path("minions/web1/log").display().to_string()));
    finds(&lab, web1, "minion, disk", "error", "nothing can be written below", "a file has the folder's name");
    with(&lab, &|config| config.to_owned());

    // The master was made anew: another key at the same place.
    good(&lab, &["key", "delete", "web1", "-y"]);
    lab.end(MASTER, Signal::SIGTERM).unwrap();
    std::fs::remove_dir_all(lab.path("master/pki")).unwrap();
    lab.start_master("").unwrap();
    finds(&lab, web1, "minion, key", "error", "but this minion trusts", "fingerprint");
}
