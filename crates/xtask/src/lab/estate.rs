//! What is done to the machines, and what is looked for on them: predicted, applied, applied again, broken and repaired, taken away.

use super::machine::Machine;
use crate::run::say;
use anyhow::{Context, Result, bail, ensure};
use lab::{Lab, Output};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// States of one machine: by tag, result and whether it changed something.
pub type States = BTreeMap<String, (Option<bool>, bool)>;

/// Everything, in order.
pub fn run(master: &Lab, machines: &[Machine]) -> Result<()> {
    let before = files(machines)?;
    let predicted = apply(master, &["test=True"])?;
    untouched(&before, &files(machines)?)?;
    say("test mode has predicted and changed nothing");
    let first = apply(master, &[])?;
    for (machine, states) in &first {
        let broken: Vec<_> = states.iter().filter(|(_, (result, _))| *result != Some(true)).map(|(tag, _)| tag).collect();
        ensure!(broken.is_empty(), "on {machine} these states did not work: {broken:?}");
        let of_test = predicted.get(machine).context("test mode has forgotten a machine")?;
        for (tag, (_, changed)) in states {
            let foretold = of_test.get(tag).is_some_and(|(result, would)| result.is_none() || *would);
            // The package brings this link, which test mode cannot know; and a hold that would be set is a success to Salt's test mode.
            if tag.contains("sites-enabled/default") || tag.ends_with("-held") {
                continue;
            }
            // What a watched change brings about is the reaction of a state that had nothing to do itself.
            ensure!(foretold == *changed, "on {machine} test mode foretold {foretold} for {tag}, and the run changed: {changed}");
        }
    }
    say("the estate is applied, and every change was foretold");
    check(machines)?;
    quiet(master, "a second run")?;
    sabotage(machines)?;
    let before = files(machines)?;
    let drift = changes(&apply(master, &["test=True"])?);
    untouched(&before, &files(machines)?)?;
    say(&format!("drift found: {drift:?}"));
    ensure!(drift.len() >= 5, "five things were broken, and only these were found: {drift:?}");
    let repaired = changes(&apply(master, &[])?);
    ensure!(drift == repaired, "found {drift:?}, repaired {repaired:?}");
    check(machines)?;
    quiet(master, "a run after the repair")?;
    service(machines)?;
    upgrade(master, machines)?;
    super::packages::run(master, machines)?;
    removal(master, machines)
}

/// Applies the estate, or one SLS, everywhere.
fn apply(master: &Lab, further: &[&str]) -> Result<BTreeMap<String, States>> {
    on(master, "*", further)
}

/// Runs `state.apply` on some machines.
pub fn on(master: &Lab, target: &str, further: &[&str]) -> Result<BTreeMap<String, States>> {
    let words: Vec<&str> = ["run", target, "state.apply"].into_iter().chain(further.iter().copied()).chain(["--out", "json"]).collect();
    read_runs(&master.sylvite(&words)?)
}

/// Reads what a run of states has printed as JSON, by machine.
pub fn read_runs(output: &Output) -> Result<BTreeMap<String, States>> {
    let mut all = Map::new();
    for value in serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>() {
        if let Value::Object(map) = value.with_context(|| format!("no JSON: {output:?}"))? {
            all.extend(map);
        }
    }
    ensure!(!all.is_empty(), "nothing came back: {output:?}");
    for hash in ["NotARealHashButOneNobodyCanGuess", "AnotherHashThatMustNeverBeShown"] {
        ensure!(!output.stdout.contains(hash), "a password's hash stands in a return");
    }
    all.iter().map(|(machine, states)| Ok((machine.clone(), read(machine, states)?))).collect()
}

fn read(machine: &str, states: &Value) -> Result<States> {
    let states = states.as_object().with_context(|| format!("{machine} answered {states}"))?;
    let mut read = States::new();
    for (tag, state) in states {
        let result = state.get("result").and_then(Value::as_bool);
        let changed = state.get("changes").and_then(Value::as_object).is_some_and(|changes| !changes.is_empty());
        if result == Some(false) {
            say(&format!("{machine}: {tag}: {}", state.get("comment").and_then(Value::as_str).unwrap_or_default()));
        }
        read.insert(tag.clone(), (result, changed));
    }
    Ok(read)
}

/// Tags of states that changed something, or would.
pub fn changes(runs: &BTreeMap<String, States>) -> Vec<String> {
    let of = |(machine, states): (&String, &States)| {
        let changed = states.iter().filter(|(_, (result, changed))| *changed || result.is_none());
        changed.map(|(tag, _)| format!("{machine} {tag}")).collect::<Vec<_>>()
    };
    runs.iter().flat_map(of).collect()
}

fn quiet(master: &Lab, what: &str) -> Result<()> {
    let changed = changes(&apply(master, &[])?);
    ensure!(changed.is_empty(), "{what} has changed {changed:?}");
    say(&format!("{what} changes nothing"));
    Ok(())
}

/// Everything on the disk of each machine: files with size, mode, owner and time, folders, links. Left out is what runs all the time: logs,
/// what systemd and the minion keep for themselves, and apt's reading of its lists, which it keeps whenever it is asked.
fn files(machines: &[Machine]) -> Result<Vec<BTreeSet<String>>> {
    let aside = [
        "/var/log",
        "/run",
        "/tmp",
        "/var/cache/apt/pkgcache.bin",
        "/var/cache/apt/srcpkgcache.bin",
        "/var/cache/sylvite",
        "/var/lib/sylvite",
        "/var/lib/systemd",
        "/proc",
        "/sys",
        "/dev",
    ];
    let aside: Vec<&str> = aside.iter().flat_map(|path| ["-o", "-path", path]).skip(1).collect();
    // The time of a folder changes with a temporary file that comes and goes.
    let shown = ["-type", "d", "-printf", "%y:%p:%m:%u:%g\\n", "-o", "-printf", "%y:%p:%m:%u:%g:%s:%T@:%l\\n"];
    let words = [&["find", "/", "-xdev", "("], &aside[..], &[")", "-prune", "-o"], &shown].concat();
    machines.iter().map(|machine| Ok(machine.run(&words)?.stdout.lines().map(str::to_owned).collect())).collect()
}

/// Fails where a snapshot of a machine is not as the one before.
fn untouched(before: &[BTreeSet<String>], after: &[BTreeSet<String>]) -> Result<()> {
    for (before, after) in before.iter().zip(after) {
        ensure!(before.len() > 1000, "the snapshot of a machine has {} files only", before.len());
        let differs: Vec<&String> = before.symmetric_difference(after).take(20).collect();
        ensure!(differs.is_empty(), "test mode has changed files on a machine: {differs:?}");
    }
    Ok(())
}

/// The machine of a name.
pub fn machine<'a>(machines: &'a [Machine], name: &str) -> Result<&'a Machine> {
    machines.iter().find(|machine| machine.name() == name).with_context(|| format!("there is no machine {name}"))
}

/// A command's output, which has to contain a text.
fn expect(machines: &[Machine], name: &str, argv: &[&str], part: &str) -> Result<()> {
    let output = machine(machines, name)?.run(argv)?;
    if !output.stdout.contains(part) {
        bail!("`{}` on {name} does not tell of `{part}`: {output:?}", argv.join(" "));
    }
    Ok(())
}

/// Looks at the machines themselves.
fn check(machines: &[Machine]) -> Result<()> {
    for name in ["web1", "db1"] {
        expect(machines, name, &["readlink", "/etc/localtime"], "Europe/Berlin")?;
        expect(machines, name, &["locale", "-a"], "de_DE.utf8")?;
        expect(machines, name, &["cat", "/proc/sys/net/ipv4/conf/all/log_martians"], "1")?;
        expect(machines, name, &["getent", "hosts", "db1.estate"], "10.77.0.12")?;
        expect(machines, name, &["getent", "passwd", "deploy"], "deploy:x:2001:")?;
        expect(machines, name, &["id", "ann"], "2000(developers)")?;
        expect(machines, name, &["stat", "-c", "%a %U", "/home/ann/.ssh/authorized_keys"], "600 ann")?;
        expect(machines, name, &["sudo", "-l", "-U", "deploy"], "NOPASSWD: ALL")?;
    }
    expect(machines, "web1", &["dpkg", "-s", "nginx-light"], "Status: install ok installed")?;
    expect(machines, "web1", &["apt-mark", "showhold"], "tree")?;
    expect(machines, "web1", &["systemctl", "is-active", "nginx"], "active")?;
    expect(machines, "web1", &["systemctl", "is-enabled", "nginx"], "enabled")?;
    expect(machines, "web1", &["curl", "-s", "http://127.0.0.1:8080/"], "web1 serves Estate")?;
    expect(machines, "db1", &["curl", "-s", "http://web1.estate:8080/"], "web1 serves Estate")?;
    expect(machines, "web1", &["crontab", "-l"], "7 3 * * * /usr/bin/tree /srv/app")?;
    expect(machines, "web1", &["iptables", "-S", "INPUT"], "--dport 8080 -j ACCEPT")?;
    expect(machines, "web1", &["cat", "/etc/iptables/rules.v4"], "--dport 8080 -j ACCEPT")?;
    expect(machines, "web1", &["readlink", "/etc/alternatives/pager"], "/usr/bin/tree")?;
    expect(machines, "db1", &["systemctl", "is-active", "redis-server"], "active")?;
    expect(machines, "db1", &["redis-cli", "config", "get", "maxmemory"], "33554432")?;
    expect(machines, "db1", &["findmnt", "-n", "-o", "OPTIONS", "/var/lib/scratch"], "size=4096k")?;
    say("the machines are as the estate wants them");
    Ok(())
}

/// Breaks what somebody in a hurry would break.
fn sabotage(machines: &[Machine]) -> Result<()> {
    for (name, argv) in [
        ("web1", &["systemctl", "stop", "nginx"][..]),
        ("web1", &["sh", "-c", "echo oops > /etc/nginx/sites-available/app"]),
        ("web1", &["iptables", "-F", "INPUT"]),
        ("web1", &["crontab", "-r"]),
        ("db1", &["userdel", "-r", "ann"]),
        ("db1", &["umount", "/var/lib/scratch"]),
        ("db1", &["sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/all/log_martians"]),
        ("db1", &["apt-get", "-qq", "-y", "purge", "redis-server"]),
    ] {
        let output = machine(machines, name)?.run(argv)?;
        ensure!(output.is_good(), "sabotage by `{}` failed: {output:?}", argv.join(" "));
    }
    Ok(())
}

/// The unit of the minion: known to this systemd as it is written, told of readiness, and reloaded without a new process.
fn service(machines: &[Machine]) -> Result<()> {
    let shown = ["systemctl", "show", "sylvite-minion", "-P"];
    for name in ["web1", "db1"] {
        expect(machines, name, &[&shown[..], &["Type"]].concat(), "notify")?;
        let machine = machine(machines, name)?;
        let process = machine.run(&[&shown[..], &["MainPID"]].concat())?.stdout;
        let reloaded = machine.run(&["systemctl", "reload", "sylvite-minion"])?;
        ensure!(reloaded.is_good(), "the minion on {name} was not reloaded: {reloaded:?}");
        // The unit is `reloading` until the minion has said that it is ready again; a minion that never says so stays there.
        let begin = Instant::now();
        while !machine.run(&["systemctl", "is-active", "sylvite-minion"])?.stdout.starts_with("active") {
            ensure!(begin.elapsed() < lab::PATIENCE, "the minion on {name} never comes back from its reload");
            std::thread::sleep(Duration::from_millis(50));
        }
        ensure!(machine.run(&[&shown[..], &["MainPID"]].concat())?.stdout == process, "a reload has restarted the minion on {name}");
        let unknown = machine.run(&["journalctl", "--no-pager", "-q", "-g", "sylvite-minion.service:.*(Failed to parse|Unknown)"])?;
        ensure!(unknown.stdout.trim().is_empty(), "systemd on {name} does not know a word of the unit: {}", unknown.stdout);
    }
    say("the minion's unit is of a kind that this systemd knows, and reloads");
    Ok(())
}

/// A new version of the application: its page changes, and nothing else.
fn upgrade(master: &Lab, machines: &[Machine]) -> Result<()> {
    let path = master.path("pillar/estate.sls");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text.replace("version: 1", "version: 2"))?;
    let before = files(machines)?;
    let foretold = changes(&apply(master, &["test=True"])?);
    untouched(&before, &files(machines)?)?;
    let changed = changes(&apply(master, &[])?);
    ensure!(foretold == changed, "foretold of the upgrade was {foretold:?}, changed was {changed:?}");
    ensure!(changed.len() == 1 && changed.iter().all(|tag| tag.contains("index.html")), "the upgrade changed {changed:?}");
    expect(machines, "web1", &["curl", "-s", "http://127.0.0.1:8080/"], "version 2")?;
    say("the application is upgraded");
    Ok(())
}

fn removal(master: &Lab, machines: &[Machine]) -> Result<()> {
    let before = files(machines)?;
    let foretold = changes(&on(master, "web1", &["removed", "test=True"])?);
    untouched(&before, &files(machines)?)?;
    let removed = on(master, "web1", &["removed"])?;
    // A hold that would be taken away is a success to Salt's test mode, as one that would be set.
    let changed: Vec<String> = changes(&removed).into_iter().filter(|tag| !tag.ends_with("-unheld")).collect();
    ensure!(foretold == changed, "foretold of the removal was {foretold:?}, changed was {changed:?}");
    let broken: Vec<_> = removed.values().flatten().filter(|(_, (result, _))| *result != Some(true)).map(|(tag, _)| tag).collect();
    ensure!(broken.is_empty(), "these states of the removal did not work: {broken:?}");
    let web1 = machine(machines, "web1")?;
    ensure!(!web1.run(&["dpkg", "-s", "nginx-light"])?.is_good(), "nginx-light is still known to dpkg");
    ensure!(!web1.run(&["test", "-e", "/srv/app"])?.is_good(), "/srv/app is still there");
    let again = changes(&on(master, "web1", &["removed"])?);
    ensure!(again.is_empty(), "a second removal changed {again:?}");
    say("the application is gone, and a second removal changes nothing");
    Ok(())
}
