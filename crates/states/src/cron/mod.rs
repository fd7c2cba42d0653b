//! Jobs, variables and whole tables of cron.

mod env;
mod file;
mod job;

use modules::cron::{Tab, write};
use sdk::{Applied, Cx, Failure, Map, Read};

sdk::states!(cron, [job::Present, job::Absent, env::EnvPresent, env::EnvAbsent, file::CronFile]);

/// Why tables cannot be changed here.
fn unavailable(read: &Read) -> Option<String> {
    read.host().which("crontab").is_none().then(|| "crontab command not found; is a cron daemon installed?".to_owned())
}

/// Changes of a user's table as states report them.
fn changed(user: &str, name: &str) -> Map {
    [(user, name)].into_iter().collect()
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
