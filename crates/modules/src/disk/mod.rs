//! Space on disks, and what block devices hold.

mod iostat;
mod tools;

use sdk::{Args, Failure, Map, Query, Read};

sdk::module!(
    disk,
    [
        Usage,
        Inodeusage,
        Percent,
        Blkid,
        Fstype,
        tools::Format,
        tools::Wipe,
        tools::Resize2fs,
        tools::Dump,
        tools::Tune,
        tools::GetFstypeFromPath,
        tools::Hdparms,
        iostat::Iostat,
        iostat::Hpa,
        iostat::SmartAttributes
    ]
);

/// Rows of `df -P`: six columns, of which the last may have blanks.
fn rows(text: &str) -> Vec<[String; 6]> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let mut next = || words.next().map(str::to_owned);
        let first = [next()?, next()?, next()?, next()?, next()?];
        let place = words.collect::<Vec<_>>().join(" ");
        let [a, b, c, d, e] = first;
        (!place.is_empty()).then_some([a, b, c, d, e, place])
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// Runs `df`; a file system that does not answer is left out, which `df` calls a failure.
async fn df(read: &Read, flags: &str, place: Option<&str>) -> Result<Vec<[String; 6]>, Failure> {
    let argv = ["df", flags].into_iter().chain(place);
    let output = read.try_run(argv).await?;
    let rows = rows(&output.out());
    if rows.is_empty() && !output.is_ok() {
        return Err(Failure::failed(format!("`df` failed with status {}: {}", output.retcode(), output.err().trim())));
    }
    Ok(rows)
}

/// Return how full each mounted file system is.
///
/// ```salt
/// salt '*' disk.usage
/// ```
#[derive(Args)]
pub struct Usage {
    /// Letters of further options of `df`, such as `h` or `m`.
    args: Option<String>,
}

impl Query for Usage {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let letters = self.args.unwrap_or_else(|| "k".to_owned());
        let letters: String = letters.chars().filter(char::is_ascii_alphanumeric).collect();
        let shown = |[filesystem, blocks, used, available, capacity, place]: [String; 6]| {
            let mut map = Map::new();
            map.insert("filesystem", filesystem);
            map.insert("1K-blocks", blocks);
            map.insert("used", used);
            map.insert("available", available);
            map.insert("capacity", capacity);
            (place, map)
        };
        Ok(df(read, &format!("-P{letters}"), None).await?.into_iter().map(shown).collect())
    }
}

/// Return how many inodes of each mounted file system are used.
///
/// ```salt
/// salt '*' disk.inodeusage
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Inodeusage {
    /// Letters of `df`: `a` all file systems, `i`, `l` local ones alone, `T`.
    args: Option<String>,
}

impl Query for Inodeusage {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let shown = |[filesystem, inodes, used, free, percent, place]: [String; 6]| {
            let mut map = Map::new();
            map.insert("inodes", inodes);
            map.insert("used", used);
            map.insert("free", free);
            map.insert("use", percent);
            map.insert("filesystem", filesystem);
            (place, map)
        };
        let letters: String = self.args.unwrap_or_default().chars().filter(char::is_ascii_alphabetic).collect();
        Ok(df(read, &format!("-iP{letters}"), None).await?.into_iter().map(shown).collect())
    }
}

/// Return how full the file system of a path is, or each of them.
///
/// ```salt
/// salt '*' disk.percent /var
/// ```
#[derive(Args)]
pub struct Percent {
    /// Path.
    args: Option<String>,
}

impl Query for Percent {
    type Output = sdk::Value;
    async fn call(self, read: &Read) -> Result<sdk::Value, Failure> {
        let rows = df(read, "-P", self.args.as_deref()).await?;
        let shown = |[.., percent, place]: [String; 6]| (place, percent);
        let map: Map = rows.into_iter().map(shown).collect();
        Ok(match (self.args, map.single()) {
            (Some(_), Some((_, percent))) => percent.clone(),
            (_, _) => map.into(),
        })
    }
}

/// Reads `/dev/sda1: UUID="…" TYPE="ext4"`.
fn parse_blkid(text: &str) -> Map {
    let entry = |line: &str| {
        let (device, rest) = line.split_once(": ")?;
        let mut attributes = Map::new();
        let mut rest = rest.trim();
        while let Some((key, tail)) = rest.split_once("=\"") {
            let (value, after) = tail.split_once('"')?;
            attributes.insert(key.trim(), value);
            rest = after.trim_start();
        }
        Some((device.to_owned(), attributes))
    };
    text.lines().filter_map(entry).collect()
}

/// Return what block devices hold: ids, labels and types.
///
/// ```salt
/// salt '*' disk.blkid
/// ```
#[derive(Args)]
pub struct Blkid {
    /// Device; all unless given.
    device: Option<String>,
    /// Look for a device by a pair such as `LABEL=data`.
    token: Option<String>,
}

impl Query for Blkid {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        blkid(read, self.device.as_deref(), self.token.as_deref()).await
    }
}

/// What is known of block devices, by their paths: of all, of one, or of those that a pair such as `LABEL=data` means.
///
/// # Errors
/// When `blkid` fails.
pub async fn blkid(read: &Read, device: Option<&str>, token: Option<&str>) -> Result<Map, Failure> {
    let mut argv = vec!["blkid"];
    match (device, token) {
        (_, Some(token)) => argv.extend(["-t", token]),
        (Some(device), None) => argv.push(device),
        (None, None) => {}
    }
    let output = read.try_run(argv).await?;
    // Status 2 says that there is nothing to tell.
    if output.is_ok() || output.retcode() == 2 {
        return Ok(parse_blkid(&output.out()));
    }
    Err(Failure::failed(format!("`blkid` failed with status {}: {}", output.retcode(), output.err().trim())))
}

/// Return the file system on a device.
///
/// ```salt
/// salt '*' disk.fstype /dev/sdb1
/// ```
#[derive(Args)]
pub struct Fstype {
    /// Device.
    device: String,
}

impl Query for Fstype {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let output = read.try_run(["lsblk", "-n", "-d", "-o", "fstype", &self.device]).await?;
        let found = output.out().trim().to_owned();
        if output.is_ok() && !found.is_empty() {
            return Ok(found);
        }
        let output = read.try_run(["blkid", "-o", "value", "-s", "TYPE", &self.device]).await?;
        Ok(output.out().trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_have_blanks_in_its_name() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 40 60% /srv/my data\n";
        assert_eq!(rows(text).first().unwrap().last().unwrap(), "/srv/my data");
    }

    #[test]
    fn attributes_are_read_in_quotes() {
        let seen = parse_blkid("/dev/sda1: LABEL=\"my data\" UUID=\"1-2\" TYPE=\"ext4\"\n");
        assert_eq!(serde_json::to_string(&seen).unwrap(), r#"{"/dev/sda1":{"LABEL":"my data","UUID":"1-2","TYPE":"ext4"}}"#);
    }
}
