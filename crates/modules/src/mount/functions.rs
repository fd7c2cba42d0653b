//! The functions of `mount`.

use super::fstab::{By, Entry, FSTAB, Put, entries, plan, put, remove};
use super::{Mount as Spec, Release, active, mount, mounted_at, remount, swap, swaps, umount};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

sdk::module!(
    mount,
    [
        Active,
        IsMounted,
        Fstab,
        SetFstab,
        RmFstab,
        Mount,
        Umount,
        Remount,
        Swaps,
        Swapon,
        Swapoff,
        GetMountFromPath,
        GetDeviceFromPath,
        super::cache::IsFuseExec,
        super::cache::ReadMountCache,
        super::cache::WriteMountCache,
        super::cache::DeleteMountCache
    ]
);

/// List what is mounted.
///
/// ```salt
/// salt '*' mount.active
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Active {
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    extended: bool,
}

impl Query for Active {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let shown = |entry: super::Active| {
            let mut map = Map::new();
            map.insert("device", entry.device.as_str());
            map.insert("alt_device", entry.device);
            map.insert("fstype", entry.fstype);
            map.insert("opts", Value::from_iter(entry.opts));
            (entry.name, map)
        };
        Ok(active(read).into_iter().map(shown).collect())
    }
}

/// Tell whether something is mounted at a place.
///
/// ```salt
/// salt '*' mount.is_mounted /srv
/// ```
#[derive(Args)]
pub struct IsMounted {
    /// Place.
    name: String,
}

impl Query for IsMounted {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(mounted_at(read, &self.name).is_some())
    }
}

/// List what is mounted on boot.
///
/// ```salt
/// salt '*' mount.fstab
/// ```
#[derive(Args)]
pub struct Fstab {
    /// File.
    #[arg(default = FSTAB)]
    config: String,
}

impl Query for Fstab {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let shown = |entry: Entry| {
            let mut map = Map::new();
            map.insert("device", entry.device);
            map.insert("fstype", entry.fstype);
            map.insert("opts", Value::from_iter(entry.opts.split(',')));
            map.insert("dump", entry.dump);
            map.insert("pass", entry.pass);
            (entry.name, map)
        };
        Ok(entries(read, &self.config).into_iter().map(shown).collect())
    }
}

/// Have a file system mounted on boot: `present`, `new` or `change`.
///
/// ```salt
/// salt '*' mount.set_fstab /srv /dev/sdb1 ext4
/// ```
#[derive(Args)]
#[args(extra)]
pub struct SetFstab {
    /// Place.
    name: String,
    /// Device.
    device: String,
    /// File system.
    fstype: String,
    /// Options.
    #[arg(default = "defaults")]
    opts: Words,
    /// Whether it is dumped.
    #[arg(default = "0")]
    dump: String,
    /// When it is checked.
    #[arg(default = "0")]
    pass_num: String,
    /// File.
    #[arg(default = FSTAB)]
    config: String,
    /// Tell only what it would come to.
    #[arg(default = false)]
    test: bool,
    /// What tells that a line is the one that is meant: `auto`, or names of its fields.
    #[arg(default = "auto")]
    match_on: Words,
    /// Leave a line that is there as it is.
    #[arg(default = false)]
    not_change: bool,
}

impl Action for SetFstab {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        let opts = self.opts.0.join(",");
        let entry = Entry { device: self.device, name: self.name, fstype: self.fstype, opts, dump: self.dump, pass: self.pass_num };
        let by = By::fields(&self.match_on.0, &entry.fstype)?;
        let outcome = plan(&entries(cx, &self.config), &entry, &by);
        if self.not_change && outcome == Put::Change {
            return Ok(Put::Present.word());
        }
        if !self.test {
            put(cx, &self.config, &entry, &by)?;
        }
        Ok(outcome.word())
    }
}

/// Have a file system mounted on boot no more.
///
/// ```salt
/// salt '*' mount.rm_fstab /srv
/// ```
#[derive(Args)]
pub struct RmFstab {
    /// Place.
    name: String,
    /// Device.
    device: Option<String>,
    /// File.
    #[arg(default = FSTAB)]
    config: String,
}

impl Action for RmFstab {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        remove(cx, &self.config, &self.name, self.device.as_deref())?;
        Ok(true)
    }
}

/// Mount a file system.
///
/// ```salt
/// salt '*' mount.mount /srv /dev/sdb1 mkmnt=True
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Mount {
    /// Place.
    name: String,
    /// Device.
    device: String,
    /// Make the folder.
    #[arg(default = false)]
    mkmnt: bool,
    /// File system.
    #[arg(default = "")]
    fstype: String,
    /// Options.
    #[arg(default = "defaults")]
    opts: Words,
    /// User to mount as.
    user: Option<String>,
    /// Known for compatibility: images of guests are not mounted here.
    #[arg(default = "mount", ignored)]
    util: String,
}

impl Action for Mount {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.mkmnt {
            cx.host().make_dirs(&self.name, None).map_err(crate::failure)?;
        }
        let what = Spec { name: self.name, device: self.device, fstype: self.fstype, opts: self.opts.0.join(","), user: self.user };
        Ok(mount(cx, &what).await.map_or_else(|failure| failure.message.into(), |()| true.into()))
    }
}

/// Unmount a file system.
///
/// ```salt
/// salt '*' mount.umount /srv
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Umount {
    /// Place.
    name: String,
    /// Known for compatibility.
    #[arg(ignored)]
    device: Option<String>,
    /// User to unmount as.
    user: Option<String>,
    /// Take it out of the tree now, and go on with it until nobody uses it any more.
    #[arg(default = false)]
    lazy: bool,
    /// Known for compatibility: images of guests are not mounted here.
    #[arg(default = "mount", ignored, named)]
    util: String,
}

impl Action for Umount {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if mounted_at(cx, &self.name).is_none() {
            return Ok(format!("{} does not have anything mounted", self.name).into());
        }
        let when = if self.lazy { Release::WhenFree } else { Release::Now };
        Ok(umount(cx, &self.name, self.user.as_ref(), when).await.map_or_else(|failure| failure.message.into(), |()| true.into()))
    }
}

/// Mount a file system again with other options.
///
/// ```salt
/// salt '*' mount.remount /srv /dev/sdb1 opts=ro
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Remount {
    /// Place.
    name: String,
    /// Device.
    device: String,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    mkmnt: bool,
    /// File system.
    #[arg(default = "")]
    fstype: String,
    /// Options.
    #[arg(default = "defaults")]
    opts: Words,
    /// User to mount as.
    user: Option<String>,
}

impl Action for Remount {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let what = Spec { name: self.name, device: self.device, fstype: self.fstype, opts: self.opts.0.join(","), user: self.user };
        let outcome = if mounted_at(cx, &what.name).is_some() { remount(cx, &what).await } else { mount(cx, &what).await };
        Ok(outcome.map_or_else(|failure| failure.message.into(), |()| true.into()))
    }
}

/// List the swap areas in use.
///
/// ```salt
/// salt '*' mount.swaps
/// ```
#[derive(Args)]
pub struct Swaps;

impl Query for Swaps {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let shown = |[path, kind, size, used, priority]: [String; 5]| {
            (path, [("type", kind), ("size", size), ("used", used), ("priority", priority)].into_iter().collect::<Map>())
        };
        Ok(swaps(read).into_iter().map(shown).collect())
    }
}

/// Take a swap area into use.
///
/// ```salt
/// salt '*' mount.swapon /swapfile
/// ```
#[derive(Args)]
pub struct Swapon {
    /// Path.
    name: String,
    /// Priority.
    priority: Option<i64>,
}

impl Action for Swapon {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let has = |cx: &Cx| swaps(cx).iter().any(|[path, ..]| *path == self.name);
        let before = has(cx);
        if !before {
            swap(cx, &self.name, true, self.priority).await?;
        }
        Ok([("stats", Value::from(has(cx))), ("new", Value::from(!before))].into_iter().collect())
    }
}

/// Take a swap area out of use.
///
/// ```salt
/// salt '*' mount.swapoff /swapfile
/// ```
#[derive(Args)]
pub struct Swapoff {
    /// Path.
    name: String,
}

impl Action for Swapoff {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if !swaps(cx).iter().any(|[path, ..]| *path == self.name) {
            return Ok(Value::Null);
        }
        swap(cx, &self.name, false, None).await?;
        Ok(true.into())
    }
}

/// The mounted file system that holds a path.
fn holder(read: &Read, path: &str) -> Option<super::Active> {
    let real = read.host().real_path(path).unwrap_or_else(|_| path.to_owned());
    let is_above = |name: &str| name == "/" || real == name || real.starts_with(&format!("{name}/"));
    active(read).into_iter().filter(|entry| is_above(&entry.name)).max_by_key(|entry| entry.name.len())
}

/// Return where the file system of a path is mounted.
///
/// ```salt
/// salt '*' mount.get_mount_from_path /var/lib
/// ```
#[derive(Args)]
pub struct GetMountFromPath {
    /// Path.
    path: String,
}

impl Query for GetMountFromPath {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        Ok(holder(read, &self.path).map(|entry| entry.name))
    }
}

/// Return the device of the file system of a path.
///
/// ```salt
/// salt '*' mount.get_device_from_path /var/lib
/// ```
#[derive(Args)]
pub struct GetDeviceFromPath {
    /// Path.
    path: String,
}

impl Query for GetDeviceFromPath {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        Ok(holder(read, &self.path).map(|entry| entry.device))
    }
}
