//! Many packages at a time: fifty by one state and fifty by fifty states, each in one transaction of the package manager.

use super::estate::{changes, machine, on};
use super::machine::Machine;
use crate::run::say;
use anyhow::{Result, ensure};
use lab::Lab;

/// Installs the same fifty packages on one machine as a list and on the other as states that are merged.
pub fn run(master: &Lab, machines: &[Machine]) -> Result<()> {
    let names = ["web1", "db1"];
    for (name, sls) in names.into_iter().zip(["many.listed", "many.merged"]) {
        let machine = machine(machines, name)?;
        let before = transactions(machine)?;
        let run = on(master, name, &[sls])?;
        let broken: Vec<_> = run.values().flatten().filter(|(_, (result, _))| *result != Some(true)).map(|(tag, _)| tag).collect();
        ensure!(broken.is_empty(), "these states of `{sls}` did not work: {broken:?}");
        let count = transactions(machine)? - before;
        ensure!(count == 1, "`{sls}` took {count} transactions of apt on {name}, not one");
        let again = changes(&on(master, name, &[sls])?);
        ensure!(again.is_empty(), "a second run of `{sls}` has changed {again:?}");
    }
    let [listed, merged] = names.map(|name| machine(machines, name).and_then(installed));
    let (listed, merged) = (listed?, merged?);
    ensure!(listed == 50 && merged == 50, "of fifty packages {listed} are there by the list and {merged} by the merged states");
    say("fifty packages are one transaction, as a list and as fifty states that are merged");
    Ok(())
}

/// How often apt has changed something on a machine, as its own log counts it.
fn transactions(machine: &Machine) -> Result<usize> {
    let log = machine.run(&["cat", "/var/log/apt/history.log"])?;
    Ok(log.stdout.lines().filter(|line| line.starts_with("Start-Date:")).count())
}

/// How many of the fifty the package manager knows as installed.
fn installed(machine: &Machine) -> Result<usize> {
    let text = std::fs::read_to_string(crate::run::root().join("tests/hosts/states/many/names.jinja"))?;
    let names: Vec<&str> = text.split('\'').nth(1).unwrap_or_default().split_whitespace().collect();
    let shown = machine.run(&[&["dpkg-query", "-W", "-f", "${db:Status-Status}\n"], names.as_slice()].concat())?;
    Ok(shown.stdout.lines().filter(|line| *line == "installed").count())
}
