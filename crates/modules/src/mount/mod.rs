//! File systems: what is mounted now, and what is mounted on boot.

mod cache;
pub mod fstab;
mod functions;

pub use functions::functions;

use fstab::unescaped;
use sdk::{Cx, Failure, Read};

/// A mounted file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// Where it is mounted.
    pub name: String,
    /// Device.
    pub device: String,
    /// File system.
    pub fstype: String,
    /// Options of the mount and of the file system.
    pub opts: Vec<String>,
    /// The folder of the file system that is mounted: `/` unless it is a part.
    pub root: String,
}

/// Reads `/proc/self/mountinfo`.
fn parse(text: &str) -> Vec<Active> {
    let entry = |line: &str| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(3);
        let (root, name, opts) = (unescaped(left.next()?), unescaped(left.next()?), left.next()?);
        let mut right = right.split(' ');
        let (fstype, device, further) = (right.next()?.to_owned(), unescaped(right.next()?), right.next().unwrap_or_default());
        let mut all: Vec<String> = opts.split(',').map(str::to_owned).collect();
        for option in further.split(',').filter(|option| !option.is_empty()) {
            if !all.iter().any(|have| have == option) {
                all.push(option.to_owned());
            }
        }
        Some(Active { name, device, fstype, opts: all, root })
    };
    text.lines().filter_map(entry).collect()
}

/// Everything that is mounted; of two at one place, the later one covers the earlier.
pub fn active(read: &Read) -> Vec<Active> {
    parse(&read.host().read_text("/proc/self/mountinfo").unwrap_or_default())
}

/// What is mounted at a place.
pub fn mounted_at(read: &Read, name: &str) -> Option<Active> {
    let wanted = if name == "/" { name } else { name.trim_end_matches('/') };
    active(read).into_iter().rev().find(|entry| entry.name == wanted)
}

/// A device by its path: labels and ids are looked up, links followed.
pub fn real_device(read: &Read, device: &str) -> String {
    let by = |kind: &str, value: &str| format!("/dev/disk/by-{kind}/{}", value.trim_matches('"'));
    let path = match device.split_once('=') {
        Some(("UUID", id)) => by("uuid", id),
        Some(("LABEL", label)) => by("label", label),
        Some(("PARTUUID", id)) => by("partuuid", id),
        Some(("PARTLABEL", label)) => by("partlabel", label),
        Some(_) | None => device.to_owned(),
    };
    read.host().real_path(&path).unwrap_or_else(|_| device.to_owned())
}

/// Swap areas that are in use: path and size, priority and use in KiB.
pub fn swaps(read: &Read) -> Vec<[String; 5]> {
    let text = read.host().read_text("/proc/swaps").unwrap_or_default();
    let entry = |line: &str| {
        let mut words = line.split_whitespace().map(unescaped);
        Some([words.next()?, words.next()?, words.next()?, words.next()?, words.next()?])
    };
    text.lines().skip(1).filter_map(entry).collect()
}

/// What `mount` is told.
#[derive(Clone, Debug, Default)]
pub struct Mount {
    /// Where.
    pub name: String,
    /// What.
    pub device: String,
    /// File system; `mount` finds out unless given.
    pub fstype: String,
    /// Options with commas between them.
    pub opts: String,
    /// As which user.
    pub user: Option<String>,
}

async fn run(cx: &Cx, argv: Vec<String>, user: Option<&String>) -> Result<(), Failure> {
    let mut command = sdk::host::Command::new(argv).env("LC_ALL", "C");
    command.user = user.cloned();
    let output = cx.run_command(command).await?;
    if output.is_ok() {
        return Ok(());
    }
    let said = if output.stderr.is_empty() { output.out() } else { output.err() };
    Err(Failure::failed(said.trim().to_owned()).with_retcode(output.retcode()))
}

/// Mounts a file system.
pub async fn mount(cx: &Cx, what: &Mount) -> Result<(), Failure> {
    let mut argv = vec!["mount".to_owned()];
    if !what.opts.is_empty() {
        argv.extend(["-o".to_owned(), what.opts.clone()]);
    }
    if !what.fstype.is_empty() && what.fstype != "auto" {
        argv.extend(["-t".to_owned(), what.fstype.clone()]);
    }
    argv.extend([what.device.clone(), what.name.clone()]);
    run(cx, argv, what.user.as_ref()).await
}

/// Mounts a file system again with other options.
pub async fn remount(cx: &Cx, what: &Mount) -> Result<(), Failure> {
    let opts = what.opts.split(',').filter(|option| !option.is_empty() && *option != "remount");
    let opts = std::iter::once("remount").chain(opts).collect::<Vec<_>>().join(",");
    mount(cx, &Mount { opts, ..what.clone() }).await
}

/// When a file system is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Now, or not at all.
    Now,
    /// Once nobody uses it any more; it leaves the tree at once.
    WhenFree,
}

/// Unmounts what is mounted at a place.
pub async fn umount(cx: &Cx, name: &str, user: Option<&String>, when: Release) -> Result<(), Failure> {
    let words = ["umount"].into_iter().chain((when == Release::WhenFree).then_some("-l")).chain([name]);
    run(cx, words.map(str::to_owned).collect(), user).await
}

/// Takes a swap area into use, or out of it.
pub async fn swap(cx: &Cx, device: &str, on: bool, priority: Option<i64>) -> Result<(), Failure> {
    let mut argv = vec![if on { "swapon" } else { "swapoff" }.to_owned()];
    if let Some(priority) = priority.filter(|_| on) {
        argv.extend(["-p".to_owned(), priority.to_string()]);
    }
    argv.push(device.to_owned());
    run(cx, argv, None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_with_the_options_of_both_sides() {
        let text = "36 35 98:0 /sub /mnt/my\\040data rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue\n";
        let mounts = parse(text);
        let first = mounts.first().unwrap();
        assert_eq!((first.name.as_str(), first.root.as_str(), first.device.as_str()), ("/mnt/my data", "/sub", "/dev/sda1"));
        assert_eq!(first.opts, ["rw", "noatime", "errors=continue"]);
    }
}
