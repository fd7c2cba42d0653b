//! Processes.

mod counters;
mod live;

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(
    ps,
    [
        GetPidList,
        ProcInfo,
        Pgrep,
        KillPid,
        Pkill,
        Psaux,
        NumCpus,
        VirtualMemory,
        SwapMemory,
        TotalPhysicalMemory,
        BootTime,
        Ss,
        Lsof,
        counters::CpuTimes,
        counters::DiskPartitions,
        counters::DiskUsage,
        counters::DiskPartitionUsage,
        counters::NetworkIoCounters,
        counters::DiskIoCounters,
        counters::GetUsers,
        live::CpuPercent,
        live::Top,
        live::Status,
        live::Netstat
    ]
);

/// What is known of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Process {
    pid: i64,
    name: String,
    command: Vec<String>,
    owner: u32,
}

/// Ids of all processes.
fn pids(read: &Read) -> Vec<i64> {
    let mut pids: Vec<i64> = read.host().list("/proc").unwrap_or_default().iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// A process; `None` when it is gone.
fn process(pid: i64, read: &Read) -> Option<Process> {
    let host = read.host();
    let name = host.read_text(&format!("/proc/{pid}/comm")).ok()?.trim().to_owned();
    let line = host.read_text(&format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let command = line.split('\0').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let owner = host.stat(&format!("/proc/{pid}")).ok().flatten().map_or(0, |stat| stat.uid);
    Some(Process { pid, name, command, owner })
}

/// Processes by name or whole command line, and by their owner.
fn matching(pattern: &str, user: Option<&str>, full: bool, is_pattern: bool, read: &Read) -> Vec<Process> {
    let owner = user.map(|user| read.host().accounts().uid(user));
    let own = i64::from(std::process::id());
    let fits = |process: &Process| {
        let text = if full { process.command.join(" ") } else { process.name.clone() };
        let named = if is_pattern { text.contains(pattern) } else { text == pattern };
        named && process.pid != own && owner.is_none_or(|owner| owner == Some(process.owner))
    };
    pids(read).into_iter().filter_map(|pid| process(pid, read)).filter(fits).collect()
}

/// List the ids of all processes.
///
/// ```salt
/// salt '*' ps.get_pid_list
/// ```
#[derive(Args)]
pub struct GetPidList;

impl Query for GetPidList {
    type Output = Vec<i64>;
    async fn call(self, read: &Read) -> Result<Vec<i64>, Failure> {
        Ok(pids(read))
    }
}

/// Return what is known of a process.
///
/// ```salt
/// salt '*' ps.proc_info 2322
/// ```
#[derive(Args)]
pub struct ProcInfo {
    /// Process id.
    pid: i64,
    /// Members to return; all unless given.
    attrs: Option<Vec<String>>,
}

impl Query for ProcInfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let missing = || Failure::failed(format!("process no longer exists (pid={})", self.pid));
        let process = process(self.pid, read).ok_or_else(missing)?;
        let status = read.host().read_text(&format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let field = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned();
        let mut map = Map::new();
        map.insert("pid", self.pid);
        map.insert("name", process.name);
        map.insert("cmdline", Value::from_iter(process.command));
        map.insert("username", read.host().accounts().user_name(process.owner));
        map.insert("ppid", field("PPid:").parse::<i64>().ok());
        map.insert("status", field("State:").split(['(', ')']).nth(1).unwrap_or_default());
        map.insert("num_threads", field("Threads:").parse::<i64>().ok());
        map.insert("rss", field("VmRSS:").trim_end_matches(" kB").parse::<i64>().ok().map(|kib| kib * 1024));
        map.insert("cwd", read.host().read_link(&format!("/proc/{}/cwd", self.pid)).ok());
        map.insert("exe", read.host().read_link(&format!("/proc/{}/exe", self.pid)).ok());
        if let Some(attrs) = &self.attrs {
            map.retain(|key, _| key.as_str().is_some_and(|key| attrs.iter().any(|attr| attr == key)));
        }
        Ok(map)
    }
}

/// Return the ids of processes by name.
///
/// ```salt
/// salt '*' ps.pgrep httpd user=apache
/// ```
#[derive(Args)]
pub struct Pgrep {
    /// Name.
    pattern: String,
    /// Owner.
    user: Option<String>,
    /// Look in the whole command line.
    #[arg(default = false)]
    full: bool,
    /// The name may be a part of a longer one.
    #[arg(default = false)]
    pattern_is_regex: bool,
}

impl Query for Pgrep {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let found = matching(&self.pattern, self.user.as_deref(), self.full, self.pattern_is_regex || self.full, read);
        let ids: Vec<i64> = found.into_iter().map(|process| process.pid).collect();
        Ok(if ids.is_empty() { Value::Null } else { Value::from_iter(ids) })
    }
}

/// Send a signal to a process; 15 unless given.
///
/// ```salt
/// salt '*' ps.kill_pid 2000 signal=9
/// ```
#[derive(Args)]
pub struct KillPid {
    /// Process id.
    pid: i64,
    /// Signal.
    #[arg(default = 15)]
    signal: i64,
}

impl Action for KillPid {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if self.pid <= 0 {
            return Err(Failure::bad_arguments(format!("{} is no process: whole groups are not signalled", self.pid)));
        }
        Ok(cx.try_run(["kill".to_owned(), format!("-{}", self.signal), self.pid.to_string()]).await?.is_ok())
    }
}

/// Send a signal to processes by name; 15 unless given.
///
/// ```salt
/// salt '*' ps.pkill httpd signal=15 user=apache
/// ```
#[derive(Args)]
pub struct Pkill {
    /// Name.
    pattern: String,
    /// Owner.
    user: Option<String>,
    /// Signal.
    #[arg(default = 15)]
    signal: i64,
    /// Look in the whole command line.
    #[arg(default = false)]
    full: bool,
}

impl Action for Pkill {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.pattern.is_empty() {
            return Err(Failure::bad_arguments("an empty name would mean every process"));
        }
        let mut killed = Vec::new();
        for process in matching(&self.pattern, self.user.as_deref(), self.full, self.full, cx) {
            let argv = ["kill".to_owned(), format!("-{}", self.signal), process.pid.to_string()];
            if cx.try_run(argv).await?.is_ok() {
                killed.push(process.pid);
            }
        }
        Ok(if killed.is_empty() { Value::Null } else { Value::Map([("killed", Value::from_iter(killed))].into_iter().collect()) })
    }
}

/// Return lines of `ps aux` that have a name in them.
///
/// ```salt
/// salt '*' ps.psaux www-data
/// ```
#[derive(Args)]
pub struct Psaux {
    /// Name.
    name: String,
}

impl Query for Psaux {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let text = read.ask(["ps", "aux"]).await?;
        let found: Vec<String> = text.lines().filter(|line| line.contains(&self.name)).map(str::to_owned).collect();
        let count = format!("{} occurrence(s).", found.len());
        Ok(vec![self.name.into(), Value::from_iter(found), count.into()])
    }
}

/// Return the number of processors.
///
/// ```salt
/// salt '*' ps.num_cpus
/// ```
#[derive(Args)]
pub struct NumCpus;

impl Query for NumCpus {
    type Output = i64;
    async fn call(self, read: &Read) -> Result<i64, Failure> {
        let text = read.host().read_text("/proc/cpuinfo").map_err(crate::failure)?;
        Ok(i64::try_from(text.lines().filter(|line| line.starts_with("processor")).count()).unwrap_or(0))
    }
}

/// A line of `/proc/meminfo` in bytes.
fn memory(text: &str, key: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<i64>().ok()).map_or(0, |kib| kib * 1024)
}

fn percent(used: i64, total: i64) -> f64 {
    if total == 0 { 0.0 } else { (used as f64 / total as f64 * 1000.0).round() / 10.0 }
}

/// Return how much memory there is and is used, in bytes.
///
/// ```salt
/// salt '*' ps.virtual_memory
/// ```
#[derive(Args)]
pub struct VirtualMemory;

impl Query for VirtualMemory {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.host().read_text("/proc/meminfo").map_err(crate::failure)?;
        let (total, available, free) = (memory(&text, "MemTotal"), memory(&text, "MemAvailable"), memory(&text, "MemFree"));
        let mut map = Map::new();
        map.insert("total", total);
        map.insert("available", available);
        map.insert("percent", percent(total - available, total));
        map.insert("used", total - available);
        map.insert("free", free);
        for (key, name) in [
            ("Active", "active"),
            ("Inactive", "inactive"),
            ("Buffers", "buffers"),
            ("Cached", "cached"),
            ("Shmem", "shared"),
            ("Slab", "slab"),
        ] {
            map.insert(name, memory(&text, key));
        }
        Ok(map)
    }
}

/// Return how much swap space there is and is used, in bytes.
///
/// ```salt
/// salt '*' ps.swap_memory
/// ```
#[derive(Args)]
pub struct SwapMemory;

impl Query for SwapMemory {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.host().read_text("/proc/meminfo").map_err(crate::failure)?;
        let (total, free) = (memory(&text, "SwapTotal"), memory(&text, "SwapFree"));
        let mut map = Map::new();
        map.insert("total", total);
        map.insert("used", total - free);
        map.insert("free", free);
        map.insert("percent", percent(total - free, total));
        Ok(map)
    }
}

/// Return how much memory there is, in bytes.
///
/// ```salt
/// salt '*' ps.total_physical_memory
/// ```
#[derive(Args)]
pub struct TotalPhysicalMemory;

impl Query for TotalPhysicalMemory {
    type Output = i64;
    async fn call(self, read: &Read) -> Result<i64, Failure> {
        Ok(memory(&read.host().read_text("/proc/meminfo").map_err(crate::failure)?, "MemTotal"))
    }
}

/// Return when the machine was started, in seconds since 1970.
///
/// ```salt
/// salt '*' ps.boot_time
/// ```
#[derive(Args)]
#[args(extra)]
pub struct BootTime {
    /// Format of the time, as `strftime` has it; seconds since 1970 without.
    time_format: Option<String>,
}

impl Query for BootTime {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let text = read.host().read_text("/proc/stat").map_err(crate::failure)?;
        let line = text.lines().find_map(|line| line.strip_prefix("btime "));
        let seconds: i64 = line
            .and_then(|seconds| seconds.trim().parse().ok())
            .ok_or_else(|| Failure::failed("/proc/stat does not tell when the machine was started"))?;
        let Some(format) = self.time_format else { return Ok(seconds.into()) };
        let bad = |error: jiff::Error| Failure::bad_arguments(format!("Invalid format string: `{format}`: {error}"));
        let at = jiff::ZonedDateTime::new(jiff::Timestamp::from_second(seconds).map_err(bad)?, jiff::tz::TimeZone::system());
        jiff::fmt::strtime::format(&format, &at).map(Value::from).map_err(bad)
    }
}

macro_rules! lines_with {
    ($(#[$doc:meta])* $name:ident, [$($word:literal),+]) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name.
            name: String,
        }

        impl Query for $name {
            type Output = Vec<String>;
            async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
                let text = read.try_run([$($word),+]).await?.out();
                Ok(text.lines().filter(|line| line.contains(&self.name)).map(str::to_owned).collect())
            }
        }
    };
}

lines_with! {
    /// Return lines of `ss` that have a name in them.
    ///
    /// ```salt
    /// salt '*' ps.ss nginx
    /// ```
    Ss, ["ss", "-neap"]
}
lines_with! {
    /// Return lines of `lsof` that have a name in them.
    ///
    /// ```salt
    /// salt '*' ps.lsof nginx
    /// ```
    Lsof, ["lsof", "-n", "-P"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::{Facts, testing};
    use std::sync::Arc;

    #[tokio::test]
    async fn processes_are_found_by_name_or_command_line() {
        let host = FakeHost::new();
        host.file("/proc/7/comm", "nginx\n");
        host.file("/proc/7/cmdline", "nginx: worker process\0");
        host.file("/proc/8/comm", "sshd\n");
        host.file("/proc/8/cmdline", "/usr/sbin/sshd\0-D\0");
        let cx = testing::context(Arc::new(host), Facts::default());
        let ids = |pattern: &str, full: bool| {
            matching(pattern, None, full, full, cx.read()).iter().map(|process| process.pid).collect::<Vec<_>>()
        };
        assert_eq!(ids("nginx", false), [7]);
        assert_eq!(ids("ngin", false), [] as [i64; 0]);
        assert_eq!(ids("sshd -D", true), [8]);
    }

    #[test]
    fn memory_is_told_in_bytes() {
        assert_eq!(memory("MemTotal:       2048 kB\nMemFree: 1 kB\n", "MemTotal"), 2_097_152);
        assert!((percent(1, 3) - 33.3).abs() < 1e-9);
    }
}
