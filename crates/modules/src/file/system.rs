//! What the system knows of files: the file system they lie on, and who has them open.

use sdk::host::{FileKind, Look, join};
use sdk::{Args, Failure, Map, Query, Read, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Return the sizes and flags of the file system that a path lies on.
///
/// ```salt
/// salt '*' file.statvfs /srv
/// ```
#[derive(Args)]
pub struct Statvfs {
    /// Path.
    path: String,
}

impl Query for Statvfs {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.ask(["stat", "-f", "-c", "%a %f %b %s %d %c %S %l", "--", &self.path]).await?;
        let numbers: Vec<i64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [available, free, blocks, size, free_files, files, fragment, longest] = numbers.as_slice() else {
            return Err(Failure::failed(format!("cannot read what `stat -f` says of `{}`: {}", self.path, text.trim())));
        };
        let place = read.host().real_path(&self.path).unwrap_or(self.path);
        let mounts = read.host().read_text("/proc/self/mounts").unwrap_or_default();
        let all = [
            ("f_bavail", *available),
            ("f_bfree", *free),
            ("f_blocks", *blocks),
            ("f_bsize", *size),
            ("f_favail", *free_files),
            ("f_ffree", *free_files),
            ("f_files", *files),
            ("f_flag", flags(&mounts, &place)),
            ("f_frsize", *fragment),
            ("f_namemax", *longest),
        ];
        Ok(all.into_iter().collect())
    }
}

/// Flags of the file system that is mounted above a path, as `statvfs` numbers them.
fn flags(mounts: &str, path: &str) -> i64 {
    let mut best: Option<(usize, i64)> = None;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(place), Some(options)) = (words.next(), words.nth(1)) else { continue };
        let place = place.replace("\\040", " ");
        let is_above = place == "/" || path == place || path.strip_prefix(&place).is_some_and(|rest| rest.starts_with('/'));
        // Of two on one place the later one is in effect.
        if is_above && best.is_none_or(|(length, _)| place.len() >= length) {
            best = Some((place.len(), options.split(',').map(bit).sum()));
        }
    }
    best.map_or(0, |(_, flags)| flags)
}

const fn bit_of(index: u32) -> i64 {
    1 << index
}

fn bit(option: &str) -> i64 {
    let known = [
        ("ro", 0),
        ("nosuid", 1),
        ("nodev", 2),
        ("noexec", 3),
        ("sync", 4),
        ("mand", 6),
        ("noatime", 10),
        ("nodiratime", 11),
        ("relatime", 12),
    ];
    known.iter().find(|(word, _)| *word == option).map_or(0, |(_, index)| bit_of(*index))
}

/// Return the files that processes have open, each with the processes that do.
///
/// ```salt
/// salt '*' file.open_files
/// salt '*' file.open_files by_pid=True
/// ```
#[derive(Args)]
pub struct OpenFiles {
    /// The other way round: the files of each process.
    #[arg(default = false)]
    by_pid: bool,
}

impl Query for OpenFiles {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let host = read.host();
        let mut by_pid: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for pid in host.list("/proc").map_err(crate::failure)?.iter().filter_map(|name| name.parse::<i64>().ok()) {
            by_pid.insert(pid, open_of(host, pid));
        }
        if self.by_pid {
            return Ok(by_pid.into_iter().map(|(pid, files)| (pid, files.into_iter().collect::<Vec<_>>())).collect());
        }
        let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (pid, files) in by_pid {
            for file in files {
                by_file.entry(file).or_default().push(pid.into());
            }
        }
        Ok(by_file.into_iter().collect())
    }
}

/// Paths that a process has open and that are still there; none of a process that ended meanwhile.
fn open_of(host: &dyn Look, pid: i64) -> BTreeSet<String> {
    let folder = format!("/proc/{pid}/fd");
    let links = host.list(&folder).unwrap_or_default().into_iter().map(|name| join(&folder, &name)).chain([format!("/proc/{pid}/exe")]);
    let paths = links.filter_map(|link| host.read_link(&link).ok()).filter(|path| path.starts_with('/'));
    paths
        .filter(|path| matches!(host.link_stat(path), Ok(Some(stat)) if stat.kind != FileKind::Dir || !path.starts_with("/proc/")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_the_deepest_mount() {
        let mounts =
            "/dev/vda / ext4 rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /srv/a\\040b tmpfs ro 0 0\n";
        assert_eq!(flags(mounts, "/etc"), 4096);
        assert_eq!(flags(mounts, "/proc/self"), 4096 + 2 + 4 + 8);
        assert_eq!(flags(mounts, "/processes"), 4096);
        assert_eq!(flags(mounts, "/srv/a b/c"), 1);
    }
}
