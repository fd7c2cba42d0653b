//! `mount.fstab_present` and `mount.fstab_absent`: the table alone.

use modules::mount::fstab::{By, Entry, FSTAB, Put, entries, find, plan, put, remove};
use modules::mount::{Mount, mount, mounted_at};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Words};

/// Ensure a line is in the table of what is mounted on boot.
///
/// ```salt
/// scratch:
///   mount.fstab_present:
///     - name: tmpfs
///     - fs_file: /scratch
///     - fs_vfstype: tmpfs
///     - fs_mntops: size=1g
/// ```
#[derive(Args)]
pub struct FstabPresent {
    /// Device.
    name: String,
    /// Place.
    fs_file: String,
    /// File system.
    fs_vfstype: String,
    /// Options.
    #[arg(default = "defaults")]
    fs_mntops: Words,
    /// Whether it is dumped.
    #[arg(default = "0")]
    fs_freq: String,
    /// When it is checked on boot.
    #[arg(default = "0")]
    fs_passno: String,
    /// Keep `UUID=`, `LABEL=` or the path in the table: `device`, `label` or `uuid`.
    #[arg(default = "device", ignored)]
    mount_by: String,
    /// Table.
    #[arg(default = FSTAB)]
    config: String,
    /// Mount it now as well.
    #[arg(default = true)]
    mount: bool,
    /// By what its line is known again.
    #[arg(default = "auto")]
    match_on: Words,
    /// Make the folder if it is missing.
    #[arg(default = false, named)]
    mkmnt: bool,
    /// Write the device as it is given.
    #[arg(default = false, named, ignored)]
    not_change: bool,
}

impl FstabPresent {
    fn entry(&self) -> Entry {
        Entry {
            device: self.name.clone(),
            name: self.fs_file.clone(),
            fstype: self.fs_vfstype.clone(),
            opts: self.fs_mntops.0.join(","),
            dump: self.fs_freq.clone(),
            pass: self.fs_passno.clone(),
        }
    }

    fn by(&self) -> By {
        if self.match_on.0.iter().any(|word| word == "device") { By::Device } else { By::Place }
    }
}

impl State for FstabPresent {
    type Change = Put;

    async fn check(&self, read: &Read) -> Result<Check<Put>, Failure> {
        let (place, config) = (&self.fs_file, &self.config);
        let outcome = plan(&entries(read, config), &self.entry(), self.by());
        let mut comment = match outcome {
            Put::Present => return Ok(Check::desired(format!("{place} entry was already in {config}."))),
            Put::New => format!("{place} entry will be written in {config}."),
            Put::Change => format!("{place} entry will be updated in {config}."),
        };
        if self.mount && mounted_at(read, place).is_none() {
            comment.push_str(&format!("\nWill mount {} on {place}", self.name));
        }
        Ok(Check::Change(Outlook::new(comment, Map::new()), outcome))
    }

    async fn apply(&self, _outcome: Put, cx: &Cx) -> Result<Applied, Failure> {
        let (place, config) = (&self.fs_file, &self.config);
        let entry = self.entry();
        let outcome = put(cx, config, &entry, self.by())?;
        let (mut comment, word) = match outcome {
            Put::Present => (format!("{place} entry was already in {config}."), None),
            Put::New => (format!("{place} entry added in {config}."), Some("new")),
            Put::Change => (format!("{place} entry updated in {config}."), Some("change")),
        };
        let changes: Map = word.map(|word| ("persist", word)).into_iter().collect();
        if self.mount && entry.name.starts_with('/') && mounted_at(cx, place).is_none() {
            if self.mkmnt {
                cx.host().make_dirs(place, None).map_err(modules::failure)?;
            }
            let what = Mount { name: entry.name, device: entry.device, fstype: entry.fstype, opts: entry.opts, user: None };
            if let Err(failure) = mount(cx, &what).await {
                comment.push_str(&format!("\nError while mounting  {}", failure.message.trim_start_matches("mount: ")));
                return Ok(Applied::failed(comment).with_changes(changes));
            }
            comment.push_str(&format!("\nMounted {} on {place}", self.name));
        }
        Ok(Applied::ok(comment, changes))
    }
}

/// Ensure a line is not in the table of what is mounted on boot.
///
/// ```salt
/// scratch:
///   mount.fstab_absent:
///     - name: tmpfs
///     - fs_file: /scratch
/// ```
#[derive(Args)]
pub struct FstabAbsent {
    /// Device.
    name: String,
    /// Place.
    fs_file: String,
    /// Known for compatibility.
    #[arg(default = "device", ignored)]
    mount_by: String,
    /// Table.
    #[arg(default = FSTAB)]
    config: String,
}

impl FstabAbsent {
    /// Where there is no place, the device tells which line is meant.
    fn device(&self) -> Option<&str> {
        matches!(self.fs_file.as_str(), "none" | "swap").then_some(self.name.as_str())
    }
}

impl State for FstabAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (place, config) = (&self.fs_file, &self.config);
        if find(&entries(read, config), place, self.device()).is_none() {
            return Ok(Check::desired(format!("{place} entry is already missing in {config}.")));
        }
        Ok(Check::change(format!("{place} entry will be removed from {config}."), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (place, config) = (&self.fs_file, &self.config);
        remove(cx, config, place, self.device())?;
        let changes: Map = [("persist", "removed")].into_iter().collect();
        Ok(Applied::ok(format!("{place} entry removed from {config}."), changes))
    }
}
