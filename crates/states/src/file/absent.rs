//! `file.absent`: nothing stands at a path.

use super::checked_path;
use super::manage::one;
use sdk::host::FileKind;
use sdk::{Applied, Args, Check, Cx, Failure, Read, State};

/// Ensure nothing stands at a path: no file, no link, no folder.
///
/// ```salt
/// /etc/nginx/sites-enabled/default:
///   file.absent: []
/// ```
#[derive(Args)]
pub struct Absent {
    /// Path.
    name: String,
}

/// What stands there and goes.
pub struct Removal {
    path: String,
    is_dir: bool,
}

impl State for Absent {
    type Change = Removal;

    async fn check(&self, read: &Read) -> Result<Check<Removal>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.absent", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        if path.trim_end_matches('/').is_empty() {
            return Ok(Check::fails("Refusing to make \"/\" absent"));
        }
        let stat = read.host().link_stat(&path).map_err(modules::failure)?;
        let Some(stat) = stat else { return Ok(Check::desired(format!("File {path} is not present"))) };
        let is_dir = stat.kind == FileKind::Dir;
        let what = if is_dir { "Directory" } else { "File" };
        Ok(Check::change(format!("{what} {path} is set for removal"), one("removed", path.as_str()), Removal { path, is_dir }))
    }

    async fn apply(&self, removal: Removal, cx: &Cx) -> Result<Applied, Failure> {
        let path = &removal.path;
        if let Err(error) = cx.host().remove_all(path) {
            return Ok(Applied::failed(format!("Failed to remove {path}: {}", modules::failure(error).message)));
        }
        let what = if removal.is_dir { "directory" } else { "file" };
        Ok(Applied::ok(format!("Removed {what} {path}"), one("removed", path.as_str())))
    }
}
