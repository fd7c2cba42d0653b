//! `file.replace`: what a pattern fits in a text.

use super::edit::{Backup, Edit, old_text};
use modules::file::edit::{Flags, NotFound, Pattern, Replacement, replace};
use sdk::{Applied, Args, Check, Cx, Failure, Read, State, Value};

/// Ensure a text has no more of what a pattern fits but its replacement.
///
/// ```salt
/// /etc/ssh/sshd_config:
///   file.replace:
///     - pattern: '^#?PermitRootLogin.*'
///     - repl: PermitRootLogin no
///     - append_if_not_found: True
/// ```
#[derive(Args)]
pub struct Replace {
    /// Path.
    name: String,
    /// Regular expression.
    pattern: String,
    /// Replacement; `\1` and `\g<name>` are groups.
    repl: String,
    /// How often at most; 0 is always.
    #[arg(default = 0)]
    count: usize,
    /// Flags of the pattern.
    #[arg(default = 8)]
    flags: Flags,
    /// Known for compatibility: the whole file is looked at.
    #[arg(default = 1, ignored)]
    bufsize: Value,
    /// Put the content to the end where the pattern fits nowhere.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put the content to the beginning where the pattern fits nowhere.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// That content, if it is not the replacement.
    not_found_content: Option<String>,
    /// Ending of a copy of the old file; `minion` keeps it in the cache, `False` not at all.
    #[arg(default = ".bak")]
    backup: Value,
    /// Show how the text changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Let a missing file be.
    #[arg(default = false)]
    ignore_if_missing: bool,
    /// Take backslashes of the replacement as they are.
    #[arg(default = false)]
    backslash_literal: bool,
    /// Known for compatibility: text is UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
}

impl State for Replace {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let (path, old) = match old_text(&self.name, read)? {
            Ok(found) => found,
            Err(comment) if self.ignore_if_missing && comment.ends_with("file not found") => {
                return Ok(Check::desired("No changes needed to be made"));
            }
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let pattern = Pattern::new(&self.pattern, self.flags).map_err(Failure::bad_arguments)?;
        let replacement = if self.backslash_literal { Replacement::literal(&self.repl) } else { Replacement::parse(&self.repl) };
        let not_found = match (self.append_if_not_found, self.prepend_if_not_found) {
            (true, true) => return Ok(Check::fails("Only one of append and prepend_if_not_found is permitted")),
            (true, false) => NotFound::Append,
            (false, true) => NotFound::Prepend,
            (false, false) => NotFound::Leave,
        };
        let content = self.not_found_content.as_deref().unwrap_or(&self.repl);
        let new = replace(&old, &pattern, &replacement, self.count, not_found, content);
        Ok(Edit { path, old, new }.check("Changes would have been made", self.show_changes))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        edit.write(&Backup::read(&self.backup), cx)?;
        Ok(edit.done("Changes were made", self.show_changes))
    }
}
