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
    /// Write the device in another way than it is given: as `device`, `label`, `uuid`, `partlabel` or `partuuid`.
    mount_by: Option<String>,
    /// Table.
    #[arg(default = FSTAB)]
    config: String,
    /// Mount it now as well.
    #[arg(default = true)]
    mount: bool,
    /// By what its line is known again: `auto`, or names of fields such as `name` and `device`.
    #[arg(default = "auto")]
    match_on: Words,
    /// Leave a line that is there as it is.
    #[arg(default = false)]
    not_change: bool,
    /// Make the folder if it is missing.
    #[arg(default = false, named)]
    mkmnt: bool,
    /// Known for compatibility: means something on AIX only.
    #[arg(default = true, ignored)]
    fs_mount: bool,
}

/// A device as it is to stand in the table; `None` where it cannot be found.
async fn spec(device: &str, kind: Option<&str>, read: &Read) -> Result<Option<String>, Failure> {
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else { return Ok(Some(device.to_owned())) };
    let prefix = format!("{}=", kind.to_uppercase());
    if device.starts_with(&prefix) || (kind == "device" && device.starts_with('/')) {
        return Ok(Some(device.to_owned()));
    }
    let token = (!device.starts_with('/')).then_some(device);
    let found = modules::disk::blkid(read, Some(device), token).await?;
    let [(path, about)] = found.iter().collect::<Vec<_>>()[..] else { return Ok(None) };
    Ok(match kind {
        "device" => Some(sdk::text::str(path)),
        _ => about.get(&kind.to_uppercase()).map(|value| format!("{prefix}{}", sdk::text::str(value))),
    })
}

impl FstabPresent {
    fn place(&self) -> &str {
        match self.fs_file.trim_end_matches('/') {
            "" => "/",
            place => place,
        }
    }

    /// The line that is wanted; otherwise why there is none.
    async fn entry(&self, read: &Read) -> Result<Result<Entry, String>, Failure> {
        let kind = self.mount_by.as_deref();
        let Some(device) = spec(&self.name, kind, read).await? else {
            return Ok(Err(format!("Device {} cannot be converted to {}", self.name, kind.unwrap_or_default())));
        };
        Ok(Ok(Entry {
            device,
            name: self.place().to_owned(),
            fstype: self.fs_vfstype.clone(),
            opts: self.fs_mntops.0.join(","),
            dump: self.fs_freq.clone(),
            pass: self.fs_passno.clone(),
        }))
    }

    fn by(&self) -> Result<By, Failure> {
        By::fields(&self.match_on.0, &self.fs_vfstype)
    }
}

impl State for FstabPresent {
    type Change = (Put, Entry);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (place, config) = (self.place(), &self.config);
        let entry = match self.entry(read).await? {
            Ok(entry) => entry,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let outcome = match plan(&entries(read, config), &entry, &self.by()?) {
            Put::Change if self.not_change => Put::Present,
            outcome => outcome,
        };
        let mut comment = match outcome {
            Put::Present => return Ok(Check::desired(format!("{place} entry was already in {config}."))),
            Put::New => format!("{place} entry will be written in {config}."),
            Put::Change => format!("{place} entry will be updated in {config}."),
        };
        if self.mount && outcome == Put::New {
            comment.push_str(&format!("\nWill mount {} on {place}", self.name));
        }
        Ok(Check::Change(Outlook::new(comment, Map::new()), (outcome, entry)))
    }

    async fn apply(&self, (outcome, entry): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (place, config) = (self.place(), &self.config);
        put(cx, config, &entry, &self.by()?)?;
        let (mut comment, word) = match outcome {
            Put::Present => (format!("{place} entry was already in {config}."), None),
            Put::New => (format!("{place} entry added in {config}."), Some("new")),
            Put::Change => (format!("{place} entry updated in {config}."), Some("change")),
        };
        let changes: Map = word.map(|word| ("persist", word)).into_iter().collect();
        if self.mount && outcome == Put::New && entry.name.starts_with('/') && mounted_at(cx, place).is_none() {
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
    /// In which way the device stands in the table, as for `mount.fstab_present`.
    #[arg(ignored)]
    mount_by: Option<String>,
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
