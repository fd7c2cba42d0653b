//! `diskusage`, `memusage`, `swapusage`: something is nearly full.

use super::{percent, rounded};
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use nix::sys::statvfs::statvfs;
use sdk::{Failure, Map, Read, Value};

/// Tells when a file system is fuller than its bound.
pub struct Disks {
    bounds: Vec<(String, f64)>,
}

impl Disks {
    /// Reads mount points, or regular expressions of them, with a share each.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut bounds = Vec::new();
        for (mount, bound) in options {
            let mount = value::text::str(mount);
            let bound = percent(bound).ok_or_else(|| format!("`{mount}` needs a share such as 85%"))?;
            fancy_regex::Regex::new(&mount).map_err(|error| format!("`{mount}` is no path and no regular expression: {error}"))?;
            bounds.push((mount, bound));
        }
        if bounds.is_empty() {
            return Err("it needs mount points with a share, such as {/: 85%}".to_owned());
        }
        Ok(Self { bounds })
    }
}

/// Used share of a file system, as `df` counts it: what only root may use is neither free nor used.
fn used(mount: &str) -> Option<f64> {
    let stat = statvfs(mount).ok()?;
    let used = stat.blocks().checked_sub(stat.blocks_free())?;
    let usable = used + stat.blocks_available();
    (usable > 0).then(|| used as f64 / usable as f64 * 100.0)
}

#[async_trait]
impl Beacon for Disks {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let text = read.host().read("/proc/self/mounts").map_err(|error| Failure::failed(output::chain(&error)))?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let mounts: Vec<String> = text.lines().filter_map(|line| line.split(' ').nth(1)).map(unescaped).collect();
        let mut findings = Vec::new();
        for (wanted, bound) in &self.bounds {
            let pattern = fancy_regex::Regex::new(&format!("^(?:{wanted})$")).ok();
            let fits = |mount: &String| mount == wanted || pattern.as_ref().is_some_and(|pattern| pattern.is_match(mount).unwrap_or(false));
            let mut meant: Vec<&String> = mounts.iter().filter(|mount| fits(mount)).collect();
            meant.dedup();
            for mount in meant {
                let (path, bound) = (mount.clone(), *bound);
                // A file system behind a dead server answers late or never.
                let share = tokio::task::spawn_blocking(move || used(&path)).await.ok().flatten();
                if let Some(share) = share.filter(|share| *share >= bound) {
                    findings.push(Finding::plain(Map::from_iter([
                        ("diskusage", Value::from(rounded(share))),
                        ("mount", Value::from(mount.as_str())),
                    ])));
                }
            }
        }
        Ok(findings)
    }
}

/// A path of `/proc/mounts`, where blanks are written as octal numbers.
fn unescaped(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Memory.
    Memory,
    /// Swap.
    Swap,
}

/// Tells when memory or swap is fuller than its bound.
pub struct Memory {
    kind: Kind,
    bound: f64,
}

impl Memory {
    /// Reads `percent`.
    pub fn new(options: &Map, kind: Kind) -> Result<Self, String> {
        let bound = options.get("percent").and_then(percent).ok_or("it needs `percent`, such as 63%")?;
        Ok(Self { kind, bound })
    }
}

/// Used share out of `/proc/meminfo`.
fn share(text: &str, kind: Kind) -> Option<f64> {
    let number = |key: &str| -> Option<f64> {
        let line = text.lines().find(|line| line.split(':').next() == Some(key))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let (total, free) = match kind {
        Kind::Memory => (number("MemTotal")?, number("MemAvailable")?),
        Kind::Swap => (number("SwapTotal")?, number("SwapFree")?),
    };
    Some(if total > 0.0 { (total - free) / total * 100.0 } else { 0.0 })
}

#[async_trait]
impl Beacon for Memory {
    async fn look(&mut self, read: &Read) -> Result<Vec<Finding>, Failure> {
        let text = read.host().read("/proc/meminfo").map_err(|error| Failure::failed(output::chain(&error)))?;
        let share = share(&String::from_utf8_lossy(&text), self.kind).ok_or_else(|| Failure::failed("/proc/meminfo does not say"))?;
        let name = match self.kind {
            Kind::Memory => "memusage",
            Kind::Swap => "swapusage",
        };
        let is_over = share >= self.bound;
        Ok(is_over.then(|| Finding::plain(Map::from_iter([(name, rounded(share))]))).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_from_what_the_kernel_says() {
        let text =
            "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\nSwapTotal:       0 kB\nSwapFree:        0 kB\n";
        assert_eq!((share(text, Kind::Memory), share(text, Kind::Swap)), (Some(75.0), Some(0.0)));
        assert!(used("/").is_some_and(|share| (0.0..=100.0).contains(&share)));
        assert_eq!(unescaped("/a\\040b"), "/a b");
    }
}
