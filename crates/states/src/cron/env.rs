//! `cron.env_present` and `cron.env_absent`: one variable.

use super::{changed, commit, unavailable};
use modules::cron::{Done, Tab, read_tab};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State};

/// Ensure a user's table sets a variable.
///
/// ```salt
/// MAILTO:
///   cron.env_present:
///     - value: ops@example.org
/// ```
#[derive(Args)]
pub struct EnvPresent {
    /// Name of the variable.
    name: String,
    /// Its value.
    value: Option<String>,
    /// Whose table it is.
    #[arg(default = "root")]
    user: String,
}

/// Ensure a user's table does not set a variable.
///
/// ```salt
/// MAILTO:
///   cron.env_absent: []
/// ```
#[derive(Args)]
pub struct EnvAbsent {
    /// Name of the variable.
    name: String,
    /// Whose table it is.
    #[arg(default = "root")]
    user: String,
}

impl State for EnvPresent {
    type Change = (Tab, Done);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if let Some(comment) = unavailable(read) {
            return Ok(Check::fails(comment));
        }
        let mut tab = read_tab(&self.user, read).await?;
        let name = &self.name;
        let done = tab.set_env(name, self.value.as_deref());
        let comment = match done {
            Done::Present => return Ok(Check::desired(format!("Cron env {name} already present"))),
            Done::New => format!("Cron env {name} is set to be added"),
            Done::Updated => format!("Cron env {name} is set to be updated"),
        };
        Ok(Check::change(comment, changed(&self.user, name), (tab, done)))
    }

    async fn apply(&self, (tab, done): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (name, user) = (&self.name, &self.user);
        let said = match done {
            Done::New => format!("Cron env {name} added to {user}'s crontab"),
            Done::Updated | Done::Present => format!("Cron env {name} updated"),
        };
        commit(user, name, &tab, said, format!("Cron env {name} for user {user} failed to commit with error \n"), cx).await
    }
}

impl State for EnvAbsent {
    type Change = Option<Tab>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if let Some(comment) = unavailable(read) {
            return Ok(Check::fails(comment));
        }
        let mut tab = read_tab(&self.user, read).await?;
        let name = self.name.trim();
        Ok(if tab.remove_env(name) {
            Check::change(format!("Cron env {name} is set to be removed"), changed(&self.user, name), Some(tab))
        } else {
            Check::Change(Outlook::new(format!("Cron env {name} is absent"), Map::new()).with_result(Some(true)), None)
        })
    }

    async fn apply(&self, tab: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (name, user) = (self.name.trim(), &self.user);
        let Some(tab) = tab else { return Ok(Applied::ok(format!("Cron env {name} already absent"), Map::new())) };
        let said = format!("Cron env {name} removed from {user}'s crontab");
        commit(user, name, &tab, said, format!("Cron env {name} for user {user} failed to commit with error "), cx).await
    }
}
