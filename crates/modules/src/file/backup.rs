//! Keeping the old content of a file before it is changed.

use sdk::host::{Host, Write};
use sdk::{Cx, Failure, Value};

/// Whether a backup argument, or the configuration where it is silent, asks for a copy in the minion's cache.
#[must_use]
pub fn wants_cached_copy(backup: &str, cx: &Cx) -> bool {
    let mode = if backup.is_empty() { cx.opt("backup_mode").and_then(Value::as_str).unwrap_or_default() } else { backup };
    matches!(mode, "minion" | "both")
}

/// Copies a file into the cache with a time stamp, keeping owner and mode, as `file.restore_backup` expects it.
pub fn cached_copy(cx: &Cx, path: &str) -> Result<(), Failure> {
    let Some(cachedir) = cx.opt("cachedir").and_then(Value::as_str) else {
        return Err(Failure::failed("a backup needs `cachedir` in the configuration"));
    };
    let host = cx.host();
    let now = jiff::Timestamp::try_from(host.now()).map_err(|error| Failure::failed(error.to_string()))?;
    let local = jiff::ZonedDateTime::new(now, jiff::tz::TimeZone::system());
    let stamp = local.strftime("%a_%b_%d_%H:%M:%S_%6f_%Y");
    let target = format!("{cachedir}/file_backup{path}_{stamp}");
    if let Some(folder) = sdk::host::parent(&target) {
        host.make_dirs(folder, Some(0o700)).map_err(crate::failure)?;
    }
    copy_as(host, path, &target)
}

/// Copies a file to a name beside it.
pub fn copy_beside(cx: &Cx, path: &str, ending: &str) -> Result<(), Failure> {
    copy_as(cx.host(), path, &format!("{path}{ending}"))
}

fn copy_as(host: &dyn Host, path: &str, target: &str) -> Result<(), Failure> {
    let content = host.read(path).map_err(crate::failure)?;
    let stat = host.stat(path).map_err(crate::failure)?;
    let mut how = Write::default();
    if let Some(stat) = stat {
        how.mode = Some(stat.mode);
        how.owner = sdk::host::Owner { uid: Some(stat.uid), gid: Some(stat.gid) };
    }
    host.write(target, &content, &how).map_err(crate::failure)
}
