//! `file.keyvalue`: lines of keys and values.

use super::checked_path;
use super::edit::{Backup, Edit};
use super::manage::one;
use modules::file::edit::{KeyValue, set_key_values};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

/// Ensure keys have their values in lines such as `key=value`.
///
/// ```salt
/// /etc/ssh/sshd_config:
///   file.keyvalue:
///     - key_values:
///         PermitRootLogin: 'no'
///         Port: 22
///     - separator: ' '
///     - uncomment: '#'
///     - append_if_not_found: True
/// ```
#[derive(Args)]
pub struct Keyvalue {
    /// Path.
    name: String,
    /// A key.
    key: Option<String>,
    /// Its value.
    value: Option<Value>,
    /// Keys and values.
    key_values: Option<Map>,
    /// What stands between key and value.
    #[arg(default = "=")]
    separator: String,
    /// Put missing keys to the end.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put missing keys to the beginning.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// Only set keys that are there.
    #[arg(default = false)]
    search_only: bool,
    /// Show how the text changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Let a missing file be.
    #[arg(default = false)]
    ignore_if_missing: bool,
    /// How many lines of a key there may be; -1 sets all, 0 removes all.
    #[arg(default = 1)]
    count: i64,
    /// Characters that may be taken off the beginning of a line to find the key.
    uncomment: Option<String>,
    /// Case of keys does not matter.
    #[arg(default = false)]
    key_ignore_case: bool,
    /// Case of values does not matter.
    #[arg(default = false)]
    value_ignore_case: bool,
    /// Make the file if it is missing.
    #[arg(default = false)]
    create_if_missing: bool,
    /// Take lines away that begin with none of the keys.
    #[arg(default = false)]
    prune: bool,
}

/// What is to be done, and how it is reported.
pub struct Change {
    edit: Edit,
    diff: String,
    count: usize,
    pruned: usize,
}

impl State for Keyvalue {
    type Change = Change;

    async fn check(&self, read: &Read) -> Result<Check<Change>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.keyvalue", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let mut values = self.key_values.clone().unwrap_or_default();
        if let (Some(key), Some(value)) = (&self.key, &self.value) {
            values.insert(key.as_str(), value.clone());
        }
        if values.is_empty() {
            return Ok(Check::fails("file.keyvalue key and value not supplied and key_values is empty"));
        }
        let old = match read.host().stat(&path).map_err(modules::failure)? {
            Some(_) => read.host().read_text(&path).map_err(modules::failure)?,
            None if self.create_if_missing => String::new(),
            None if self.ignore_if_missing => return Ok(Check::desired(format!("unable to open {path}"))),
            None => return Ok(Check::fails(format!("unable to open {path}"))),
        };
        let wanted = KeyValue {
            values,
            separator: self.separator.clone(),
            append: self.append_if_not_found,
            prepend: self.prepend_if_not_found,
            search_only: self.search_only,
            count: self.count,
            uncomment: self.uncomment.clone(),
            key_ignore_case: self.key_ignore_case,
            value_ignore_case: self.value_ignore_case,
            prune: self.prune,
        };
        let found = set_key_values(&old, &wanted);
        if found.changed == 0 && found.pruned == 0 {
            return Ok(Check::desired(""));
        }
        let mut comment = format!("File {path} is set to be changed ({} lines modified, {} deleted)", found.changed, found.pruned);
        let mut changes = Map::new();
        let diff: String = found.diff.iter().map(|line| format!("{line}\n")).collect();
        if self.show_changes {
            comment.push_str("\nPredicted diff:\n");
            comment.extend(found.diff.iter().map(|line| format!("\r\t\t{line}\n")));
            changes = one("diff", diff.as_str());
        }
        Ok(Check::change(
            comment,
            changes,
            Change { edit: Edit { path, old, new: found.text }, diff, count: found.changed, pruned: found.pruned },
        ))
    }

    async fn apply(&self, change: Change, cx: &Cx) -> Result<Applied, Failure> {
        change.edit.write(&Backup::None, cx)?;
        let changes = if self.show_changes { one("diff", change.diff) } else { Map::new() };
        Ok(Applied::ok(format!("Changed {}, deleted {} lines", change.count, change.pruned), changes))
    }
}
