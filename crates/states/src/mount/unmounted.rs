//! `mount.unmounted`.

use modules::mount::fstab::{FSTAB, entries, find, remove};
use modules::mount::{Release, mounted_at, real_device, umount};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

/// Ensure a file system is not mounted.
///
/// ```salt
/// /srv/old:
///   mount.unmounted:
///     - persist: True
/// ```
#[derive(Args)]
pub struct Unmounted {
    /// Place.
    name: String,
    /// Device; any unless given.
    device: Option<String>,
    /// Table of what is mounted on boot.
    #[arg(default = FSTAB)]
    config: String,
    /// Mount it on boot no more.
    #[arg(default = false)]
    persist: bool,
    /// User to unmount as.
    user: Option<String>,
}

/// What is to be done.
pub struct Steps {
    now: bool,
    table: bool,
}

impl State for Unmounted {
    type Change = Steps;

    async fn check(&self, read: &Read) -> Result<Check<Steps>, Failure> {
        let is_it =
            |device: &str| self.device.as_deref().is_none_or(|own| own == device || real_device(read, own) == real_device(read, device));
        let now = mounted_at(read, &self.name).is_some_and(|have| is_it(&have.device));
        let table = self.persist && find(&entries(read, &self.config), &self.name, self.device.as_deref()).is_some();
        if now {
            let comment = format!("Mount point {} is mounted but should not be", self.name);
            return Ok(Check::change(comment, Map::new(), Steps { now, table }));
        }
        if table {
            let comment = format!("Target was already unmounted. {} entry will be removed from the fstab", self.name);
            return Ok(Check::change(comment, Map::new(), Steps { now, table }));
        }
        let tail = if self.persist { ". fstab entry not found" } else { "" };
        Ok(Check::desired(format!("Target was already unmounted{tail}")))
    }

    async fn apply(&self, steps: Steps, cx: &Cx) -> Result<Applied, Failure> {
        let mut changes = Map::new();
        let mut comment = "Target was already unmounted".to_owned();
        if steps.now {
            if let Err(failure) = umount(cx, &self.name, self.user.as_ref(), Release::Now).await {
                return Ok(Applied::failed(failure.message));
            }
            changes.insert("umount", true);
            comment = "Target was successfully unmounted".to_owned();
        }
        if self.persist {
            if steps.table && remove(cx, &self.config, &self.name, self.device.as_deref())? {
                changes.insert("persist", "purged");
                comment.push_str(". Removed target from fstab");
            } else {
                comment.push_str(". fstab entry not found");
            }
        }
        Ok(Applied::ok(comment, changes))
    }
}
