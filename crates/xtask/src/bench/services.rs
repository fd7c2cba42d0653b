//! The services of one master: jobs on both stores, pillar, files, events, and what it costs to have many minions that do nothing.

use super::measure::{Table, median, ran};
use crate::postgres::Server;
use crate::run::say;
use anyhow::{Context, Result, bail};
use lab::{Lab, MASTER, Process, Signal};
use serde_json::Value;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A master with simulated minions.
struct Site {
    lab: Lab,
    swarm: Process,
    minions: usize,
}

impl Site {
    fn start(bin: &Path, minions: usize, config: &str, prepare: impl FnOnce(&Lab) -> Result<()>) -> Result<Self> {
        let mut lab = Lab::new(bin)?;
        prepare(&lab)?;
        lab.start_master(&format!("auto_accept: true\n{config}"))?;
        let port = lab.port().context("the master has not written down its port")?;
        let mut command = Command::new(bin.join("examples/swarm"));
        command.args([format!("127.0.0.1:{port}"), minions.to_string(), "--bytes".to_owned(), "200".to_owned()]);
        let swarm = Process::spawn(&mut command, &lab.path("swarm.log"))?;
        let mut site = Self { lab, swarm, minions };
        site.until_online()?;
        Ok(site)
    }

    fn until_online(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            self.lab.check()?;
            let status = self.lab.sylvite(&["status", "--out", "json"])?.stdout;
            let online = serde_json::from_str::<Value>(&status).ok().and_then(|status| status.get("online")?.as_u64()).unwrap_or(0);
            if online >= self.minions as u64 {
                // Grains are written in batches after the last session has begun.
                std::thread::sleep(Duration::from_secs(3));
                return Ok(());
            }
            if begin.elapsed() > Duration::from_secs(600) {
                bail!("{online} of {} minions are online after ten minutes", self.minions);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Runs a function on minions; gives the returns and how long the command took.
    fn run(&self, target: &str, words: &[&str]) -> Result<(serde_json::Map<String, Value>, f64)> {
        let mut command = self.lab.command("salt", MASTER);
        command.arg(target).args(words).args(["--timeout", "300", "--static", "--out", "json"]);
        let done = ran(&mut command)?;
        let returns = serde_json::from_str(&done.stdout).with_context(|| format!("no returns: {}", done.stdout))?;
        Ok((returns, done.wall.as_secs_f64()))
    }

    fn end(mut self) -> Result<()> {
        self.swarm.end(Signal::SIGINT)
    }
}

/// Measures the services. `minions` is the size of the fleet of jobs.
pub fn services(bin: &Path, minions: usize, table: &mut Table) -> Result<()> {
    jobs(bin, minions, "", "SQLite", table)?;
    let server = Server::start()?;
    jobs(bin, minions, &format!("database_url: {}\n", server.url()), "PostgreSQL", table)?;
    drop(server);
    pillar(bin, minions.min(1000), table)?;
    events(bin, table)?;
    files(bin, table)
}

fn jobs(bin: &Path, minions: usize, config: &str, store: &str, table: &mut Table) -> Result<()> {
    let mut site = Site::start(bin, minions, config, |_| Ok(()))?;
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let before = site.lab.process(MASTER)?.cpu_seconds()?;
        let (returns, took) = site.run("sim*", &["test.echo", "x"])?;
        if returns.len() != minions {
            bail!("{} of {minions} minions answered", returns.len());
        }
        // What is still to be written belongs to the job.
        std::thread::sleep(Duration::from_millis(500));
        wall.push(took);
        cpu.push((site.lab.process(MASTER)?.cpu_seconds()? - before) * 1000.0 / minions as f64);
    }
    table.at_most(
        format!("a job to {minions} minions with 200-byte returns, complete and committed, {store}, wall"),
        2.0,
        median(wall),
        "s",
    );
    table.at_most(format!("master CPU for 1,000 such returns, {store}"), 0.15, median(cpu), "s");
    if config.is_empty() {
        const REST: Duration = Duration::from_secs(30);
        std::thread::sleep(Duration::from_secs(5));
        let before = site.lab.process(MASTER)?.cpu_seconds()?;
        std::thread::sleep(REST);
        let used = site.lab.process(MASTER)?.cpu_seconds()? - before;
        table.at_most(format!("master with {minions} idle minions, of one core"), 5.0, used * 100.0 / REST.as_secs_f64(), "%");
    }
    site.end()
}

/// Fifty files: some the same for all, some by operating system and role, some for each minion by its id.
fn pillar(bin: &Path, minions: usize, table: &mut Table) -> Result<()> {
    const FILES: usize = 50;
    let site = Site::start(bin, minions, "", |lab| {
        let mut top = String::from("base:\n  '*':\n");
        for n in 0..FILES {
            writeln!(top, "    - p{n}")?;
            let about = match n % 5 {
                0 => "{{ grains['id'] }}",
                1 => "{{ grains['os_family'] }}",
                2 => "{{ grains.get('role', 'none') }}",
                _ => "everybody",
            };
            let text = format!(
                "{{% set port = {n} + 8000 %}}\nservice-{n}:\n  port: {{{{ port }}}}\n  host: {about}\n  users: [{{% for i in range(10) %}}u{{{{ i }}}},{{% endfor %}}]\nshared:\n  key-{n}: [a, b]\n"
            );
            lab.write(&format!("pillar/p{n}.sls"), &text)?;
        }
        lab.write("pillar/top.sls", &top)
    })?;
    for (place, what) in ["cold", "again, nothing changed"].into_iter().enumerate() {
        let (returns, took) = site.run("sim*", &["pillar.items"])?;
        let whole = returns.values().filter(|keys| keys.as_u64() == Some(FILES as u64 + 1)).count();
        if whole != minions {
            bail!("{whole} of {minions} minions have their pillar; one says {:?}", returns.values().next());
        }
        let row = format!("pillar of {FILES} SLS for {minions} minions at once, {what}, wall");
        if place == 0 {
            table.at_most(row, 5.0, took, "s");
        } else {
            table.note(row, took, "s");
        }
    }
    site.end()
}

fn events(bin: &Path, table: &mut Table) -> Result<()> {
    const SENDERS: usize = 100;
    const EACH: usize = 400;
    const LISTENERS: usize = 50;
    const EVENTS: usize = SENDERS * EACH;
    let site = Site::start(bin, SENDERS, "", |_| Ok(()))?;
    let socket = site.lab.path("master/run/master.sock");
    let mut command = Command::new(bin.join("examples/listeners"));
    command.arg(&socket).args([LISTENERS.to_string(), EVENTS.to_string(), "swarm/event".to_owned()]).stdout(Stdio::piped());
    let mut listeners = command.spawn().context("cannot start the subscribers")?;
    let mut told = BufReader::new(listeners.stdout.take().context("the subscribers tell nothing")?).lines();
    told.next().context("the subscribers did not begin")??;
    site.run("sim*", &["event.fire", &EACH.to_string()])?;
    let line = told.next().context("the subscribers did not end")??;
    listeners.wait()?;
    let told: Value = serde_json::from_str(&line)?;
    let number = |key: &str| told.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    table.at_least(
        format!("event bus to {LISTENERS} subscribers, each event to each"),
        20_000.0,
        number("least") / number("seconds"),
        "events/s",
    );
    table.at_most("events that the slowest of them missed", 0.0, EVENTS as f64 - number("least"), "");
    site.end()
}

fn files(bin: &Path, table: &mut Table) -> Result<()> {
    const SIZE: usize = 100 << 20;
    const MINIONS: usize = 50;
    let mut site = Site::start(bin, MINIONS, "", |lab| {
        let content: Vec<u8> = (0..SIZE).map(|n| (n * 31 + n / 251) as u8).collect();
        std::fs::write(lab.path("states/large"), content).context("cannot write the large file")
    })?;
    let before = site.lab.process(MASTER)?.resident_kib()?;
    let (returns, took) = site.run("sim*", &["cp.get_file", "salt://large"])?;
    let seconds: Vec<f64> = returns
        .values()
        .filter(|told| told.get("bytes").and_then(Value::as_u64) == Some(SIZE as u64))
        .filter_map(|told| told.get("seconds")?.as_f64())
        .collect();
    if seconds.len() != MINIONS {
        bail!("{} of {MINIONS} minions have the file; one says {:?}", seconds.len(), returns.values().next());
    }
    let (first, last) = seconds.iter().fold((f64::MAX, 0.0_f64), |(first, last), one| (first.min(*one), last.max(*one)));
    let peak = std::fs::read_to_string(format!("/proc/{}/status", site.lab.process(MASTER)?.id())).unwrap_or_default();
    let peak =
        peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN);
    say(&format!("  100 MiB to {MINIONS} minions: {took:.1} s, the first had it after {first:.1} s, the last after {last:.1} s"));
    table.note(format!("100 MiB file to {MINIONS} minions at once, all together"), (SIZE * MINIONS) as f64 / 1e6 / took, "MB/s");
    table.at_most("the same: the last one's time to the first one's", 2.0, last / first, "");
    table.at_most("the same: most memory of the master beyond before", 320.0, (peak - before as f64) / 1024.0, "MB");
    site.end()
}
