//! Jobs, variables and whole tables of cron.

mod env;
mod file;
mod job;

use modules::cron::{Done, Tab, read_tab, write};
use sdk::{Applied, Check, Cx, Failure, Map, Outlook, Read};

sdk::states!(cron, [job::Present, job::Absent, env::EnvPresent, env::EnvAbsent, file::CronFile]);

/// Why tables cannot be changed here.
fn unavailable(read: &Read) -> Option<String> {
    read.host().which("crontab").is_none().then(|| "crontab command not found; is a cron daemon installed?".to_owned())
}

/// Changes of a user's table as states report them.
fn changed(user: &str, name: &str) -> Map {
    [(user, name)].into_iter().collect()
}

/// What a table has one of, a job or a variable: the same looks and steps, other words.
struct Thing<'a> {
    /// What comments call it: `Cron`, `Cron env`.
    what: &'static str,
    /// Its name.
    name: &'a str,
    /// Whose table it is.
    user: &'a str,
}

impl Thing<'_> {
    /// Whether it is to be set; `set` does so in the table that was read.
    async fn check_present(&self, set: impl FnOnce(&mut Tab) -> Done + Send, read: &Read) -> Result<Check<(Tab, Done)>, Failure> {
        if let Some(comment) = unavailable(read) {
            return Ok(Check::fails(comment));
        }
        let mut tab = read_tab(self.user, read).await?;
        let (what, name) = (self.what, self.name);
        let done = set(&mut tab);
        let comment = match done {
            Done::Present => return Ok(Check::desired(format!("{what} {name} already present"))),
            Done::New => format!("{what} {name} is set to be added"),
            Done::Updated => format!("{what} {name} is set to be updated"),
        };
        Ok(Check::change(comment, changed(self.user, name), (tab, done)))
    }

    /// Writes the table in which it is set.
    async fn set(&self, (tab, done): (Tab, Done), cx: &Cx) -> Result<Applied, Failure> {
        let Self { what, name, user } = self;
        let said = match done {
            Done::New => format!("{what} {name} added to {user}'s crontab"),
            Done::Updated | Done::Present => format!("{what} {name} updated"),
        };
        commit(user, name, &tab, said, format!("{what} {name} for user {user} failed to commit with error \n"), cx).await
    }

    /// Whether it is to go; `remove` does so in the table that was read.
    async fn check_absent(&self, remove: impl FnOnce(&mut Tab) -> bool + Send, read: &Read) -> Result<Check<Option<Tab>>, Failure> {
        if let Some(comment) = unavailable(read) {
            return Ok(Check::fails(comment));
        }
        let mut tab = read_tab(self.user, read).await?;
        let (what, name) = (self.what, self.name);
        Ok(if remove(&mut tab) {
            Check::change(format!("{what} {name} is set to be removed"), changed(self.user, name), Some(tab))
        } else {
            Check::Change(Outlook::new(format!("{what} {name} is absent"), Map::new()).with_result(Some(true)), None)
        })
    }

    /// Writes the table in which it is not any more.
    async fn remove(&self, tab: Option<Tab>, cx: &Cx) -> Result<Applied, Failure> {
        let Self { what, name, user } = self;
        let Some(tab) = tab else { return Ok(Applied::ok(format!("{what} {name} already absent"), Map::new())) };
        let said = format!("{what} {name} removed from {user}'s crontab");
        commit(user, name, &tab, said, format!("{what} {name} for user {user} failed to commit with error "), cx).await
    }
}

/// Writes a table and says what came of it; `refused` is what a failure is told with.
async fn commit(user: &str, name: &str, tab: &Tab, done: String, refused: String, cx: &Cx) -> Result<Applied, Failure> {
    let output = write(user, &tab.render(), cx).await?;
    Ok(if output.is_ok() {
        Applied::ok(done, changed(user, name))
    } else {
        Applied::failed(format!("{refused}{} (exit status {})", output.err().trim_end(), output.retcode()))
    })
}
