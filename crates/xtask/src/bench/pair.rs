//! One master and one minion: what a small site feels.

use super::local::files;
use super::measure::{Table, median, ran};
use anyhow::{Result, bail};
use lab::{Lab, MASTER, Signal};
use std::path::Path;
use std::time::{Duration, Instant};

const MINION: &str = "m1";

/// Measures a pair.
pub fn pair(bin: &Path, table: &mut Table) -> Result<()> {
    let mut lab = Lab::new(bin)?;
    lab.start(&[MINION])?;
    std::thread::sleep(Duration::from_secs(5));
    let (master, minion) = (resident(&mut lab, MASTER)?, resident(&mut lab, MINION)?);
    table.at_most("master, idle, SQLite, resident", 40.0, master, "MB");
    table.at_most("minion, idle, resident", 12.0, minion, "MB");

    let ping = |lab: &Lab| -> Result<_> {
        let ran = ran(lab.command("sylvite", MASTER).args(["run", MINION, "test.ping", "--out", "json"]))?;
        if ran.stdout.contains("true") { Ok(ran) } else { bail!("the minion did not answer: {}", ran.stdout) }
    };
    const PINGS: usize = 1000;
    let disk = disk(&mut lab)?;
    ping(&lab)?;
    let before = daemons(&mut lab)?;
    let runs = (0..PINGS).map(|_| ping(&lab)).collect::<Result<Vec<_>>>()?;
    let cpu = daemons(&mut lab)? - before + runs.iter().map(|run| run.cpu).sum::<f64>();
    table.at_most("CLI `test.ping`, one minion, wall", 30.0, median(runs.iter().map(|run| run.wall.as_secs_f64() * 1e3).collect()), "ms");
    table.at_most("CPU of one `test.ping` job, CLI + master + minion", 12.0, cpu * 1e3 / PINGS as f64, "ms");
    table.at_most("disk for one job with one return", 1.0, (self::disk(&mut lab)? - disk) / PINGS as f64 / 1024.0, "KB");

    let target = lab.path("made");
    lab.write("states/files.sls", &files(&target))?;
    for _ in 0..10 {
        ran(lab.command("sylvite", MASTER).args(["run", MINION, "state.apply", "files", "--out", "json"]))?;
    }
    table.at_most("minion after 1,000 jobs and 10 runs of 1,000 states", 20.0, resident(&mut lab, MINION)?, "MB");

    large_file(&mut lab, table)?;

    lab.end(MINION, Signal::SIGTERM)?;
    let begin = Instant::now();
    lab.start_minion(MINION, "")?;
    while ping(&lab).is_err() {
        if begin.elapsed() > Duration::from_secs(30) {
            bail!("the minion does not come back");
        }
    }
    table.at_most("minion start to first answered ping, wall", 0.5, begin.elapsed().as_secs_f64(), "s");
    Ok(())
}

fn large_file(lab: &mut Lab, table: &mut Table) -> Result<()> {
    const SIZE: usize = 100 << 20;
    let (mut cpu, mut rate) = (Vec::new(), Vec::new());
    for number in 0..3 {
        // Not of one byte only, so that nothing on the way can make it small; and each time another, so that no cache has it.
        let content: Vec<u8> = (0..SIZE).map(|n| (n * 31 + n / 251 + number) as u8).collect();
        std::fs::write(lab.path(&format!("states/large-{number}")), &content)?;
        let source = format!("salt://large-{number}");
        let to = lab.path(&format!("large-{number}"));
        let before = daemons(lab)?;
        let copied = ran(lab.command("sylvite", MASTER).args(["run", MINION, "cp.get_file", &source]).arg(&to))?;
        cpu.push(daemons(lab)? - before);
        rate.push(SIZE as f64 / 1e6 / copied.wall.as_secs_f64());
        if std::fs::metadata(&to)?.len() != SIZE as u64 {
            bail!("the large file did not arrive whole");
        }
    }
    table.at_most("100 MiB file to one minion, CPU of both sides", 0.25, median(cpu), "s");
    table.at_least("100 MiB file to one minion", 300.0, median(rate), "MB/s");
    Ok(())
}

fn resident(lab: &mut Lab, name: &str) -> Result<f64> {
    Ok(lab.process(name)?.resident_kib()? as f64 / 1024.0)
}

fn daemons(lab: &mut Lab) -> Result<f64> {
    Ok(lab.process(MASTER)?.cpu_seconds()? + lab.process(MINION)?.cpu_seconds()?)
}

/// Bytes of the embedded database. The master is stopped for it, which folds the log in: the log is written over again and again and
/// stays at 4 MB, so it is no part of what a job costs.
fn disk(lab: &mut Lab) -> Result<f64> {
    lab.end(MASTER, Signal::SIGTERM)?;
    let entries = std::fs::read_dir(lab.path("master/cache"))?.flatten();
    let bytes = entries.filter_map(|entry| entry.metadata().ok()).filter(|data| data.is_file()).map(|data| data.len() as f64).sum();
    lab.start_master("auto_accept: true\n")?;
    lab.until_online(&[MINION])?;
    Ok(bytes)
}
