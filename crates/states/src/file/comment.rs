//! `file.comment` and `file.uncomment`.

use super::edit::{Backup, Edit, old_text};
use super::manage::one;
use modules::file::edit::{CommentState, comment, comment_state, uncomment};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

/// Ensure lines are commented out.
///
/// ```salt
/// /etc/fstab:
///   file.comment:
///     - regex: ^/dev/cdrom
/// ```
#[derive(Args)]
pub struct Comment {
    /// Path.
    name: String,
    /// Regular expression that fits the lines.
    regex: String,
    /// Comment sign.
    #[arg(default = "#")]
    char: String,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
    /// Let a pattern that fits nowhere be.
    #[arg(default = false)]
    ignore_missing: bool,
}

/// Ensure lines are not commented out.
///
/// ```salt
/// /etc/adduser.conf:
///   file.uncomment:
///     - regex: EXTRA_GROUPS
/// ```
#[derive(Args)]
pub struct Uncomment {
    /// Path.
    name: String,
    /// Regular expression that fits the lines without their comment sign.
    regex: String,
    /// Comment sign.
    #[arg(default = "#")]
    char: String,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
}

fn set_to_be_updated(edit: Edit) -> Check<Edit> {
    let changes = one(&edit.path, "updated");
    Check::change(format!("File {} is set to be updated", edit.path), changes, edit)
}

fn done(edit: &Edit, backup: &Value, comment: &str, cx: &Cx) -> Result<Applied, Failure> {
    if edit.old == edit.new {
        return Ok(Applied::ok(comment, Map::new()));
    }
    edit.write(&Backup::read(backup), cx)?;
    Ok(edit.done(comment, true))
}

impl State for Comment {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let (path, old) = match old_text(&self.name, read)? {
            Ok(found) => found,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        match comment_state(&old, &self.regex, &self.char, true).map_err(Failure::bad_arguments)? {
            CommentState::Wanted => {}
            CommentState::Already => return Ok(Check::desired("Pattern already commented")),
            CommentState::Missing if self.ignore_missing => {
                return Ok(Check::desired("Pattern not found and ignore_missing set to True"));
            }
            CommentState::Missing => return Ok(Check::fails(format!("{}: Pattern not found", self.regex))),
        }
        let new = comment(&old, &self.regex, &self.char).map_err(Failure::bad_arguments)?;
        Ok(set_to_be_updated(Edit { path, old, new }))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        done(&edit, &self.backup, "Commented lines successfully", cx)
    }
}

impl State for Uncomment {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let (path, old) = match old_text(&self.name, read)? {
            Ok(found) => found,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        match comment_state(&old, &self.regex, &self.char, false).map_err(Failure::bad_arguments)? {
            CommentState::Wanted => {}
            CommentState::Already => return Ok(Check::desired("Pattern already uncommented")),
            CommentState::Missing => return Ok(Check::fails(format!("{}: Pattern not found", self.regex))),
        }
        let new = uncomment(&old, &self.regex, &self.char).map_err(Failure::bad_arguments)?;
        Ok(set_to_be_updated(Edit { path, old, new }))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        done(&edit, &self.backup, "Uncommented lines successfully", cx)
    }
}
