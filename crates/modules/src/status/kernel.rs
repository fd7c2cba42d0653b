//! What the kernel counts of disks, memory and interfaces, read from `/proc`.

use sdk::{Args, Failure, Map, Query, Read, Value};

fn number(word: &str) -> Value {
    word.parse::<i64>().map_or_else(|_| word.into(), Value::from)
}

/// Columns of `/proc/diskstats`; newer kernels have more, which are left out.
const DISK: [&str; 14] = [
    "major",
    "minor",
    "device",
    "reads_issued",
    "reads_merged",
    "sectors_read",
    "ms_spent_reading",
    "writes_completed",
    "writes_merged",
    "sectors_written",
    "ms_spent_writing",
    "io_in_progress",
    "ms_spent_in_io",
    "weighted_ms_spent_in_io",
];

fn disks(text: &str) -> Map {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let row: Map = DISK.iter().zip(&words).map(|(key, word)| (*key, number(word))).collect();
        Some(((*words.get(2)?).to_owned(), row))
    };
    text.lines().filter_map(row).collect()
}

/// Return what the kernel counts of each disk.
///
/// ```salt
/// salt '*' status.diskstats
/// ```
#[derive(Args)]
pub struct Diskstats;

impl Query for Diskstats {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(disks(&read.host().read_text("/proc/diskstats").map_err(crate::failure)?))
    }
}

/// Return what the kernel counts of its memory.
///
/// ```salt
/// salt '*' status.vmstats
/// ```
#[derive(Args)]
pub struct Vmstats;

impl Query for Vmstats {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.host().read_text("/proc/vmstat").map_err(crate::failure)?;
        Ok(text.lines().filter_map(|line| line.split_once(' ')).map(|(key, word)| (key.to_owned(), number(word.trim()))).collect())
    }
}

/// Pairs of lines: names, then numbers, each behind the same word.
fn pairs(text: &str) -> Map {
    let mut map = Map::new();
    let lines: Vec<&str> = text.lines().collect();
    for pair in lines.chunks(2) {
        let [names, numbers] = pair else { continue };
        let (Some((title, names)), Some((_, numbers))) = (names.split_once(':'), numbers.split_once(':')) else { continue };
        let row: Map = names.split_whitespace().zip(numbers.split_whitespace()).map(|(key, word)| (key.to_owned(), number(word))).collect();
        map.insert(title, row);
    }
    map
}

/// Return what the kernel counts of its network protocols.
///
/// ```salt
/// salt '*' status.netstats
/// ```
#[derive(Args)]
pub struct Netstats;

impl Query for Netstats {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(pairs(&read.host().read_text("/proc/net/netstat").map_err(crate::failure)?))
    }
}

/// Columns of `/proc/net/dev` behind the name of the interface.
const DEVICE: [&str; 16] = [
    "rx_bytes",
    "rx_packets",
    "rx_errs",
    "rx_drop",
    "rx_fifo",
    "rx_frame",
    "rx_compressed",
    "rx_multicast",
    "tx_bytes",
    "tx_packets",
    "tx_errs",
    "tx_drop",
    "tx_fifo",
    "tx_colls",
    "tx_carrier",
    "tx_compressed",
];

/// What the kernel counts of each interface, from the text of `/proc/net/dev`.
pub(crate) fn devices(text: &str) -> Map {
    let row = |line: &str| {
        let (name, rest) = line.split_once(':')?;
        let mut row: Map = [("iface", name.trim())].into_iter().collect();
        row.extend(DEVICE.iter().zip(rest.split_whitespace()).map(|(key, word)| (*key, number(word))));
        Some((name.trim().to_owned(), row))
    };
    text.lines().skip(2).filter_map(row).collect()
}

/// Return what the kernel counts of each interface.
///
/// ```salt
/// salt '*' status.netdev
/// ```
#[derive(Args)]
pub struct Netdev;

impl Query for Netdev {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(devices(&read.host().read_text("/proc/net/dev").map_err(crate::failure)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_the_kernel_are_read() {
        let disk = disks("   7       0 loop0 192 0 3650 42 74 60 608 28 0 56 89 1 2 3\n");
        let shown = serde_json::to_string(&disk).unwrap();
        assert!(
            shown.starts_with(r#"{"loop0":{"major":7,"minor":0,"device":"loop0","reads_issued":192,"#)
                && shown.ends_with(r#""weighted_ms_spent_in_io":89}}"#)
        );
        assert_eq!(serde_json::to_string(&pairs("TcpExt: A B\nTcpExt: 1 2\n")).unwrap(), r#"{"TcpExt":{"A":1,"B":2}}"#);
        let dev = "Inter-|   Receive\n face |bytes\n    lo: 10 1 0 98 0 0 0 0 20 2 0 0 0 0 0 0\n";
        let lo = devices(dev).get("lo").cloned().unwrap();
        assert_eq!((lo.get("rx_drop").and_then(Value::as_int), lo.get("tx_bytes").and_then(Value::as_int)), (Some(98), Some(20)));
    }
}
