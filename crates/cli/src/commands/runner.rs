//! `sylvite runner`: functions of the master.

use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::RunFunction;
use clap::Args;

/// Call a function of the master.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite runner manage.status
  sylvite runner jobs.lookup_jid 20261123061947179934")]
pub(crate) struct Runner {
    /// What to call.
    function: String,
    /// Its arguments: words and `name=value`.
    #[arg(allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// Do not wait: print the job's id.
    #[arg(long = "async")]
    detached: bool,
    #[command(flatten)]
    output: OutputOptions,
}

impl Runner {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let argv::Arguments { args, kwargs } = argv::parse(&self.arguments, &[]);
        let request = RunFunction { function: self.function, args, kwargs, detached: self.detached };
        let result = client.runner(&request).await?;
        match result.job.filter(|_| request.detached) {
            Some(job) => printer.text(&job.to_string())?,
            None => crate::salt_run::print(&result, &mut printer)?,
        }
        Ok(u8::from(!result.success || result.retcode != 0))
    }
}
