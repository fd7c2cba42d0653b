//! Processes and processors while they work: the busiest ones, states, open sockets.

use super::{Process, pids, process};
use sdk::{Args, Failure, Map, Query, Read, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The kernel counts in hundredths of a second, whatever its own clock.
const TICKS: f64 = 100.0;

/// Waits for a part of a call, unless the job is ended meanwhile.
async fn pause(seconds: f64, read: &Read) -> Result<(), Failure> {
    let wait = Duration::try_from_secs_f64(seconds).map_err(|_| Failure::bad_arguments(format!("`{seconds}` is no time to wait")))?;
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = read.facts().cancel.cancelled() => Err(Failure::failed("the job was ended")),
    }
}

/// Ticks that each processor worked and ticks that passed; the first row is all of them together.
fn processors(read: &Read) -> Result<Vec<(f64, f64)>, Failure> {
    let text = read.host().read_text("/proc/stat").map_err(crate::failure)?;
    let row = |line: &str| {
        // Guests are counted among users already.
        let ticks: Vec<f64> = line.split_whitespace().skip(1).take(8).filter_map(|word| word.parse().ok()).collect();
        let all: f64 = ticks.iter().sum();
        let idle = ticks.get(3).copied().unwrap_or(0.0) + ticks.get(4).copied().unwrap_or(0.0);
        (all - idle, all)
    };
    Ok(text.lines().filter(|line| line.starts_with("cpu")).map(row).collect())
}

fn percent((busy, all): (f64, f64), (busy_before, all_before): (f64, f64)) -> f64 {
    let passed = all - all_before;
    if passed > 0.0 { ((busy - busy_before) / passed * 1000.0).round() / 10.0 } else { 0.0 }
}

/// Return how busy the processors are, in hundredths.
///
/// ```salt
/// salt '*' ps.cpu_percent
/// ```
#[derive(Args)]
pub struct CpuPercent {
    /// For how many seconds to look.
    #[arg(default = 0.1)]
    interval: f64,
    /// One by one; otherwise all together.
    #[arg(default = false)]
    per_cpu: bool,
}

impl Query for CpuPercent {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let before = processors(read)?;
        pause(self.interval, read).await?;
        let shares: Vec<f64> = processors(read)?.into_iter().zip(before).map(|(now, before)| percent(now, before)).collect();
        let (all, each) = shares.split_first().ok_or_else(|| Failure::failed("the kernel tells nothing of processors"))?;
        Ok(if self.per_cpu { each.to_vec().into() } else { (*all).into() })
    }
}

/// Seconds that a process worked for itself and in the kernel, and when it began, in ticks after the boot.
fn worked(pid: i64, read: &Read) -> Option<(f64, f64, f64)> {
    let text = read.host().read_text(&format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may have blanks and brackets of its own.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<f64> = rest.split_whitespace().map(|word| word.parse().unwrap_or(0.0)).collect();
    Some((fields.get(11)? / TICKS, fields.get(12)? / TICKS, *fields.get(19)?))
}

/// Return the processes that work most.
///
/// ```salt
/// salt '*' ps.top num_processes=5 interval=3
/// ```
#[derive(Args)]
pub struct Top {
    /// How many.
    #[arg(default = 5)]
    num_processes: usize,
    /// For how many seconds to look.
    #[arg(default = 3)]
    interval: f64,
}

impl Query for Top {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        let before: BTreeMap<i64, f64> =
            pids(read).into_iter().filter_map(|pid| worked(pid, read).map(|(user, system, _)| (pid, user + system))).collect();
        pause(self.interval, read).await?;
        let boot = boot_time(read);
        let mut busy: Vec<(f64, i64, (f64, f64, f64))> = pids(read)
            .into_iter()
            .filter_map(|pid| {
                let now = worked(pid, read)?;
                Some((now.0 + now.1 - before.get(&pid)?, pid, now))
            })
            .collect();
        busy.sort_by(|a, b| b.0.total_cmp(&a.0));
        let passed = if self.interval > 0.0 { self.interval } else { 1.0 };
        let row = |(did, pid, (user, system, began)): (f64, i64, (f64, f64, f64))| {
            let Process { name, command, owner, .. } = process(pid, read)?;
            let status = read.host().read_text(&format!("/proc/{pid}/status")).unwrap_or_default();
            let bytes = |key: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
                line.trim().trim_end_matches(" kB").parse::<i64>().map_or(0, |kib| kib * 1024)
            };
            let state = status.lines().find_map(|line| line.strip_prefix("State:")).unwrap_or_default();
            let mut map = Map::new();
            map.insert("cmd", if command.is_empty() { Value::from(name) } else { command.into() });
            map.insert("user", read.host().accounts().user_name(owner));
            map.insert("status", state.split(['(', ')']).nth(1).unwrap_or_default());
            map.insert("pid", pid);
            map.insert("create_time", ((boot + began / TICKS) * 100.0).round() / 100.0);
            map.insert("cpu", [("user", user), ("system", system)].into_iter().collect::<Map>());
            map.insert("mem", [("rss", bytes("VmRSS:")), ("vms", bytes("VmSize:"))].into_iter().collect::<Map>());
            map.insert("percent", (did / passed * 1000.0).round() / 10.0);
            Some(map)
        };
        Ok(busy.into_iter().take(self.num_processes).filter_map(row).collect())
    }
}

/// When the machine started, in seconds since 1970.
fn boot_time(read: &Read) -> f64 {
    let text = read.host().read_text("/proc/stat").unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok()).unwrap_or(0.0)
}

/// List the processes in a state: `running`, `sleeping`, `zombie`…
///
/// ```salt
/// salt '*' ps.status sleeping
/// ```
#[derive(Args)]
pub struct Status {
    /// State.
    status: String,
}

impl Query for Status {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        let wanted = self.status.to_lowercase();
        if wanted.is_empty() {
            return Err(Failure::bad_arguments("ps.status needs a state such as `sleeping`"));
        }
        let fits = |pid: &i64| {
            let text = read.host().read_text(&format!("/proc/{pid}/status")).unwrap_or_default();
            let state = text.lines().find_map(|line| line.strip_prefix("State:")).unwrap_or_default();
            state.split(['(', ')']).nth(1) == Some(wanted.as_str())
        };
        let row = |pid: i64| {
            let process = process(pid, read)?;
            let mut map = Map::new();
            map.insert("name", process.name);
            map.insert("pid", process.pid);
            Some(map)
        };
        Ok(pids(read).into_iter().filter(fits).filter_map(row).collect())
    }
}

/// List the sockets of processes with a name, as `netstat` tells them.
///
/// ```salt
/// salt '*' ps.netstat apache2
/// ```
#[derive(Args)]
pub struct Netstat {
    /// Name, or a part of it.
    name: String,
}

impl Query for Netstat {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if read.host().which("netstat").is_none() {
            return Err(Failure::unavailable("there is no program `netstat` here; the package net-tools has it, and `ps.ss` needs none"));
        }
        let text = read.try_run(["netstat", "-nap"]).await?.out();
        let lines: Vec<Value> = text.lines().filter(|line| line.contains(&self.name)).map(Value::from).collect();
        Ok(Value::List(vec![self.name.into(), lines.into()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::FakeHost;
    use sdk::testing::context;
    use std::sync::Arc;

    #[test]
    fn shares_are_of_what_passed() {
        assert!((percent((150.0, 300.0), (100.0, 200.0)) - 50.0).abs() < f64::EPSILON);
        assert!(percent((1.0, 1.0), (1.0, 1.0)).abs() < f64::EPSILON);
    }

    #[test]
    fn names_with_brackets_do_not_hide_the_numbers() {
        let host = FakeHost::new();
        host.file("/proc/7/stat", "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 4200 1 1");
        let cx = context(Arc::new(host), Facts::default());
        assert_eq!(worked(7, &cx), Some((2.5, 0.5, 4200.0)));
    }
}
