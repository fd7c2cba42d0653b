//! An sshd of a test's own, and rosters of hosts that all are it.

#![allow(dead_code, reason = "each test file uses its part")]

use lab::Lab;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An sshd of this test's own user on loopback, which knows one key and is gone with it.
pub struct Sshd {
    child: Child,
    pub port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts one and waits until it listens.
pub fn sshd(lab: &Lab) -> Sshd {
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
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nMaxSessions 50\nMaxStartups 50\nPermitRootLogin yes\nPasswordAuthentication no\nLogLevel VERBOSE\n",
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
pub fn roster(lab: &Lab, sshd: &Sshd, ids: &[&str]) -> Vec<String> {
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

/// How many logins and sessions sshd has seen.
pub fn seen(lab: &Lab) -> (usize, usize) {
    let log = std::fs::read_to_string(lab.path("sshd.log")).unwrap();
    (log.matches("Accepted publickey").count(), log.matches("Starting session").count())
}

/// Words of `sylvite ssh` with the options that reach the hosts.
pub fn words<'a>(first: &[&'a str], way: &'a [String]) -> Vec<&'a str> {
    ["ssh"].into_iter().chain(way.iter().map(String::as_str)).chain(first.iter().copied()).collect()
}
