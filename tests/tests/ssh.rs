//! Hosts without an agent, over a real sshd.

use lab::Lab;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::{good, json, running};

/// An sshd of this test's own user on loopback, which knows one key and is gone with it.
struct Sshd {
    child: Child,
    port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sshd(lab: &Lab) -> Sshd {
    let at = |name: &str| lab.path(name).display().to_string();
    for name in ["host_key", "user_key"] {
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(name)]).status();
        assert!(made.expect("ssh-keygen is there").success());
    }
    std::fs::copy(lab.path("user_key.pub"), lab.path("authorized")).unwrap();
    // Free at this moment; sshd itself can take no port but a given one.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    lab.write(
        "sshd_config",
        &format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nMaxSessions 50\nMaxStartups 50\nPermitRootLogin yes\nPasswordAuthentication no\n",
            at("host_key"),
            at("authorized"),
        ),
    )
    .unwrap();
    let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| PathBuf::from(path).exists());
    let program = program.expect("sshd is not installed; `cargo xtask test` installs it, on Debian it is openssh-server");
    let log = std::fs::File::create(lab.path("sshd.log")).unwrap();
    let child = Command::new(program).args(["-D", "-e", "-f", &at("sshd_config")]).stderr(log).stdin(Stdio::null()).spawn().unwrap();
    let mut sshd = Sshd { child, port };
    let end = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let log = std::fs::read_to_string(lab.path("sshd.log")).unwrap_or_default();
        assert!(sshd.child.try_wait().unwrap().is_none() && Instant::now() < end, "sshd does not listen: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
    sshd
}

/// A roster of hosts that all are this sshd, with the options that reach it.
fn roster(lab: &Lab, sshd: &Sshd, ids: &[&str]) -> Vec<String> {
    let entries: String = ids
        .iter()
        .map(|id| {
            format!(
                "{id}: {{host: 127.0.0.1, port: {}, priv: {}, thin_dir: {}, minion_opts: {{grains: {{place: {id}}}}}}}\n",
                sshd.port,
                lab.path("user_key").display(),
                lab.path(&format!("thin-{id}")).display()
            )
        })
        .collect();
    lab.write("roster", &entries).unwrap();
    let public = std::fs::read_to_string(lab.path("host_key.pub")).unwrap();
    lab.write("known", &format!("[127.0.0.1]:{} {public}", sshd.port)).unwrap();
    let option = format!("UserKnownHostsFile={}", lab.path("known").display());
    ["--roster-file", &lab.path("roster").display().to_string(), "--ssh-option", &option].map(str::to_owned).to_vec()
}

fn words<'a>(first: &[&'a str], way: &'a [String]) -> Vec<&'a str> {
    ["ssh"].into_iter().chain(way.iter().map(String::as_str)).chain(first.iter().copied()).collect()
}

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
