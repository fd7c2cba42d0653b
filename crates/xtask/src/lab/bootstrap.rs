//! A fresh machine with nothing but an sshd: managed without an agent first, then given a minion by `sylvite bootstrap`.

use super::estate::{changes, read_runs};
use super::machine::{Init, Machine, Plan};
use super::net;
use crate::run::{output, say};
use anyhow::{Context, Result, ensure};
use lab::{Lab, Output};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine.
const NAME: &str = "new1";
const NUMBER: u8 = 13;

/// A small tree of its own: nothing in it needs a mirror.
const SLS: &str =
    "/etc/greeting:\n  file.managed:\n    - contents: {{ grains['id'] }} says {{ pillar['word'] }}\n\ncron:\n  service.running: []\n";

/// A host that the master reaches over SSH, and how.
struct Way {
    options: Vec<String>,
}

/// Boots the machine and does both; the master accepts no key by itself, so that only the token lets the new minion in.
pub fn run(programs: &Path, folder: &Path, image: PathBuf) -> Result<()> {
    let mut master = Lab::new(programs)?;
    master.listen_on(net::HOST);
    master.write("states/greeting.sls", SLS)?;
    master.write("pillar/top.sls", "base:\n  '*': [word]\n")?;
    master.write("pillar/word.sls", "word: hello\n")?;
    master.start_master("")?;
    let layers = [image];
    let plan = Plan { name: NAME, host: NAME, number: NUMBER, layers: &layers, shown: &[], master: None, init: Init::Systemd };
    let mut machine = Machine::start(folder, &plan)?;
    machine.wait()?;
    let outcome = on(&mut master, &machine);
    if outcome.is_err() {
        say(&format!("--- the end of the minion's log on {NAME}\n{}", machine.log()));
    }
    machine.stop()?;
    outcome
}

fn on(master: &mut Lab, machine: &Machine) -> Result<()> {
    let way = open(master, machine)?;
    without_agent(master, machine, &way)?;
    with_agent(master, machine, &way)
}

/// Installs an sshd that knows a key of ours.
fn open(master: &Lab, machine: &Machine) -> Result<Way> {
    let script = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y --no-install-recommends install openssh-server";
    good(machine.run(&["sh", "-c", script])?, "installing an sshd")?;
    let key = master.path("ssh/key");
    fs::create_dir_all(master.path("ssh"))?;
    output(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key))?;
    let authorized = machine.root().join("root/.ssh/authorized_keys");
    fs::create_dir_all(authorized.parent().context("a file lies in a folder")?)?;
    fs::copy(master.path("ssh/key.pub"), authorized)?;
    let address = format!("10.77.0.{NUMBER}");
    let public = fs::read_to_string(machine.root().join("etc/ssh/ssh_host_ed25519_key.pub"))?;
    master.write("ssh/known", &format!("{address} {public}"))?;
    master.write("ssh/roster", &format!("{NAME}: {{host: {address}, user: root, priv: {}}}\n", key.display()))?;
    let known = format!("UserKnownHostsFile={}", master.path("ssh/known").display());
    let roster = master.path("ssh/roster").display().to_string();
    Ok(Way { options: ["--roster-file", &roster, "--ssh-option", &known].map(str::to_owned).to_vec() })
}

/// Runs `sylvite` by SSH, which has to succeed.
fn by_ssh(master: &Lab, way: &Way, command: &str, words: &[&str]) -> Result<Output> {
    let options = way.options.iter().map(String::as_str);
    let all: Vec<&str> = [command].into_iter().chain(options).chain(words.iter().copied()).collect();
    good(master.sylvite(&all)?, &format!("`sylvite {}`", all.join(" ")))
}

fn good(output: Output, what: &str) -> Result<Output> {
    ensure!(output.is_good(), "{what} failed: {output:?}");
    Ok(output)
}

/// States through a guest: foretold, applied, applied again, and nothing left behind where that is asked for.
fn without_agent(master: &Lab, machine: &Machine, way: &Way) -> Result<()> {
    let init = by_ssh(master, way, "ssh", &[NAME, "grains.get", "init"])?;
    ensure!(init.stdout.contains("systemd"), "a guest does not see the init system: {init:?}");
    let apply = |further: &[&str]| {
        let words = [&[NAME, "state.apply", "greeting", "--out", "json"], further].concat();
        read_runs(&by_ssh(master, way, "ssh", &words)?).map(|runs| changes(&runs))
    };
    let (foretold, changed, again) = (apply(&["test=True"])?, apply(&[])?, apply(&[])?);
    ensure!(foretold == changed && changed.len() == 1, "a guest foretold {foretold:?} and changed {changed:?}");
    ensure!(again.is_empty(), "a second run of a guest changed {again:?}");
    let text = fs::read_to_string(machine.root().join("etc/greeting"))?;
    ensure!(text == "new1 says hello\n", "a guest wrote {text:?}");
    by_ssh(master, way, "ssh", &[NAME, "-w", "test.ping"])?;
    let left = machine.run(&["sh", "-c", "ls -d /var/tmp/.sylvite* /etc/sylvite 2>/dev/null"])?;
    ensure!(left.stdout.is_empty(), "a guest that was to leave nothing left {}", left.stdout);
    let keys = master.sylvite(&["key", "list", "--out", "json"])?;
    ensure!(!keys.stdout.contains(NAME), "a guest's key is still there: {keys:?}");
    say("a host without an agent is managed over SSH, and nothing stays there");
    Ok(())
}

/// The minion that bootstrap installs: under systemd, let in by its token, and there again after a restart.
fn with_agent(master: &mut Lab, machine: &Machine, way: &Way) -> Result<()> {
    let words = [NAME, "--master", net::HOST];
    let done = by_ssh(master, way, "bootstrap", &words)?;
    ensure!(done.stdout.contains("installed, started and let in"), "bootstrap says nothing of it: {done:?}");
    let ask = |argv: &[&str]| Ok::<_, anyhow::Error>(machine.run(argv)?.stdout.trim().to_owned());
    for (question, answer) in [("is-active", "active"), ("is-enabled", "enabled")] {
        let said = ask(&["systemctl", question, "sylvite-minion"])?;
        ensure!(said == answer, "the minion of bootstrap: `systemctl {question}` says {said}");
    }
    let mode = ask(&["stat", "-c", "%a %U", "/etc/sylvite/minion.d/join.conf"])?;
    ensure!(mode == "600 root", "the token lies there as {mode}");
    let configuration = ask(&["cat", "/etc/sylvite/minion"])?;
    ensure!(configuration.contains("master_finger") && configuration.contains("id: new1"), "bootstrap configured {configuration}");
    let answers = |master: &Lab| Ok(master.sylvite(&["run", NAME, "test.ping"])?.stdout.to_lowercase().contains("true"));
    ensure!(answers(master)?, "the new minion does not answer");
    let process = ask(&["systemctl", "show", "-P", "MainPID", "sylvite-minion"])?;
    good(machine.run(&["systemctl", "restart", "sylvite-minion"])?, "restarting the minion")?;
    ensure!(ask(&["systemctl", "show", "-P", "MainPID", "sylvite-minion"])? != process, "the minion was not restarted");
    master.until("the minion answers after a restart, its token used up", answers)?;
    // What is there is not touched again, and a guest has no business beside an agent.
    let again =
        master.sylvite(&[&["bootstrap"], way.options.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), &words].concat())?;
    ensure!(!again.is_good() && again.stderr.contains("--force"), "a second bootstrap is not refused: {again:?}");
    let forced = by_ssh(master, way, "bootstrap", &[&words[..], &["--force"]].concat())?;
    ensure!(forced.stdout.contains("installed, started and let in"), "a forced bootstrap says nothing of it: {forced:?}");
    say("bootstrap has installed a minion under systemd, and its token has let it in");
    Ok(())
}
