//! The files of two machines: whatever either has changed of the image, compared in content, mode and owner.

use super::twins::{Side, Twins};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What differs between any two machines: logs, caches, states of programs that run all the time, and backups that shadow-utils keeps of
/// the step before the last.
const ASIDE: [&str; 21] = [
    "/var/log",
    "/var/cache",
    "/var/lib/apt",
    "/var/lib/systemd",
    "/var/lib/private",
    "/var/lib/sylvite",
    "/var/lib/salt",
    "/run",
    "/tmp",
    "/var/tmp",
    "/opt",
    "/etc/machine-id",
    "/etc/sylvite",
    "/etc/salt",
    "/etc/passwd-",
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/.pwd.lock",
    "/etc/ssh/ssh_host",
    "/var/lib/dpkg/lock",
];

/// Endings of files with process ids, or with the number of their own file in them as Berkeley DB writes it.
const ENDINGS: [&str; 4] = ["-old", ".pid", ".lock", ".db"];

/// What is in the path of keys that a package makes, of bytecode, and of files in which git keeps times.
const PARTS: [&str; 4] = ["ssl-cert-snakeoil", "__pycache__", "/.git/index", "/.git/logs"];

fn is_aside(path: &str) -> bool {
    let begins = ASIDE.iter().any(|aside| path.starts_with(aside));
    begins || ENDINGS.iter().any(|ending| path.ends_with(ending)) || PARTS.iter().any(|part| path.contains(part))
}

/// Every path below a folder, as the machine sees it.
fn walk(folder: &Path, below: &str, found: &mut BTreeMap<String, Metadata>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if is_aside(&path) {
            continue;
        }
        let about = fs::symlink_metadata(entry.path())?;
        if about.is_dir() {
            walk(&entry.path(), &path, found)?;
        }
        found.insert(path, about);
    }
    Ok(())
}

/// What a machine has changed of its image: path, and what changes with the file.
pub fn listing(upper: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    walk(upper, "", &mut found)?;
    let line = |about: &Metadata| format!("{:o}:{}:{}:{}:{}", about.mode(), about.uid(), about.gid(), about.mtime(), about.size());
    // The time of a folder changes with a temporary file that comes and goes.
    Ok(found.into_iter().filter(|(_, about)| !about.is_dir()).map(|(path, about)| (path, line(&about))).collect())
}

/// Paths that are not the same in two listings.
pub fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

/// How the twins' files differ, a line each.
pub fn differences(twins: &Twins) -> Result<Vec<String>> {
    let mut touched = BTreeMap::new();
    walk(&twins.upper(Side::Salt), "", &mut touched)?;
    walk(&twins.upper(Side::Ours), "", &mut touched)?;
    let (salt, ours) = (twins.root(Side::Salt), twins.root(Side::Ours));
    let mut faults = Vec::new();
    let mut gone: Option<String> = None;
    for path in touched.keys() {
        // A folder that one of them has not is named once, not with all that lies in it.
        if gone.as_ref().is_some_and(|folder| path.starts_with(&format!("{folder}/"))) {
            continue;
        }
        let relative = path.trim_start_matches('/');
        if let Some(difference) = compare(&salt.join(relative), &ours.join(relative))? {
            if difference.starts_with("only") {
                gone = Some(path.clone());
            }
            faults.push(format!("{path}: {difference}"));
        }
    }
    Ok(faults)
}

/// How one path differs, if it does.
fn compare(salt: &Path, ours: &Path) -> Result<Option<String>> {
    let (one, other) = match (fs::symlink_metadata(salt).ok(), fs::symlink_metadata(ours).ok()) {
        (Some(one), Some(other)) => (one, other),
        (None, None) => return Ok(None),
        (Some(_), None) => return Ok(Some("only salt's host has it".to_owned())),
        (None, Some(_)) => return Ok(Some("only our host has it".to_owned())),
    };
    let kind = |about: &Metadata| {
        let kind = about.file_type();
        [kind.is_dir(), kind.is_symlink(), kind.is_fifo(), kind.is_char_device(), kind.is_block_device(), kind.is_socket()]
    };
    if kind(&one) != kind(&other) {
        return Ok(Some("is of another kind".to_owned()));
    }
    if (one.mode(), one.uid(), one.gid()) != (other.mode(), other.uid(), other.gid()) {
        let line = |about: &Metadata| format!("{:o} {}:{}", about.mode(), about.uid(), about.gid());
        return Ok(Some(format!("salt: {}, ours: {}", line(&one), line(&other))));
    }
    if one.is_symlink() {
        let (one, other) = (fs::read_link(salt)?, fs::read_link(ours)?);
        return Ok((one != other).then(|| format!("salt's leads to {}, ours to {}", one.display(), other.display())));
    }
    if one.is_file() {
        let (one, other) = (read(salt)?, read(ours)?);
        return Ok((one != other).then(|| content(&one, &other)));
    }
    Ok(None)
}

/// A file's content without what a program writes about the time and the name of its input.
fn read(path: &Path) -> Result<Vec<u8>> {
    let content = fs::read(path)?;
    if path.ends_with("RECORD") {
        // pip lists the files of a package in the order in which the folder gives them.
        let mut lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        return Ok(lines.join(&b'\n'));
    }
    if !["crontabs", "iptables"].iter().any(|folder| path.components().any(|part| part.as_os_str() == *folder)) {
        return Ok(content);
    }
    let is_kept = |line: &&[u8]| !["# (", "# Generated", "# Completed"].iter().any(|begin| line.starts_with(begin.as_bytes()));
    let kept: Vec<&[u8]> = content.split(|byte| *byte == b'\n').filter(is_kept).collect();
    Ok(kept.join(&b'\n'))
}

/// The first lines that only one of them has.
fn content(salt: &[u8], ours: &[u8]) -> String {
    let (salt, ours) = (String::from_utf8_lossy(salt), String::from_utf8_lossy(ours));
    let only = |one: &str, other: &str| {
        let lines: Vec<&str> = one.lines().filter(|line| !other.lines().any(|there| there == *line)).take(3).collect();
        lines.join("\\n")
    };
    format!("only in salt's: {:?}, only in ours: {:?}", only(&salt, &ours), only(&ours, &salt))
}
