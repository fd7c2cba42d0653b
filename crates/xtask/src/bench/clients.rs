//! Clients of Salt: its REST API under many sessions and listeners, and `salt` itself.

use super::measure::{Table, median, ran};
use anyhow::{Context, Result, bail};
use lab::{Lab, MASTER, Process, Signal};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CONFIG: &str = "auto_accept: true
netapi_enable_clients: [local]
rest_cherrypy: {port: 0, host: 127.0.0.1, disable_ssl: true}
external_auth: {sharedsecret: {ci: ['.*']}}
sharedsecret: a-shared-secret
";
const SESSIONS: usize = 200;
const LISTENERS: usize = 1000;
const SECONDS: u64 = 15;

/// Measures them.
pub fn clients(bin: &Path, table: &mut Table) -> Result<()> {
    let mut lab = Lab::new(bin)?;
    lab.start_master(CONFIG)?;
    lab.start_minion("m1", "")?;
    lab.until_online(&["m1"])?;
    let salt = |lab: &Lab, target: &str, minions: usize| -> Result<f64> {
        let done = ran(lab.command("salt", MASTER).args([target, "test.ping"]))?;
        let answered = done.stdout.matches("True").count();
        if answered == minions { Ok(done.wall.as_secs_f64()) } else { bail!("{answered} of {minions} minions answered") }
    };
    salt(&lab, "*", 1)?;
    let walls = (0..200).map(|_| salt(&lab, "*", 1)).collect::<Result<Vec<_>>>()?;
    table.at_most("`salt '*' test.ping`, one minion, wall", 30.0, median(walls) * 1e3, "ms");
    sessions(bin, &lab, table)?;

    let port = lab.port().context("the master has not written down its port")?;
    let mut command = Command::new(bin.join("examples/swarm"));
    let mut swarm = Process::spawn(command.args([format!("127.0.0.1:{port}"), "1000".to_owned()]), &lab.path("swarm.log"))?;
    lab.end("m1", Signal::SIGTERM)?;
    let measured = until_online(&mut lab, 1000).and_then(|()| {
        let walls = (0..15).map(|_| salt(&lab, "sim*", 1000)).collect::<Result<Vec<_>>>()?;
        table.at_most("`salt 'sim*' test.ping`, 1,000 simulated minions, wall", 0.3, median(walls), "s");
        listeners(bin, &mut lab, table)
    });
    let ended = swarm.end(Signal::SIGINT);
    measured.and(ended)
}

fn sessions(bin: &Path, lab: &Lab, table: &mut Table) -> Result<()> {
    let port = api_port(lab)?;
    for seconds in [SECONDS, 0] {
        let mut command = Command::new(bin.join("examples/visitors"));
        let said = ran(command.args([&port, "sessions", &SESSIONS.to_string(), &seconds.to_string()]))?.stdout;
        let told: Value = serde_json::from_str(said.trim()).with_context(|| format!("no figures: {said}"))?;
        let number = |key: &str| told.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
        if seconds == 0 {
            table.note(format!("the same without a pause, {SESSIONS} requests at once all the time"), number("rate"), "1/s");
            table.note("of these, p99", number("p99"), "ms");
        } else {
            table.at_most(
                format!("salt-api `test.ping` to one minion, {SESSIONS} sessions that ask once a second each, p99"),
                20.0,
                number("p99"),
                "ms",
            );
            table.note("of these, p50", number("p50"), "ms");
        }
    }
    Ok(())
}

fn listeners(bin: &Path, lab: &mut Lab, table: &mut Table) -> Result<()> {
    let port = api_port(lab)?;
    let mut command = Command::new(bin.join("examples/visitors"));
    command.args([&port, "listeners", &LISTENERS.to_string(), &SECONDS.to_string()]).arg(lab.path("master/run/master.sock"));
    let mut visitors = command.stdout(Stdio::piped()).spawn().context("cannot start the listeners")?;
    let mut told = BufReader::new(visitors.stdout.take().context("the listeners tell nothing")?).lines();
    let mut next = || -> Result<Value> {
        let line = told.next().context("the listeners broke off")??;
        serde_json::from_str(&line).with_context(|| format!("no figures: {line}"))
    };
    next()?;
    let (before, begin) = (lab.process(MASTER)?.cpu_seconds()?, Instant::now());
    let fired = next()?;
    let used = (lab.process(MASTER)?.cpu_seconds()? - before) / begin.elapsed().as_secs_f64();
    let least = next()?;
    visitors.wait()?;
    let number = |told: &Value, key: &str| told.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let rate = number(&fired, "fired") / number(&fired, "seconds");
    table.at_most(format!("master with {LISTENERS} `/events` listeners at {rate:.0} events a second, of its cores"), 1.0, used, "");
    table.at_most("events that the slowest of them missed", 0.0, number(&fired, "fired") - number(&least, "least"), "");
    Ok(())
}

fn api_port(lab: &Lab) -> Result<String> {
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).context("the API has not written down its port")?;
    Ok(port.trim().to_owned())
}

fn until_online(lab: &mut Lab, minions: u64) -> Result<()> {
    let begin = Instant::now();
    loop {
        lab.check()?;
        let status = lab.sylvite(&["status", "--out", "json"])?.stdout;
        let online = serde_json::from_str::<Value>(&status).ok().and_then(|status| status.get("online")?.as_u64()).unwrap_or(0);
        if online >= minions {
            // Grains are written in batches after the last session has begun.
            std::thread::sleep(Duration::from_secs(3));
            return Ok(());
        }
        if begin.elapsed() > Duration::from_secs(300) {
            bail!("{online} of {minions} minions are online after five minutes");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
