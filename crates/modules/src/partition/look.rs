//! Looks at disks and their partitions.

use super::{UNITS, device, needs, number, one_of};
use sdk::{Args, Failure, Map, Query, Read, text};

/// Fields of a table's lines: names as Salt has them.
const DISK: [&str; 8] = ["disk", "size", "interface", "logical sector", "physical sector", "partition table", "model", "disk flags"];
const PART: [&str; 7] = ["number", "start", "end", "size", "file system", "name", "flags"];

/// `parted -m … print`: the unit, the disk, then a line for each partition.
fn parse(text: &str) -> Map {
    let fields = |line: &str, names: &[&'static str]| -> Map {
        names.iter().zip(line.trim_end_matches(';').split(':')).map(|(name, value)| (*name, value)).collect()
    };
    let mut info = Map::new();
    let mut partitions = Map::new();
    for line in text.lines().filter(|line| line.ends_with(';')).skip(1) {
        if info.is_empty() {
            info = fields(line, &DISK);
        } else {
            let part = fields(line, &PART);
            partitions.insert(part.get("number").map(text::str).unwrap_or_default(), part);
        }
    }
    let mut map = Map::new();
    map.insert("info", info);
    map.insert("partitions", partitions);
    map
}

/// Return a disk and its partitions.
///
/// ```salt
/// salt '*' partition.list /dev/sda unit=s
/// ```
#[derive(Args)]
pub struct List {
    /// Disk.
    device: String,
    /// Unit of the sizes.
    unit: Option<String>,
}

impl Query for List {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let disk = device(read, &self.device)?;
        needs(read, "parted", "parted")?;
        let mut argv = vec!["parted", "-m", "-s", disk];
        if let Some(unit) = &self.unit {
            argv.extend(["unit", one_of("unit", "list", unit, &UNITS)?]);
        }
        argv.push("print");
        Ok(parse(&read.ask(argv).await?))
    }
}

/// Return the disks of this machine.
///
/// ```salt
/// salt '*' partition.get_block_device
/// ```
#[derive(Args)]
pub struct GetBlockDevice;

impl Query for GetBlockDevice {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        needs(read, "lsblk", "util-linux")?;
        // Without discs and floppies.
        let text = read.ask(["lsblk", "-n", "-io", "KNAME", "-d", "-e", "1,7,11"]).await?;
        Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
    }
}

/// Tell whether there is such a device.
///
/// ```salt
/// salt '*' partition.exists /dev/sdb1
/// ```
#[derive(Args)]
pub struct Exists {
    /// Device.
    #[arg(default = "")]
    device: String,
}

impl Query for Exists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(device(read, &self.device).is_ok())
    }
}

/// Return the types of partitions that `sfdisk` knows, by their ids.
///
/// ```salt
/// salt '*' partition.system_types
/// ```
#[derive(Args)]
pub struct SystemTypes;

impl Query for SystemTypes {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "sfdisk", "fdisk")?;
        let text = read.ask(["sfdisk", "-T"]).await?;
        let row = |line: &str| line.trim().split_once(char::is_whitespace).map(|(id, name)| (id.to_owned(), name.trim().to_owned()));
        Ok(text.lines().filter_map(row).filter(|(id, _)| u8::from_str_radix(id, 16).is_ok()).collect())
    }
}

/// Return the type of a partition.
///
/// ```salt
/// salt '*' partition.get_id /dev/sda 1
/// ```
#[derive(Args)]
pub struct GetId {
    /// Disk.
    device: String,
    /// Number of the partition.
    minor: String,
}

impl Query for GetId {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        needs(read, "sfdisk", "fdisk")?;
        let argv = ["sfdisk", "--part-type", device(read, &self.device)?, number(&self.minor)?];
        Ok(read.ask(argv).await?.trim().to_owned())
    }
}

/// Tell whether a partition begins where the disk is fastest.
///
/// ```salt
/// salt '*' partition.align_check /dev/sda optimal 1
/// ```
#[derive(Args)]
pub struct AlignCheck {
    /// Disk.
    device: String,
    /// `minimal` or `optimal`.
    part_type: String,
    /// Number of the partition.
    partition: String,
}

impl Query for AlignCheck {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        needs(read, "parted", "parted")?;
        let disk = device(read, &self.device)?;
        let kind = one_of("part_type", "align_check", &self.part_type, &["minimal", "optimal"])?;
        let output = read.try_run(["parted", "-m", "-s", disk, "align-check", kind, number(&self.partition)?]).await?;
        Ok(output.out().lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        // An answer of parted 3.5.
        let text = "BYT;\n/dev/loop0:21.0MB:loopback:512:512:gpt:Loopback device:pmbr_boot;\n1:1049kB:9437kB:8389kB::data:lvm;\n";
        let shown = serde_json::to_string(&parse(text)).unwrap();
        assert_eq!(
            shown,
            r#"{"info":{"disk":"/dev/loop0","size":"21.0MB","interface":"loopback","logical sector":"512","physical sector":"512","partition table":"gpt","model":"Loopback device","disk flags":"pmbr_boot"},"partitions":{"1":{"number":"1","start":"1049kB","end":"9437kB","size":"8389kB","file system":"","name":"data","flags":"lvm"}}}"#
        );
    }
}
