//! What lies on this machine: its name, its disks, its clock, the minion's key.

use super::Finding;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Less than this part of a disk free is too little to go on.
const SCARCE: f64 = 0.01;
/// Less than this part is worth a look.
const SHORT: f64 = 0.05;
/// Files of the future by less than this are those that were written a moment ago.
const PATIENCE: Duration = Duration::from_secs(60);

/// Names that many machines have.
const COMMON: [&str; 4] = ["localhost", "localhost.localdomain", "debian", "ubuntu"];

/// The id.
pub(super) fn name(id: &str) -> Finding {
    if let Err(error) = model::MinionId::new(id) {
        return Finding::error("name", output::chain(&error), "set `id` in the configuration");
    }
    if COMMON.contains(&id) {
        let message = format!("this minion is called `{id}`, as many machines are: two of them cannot have one master");
        return Finding::warning("name", message, "set `id` in the configuration, or give the machine a name (`hostnamectl set-hostname`)");
    }
    Finding::fine("name", format!("this minion is `{id}`"))
}

/// Room on the disks of these folders, and whether they can be written.
pub(super) fn disk(places: &[PathBuf]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for place in places {
        let there = place.ancestors().find(|path| path.exists()).unwrap_or(place);
        let device = std::fs::metadata(there).map(|meta| meta.dev()).ok();
        if let Err(error) = writable(there) {
            let hint = "free the disk or mount it writable; where a file has the folder's name, remove it";
            findings.push(Finding::error("disk", format!("nothing can be written below `{}`: {error}", place.display()), hint));
            continue;
        }
        if seen.contains(&device) {
            continue;
        }
        seen.push(device);
        findings.push(match nix::sys::statvfs::statvfs(there) {
            Ok(stat) => {
                let block = stat.fragment_size();
                room(there, stat.blocks() * block, stat.blocks_available() * block)
            }
            Err(error) => Finding::warning("disk", format!("`{}` does not tell its size: {error}", there.display()), "look at `df`"),
        });
    }
    findings
}

fn writable(folder: &Path) -> std::io::Result<()> {
    let trial = folder.join(format!(".sylvite-doctor-{}", std::process::id()));
    std::fs::File::options().write(true).create_new(true).open(&trial)?;
    std::fs::remove_file(&trial)
}

fn room(place: &Path, whole: u64, free: u64) -> Finding {
    #[expect(clippy::cast_precision_loss, reason = "a part of a disk need not be exact")]
    let part = if whole == 0 { 1.0 } else { free as f64 / whole as f64 };
    let message = format!("{} MiB free ({:.0} %) at `{}`", free >> 20, part * 100.0, place.display());
    let hint = "free some room: returns and files of states are kept there; `cachedir` names another place";
    if part < SCARCE {
        Finding::error("disk", message, hint)
    } else if part < SHORT {
        Finding::warning("disk", message, hint)
    } else {
        Finding::fine("disk", message)
    }
}

/// The clock: what this machine wrote itself cannot come from the future.
pub(super) fn clock(places: &[PathBuf]) -> Finding {
    let now = SystemTime::now();
    let hint = "set the clock, and let a time service keep it (systemd-timesyncd, chrony)";
    for place in places {
        let files = std::fs::read_dir(place).into_iter().flatten().flatten();
        let newest = files.filter_map(|file| file.metadata().ok()?.modified().ok()).max();
        if let Some(ahead) = newest.and_then(|newest| newest.duration_since(now).ok()).filter(|ahead| *ahead > PATIENCE) {
            let message = format!("the clock went back: `{}` holds files from {} s in the future", place.display(), ahead.as_secs());
            return Finding::error("clock", message, hint);
        }
    }
    Finding::fine("clock", "it has not gone back; whether it agrees with the master's, `sylvite doctor` on the master says")
}

/// The minion's private key.
pub(super) fn key_file(path: &Path) -> Option<Finding> {
    let meta = std::fs::metadata(path).ok()?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("others can read the private key `{}` (mode {mode:o})", path.display());
        let hint =
            format!("`chmod 600 {}`; if others may have read it, remove it, restart the minion and accept its new key", path.display());
        return Some(Finding::error("key", message, hint));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_disk_is_short_of_room_before_it_is_full() {
        let level = |free: u64| room(Path::new("/x"), 1000 << 20, free << 20).level;
        assert_eq!([level(500), level(30), level(5)], [Level::Fine, Level::Warning, Level::Error]);
    }

    #[test]
    fn a_folder_that_is_a_file_and_a_clock_that_went_back_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(disk(std::slice::from_ref(&file))[0].level, Level::Error);
        assert_eq!(clock(&[folder.path().to_owned()]).level, Level::Fine);
        let ahead = SystemTime::now() + Duration::from_secs(3600);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(ahead).unwrap();
        let found = clock(&[folder.path().to_owned()]);
        assert!(found.level == Level::Error && found.message.contains("in the future"), "{found:?}");
    }

    #[test]
    fn a_name_that_many_have_and_one_that_is_none_are_told() {
        assert_eq!(name("web1.example").level, Level::Fine);
        assert_eq!(name("localhost").level, Level::Warning);
        assert_eq!(name("a/b").level, Level::Error);
    }

    #[test]
    fn a_key_that_others_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("minion.pem");
        assert_eq!(key_file(&key), None);
        std::fs::write(&key, "").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key_file(&key).unwrap().message.contains("mode 644"));
    }
}
