//! `cron.present` and `cron.absent`: one job.

use super::Thing;
use modules::cron::{Done, Tab, Time, Wish};
use sdk::{Applied, Args, Check, Cx, Failure, Read, State, Value, text};

/// Ensure a user's table has a job.
///
/// ```salt
/// /usr/local/bin/backup --all:
///   cron.present:
///     - identifier: backup
///     - user: root
///     - minute: random
///     - hour: 2
/// ```
#[derive(Args)]
pub struct Present {
    /// Command line.
    name: String,
    /// Whose table it is.
    #[arg(default = "root")]
    user: String,
    /// Minute; `random` chooses one, `0:30` one of a range.
    #[arg(default = "*")]
    minute: Value,
    /// Hour.
    #[arg(default = "*")]
    hour: Value,
    /// Day of the month.
    #[arg(default = "*")]
    daymonth: Value,
    /// Month.
    #[arg(default = "*")]
    month: Value,
    /// Day of the week.
    #[arg(default = "*")]
    dayweek: Value,
    /// Comment above it.
    comment: Option<String>,
    /// Switch it off.
    #[arg(default = false)]
    commented: bool,
    /// What tells it from others when its command changes; the command itself unless given.
    #[arg(default = false)]
    identifier: Value,
    /// An occasion such as `@reboot` instead of a time.
    special: Option<String>,
}

/// Ensure a user's table does not have a job.
///
/// ```salt
/// /usr/local/bin/backup --all:
///   cron.absent:
///     - identifier: backup
/// ```
#[derive(Args)]
pub struct Absent {
    /// Command line.
    name: String,
    /// Whose table it is.
    #[arg(default = "root")]
    user: String,
    /// What tells it from others; the command itself unless given.
    #[arg(default = false)]
    identifier: Value,
    /// An occasion such as `@reboot`, for a job that runs at one.
    special: Option<String>,
    /// Known for compatibility: a job goes whatever its time is.
    #[arg(ignored)]
    minute: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    hour: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    daymonth: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    month: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    dayweek: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    comment: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    commented: Option<Value>,
}

/// The identifier: the command where none was given, none where it is empty.
fn identifier(given: &Value, cmd: &str) -> Option<String> {
    match given {
        Value::Bool(false) => Some(cmd.to_owned()),
        Value::Null => None,
        other => Some(text::str(other)).filter(|name| !name.is_empty()),
    }
}

impl Present {
    fn wish(&self) -> Wish {
        let cmd = self.name.trim().to_owned();
        let fields = [&self.minute, &self.hour, &self.daymonth, &self.month, &self.dayweek];
        let time = match &self.special {
            Some(occasion) => Time::On(occasion.clone()),
            None => Time::At(fields.map(|field| text::str(field).to_lowercase())),
        };
        let identifier = identifier(&self.identifier, &cmd);
        Wish { time, cmd, identifier, comment: self.comment.clone(), commented: self.commented }
    }
}

impl Present {
    fn thing(&self) -> Thing<'_> {
        Thing { what: "Cron", name: self.name.trim(), user: &self.user }
    }
}

impl Absent {
    fn thing(&self) -> Thing<'_> {
        Thing { what: "Cron", name: self.name.trim(), user: &self.user }
    }

    fn remove_from(&self, tab: &mut Tab) -> bool {
        let name = self.name.trim();
        let identifier = identifier(&self.identifier, name);
        match self.special.as_deref() {
            None => tab.remove_job(name, identifier.as_deref(), &[None, None, None, None, None]),
            Some(occasion) => tab.remove_special(name, identifier.as_deref(), Some(occasion)),
        }
    }
}

impl State for Present {
    type Change = (Tab, Done);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        self.thing().check_present(|tab| tab.set(&self.wish(), &mut modules::random::between), read).await
    }

    async fn apply(&self, change: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        self.thing().set(change, cx).await
    }
}

impl State for Absent {
    type Change = Option<Tab>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        self.thing().check_absent(|tab| self.remove_from(tab), read).await
    }

    async fn apply(&self, tab: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        self.thing().remove(tab, cx).await
    }
}
