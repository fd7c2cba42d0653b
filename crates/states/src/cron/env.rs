//! `cron.env_present` and `cron.env_absent`: one variable.

use super::Thing;
use modules::cron::{Done, Tab};
use sdk::{Applied, Args, Check, Cx, Failure, Read, State};

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

impl EnvPresent {
    fn thing(&self) -> Thing<'_> {
        Thing { what: "Cron env", name: &self.name, user: &self.user }
    }
}

impl EnvAbsent {
    fn thing(&self) -> Thing<'_> {
        Thing { what: "Cron env", name: self.name.trim(), user: &self.user }
    }
}

impl State for EnvPresent {
    type Change = (Tab, Done);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        self.thing().check_present(|tab| tab.set_env(&self.name, self.value.as_deref()), read).await
    }

    async fn apply(&self, change: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        self.thing().set(change, cx).await
    }
}

impl State for EnvAbsent {
    type Change = Option<Tab>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        self.thing().check_absent(|tab| tab.remove_env(self.name.trim()), read).await
    }

    async fn apply(&self, tab: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        self.thing().remove(tab, cx).await
    }
}
