//! `mount.mounted`.

use super::options::lacking;
use modules::mount::fstab::{By, Entry, FSTAB, Put, entries, plan, put};
use modules::mount::{Active, Mount, Release, mount, mounted_at, real_device, remount, umount};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Words};

/// Ensure a file system is mounted, now and on boot.
///
/// ```salt
/// /srv/data:
///   mount.mounted:
///     - device: UUID=0a1b2c3d
///     - fstype: ext4
///     - opts: noatime,nodev
///     - mkmnt: True
/// ```
#[derive(Args)]
pub struct Mounted {
    /// Place.
    name: String,
    /// Device: a path, `UUID=…` or `LABEL=…`.
    device: String,
    /// File system.
    fstype: String,
    /// Make the folder if it is missing.
    #[arg(default = false)]
    mkmnt: bool,
    /// Options.
    #[arg(default = "defaults")]
    opts: Words,
    /// Whether it is dumped.
    #[arg(default = "0")]
    dump: String,
    /// When it is checked on boot.
    #[arg(default = "0")]
    pass_num: String,
    /// Table of what is mounted on boot.
    #[arg(default = FSTAB)]
    config: String,
    /// Mount it on boot as well.
    #[arg(default = true)]
    persist: bool,
    /// Mount it now.
    #[arg(default = true)]
    mount: bool,
    /// User to mount as.
    user: Option<String>,
    /// By what its line in the table is known again: `auto`, `name`, `device`, or a list of both.
    #[arg(default = "auto")]
    match_on: Words,
    /// Known for compatibility: devices are compared by what they really are.
    #[arg(ignored)]
    device_name_regex: Option<Words>,
    /// Known for compatibility: options that the kernel does not show are never missed.
    #[arg(ignored)]
    extra_mount_invisible_options: Option<Words>,
    /// Known for compatibility.
    #[arg(ignored)]
    extra_mount_invisible_keys: Option<Words>,
    /// Known for compatibility.
    #[arg(ignored)]
    extra_mount_ignore_fs_keys: Option<Map>,
    /// Known for compatibility.
    #[arg(ignored)]
    extra_mount_translate_options: Option<Map>,
    /// Options that are not looked for among those in effect.
    hidden_opts: Option<Words>,
    /// Known for compatibility: a part that is mounted a second time keeps the options of the first.
    #[arg(default = true, named, ignored)]
    bind_mount_copy_active_opts: bool,
}

/// What is to be done now; the table is put right in any case.
pub enum Now {
    /// Nothing.
    Nothing,
    /// Mount it.
    Mount,
    /// Mount it again, for these options.
    Remount(String),
    /// Another device is mounted there.
    Swap(String),
    /// The folder is not there and is not to be made.
    NoFolder,
}

impl Mounted {
    fn spec(&self) -> Mount {
        let opts = self.opts.0.join(",");
        Mount { name: self.name.clone(), device: self.device.clone(), fstype: self.fstype.clone(), opts, user: self.user.clone() }
    }

    fn entry(&self) -> Entry {
        Entry {
            device: self.device.clone(),
            name: self.name.clone(),
            fstype: self.fstype.clone(),
            opts: self.opts.0.join(","),
            dump: self.dump.clone(),
            pass: self.pass_num.clone(),
        }
    }

    fn by(&self) -> Result<By, Failure> {
        By::fields(&self.match_on.0, &self.fstype)
    }

    fn is_bind(&self) -> bool {
        self.fstype == "none" || self.opts.0.iter().any(|option| option == "bind" || option == "rbind")
    }

    fn is_same_device(&self, have: &Active, read: &Read) -> bool {
        // The table of mounts shows the device below a folder that is mounted a second time.
        self.is_bind() || have.device == self.device || real_device(read, &have.device) == real_device(read, &self.device)
    }

    fn now(&self, read: &Read) -> Now {
        let Some(have) = mounted_at(read, &self.name) else {
            if !self.mount {
                return Now::Nothing;
            }
            return if self.mkmnt || read.host().exists(&self.name) { Now::Mount } else { Now::NoFolder };
        };
        if !self.is_same_device(&have, read) {
            return Now::Swap(format!("Wanted: {}, current: {}", self.device, have.device));
        }
        let hidden = self.hidden_opts.clone().unwrap_or_default().0;
        let lacking = if self.is_bind() { Vec::new() } else { lacking(&self.opts.0, &have.opts, &hidden) };
        if lacking.is_empty() { Now::Nothing } else { Now::Remount(lacking.join(", ")) }
    }
}

impl State for Mounted {
    type Change = Now;
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<Now>, Failure> {
        let name = &self.name;
        let by = self.by()?;
        let table = self.persist.then(|| plan(&entries(read, &self.config), &self.entry(), &by));
        let now = self.now(read);
        let (mut comment, mut changes) = match &now {
            Now::Nothing if self.mount || mounted_at(read, name).is_some() => ("Target was already mounted".to_owned(), Map::new()),
            Now::Nothing => (format!("{name} not mounted"), Map::new()),
            Now::Mount if !read.host().exists(name) => (format!("{name} would be created and mounted"), Map::new()),
            Now::Mount => (format!("{name} would be mounted"), Map::new()),
            Now::Remount(options) => {
                let text = format!("Remount would be forced because options ({options}) changed");
                (text.clone(), [("umount", text)].into_iter().collect())
            }
            Now::Swap(which) => {
                let text = format!("An umount would have been forced because devices do not match. {which}");
                (text.clone(), [("umount", text)].into_iter().collect())
            }
            Now::NoFolder => (format!("{name} does not exist and would not be created"), Map::new()),
        };
        let is_right = matches!(now, Now::Nothing);
        match table {
            Some(Put::Present) if is_right => comment.push_str(". Entry already exists in the fstab."),
            Some(Put::New) if is_right => comment.push_str(". Would be added to the fstab."),
            Some(Put::Change) if is_right => comment.push_str(". The entry in the fstab would be updated."),
            Some(_) | None => {}
        }
        if is_right && table.is_none_or(|table| table == Put::Present) {
            return Ok(Check::desired(comment));
        }
        if let (true, Some(word)) = (is_right, table.and_then(persisted)) {
            changes.insert("persist", word);
        }
        Ok(Check::Change(Outlook::new(comment, changes), now))
    }

    async fn apply(&self, now: Now, cx: &Cx) -> Result<Applied, Failure> {
        let spec = self.spec();
        let mut changes = Map::new();
        let mut comment = match &now {
            Now::Nothing => "Target was already mounted".to_owned(),
            Now::NoFolder => return Ok(Applied::failed("Mount directory is not present")),
            Now::Mount => {
                if self.mkmnt && !cx.host().exists(&self.name) {
                    cx.host().make_dirs(&self.name, None).map_err(modules::failure)?;
                }
                if let Err(failure) = mount(cx, &spec).await {
                    return Ok(Applied::failed(failure.message));
                }
                changes.insert("mount", true);
                "Target was successfully mounted".to_owned()
            }
            Now::Remount(options) => {
                if let Err(failure) = remount(cx, &spec).await {
                    return Ok(Applied::failed(format!("Unable to remount {}: {}", self.name, failure.message)));
                }
                changes.insert("umount", format!("Forced remount because options ({options}) changed"));
                "Target was already mounted".to_owned()
            }
            Now::Swap(which) => {
                let outcome = umount(cx, &self.name, self.user.as_ref(), Release::Now).await;
                if let Err(failure) = outcome {
                    return Ok(Applied::failed(format!("Unable to unmount {}: {}.", self.name, failure.message)));
                }
                changes.insert("umount", format!("Forced unmount because devices don't match. {which}"));
                if let Err(failure) = mount(cx, &spec).await {
                    return Ok(Applied::failed(failure.message).with_changes(changes));
                }
                changes.insert("mount", true);
                "Target was successfully mounted".to_owned()
            }
        };
        if self.persist {
            let outcome = put(cx, &self.config, &self.entry(), &self.by()?)?;
            comment.push_str(match outcome {
                Put::Present => ". Entry already exists in the fstab.",
                Put::New => ". Added new entry to the fstab.",
                Put::Change => ". Updated the entry in the fstab.",
            });
            if let Some(word) = persisted(outcome) {
                changes.insert("persist", word);
            }
        }
        Ok(Applied::ok(comment, changes))
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(Outlook::new(format!("{} would be remounted", self.name), Map::new()))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match remount(cx, &self.spec()).await {
            Ok(()) => Applied::ok(format!("{name} remounted"), [(name.as_str(), true)].into_iter().collect::<Map>()),
            Err(failure) => Applied::failed(format!("{name} failed to remount: {}", failure.message)),
        })
    }
}

const fn persisted(outcome: Put) -> Option<&'static str> {
    match outcome {
        Put::Present => None,
        Put::New => Some("new"),
        Put::Change => Some("update"),
    }
}
