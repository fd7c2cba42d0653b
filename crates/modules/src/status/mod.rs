//! How the machine is: load, memory, processes, time.

mod all;
pub(crate) mod kernel;

use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(
    status,
    [
        Uptime,
        Loadavg,
        Meminfo,
        Cpuinfo,
        Cpustats,
        Nproc,
        Procs,
        Pid,
        Version,
        Time,
        Diskusage,
        W,
        all::AllStatus,
        all::Custom,
        kernel::Diskstats,
        kernel::Vmstats,
        kernel::Netstats,
        kernel::Netdev
    ]
);

fn file(read: &Read, path: &str) -> Result<String, Failure> {
    read.host().read_text(path).map_err(crate::failure)
}

/// Return how long the machine has been up.
///
/// ```salt
/// salt '*' status.uptime
/// ```
#[derive(Args)]
pub struct Uptime;

impl Query for Uptime {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = file(read, "/proc/uptime")?;
        let seconds = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok()).unwrap_or(0);
        let now = read.host().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let since = i64::try_from(now.as_secs()).unwrap_or(0) - seconds;
        let since_iso = jiff::Timestamp::from_second(since).map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default();
        let mut map = Map::new();
        map.insert("seconds", seconds);
        map.insert("since_iso", since_iso);
        map.insert("since_t", since);
        map.insert("days", seconds / 86_400);
        map.insert("time", format!("{}:{:02}", seconds % 86_400 / 3600, seconds % 3600 / 60));
        Ok(map)
    }
}

/// Return the load averages.
///
/// ```salt
/// salt '*' status.loadavg
/// ```
#[derive(Args)]
pub struct Loadavg;

impl Query for Loadavg {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = file(read, "/proc/loadavg")?;
        let numbers = text.split_whitespace().map(|word| word.parse::<f64>().unwrap_or(0.0));
        Ok(["1-min", "5-min", "15-min"].into_iter().zip(numbers).collect())
    }
}

/// Return what the kernel says of the memory.
///
/// ```salt
/// salt '*' status.meminfo
/// ```
#[derive(Args)]
pub struct Meminfo;

impl Query for Meminfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(parse_meminfo(&file(read, "/proc/meminfo")?))
    }
}

fn parse_meminfo(text: &str) -> Map {
    let entry = |line: &str| -> Option<(String, Value)> {
        let (name, rest) = line.split_once(':')?;
        let mut words = rest.split_whitespace();
        let mut amount = Map::new();
        amount.insert("value", words.next()?);
        if let Some(unit) = words.next() {
            amount.insert("unit", unit);
        }
        Some((name.to_owned(), amount.into()))
    };
    text.lines().filter_map(entry).collect()
}

/// Return what the kernel says of the processors.
///
/// ```salt
/// salt '*' status.cpuinfo
/// ```
#[derive(Args)]
pub struct Cpuinfo;

impl Query for Cpuinfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = file(read, "/proc/cpuinfo")?;
        let entry = |line: &str| -> Option<(String, Value)> {
            let (name, value) = line.split_once(':')?;
            let (name, value) = (name.trim(), value.trim());
            Some(match name {
                "flags" => (name.to_owned(), value.split_whitespace().map(Value::from).collect()),
                _ => (name.to_owned(), value.into()),
            })
        };
        Ok(text.lines().filter_map(entry).collect())
    }
}

/// Return how the processors spent their time.
///
/// ```salt
/// salt '*' status.cpustats
/// ```
#[derive(Args)]
pub struct Cpustats;

impl Query for Cpustats {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        const NAMES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
        let mut stats = Map::new();
        for line in file(read, "/proc/stat")?.lines() {
            let mut words = line.split_whitespace();
            let Some(name) = words.next() else { continue };
            let numbers: Vec<i64> = words.filter_map(|word| word.parse().ok()).collect();
            if name.starts_with("cpu") {
                stats.insert(name, NAMES.into_iter().zip(numbers).collect::<Map>());
            } else if let Some(first) = numbers.first().filter(|_| numbers.len() == 1) {
                stats.insert(name, *first);
            }
        }
        Ok(stats)
    }
}

/// Return the number of processors.
///
/// ```salt
/// salt '*' status.nproc
/// ```
#[derive(Args)]
pub struct Nproc;

impl Query for Nproc {
    type Output = usize;
    async fn call(self, read: &Read) -> Result<usize, Failure> {
        let text = file(read, "/proc/cpuinfo")?;
        Ok(text.lines().filter(|line| line.starts_with("processor")).count())
    }
}

/// Processes by id, from `/proc`.
fn processes(read: &Read) -> Vec<(String, String)> {
    let names = read.host().list("/proc").unwrap_or_default();
    let numbers = names.into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
    let command = |pid: &str| {
        let line = read.host().read_text(&format!("/proc/{pid}/cmdline")).ok()?;
        let line = line.trim_end_matches('\0').replace('\0', " ");
        if !line.is_empty() {
            return Some(line);
        }
        // A kernel thread has a name and no command line.
        read.host().read_text(&format!("/proc/{pid}/comm")).ok().map(|name| format!("[{}]", name.trim()))
    };
    numbers.filter_map(|pid| command(&pid).map(|command| (pid, command))).collect()
}

/// Return the processes of this machine.
///
/// ```salt
/// salt '*' status.procs
/// ```
#[derive(Args)]
pub struct Procs;

impl Query for Procs {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let accounts = read.host().accounts();
        let entry = |(pid, command): (String, String)| {
            let owner = read.host().stat(&format!("/proc/{pid}")).ok().flatten().map(|stat| accounts.user_name(stat.uid));
            let mut map = Map::new();
            map.insert("cmd", command);
            map.insert("user", owner);
            (pid, map)
        };
        Ok(processes(read).into_iter().map(entry).collect())
    }
}

/// Return the ids of processes whose command line has a text, one a line.
///
/// ```salt
/// salt '*' status.pid sshd
/// ```
#[derive(Args)]
pub struct Pid {
    /// The text.
    sig: String,
}

impl Query for Pid {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let own = std::process::id().to_string();
        let found = processes(read).into_iter().filter(|(pid, command)| *pid != own && command.contains(&self.sig));
        Ok(found.map(|(pid, _)| pid).collect::<Vec<_>>().join("\n"))
    }
}

/// Return the version of the kernel.
///
/// ```salt
/// salt '*' status.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(file(read, "/proc/version")?.trim().to_owned())
    }
}

/// Return the time of day of this machine.
///
/// ```salt
/// salt '*' status.time format='%s'
/// ```
#[derive(Args)]
pub struct Time {
    /// Format, as `strftime` has it.
    #[arg(default = "%A, %d. %B %Y %I:%M%p")]
    format: String,
}

impl Query for Time {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let now = jiff::Timestamp::try_from(read.host().now()).map_err(|error| Failure::failed(error.to_string()))?;
        let local = jiff::ZonedDateTime::new(now, jiff::tz::TimeZone::system());
        let bad = |error: jiff::Error| Failure::bad_arguments(format!("`{}` is no format: {error}", self.format));
        jiff::fmt::strtime::format(&self.format, &local).map_err(bad)
    }
}

/// Return how full the file systems are.
///
/// ```salt
/// salt '*' status.diskusage
/// ```
#[derive(Args)]
pub struct Diskusage {
    /// Mount points; all unless given.
    #[arg(rest)]
    args: Vec<Value>,
}

impl Query for Diskusage {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.ask(["df", "-P", "-B1"]).await?;
        let mut usage = parse_df(&text);
        if !self.args.is_empty() {
            usage.retain(|mount, _| self.args.contains(mount));
        }
        Ok(usage)
    }
}

/// Reads what `df -P -B1` prints.
fn parse_df(text: &str) -> Map {
    let entry = |line: &str| -> Option<(String, Value)> {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<i64>().ok());
        let mount = words.get(5..)?.join(" ");
        let mut map = Map::new();
        map.insert("total", number(1)?);
        map.insert("available", number(3)?);
        Some((mount, map.into()))
    };
    text.lines().skip(1).filter_map(entry).collect()
}

/// Return who is logged in.
///
/// ```salt
/// salt '*' status.w
/// ```
#[derive(Args)]
pub struct W;

impl Query for W {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let text = read.ask(["w", "-fh"]).await?;
        let entry = |line: &str| {
            let mut words = line.split_whitespace();
            let mut map = Map::new();
            for key in ["user", "tty", "login", "idle", "jcpu", "pcpu"] {
                map.insert(key, words.next().unwrap_or_default());
            }
            map.insert("what", words.collect::<Vec<_>>().join(" "));
            map.into()
        };
        Ok(text.lines().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_are_read_from_what_df_prints() {
        let printed = "Filesystem 1-blocks Used Available Capacity Mounted on\n/dev/sda1 1000 400 600 40% /\ntmpfs 10 0 10 0% /mnt/a b\n";
        let seen = serde_json::to_string(&parse_df(printed)).unwrap();
        assert_eq!(seen, r#"{"/":{"total":1000,"available":600},"/mnt/a b":{"total":10,"available":10}}"#);
    }

    #[test]
    fn memory_is_read_with_its_unit() {
        let seen = serde_json::to_string(&parse_meminfo("MemTotal:   16 kB\nHugePages_Free: 0\n")).unwrap();
        assert_eq!(seen, r#"{"MemTotal":{"value":"16","unit":"kB"},"HugePages_Free":{"value":"0"}}"#);
    }
}
