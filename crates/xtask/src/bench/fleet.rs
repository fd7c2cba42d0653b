//! One master and a simulated fleet of minions in one process: own sessions, handshakes and encryption, real sockets.

use super::measure::{Table, median, ran};
use crate::run::say;
use anyhow::{Context, Result, bail};
use lab::{Lab, MASTER, Process, Signal};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const CONFIG: &str = "auto_accept: true\n";

/// Measures a fleet.
pub fn fleet(bin: &Path, minions: usize, table: &mut Table) -> Result<()> {
    let mut lab = Lab::new(bin)?;
    lab.start_master(CONFIG)?;
    std::thread::sleep(Duration::from_secs(2));
    let idle = resident(&mut lab)?;
    let port = lab.port().context("the master has not written down its port")?;
    let swarm = bin.join("examples/swarm");
    let mut swarm = Process::spawn(Command::new(&swarm).args([format!("127.0.0.1:{port}"), minions.to_string()]), &lab.path("swarm.log"))?;
    let measured = measure(&mut lab, minions, idle, table);
    let ended = swarm.end(Signal::SIGINT);
    measured.and(ended)
}

fn measure(lab: &mut Lab, minions: usize, idle: f64, table: &mut Table) -> Result<()> {
    let begin = Instant::now();
    until_online(lab, minions, Duration::from_secs(600))?;
    let cpu = lab.process(MASTER)?.cpu_seconds()?;
    say(&format!("  {minions} minions connected for the first time in {:.1} s, master CPU {cpu:.1} s", begin.elapsed().as_secs_f64()));
    // Grains are written in batches after the last session has begun.
    std::thread::sleep(Duration::from_secs(5));
    let each = (resident(lab)? - idle) * 1024.0 / minions as f64;
    table.at_most("each further connected minion on the master, resident", 16.0, each, "KB");

    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (took, used) = ping(lab, minions)?;
        wall.push(took);
        cpu.push(used * 1000.0 / minions as f64);
    }
    table.at_most(format!("`test.ping` to {minions} minions through the CLI, all returns in, wall"), 1.0, median(wall), "s");
    table.at_most("master CPU for 1,000 returns, committed", 0.15, median(cpu), "s");
    say(&format!("  master after five jobs to all: {:.0} MB resident", resident(lab)?));

    lab.end(MASTER, Signal::SIGKILL)?;
    let killed = Instant::now();
    lab.start_master(CONFIG)?;
    let up = Instant::now();
    until_online(lab, minions, Duration::from_secs(120))?;
    table.at_most(format!("{minions} minions back after a killed master answers again, wall"), 10.0, up.elapsed().as_secs_f64(), "s");
    say(&format!(
        "  from the kill on it took {:.1} s, master CPU {:.1} s",
        killed.elapsed().as_secs_f64(),
        lab.process(MASTER)?.cpu_seconds()?
    ));
    ping(lab, minions)?;
    Ok(())
}

/// A job to all; gives wall time of the command and processor time of the master.
fn ping(lab: &mut Lab, minions: usize) -> Result<(f64, f64)> {
    let before = lab.process(MASTER)?.cpu_seconds()?;
    let job = ran(lab.command("sylvite", MASTER).args(["run", "sim*", "test.ping", "--out", "json"]))?;
    let answered = job.stdout.matches(": true").count() + job.stdout.matches(":true").count();
    if answered != minions {
        bail!("{answered} of {minions} minions answered");
    }
    // What is still to be written belongs to the job.
    std::thread::sleep(Duration::from_millis(500));
    Ok((job.wall.as_secs_f64(), lab.process(MASTER)?.cpu_seconds()? - before))
}

fn until_online(lab: &mut Lab, minions: usize, patience: Duration) -> Result<()> {
    let begin = Instant::now();
    loop {
        lab.check()?;
        let status = lab.sylvite(&["status", "--out", "json"])?.stdout;
        let status: serde_json::Value = serde_json::from_str(&status).with_context(|| format!("no status: {status}"))?;
        let online = status.get("online").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if online >= minions as u64 {
            return Ok(());
        }
        if begin.elapsed() > patience {
            let said = std::fs::read_to_string(lab.path("swarm.log")).unwrap_or_default();
            bail!(
                "{online} of {minions} minions are online after {patience:?}; the swarm says: {}",
                said.lines().last().unwrap_or_default()
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn resident(lab: &mut Lab) -> Result<f64> {
    Ok(lab.process(MASTER)?.resident_kib()? as f64 / 1024.0)
}
