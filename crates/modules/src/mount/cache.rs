//! What is remembered of mounts that states made, and which programs mount without the kernel's own file systems.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

/// Tell whether a program mounts by FUSE.
///
/// ```salt
/// salt '*' mount.is_fuse_exec sshfs
/// ```
#[derive(Args)]
pub struct IsFuseExec {
    /// Program.
    cmd: String,
}

impl Query for IsFuseExec {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let Some(path) = read.host().which(&self.cmd) else { return Ok(false) };
        // A link such as `/sbin/mount.fuse` names no program that `ldd` could look into otherwise.
        Ok(read.try_run(["ldd", &path]).await?.out().contains("libfuse"))
    }
}

fn place(read: &Read) -> Result<String, Failure> {
    let root = read.opt("cachedir").and_then(Value::as_str).ok_or_else(|| Failure::failed("this needs `cachedir` in the configuration"))?;
    Ok(sdk::host::join(root, "mounts"))
}

fn all(read: &Read) -> Result<Map, Failure> {
    let text = read.host().read_text(&place(read)?).unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let value = read.agent().parse_yaml(&text)?;
    Ok(value.get("mounts").and_then(Value::as_map).cloned().unwrap_or_default())
}

fn keep(mounts: Map, cx: &Cx) -> Result<(), Failure> {
    let whole = Value::Map([("mounts", mounts)].into_iter().collect());
    let text = cx.agent().dump_yaml(&whole);
    cx.host().write(&place(cx)?, text.as_bytes(), &sdk::host::Write::mode(0o600)).map_err(crate::failure)
}

/// Return what is remembered of a mount.
///
/// ```salt
/// salt '*' mount.read_mount_cache /mnt/share
/// ```
#[derive(Args)]
pub struct ReadMountCache {
    /// Place.
    name: String,
}

impl Query for ReadMountCache {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(all(read)?.get(&self.name).cloned().unwrap_or_else(Value::map))
    }
}

/// Remember a mount.
///
/// ```salt
/// salt '*' mount.write_mount_cache /mnt/share /dev/sda1 False ext4 defaults
/// ```
#[derive(Args)]
pub struct WriteMountCache {
    /// Place.
    real_name: String,
    /// Device.
    device: String,
    /// Whether its folder is made.
    mkmnt: bool,
    /// File system.
    fstype: String,
    /// Options.
    mount_opts: Words,
}

impl Action for WriteMountCache {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut mounts = all(cx)?;
        let mut entry = Map::new();
        entry.insert("device", self.device);
        entry.insert("fstype", self.fstype);
        entry.insert("mkmnt", self.mkmnt);
        entry.insert("opts", self.mount_opts.0);
        mounts.insert(self.real_name, entry);
        keep(mounts, cx)?;
        Ok(true)
    }
}

/// Forget a mount.
///
/// ```salt
/// salt '*' mount.delete_mount_cache /mnt/share
/// ```
#[derive(Args)]
pub struct DeleteMountCache {
    /// Place.
    real_name: String,
}

impl Action for DeleteMountCache {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut mounts = all(cx)?;
        if mounts.remove(&self.real_name).is_some() {
            keep(mounts, cx)?;
        }
        Ok(true)
    }
}
