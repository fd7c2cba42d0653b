//! Backups that states keep in the minion's cache: listing, bringing back, removing.

use super::backup::cached_copy;
use super::nodes::folder_and_name;
use jiff::fmt::strtime::BrokenDownTime;
use sdk::host::{Write, join};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

/// One backup.
struct Backup {
    time: jiff::civil::DateTime,
    size: u64,
    place: String,
}

/// Backups of a file, the newest first.
fn backups(path: &str, read: &Read) -> Result<Vec<Backup>, Failure> {
    let root =
        read.opt("cachedir").and_then(Value::as_str).ok_or_else(|| Failure::failed("backups need `cachedir` in the configuration"))?;
    let (folder, name) = folder_and_name(path);
    let folder = join(root, &format!("file_backup{folder}"));
    let mut found = Vec::new();
    for entry in read.host().list(&folder).unwrap_or_default() {
        let Some(stamp) = entry.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')) else { continue };
        let Some(time) = BrokenDownTime::parse("%a_%b_%d_%H:%M:%S_%f_%Y", stamp).and_then(|parts| parts.to_datetime()).ok() else {
            continue;
        };
        let place = join(&folder, &entry);
        let size = read.host().stat(&place).map_err(crate::failure)?.map_or(0, |stat| stat.size);
        found.push(Backup { time, size, place });
    }
    found.sort_by_key(|backup| std::cmp::Reverse(backup.time));
    Ok(found)
}

/// The backup of a number, or what is wrong with it.
fn numbered(path: &str, id: &Value, read: &Read) -> Result<Result<Backup, String>, Failure> {
    let text = sdk::text::str(id);
    let Ok(number) = text.parse::<usize>() else { return Ok(Err(format!("Invalid backup_id '{text}'"))) };
    let found = backups(path, read)?.into_iter().nth(number);
    Ok(found.ok_or_else(|| format!("backup_id '{text}' does not exist for {path}")))
}

fn answer(result: bool, comment: String) -> Map {
    let mut map = Map::new();
    map.insert("result", result);
    map.insert("comment", comment);
    map
}

/// List the backups of a file, the newest first.
///
/// ```salt
/// salt '*' file.list_backups /etc/app.conf
/// ```
#[derive(Args)]
pub struct ListBackups {
    /// Path of the file.
    path: String,
    /// Only so many.
    limit: Option<usize>,
}

/// The backups of one file by their number.
fn listed(path: &str, limit: Option<usize>, read: &Read) -> Result<Map, Failure> {
    let mut all = Map::new();
    for (number, backup) in backups(path, read)?.into_iter().take(limit.unwrap_or(usize::MAX)).enumerate() {
        let mut row = Map::new();
        row.insert("Backup Time", backup.time.strftime("%a %b %d %Y %H:%M:%S.%6f").to_string());
        row.insert("Size", i64::try_from(backup.size).unwrap_or(i64::MAX));
        row.insert("Location", backup.place);
        all.insert(Value::from(i64::try_from(number).unwrap_or_default()), row);
    }
    Ok(all)
}

impl Query for ListBackups {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        listed(&self.path, self.limit, read)
    }
}

/// List the backups of every file in a folder, by the names of the files.
///
/// ```salt
/// salt '*' file.list_backups_dir /etc
/// ```
#[derive(Args)]
pub struct ListBackupsDir {
    /// Path of the folder.
    path: String,
    /// Only so many of each file.
    limit: Option<usize>,
}

impl Query for ListBackupsDir {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut all = Map::new();
        for name in read.host().list(&self.path).unwrap_or_default() {
            let listed = listed(&join(&self.path, &name), self.limit, read)?;
            if !listed.is_empty() {
                all.insert(name, listed);
            }
        }
        Ok(all)
    }
}

/// Bring a backup of a file back; what stands there now becomes a backup itself.
///
/// ```salt
/// salt '*' file.restore_backup /etc/app.conf 0
/// ```
#[derive(Args)]
pub struct RestoreBackup {
    /// Path of the file.
    path: String,
    /// Number of the backup, as `file.list_backups` tells it.
    backup_id: Value,
}

impl Action for RestoreBackup {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let path = &self.path;
        let backup = match numbered(path, &self.backup_id, cx.read())? {
            Ok(backup) => backup,
            Err(comment) => return Ok(answer(false, comment)),
        };
        if cx.host().is_file(path) {
            cached_copy(cx, path)?;
        }
        cx.host().copy(&backup.place, path, &Write::default()).map_err(crate::failure)?;
        Ok(answer(true, format!("Successfully restored {} to {path}", backup.place)))
    }
}

/// Remove a backup of a file.
///
/// ```salt
/// salt '*' file.delete_backup /etc/app.conf 0
/// ```
#[derive(Args)]
pub struct DeleteBackup {
    /// Path of the file.
    path: String,
    /// Number of the backup, as `file.list_backups` tells it.
    backup_id: Value,
}

impl Action for DeleteBackup {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let backup = match numbered(&self.path, &self.backup_id, cx.read())? {
            Ok(backup) => backup,
            Err(comment) => return Ok(answer(false, comment)),
        };
        cx.host().remove_file(&backup.place).map_err(crate::failure)?;
        Ok(answer(true, format!("Successfully removed {}", backup.place)))
    }
}
