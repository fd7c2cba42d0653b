//! The functions of `cron`.

use super::tab::{FIELDS, Tab, Time};
use super::{Wish, raw, read_tab, write};
use sdk::host::Output;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

/// Return a user's table as text.
///
/// ```salt
/// salt '*' cron.raw_cron root
/// ```
#[derive(Args)]
pub struct RawCron {
    /// Login name.
    user: String,
}

impl Query for RawCron {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        raw(&self.user, read).await
    }
}

macro_rules! list {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            user: String,
        }

        impl Query for $name {
            type Output = Map;
            async fn call(self, read: &Read) -> Result<Map, Failure> {
                Ok(read_tab(&self.user, read).await?.to_map())
            }
        }
    };
}

list! {
    /// Return a user's table by its parts.
    ///
    /// ```salt
    /// salt '*' cron.list_tab root
    /// ```
    ListTab
}
list! {
    /// Return a user's table by its parts: another name of `cron.list_tab`.
    ///
    /// ```salt
    /// salt '*' cron.ls root
    /// ```
    Ls
}

/// Return one job of a user's table.
///
/// ```salt
/// salt '*' cron.get_entry root identifier=backup
/// ```
#[derive(Args)]
pub struct GetEntry {
    /// Login name.
    user: String,
    /// Its identifier.
    identifier: Option<String>,
    /// Its command.
    cmd: Option<String>,
}

impl Query for GetEntry {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let tab = read_tab(&self.user, read).await?;
        let found = tab.crons.iter().chain(&tab.special).find(|job| match &self.identifier {
            Some(identifier) => job.identifier.as_ref() == Some(identifier),
            None => self.cmd.as_ref() == Some(&job.cmd),
        });
        Ok(found.map_or(Value::Bool(false), |job| Value::Map(job.to_map())))
    }
}

/// Text of a field of a time.
fn field(value: &Value) -> String {
    text::str(value).to_lowercase()
}

/// Writes a table; the word for what came of it, or what `crontab` said.
async fn commit(user: &str, tab: &Tab, word: &str, cx: &Cx) -> Result<String, Failure> {
    let output = write(user, &tab.render(), cx).await?;
    if output.is_ok() { Ok(word.to_owned()) } else { Err(refused(&output)) }
}

fn refused(output: &Output) -> Failure {
    let text = format!("`crontab` failed with status {}: {}", output.retcode(), output.err().trim());
    Failure::failed(text).with_retcode(output.retcode())
}

async fn set(user: &str, wish: &Wish, cx: &Cx) -> Result<String, Failure> {
    let mut tab = read_tab(user, cx.read()).await?;
    let done = tab.set(wish, &mut crate::random::between);
    if done == super::Done::Present { Ok(done.word().to_owned()) } else { commit(user, &tab, done.word(), cx).await }
}

/// Put a job that runs at times into a user's table.
///
/// ```salt
/// salt '*' cron.set_job root '*' '*' '*' '*' 1 /usr/local/weekly identifier=weekly
/// ```
#[derive(Args)]
pub struct SetJob {
    /// Login name.
    user: String,
    /// Minute.
    minute: Value,
    /// Hour.
    hour: Value,
    /// Day of the month.
    daymonth: Value,
    /// Month.
    month: Value,
    /// Day of the week.
    dayweek: Value,
    /// Command line.
    cmd: String,
    /// Switch it off.
    #[arg(default = false)]
    commented: bool,
    /// Comment above it.
    comment: Option<String>,
    /// What tells it from others when its command changes.
    identifier: Option<String>,
}

impl Action for SetJob {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let time = Time::At([self.minute, self.hour, self.daymonth, self.month, self.dayweek].map(|value| field(&value)));
        let Self { cmd, identifier, comment, commented, .. } = self;
        set(&self.user, &Wish { time, cmd, identifier, comment, commented }, cx).await
    }
}

/// Put a job that runs at an occasion into a user's table.
///
/// ```salt
/// salt '*' cron.set_special root @hourly 'echo foobar'
/// ```
#[derive(Args)]
pub struct SetSpecial {
    /// Login name.
    user: String,
    /// The occasion: `@reboot`, `@daily`, …
    special: String,
    /// Command line.
    cmd: String,
    /// Switch it off.
    #[arg(default = false)]
    commented: bool,
    /// Comment above it.
    comment: Option<String>,
    /// What tells it from others when its command changes.
    identifier: Option<String>,
}

impl Action for SetSpecial {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let Self { user, special, cmd, commented, comment, identifier } = self;
        set(&user, &Wish { time: Time::On(special), cmd, identifier, comment, commented }, cx).await
    }
}

/// Set a variable in a user's table.
///
/// ```salt
/// salt '*' cron.set_env root MAILTO user@example.com
/// ```
#[derive(Args)]
pub struct SetEnv {
    /// Login name.
    user: String,
    /// Name of the variable.
    name: String,
    /// Its value.
    value: Option<String>,
}

impl Action for SetEnv {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let mut tab = read_tab(&self.user, cx.read()).await?;
        let done = tab.set_env(&self.name, self.value.as_deref());
        if done == super::Done::Present { Ok(done.word().to_owned()) } else { commit(&self.user, &tab, done.word(), cx).await }
    }
}

macro_rules! remove_job {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            user: String,
            /// Command line.
            cmd: String,
            /// Minute.
            minute: Option<Value>,
            /// Hour.
            hour: Option<Value>,
            /// Day of the month.
            daymonth: Option<Value>,
            /// Month.
            month: Option<Value>,
            /// Day of the week.
            dayweek: Option<Value>,
            /// Its identifier.
            identifier: Option<String>,
        }

        impl Action for $name {
            type Output = String;
            async fn call(self, cx: &Cx) -> Result<String, Failure> {
                let mut tab = read_tab(&self.user, cx.read()).await?;
                let fields = [self.minute, self.hour, self.daymonth, self.month, self.dayweek];
                let fields: [Option<String>; FIELDS.len()] = fields.map(|value| value.as_ref().map(field));
                if tab.remove_job(&self.cmd, self.identifier.as_deref(), &fields) {
                    commit(&self.user, &tab, "removed", cx).await
                } else {
                    Ok("absent".to_owned())
                }
            }
        }
    };
}

remove_job! {
    /// Take a job out of a user's table.
    ///
    /// ```salt
    /// salt '*' cron.rm_job root /usr/local/weekly
    /// ```
    RmJob
}
remove_job! {
    /// Take a job out of a user's table: another name of `cron.rm_job`.
    ///
    /// ```salt
    /// salt '*' cron.rm root /usr/local/weekly
    /// ```
    Rm
}

/// Take a job that runs at an occasion out of a user's table.
///
/// ```salt
/// salt '*' cron.rm_special root /usr/bin/foo
/// ```
#[derive(Args)]
pub struct RmSpecial {
    /// Login name.
    user: String,
    /// Command line.
    cmd: String,
    /// The occasion; any unless given.
    special: Option<String>,
    /// Its identifier.
    identifier: Option<String>,
}

impl Action for RmSpecial {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let mut tab = read_tab(&self.user, cx.read()).await?;
        if tab.remove_special(&self.cmd, self.identifier.as_deref(), self.special.as_deref()) {
            commit(&self.user, &tab, "removed", cx).await
        } else {
            Ok("absent".to_owned())
        }
    }
}

/// Take a variable out of a user's table.
///
/// ```salt
/// salt '*' cron.rm_env root MAILTO
/// ```
#[derive(Args)]
pub struct RmEnv {
    /// Login name.
    user: String,
    /// Name of the variable.
    name: String,
}

impl Action for RmEnv {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let mut tab = read_tab(&self.user, cx.read()).await?;
        if tab.remove_env(&self.name) { commit(&self.user, &tab, "removed", cx).await } else { Ok("absent".to_owned()) }
    }
}

/// Put a file in place of a user's table.
///
/// ```salt
/// salt '*' cron.write_cron_file root /tmp/new_cron
/// ```
#[derive(Args)]
pub struct WriteCronFile {
    /// Login name.
    user: String,
    /// Path of the file.
    path: String,
}

impl Action for WriteCronFile {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let text = cx.host().read_text(&self.path).map_err(crate::failure)?;
        Ok(write(&self.user, &text, cx).await?.is_ok())
    }
}

/// Put a file in place of a user's table and return what `crontab` said.
///
/// ```salt
/// salt '*' cron.write_cron_file_verbose root /tmp/new_cron
/// ```
#[derive(Args)]
pub struct WriteCronFileVerbose {
    /// Login name.
    user: String,
    /// Path of the file.
    path: String,
}

impl Action for WriteCronFileVerbose {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let text = cx.host().read_text(&self.path).map_err(crate::failure)?;
        let output = write(&self.user, &text, cx).await?;
        let mut map = Map::new();
        map.insert("pid", output.pid);
        map.insert("retcode", output.retcode());
        map.insert("stdout", output.out().trim_end());
        map.insert("stderr", output.err().trim_end());
        Ok(map)
    }
}
