//! Ten hosts without an agent, each behind a real sshd on loopback: `sylvite ssh` beside ansible, where `--ansible` names one.
//!
//! Both are measured as they are used, one command after the other with connections that wait a minute for the next one, which is what both
//! do unless told otherwise; and both with connections that are closed when a run begins. What they keep on the hosts and here stays: the first
//! run of each, which is not counted, puts the minion's program there, or warms ansible's caches.

use super::language::Beside;
use super::measure::{Table, median, ran};
use crate::run::say;
use anyhow::{Context, Result, bail};
use lab::{Lab, MASTER, Process};
use std::fmt::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const HOSTS: usize = 10;
const FILES: usize = 100;
/// Files of ansible's play. A hundred take it many minutes; with fewer the ratio is smaller than it would be, never larger.
const THEIR_FILES: usize = 10;

/// Whether connections of the run before wait for this one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connections {
    Kept,
    Closed,
}

/// The hosts of one measurement.
struct Site {
    lab: Lab,
    ports: Vec<u16>,
    /// They end with the measurement.
    _sshds: Vec<Process>,
}

impl Site {
    fn start(bin: &Path) -> Result<Self> {
        let mut lab = Lab::new(bin)?;
        lab.start_master("")?;
        for name in ["host_key", "user_key"] {
            ran(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(lab.path(name)))?;
        }
        std::fs::copy(lab.path("user_key.pub"), lab.path("authorized"))?;
        let (mut ports, mut sshds) = (Vec::new(), Vec::new());
        for number in 0..HOSTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let config = format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nMaxStartups 50\nPermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
                lab.path("host_key").display(),
                lab.path("authorized").display()
            );
            let file = format!("sshd-{number}");
            lab.write(&file, &config)?;
            let log = lab.path(&format!("{file}.log"));
            sshds.push(Process::spawn(Command::new("/usr/sbin/sshd").args(["-D", "-e", "-f"]).arg(lab.path(&file)), &log)?);
            let begin = Instant::now();
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                if begin.elapsed() > Duration::from_secs(20) {
                    bail!("sshd does not listen: {}", std::fs::read_to_string(&log).unwrap_or_default());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            ports.push(port);
        }
        let public = std::fs::read_to_string(lab.path("host_key.pub"))?;
        let known: String = ports.iter().map(|port| format!("[127.0.0.1]:{port} {public}")).collect();
        lab.write("known", &known)?;
        Ok(Self { lab, ports, _sshds: sshds })
    }

    fn ours(&self) -> Result<()> {
        let mut roster = String::new();
        for (number, port) in self.ports.iter().enumerate() {
            let key = self.lab.path("user_key");
            let thin = self.lab.path(&format!("thin-{number}"));
            writeln!(roster, "host{number}: {{host: 127.0.0.1, port: {port}, priv: {}, thin_dir: {}}}", key.display(), thin.display())?;
        }
        self.lab.write("roster", &roster)?;
        let mut states = String::new();
        for file in 0..FILES {
            let path = self.lab.path("made").display().to_string();
            writeln!(states, "{path}/{{{{ grains['id'] }}}}/{file}:\n  file.managed:\n    - contents: file {file}\n    - makedirs: true")?;
        }
        self.lab.write("states/files.sls", &states)
    }

    fn theirs(&self) -> Result<()> {
        let mut inventory = String::from("[all]\n");
        for (number, port) in self.ports.iter().enumerate() {
            writeln!(inventory, "host{number} ansible_host=127.0.0.1 ansible_port={port}")?;
        }
        self.lab.write("inventory.ini", &inventory)?;
        let mut play = String::from("- hosts: all\n  gather_facts: false\n  tasks:\n");
        let made = self.lab.path("theirs").display().to_string();
        writeln!(play, "    - file: {{path: '{made}/{{{{ inventory_hostname }}}}', state: directory}}")?;
        for file in 0..THEIR_FILES {
            writeln!(play, "    - copy: {{dest: '{made}/{{{{ inventory_hostname }}}}/{file}', content: \"file {file}\\n\"}}")?;
        }
        self.lab.write("play.yml", &play)
    }

    fn sylvite(&self, connections: Connections, words: &[&str]) -> Result<f64> {
        let option = format!("UserKnownHostsFile={}", self.lab.path("known").display());
        let mut command = self.lab.command("sylvite", MASTER);
        command
            .arg("ssh")
            .arg("--roster-file")
            .arg(self.lab.path("roster"))
            .args(["--ssh-option", &option, "--out", "json", "--persist", if connections == Connections::Kept { "60" } else { "0" }, "*"])
            .args(words)
            .env("XDG_RUNTIME_DIR", self.lab.path("kept"));
        let done = ran(&mut command)?;
        let answered = (0..HOSTS).filter(|number| done.stdout.contains(&format!("\"host{number}\""))).count();
        if answered == HOSTS { Ok(done.wall.as_secs_f64()) } else { bail!("{answered} of {HOSTS} hosts answered: {}", done.stdout) }
    }

    fn ansible(&self, connections: Connections, program: &Path, words: &[&str]) -> Result<f64> {
        let mut command = Command::new(program);
        let options = format!("-o UserKnownHostsFile={} -o ControlMaster=auto -o ControlPersist=60s", self.lab.path("known").display());
        command.arg("-i").arg(self.lab.path("inventory.ini")).args(["-f", &HOSTS.to_string()]).args(words);
        command.env("ANSIBLE_PRIVATE_KEY_FILE", self.lab.path("user_key")).env("ANSIBLE_SSH_ARGS", options);
        command.env("ANSIBLE_SSH_CONTROL_PATH_DIR", self.lab.path("cp")).env("ANSIBLE_PIPELINING", "true");
        command.env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3").env("HOME", self.lab.path("home")).env("LC_ALL", "C.UTF-8");
        let done = ran(command.current_dir(self.lab.path("")))?;
        if connections == Connections::Closed {
            self.hang_up();
        }
        Ok(done.wall.as_secs_f64())
    }

    /// Ends the connections that ansible keeps open, as they end by themselves after a minute.
    fn hang_up(&self) {
        for socket in std::fs::read_dir(self.lab.path("cp")).into_iter().flatten().flatten() {
            let mut command = Command::new("ssh");
            let _ = command.args(["-O", "exit", "-S"]).arg(socket.path()).arg("127.0.0.1").stderr(std::process::Stdio::null()).status();
        }
    }
}

/// Measures them.
pub fn ssh(bin: &Path, beside: &Beside, table: &mut Table) -> Result<()> {
    use Connections::{Closed, Kept};
    let site = Site::start(bin)?;
    site.ours()?;
    let states = ["state.apply", "files"];
    let first = site.sylvite(Closed, &["test.ping"])?;
    let times = |connections, words: &[&str], count: usize| -> Result<f64> {
        let walls = (0..count).map(|_| site.sylvite(connections, words)).collect::<Result<Vec<_>>>()?;
        Ok(median(walls))
    };
    let ping_closed = times(Closed, &["test.ping"], 5)?;
    let created = site.sylvite(Closed, &states)?;
    site.sylvite(Kept, &["test.ping"])?;
    let ping = times(Kept, &["test.ping"], 9)?;
    let unchanged = times(Kept, &states, 3)?;
    table.note(format!("`sylvite ssh` to {HOSTS} hosts, `test.ping`, the first time (program pushed), wall"), first, "s");
    table.note("the same again, connections closed", ping_closed, "s");
    table.note("the same again, connections kept", ping, "s");
    table.note(format!("{FILES} files on each of {HOSTS} hosts, created, connections closed, wall"), created, "s");
    table.note("the same, unchanged, connections kept", unchanged, "s");
    let Some(ansible) = beside.ansible.as_deref() else {
        say("  no ansible is named (--ansible PATH): nothing to compare with");
        return Ok(());
    };
    let playbook: PathBuf = ansible.with_file_name("ansible-playbook");
    std::fs::metadata(&playbook).with_context(|| format!("there is no {} beside ansible", playbook.display()))?;
    site.theirs()?;
    let theirs = |connections, count: usize| -> Result<f64> {
        let walls = (0..count).map(|_| site.ansible(connections, ansible, &["all", "-m", "ping"])).collect::<Result<Vec<_>>>()?;
        Ok(median(walls))
    };
    theirs(Closed, 1)?;
    let their_ping_closed = theirs(Closed, 3)?;
    let play = site.lab.path("play.yml").display().to_string();
    let their_created = site.ansible(Closed, &playbook, &[&play])?;
    theirs(Kept, 1)?;
    let their_ping = theirs(Kept, 5)?;
    let their_unchanged = site.ansible(Kept, &playbook, &[&play])?;
    site.hang_up();
    for (what, ours, theirs) in [
        ("ping, connections closed", ping_closed, their_ping_closed),
        ("ping, connections kept", ping, their_ping),
        ("files, created, connections closed", created, their_created),
        ("files, unchanged, connections kept", unchanged, their_unchanged),
    ] {
        let count = if what.starts_with("files") { format!(" ({THEIR_FILES} only)") } else { String::new() };
        table.note(format!("ansible, pipelined, {HOSTS} forks: {what}{count}, wall"), theirs, "s");
        if what == "ping, connections closed" {
            // Ten logins are most of it for either, and neither can log in faster than OpenSSH.
            table.note(format!("`sylvite ssh` is faster than ansible: {what}"), theirs / ours, "times");
        } else {
            table.at_least(format!("`sylvite ssh` is faster than ansible: {what}"), 10.0, theirs / ours, "times");
        }
    }
    Ok(())
}
