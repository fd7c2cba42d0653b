//! `sylvite status`: the master at a glance.

use crate::columns::moment;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use clap::Args;

/// The master at a glance.
#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    output: OutputOptions,
}

impl Status {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let status = client.status().await?;
        let store = match (&status.store.problem, status.store.reachable) {
            (Some(problem), _) => format!("{}: {problem}", status.store.kind),
            (None, true) => status.store.kind.clone(),
            (None, false) => format!("{}: does not answer", status.store.kind),
        };
        printer.listing(&status, || {
            format!(
                "master    {} {}, since {}\nlisten    {}\nminions   {} online of {} accepted, {} waiting to be let in\njobs      {} active\ndatabase  {store}",
                status.master,
                status.version,
                moment(status.started),
                status.listen,
                status.online,
                status.accepted,
                status.pending,
                status.active_jobs
            )
        })?;
        Ok(u8::from(!status.store.reachable))
    }
}
