//! `sylvite explain`: why somebody may or may not do something.

use crate::options::{OutputOptions, TargetOptions};
use crate::printer::Printer;
use crate::salt::read_call;
use crate::settings::Settings;
use crate::{Console, Error};
use api::Explain as Question;
use clap::Args;

/// Say why somebody may or may not do something.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite explain fred test.ping --on 'web*'
  sylvite explain anna cmd.run uptime --on 'G@role:db' -C --eauth ldap --group operators
  sylvite explain web01 test.ping --on '*' --eauth minion
  sylvite explain anna jobs.list_jobs --eauth ldap")]
pub(crate) struct Explain {
    /// Who: a user of the master's host, or the name of a login or a minion.
    user: String,
    /// What they would call.
    function: String,
    /// Its arguments.
    #[arg(allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// On which minions; without it a runner is meant.
    #[arg(long, value_name = "TARGET")]
    on: Option<String>,
    /// The backend of a login; `minion` for a minion.
    #[arg(long, value_name = "BACKEND")]
    eauth: Option<String>,
    /// Groups that they are in.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// A wheel function is meant.
    #[arg(long, conflicts_with = "on")]
    wheel: bool,
    #[command(flatten)]
    kind: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
}

impl Explain {
    /// Asks and prints; the exit status says it too.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let question = Question {
            user: self.user.clone(),
            eauth: self.eauth,
            groups: self.groups,
            call: read_call(&self.function, &self.arguments, &[])?,
            target: self.on.as_deref().map(|on| self.kind.target(on)).transpose()?,
            wheel: self.wheel,
        };
        let explained = client.explain(&question).await?;
        let palette = printer.palette();
        let word = if explained.allowed { palette.green("yes") } else { palette.red("no") };
        printer.listing(&explained, || format!("{word}: {}", explained.reason))?;
        Ok(u8::from(!explained.allowed))
    }
}
