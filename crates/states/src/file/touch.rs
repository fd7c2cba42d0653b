//! `file.touch`: a file is there, with its times.

use super::checked_path;
use super::manage::{make_dirs, one};
use modules::file::Perms;
use sdk::host::{FileKind, Write, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Outlook, Read, State};
use std::time::UNIX_EPOCH;

/// Ensure a file is there and set its times.
///
/// ```salt
/// /var/log/app/app.log:
///   file.touch:
///     - makedirs: True
/// ```
#[derive(Args)]
pub struct Touch {
    /// Path.
    name: String,
    /// Time of the last access, in seconds since 1970; now unless given.
    atime: Option<f64>,
    /// Time of the last change.
    mtime: Option<f64>,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
}

impl State for Touch {
    type Change = String;

    async fn check(&self, read: &Read) -> Result<Check<String>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.touch", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let stat = read.host().stat(&path).map_err(modules::failure)?;
        let timed = self.atime.is_some() || self.mtime.is_some();
        let outlook = match stat {
            None => Outlook::new(format!("File {path} is set to be created"), one("new", path.as_str())),
            Some(stat) if timed => {
                let what = if stat.kind == FileKind::Dir { "directory" } else { "file" };
                Outlook::new(format!("Times set to be updated on {what} {path}"), one("touched", path.as_str()))
            }
            // A real run sets the times to now, which its users do not count as a change beforehand.
            Some(_) => {
                let comment = format!("File {path} exists and has the correct times");
                Outlook::new(comment, one("new", path.as_str())).with_result(Some(true))
            }
        };
        Ok(Check::Change(outlook, path))
    }

    async fn apply(&self, path: String, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        let folder = parent(&path).unwrap_or("/");
        if self.makedirs {
            make_dirs(host, folder, &Perms::default())?;
        } else if !host.is_dir(folder) {
            return Ok(Applied::failed(format!("Directory not present to touch file {path}")));
        }
        let stat = host.stat(&path).map_err(modules::failure)?;
        if stat.is_none() {
            host.write(&path, b"", &Write::default()).map_err(modules::failure)?;
        }
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let accessed = self.atime.or(self.mtime).unwrap_or(now);
        host.set_times(&path, accessed, self.mtime.or(self.atime).unwrap_or(now)).map_err(modules::failure)?;
        Ok(match stat {
            None => Applied::ok(format!("Created empty file {path}"), one("new", path.as_str())),
            Some(stat) => {
                let what = if stat.kind == FileKind::Dir { "directory" } else { "file" };
                Applied::ok(format!("Updated times on {what} {path}"), one("touched", path.as_str()))
            }
        })
    }
}
