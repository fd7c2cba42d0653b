//! `file.line`: one line at its place.

use super::edit::{Backup, Edit, old_text};
use super::manage::make_dirs;
use modules::file::Perms;
use modules::file::edit::{Line as Wanted, LineMode, Place, edit_line};
use sdk::host::parent;
use sdk::{Applied, Args, Check, Cx, Failure, Mode, Read, State};

/// Ensure a line is at its place, takes the place of others, or is gone.
///
/// ```salt
/// /etc/app.conf:
///   file.line:
///     - mode: ensure
///     - content: port = 80
///     - after: '\[server\]'
/// ```
#[derive(Args)]
pub struct Line {
    /// Path.
    name: String,
    /// The line.
    content: Option<String>,
    /// What fits the lines to replace or delete.
    #[arg(name = "match")]
    matching: Option<String>,
    /// `ensure`, `replace`, `insert` or `delete`.
    mode: Option<String>,
    /// With `insert`: `start` or `end`.
    location: Option<Place>,
    /// What fits the line after it.
    before: Option<String>,
    /// What fits the line before it.
    after: Option<String>,
    /// Show how the text changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Keep a copy of the old file, with the time in its name.
    #[arg(default = false)]
    backup: sdk::Value,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    quiet: bool,
    /// Give the line the indentation of its neighbour.
    #[arg(default = true)]
    indent: bool,
    /// Make the file if it is missing.
    #[arg(default = false)]
    create: bool,
    /// Owner of a file that is made.
    user: Option<String>,
    /// Group of a file that is made.
    group: Option<String>,
    /// Mode of a file that is made.
    file_mode: Option<Mode>,
}

impl State for Line {
    /// The edit, and whether the file has to be made.
    type Change = (Edit, bool);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (path, old, is_new) = match old_text(&self.name, read)? {
            Ok((path, old)) => (path, old, false),
            Err(comment) if self.create && comment.ends_with("file not found") => (self.name.clone(), String::new(), true),
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let mode = match self.mode.as_deref() {
            None | Some("") => return Ok(Check::fails("Mode was not defined. How to process the file?")),
            Some("ensure") => LineMode::Ensure,
            Some("replace") => LineMode::Replace,
            Some("insert") => LineMode::Insert,
            Some("delete") => LineMode::Delete,
            Some(other) => return Err(Failure::failed(format!("Unknown mode: \"{other}\""))),
        };
        let wanted = Wanted {
            content: self.content.clone(),
            matching: self.matching.clone(),
            after: self.after.clone(),
            before: self.before.clone(),
            location: self.location,
            indent: self.indent,
        };
        let new = edit_line(&old, mode, &wanted).map_err(Failure::failed)?;
        Ok((Edit { path, old, new }).check("Changes would be made", self.show_changes).map(|edit| (edit, is_new)))
    }

    async fn apply(&self, (edit, is_new): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let backup = if self.backup.is_truthy() && !is_new {
            let now = cx.host().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            Backup::Beside(format!(".{}", now.as_secs()))
        } else {
            Backup::None
        };
        if is_new {
            make_dirs(cx.host(), parent(&edit.path).unwrap_or("/"), &Perms::default())?;
        }
        edit.write(&backup, cx)?;
        if is_new {
            let perms = Perms { user: self.user.clone(), group: self.group.clone(), mode: self.file_mode.and_then(Mode::bits) };
            perms.enforce(cx.host(), &edit.path, true)?;
        }
        Ok(edit.done("Changes were made", self.show_changes))
    }
}
