//! What the kernel counts: of processors, disks, interfaces; and who is logged in.

use crate::status::kernel::devices;
use sdk::{Args, Failure, Map, Query, Read, Value, text};

/// Names of the columns of a processor in `/proc/stat`.
const CPU: [&str; 10] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"];

/// The kernel counts in hundredths of a second, whatever its own clock.
const TICKS: f64 = 100.0;

fn times(line: &str) -> Map {
    let seconds = |word: &str| word.parse::<f64>().unwrap_or(0.0) / TICKS;
    CPU.iter().zip(line.split_whitespace().skip(1)).map(|(key, word)| (*key, seconds(word))).collect()
}

/// Return the seconds that processors spent with each kind of work.
///
/// ```salt
/// salt '*' ps.cpu_times
/// ```
#[derive(Args)]
pub struct CpuTimes {
    /// One by one; otherwise all together.
    #[arg(default = false)]
    per_cpu: bool,
}

impl Query for CpuTimes {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let text = read.host().read_text("/proc/stat").map_err(crate::failure)?;
        let mut rows = text.lines().filter(|line| line.starts_with("cpu"));
        let all = rows.next().map(times).unwrap_or_default();
        Ok(if self.per_cpu { rows.map(times).collect() } else { all.into() })
    }
}

/// File systems of devices, or every one.
fn mounts(read: &Read, every: bool) -> Vec<Map> {
    let text = read.host().read_text("/proc/mounts").unwrap_or_default();
    let row = |line: &str| {
        let mut words = line.split_whitespace().map(|word| word.replace("\\040", " "));
        let (device, place, kind, options) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let mut map = Map::new();
        let is_disk = device.starts_with('/');
        for (key, word) in [("device", device), ("mountpoint", place), ("fstype", kind), ("opts", options)] {
            map.insert(key, word);
        }
        (every || is_disk).then_some(map)
    };
    text.lines().filter_map(row).collect()
}

/// Return the file systems that are mounted.
///
/// ```salt
/// salt '*' ps.disk_partitions
/// ```
#[derive(Args)]
pub struct DiskPartitions {
    /// Those of no device too.
    #[arg(default = false)]
    all: bool,
}

impl Query for DiskPartitions {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        Ok(mounts(read, self.all))
    }
}

/// Bytes of the file system of a path, from `df`.
async fn usage(read: &Read, path: &str) -> Result<Map, Failure> {
    let text = read.ask(["df", "-P", "-k", "--", path]).await?;
    parse_usage(&text).ok_or_else(|| Failure::failed(format!("`df` told nothing of {path}")))
}

fn parse_usage(text: &str) -> Option<Map> {
    let words: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    let bytes = |at: usize| words.get(at)?.parse::<i64>().ok()?.checked_mul(1024);
    let (total, used, free) = (bytes(1)?, bytes(2)?, bytes(3)?);
    let mut map = Map::new();
    for (key, value) in [("total", total), ("used", used), ("free", free)] {
        map.insert(key, value);
    }
    // Of what users can have: root keeps a part of the whole.
    let percent = if used + free > 0 { used as f64 / (used + free) as f64 * 1000.0 } else { 0.0 };
    map.insert("percent", percent.round() / 10.0);
    Some(map)
}

/// Return how full the file system of a path is, in bytes.
///
/// ```salt
/// salt '*' ps.disk_usage /home
/// ```
#[derive(Args)]
pub struct DiskUsage {
    /// Path.
    path: String,
}

impl Query for DiskUsage {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        usage(read, &self.path).await
    }
}

/// Return the file systems that are mounted and how full each is.
///
/// ```salt
/// salt '*' ps.disk_partition_usage
/// ```
#[derive(Args)]
pub struct DiskPartitionUsage {
    /// Those of no device too.
    #[arg(default = false)]
    all: bool,
}

impl Query for DiskPartitionUsage {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        let mut rows = mounts(read, self.all);
        for row in &mut rows {
            let place = row.get("mountpoint").map(text::str).unwrap_or_default();
            // One that does not answer hides no other.
            if let Ok(usage) = usage(read, &place).await {
                row.extend(usage);
            }
        }
        Ok(rows)
    }
}

fn sum<'a>(rows: impl Iterator<Item = &'a Value> + Clone, key: &str) -> i64 {
    rows.filter_map(|row| row.get(key).and_then(Value::as_int)).sum()
}

/// Names of the kernel's columns, and the names they have here.
const NET: [(&str, &str); 8] = [
    ("bytes_sent", "tx_bytes"),
    ("bytes_recv", "rx_bytes"),
    ("packets_sent", "tx_packets"),
    ("packets_recv", "rx_packets"),
    ("errin", "rx_errs"),
    ("errout", "tx_errs"),
    ("dropin", "rx_drop"),
    ("dropout", "tx_drop"),
];

/// Return what went through an interface, or through all.
///
/// ```salt
/// salt '*' ps.network_io_counters eth0
/// ```
#[derive(Args)]
pub struct NetworkIoCounters {
    /// Interface.
    interface: Option<String>,
}

impl Query for NetworkIoCounters {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let all = devices(&read.host().read_text("/proc/net/dev").map_err(crate::failure)?);
        let one =
            |rows: Vec<&Value>| -> Value { NET.iter().map(|(name, key)| (*name, sum(rows.iter().copied(), key))).collect::<Map>().into() };
        Ok(match &self.interface {
            Some(name) => all.get(name).map_or_else(|| false.into(), |row| one(vec![row])),
            None => one(all.values().collect()),
        })
    }
}

/// Return what was read from and written to a disk, or all disks.
///
/// ```salt
/// salt '*' ps.disk_io_counters sda
/// ```
#[derive(Args)]
pub struct DiskIoCounters {
    /// Disk.
    device: Option<String>,
}

fn disk_counters<'a>(rows: impl Iterator<Item = Vec<&'a str>>) -> Map {
    let mut sums = [0_i64; 9];
    for words in rows {
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<i64>().ok()).unwrap_or(0);
        // Sectors are counted in parts of 512 bytes, whatever the disk has.
        let row = [number(3), number(7), number(5) * 512, number(9) * 512, number(6), number(10), number(4), number(8), number(12)];
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let names = [
        "read_count",
        "write_count",
        "read_bytes",
        "write_bytes",
        "read_time",
        "write_time",
        "read_merged_count",
        "write_merged_count",
        "busy_time",
    ];
    names.into_iter().zip(sums).collect()
}

impl Query for DiskIoCounters {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let text = read.host().read_text("/proc/diskstats").map_err(crate::failure)?;
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        // A partition counts with its disk, which is what the kernel lists as a block device.
        let is_whole = |name: &str| read.host().is_dir(&format!("/sys/block/{name}"));
        let is_meant = |words: &&Vec<&str>| match (words.get(2), &self.device) {
            (Some(name), Some(wanted)) => name == wanted,
            (Some(name), None) => is_whole(name),
            (None, _) => false,
        };
        let found: Vec<Vec<&str>> = rows.iter().filter(is_meant).cloned().collect();
        Ok(if found.is_empty() && self.device.is_some() { false.into() } else { disk_counters(found.into_iter()).into() })
    }
}

/// Return who is logged in.
///
/// ```salt
/// salt '*' ps.get_users
/// ```
#[derive(Args)]
pub struct GetUsers;

/// Lines of `who`: user, terminal, time in two words, and where from in brackets.
fn users(text: &str) -> Vec<Map> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [user, terminal, day, time, ..] = words.as_slice() else { return None };
        let mut map = Map::new();
        map.insert("name", *user);
        map.insert("terminal", *terminal);
        map.insert("started", format!("{day} {time}"));
        map.insert("host", words.iter().find_map(|word| word.strip_prefix('(')?.strip_suffix(')')));
        Some(map)
    };
    text.lines().filter_map(row).collect()
}

impl Query for GetUsers {
    type Output = Vec<Map>;
    async fn call(self, read: &Read) -> Result<Vec<Map>, Failure> {
        Ok(users(&read.ask(["who"]).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_sums_in_salts_words() {
        let shown = serde_json::to_string(&times("cpu 100 5 50 1000 0 0 1 2 0 0")).unwrap();
        assert!(shown.starts_with(r#"{"user":1.0,"nice":0.05,"system":0.5,"idle":10.0,"#), "{shown}");
        let usage = parse_usage("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 45 50 48% /\n").unwrap();
        assert_eq!(serde_json::to_string(&usage).unwrap(), r#"{"total":102400,"used":46080,"free":51200,"percent":47.4}"#);
        let row = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        let counters = disk_counters([row("7 0 a 1 2 3 4 5 6 7 8 9 10 11"), row("7 1 b 1 0 1 0 0 0 0 0 0 0 0")].into_iter());
        assert_eq!(
            (counters.get("read_count").and_then(Value::as_int), counters.get("read_bytes").and_then(Value::as_int)),
            (Some(2), Some(2048))
        );
        let who = users("ann      pts/0        2026-11-24 12:00 (10.0.0.9)\n");
        assert_eq!(
            serde_json::to_string(&who).unwrap(),
            r#"[{"name":"ann","terminal":"pts/0","started":"2026-11-24 12:00","host":"10.0.0.9"}]"#
        );
    }
}
