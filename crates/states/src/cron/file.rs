//! `cron.file`: a whole table.

use super::unavailable;
use crate::file::content::{NoContent, Origin};
use crate::file::manage::one;
use modules::cron::{raw, write};
use modules::file::text::shown_change;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value};

/// Ensure a user's table is that of a file.
///
/// ```salt
/// salt://backup/crontab:
///   cron.file:
///     - user: backup
/// ```
#[derive(Args)]
#[args(name = "file")]
pub struct CronFile {
    /// The file: `salt://…`, a URL or a path; of a list the first that exists.
    name: Value,
    /// Its checksum, or a file of checksums.
    #[arg(default = "")]
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// Whose table it is.
    #[arg(default = "root")]
    user: String,
    /// Template engine.
    template: Option<String>,
    /// Variables of the template.
    context: Option<Map>,
    /// Put it in place of a table that is there.
    #[arg(default = true)]
    replace: bool,
    /// Variables of the template that `context` may overrule.
    defaults: Option<Map>,
    /// Known for compatibility: the old table is in the changes.
    #[arg(default = "", ignored)]
    backup: String,
}

/// What is to be done.
#[derive(Debug)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Only a real run says so.
    Refuse(String),
    /// Put this text in place.
    Put(String, Map),
}

impl State for CronFile {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let user = &self.user;
        if let Some(comment) = unavailable(read) {
            return Ok(Check::fails(comment));
        }
        if read.host().accounts().uid(user).is_none() {
            return Ok(Check::fails(format!("Could not identify group for user {user}")));
        }
        let mut old = raw(user, read).await?;
        if !self.replace && !old.is_empty() {
            return Ok(Check::desired(format!("User {user} already has a crontab. No changes made")));
        }
        if !old.ends_with('\n') {
            old.push('\n');
        }
        let mut context = self.defaults.clone().unwrap_or_default();
        context.extend(self.context.clone().unwrap_or_default());
        let origin = Origin {
            source: Some(self.name.clone()),
            source_hash: self.source_hash.clone(),
            source_hash_name: self.source_hash_name.clone(),
            template: self.template.clone(),
            context,
            ..Origin::default()
        };
        let content = match origin.content("crontab", read).await {
            Ok(content) => content,
            Err(NoContent::Refused(comment) | NoContent::Later(comment) | NoContent::Source(comment)) => {
                let outlook = Outlook::new(comment.clone(), Map::new()).with_result(Some(false));
                return Ok(Check::Change(outlook, Step::Refuse(comment)));
            }
        };
        if let Some(mismatch) = content.mismatch {
            return Ok(Check::fails(mismatch));
        }
        let Ok(new) = String::from_utf8(content.bytes.unwrap_or_default()) else {
            return Ok(Check::fails("the table is no text in UTF-8"));
        };
        if new == old {
            let outlook = Outlook::new(format!("Crontab for user {user} is in the correct state"), Map::new()).with_result(Some(true));
            return Ok(Check::Change(outlook, Step::Nothing));
        }
        let changes = one("diff", shown_change(old.as_bytes(), new.as_bytes()));
        let comment = format!("Crontab for user {user} is set to be updated");
        Ok(Check::change(comment, changes.clone(), Step::Put(new, changes)))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let user = &self.user;
        let (text, changes) = match step {
            Step::Nothing => return Ok(Applied::ok(format!("Crontab for user {user} is in the correct state"), Map::new())),
            Step::Refuse(comment) => return Ok(Applied::failed(comment)),
            Step::Put(text, changes) => (text, changes),
        };
        let output = write(user, &text, cx).await?;
        Ok(if output.is_ok() {
            Applied::ok(format!("Crontab for user {user} was updated"), changes)
        } else {
            let (said, status) = (output.err(), output.retcode());
            Applied::failed(format!("Unable to update user {user} crontab. Error: {} (exit status {status})", said.trim_end()))
        })
    }
}
