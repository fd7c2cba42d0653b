//! `sylvite file`: the files that the master serves, and files that are sent along with a job.

use crate::commands::groups::Together;
use crate::commands::run::{Driven, Show, drive, nobody};
use crate::complete;
use crate::options::{OutputOptions, TargetOptions};
use crate::printer::Printer;
use crate::salt_cp;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{RunFunction, RunJob};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use model::{Call, FunctionName, Glob};
use value::{Map, Value, text};

/// Look at the files that the master serves, and send files to minions.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:
  sylvite file list 'nginx/*'                what states of the environment `base` can name as salt://nginx/…
  sylvite file send 'web*' motd /etc/motd    small files, inside one job")]
pub(crate) enum File {
    /// List the files of an environment.
    #[command(after_help = "Examples:
  sylvite file list
  sylvite file list '*.jinja' --saltenv dev
  sylvite file list --dirs")]
    List(List),
    /// List the environments.
    #[command(after_help = "Example:\n  sylvite file envs")]
    Envs(Envs),
    /// Ask the remotes of the file service (git) for what is new, now.
    #[command(after_help = "Example:\n  sylvite file update")]
    Update(Envs),
    /// Send small files and folders to minions, inside one job.
    #[command(after_help = "Examples:
  sylvite file send 'web*' motd /etc/motd
  sylvite file send -G os:Debian apt.conf preferences /etc/apt/")]
    Send(Send),
}

/// Which files.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only files that fit this pattern.
    pattern: Option<String>,
    /// The environment.
    #[arg(long, value_name = "NAME", default_value = "base")]
    saltenv: String,
    /// Folders in place of files.
    #[arg(long)]
    dirs: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct Envs {
    #[command(flatten)]
    output: OutputOptions,
}

/// What is sent to whom.
#[derive(Args, Debug)]
pub(crate) struct Send {
    /// Whom it is for; a pattern over the ids unless a target option says otherwise.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    target: String,
    /// Files and folders, and where they go on the minions: a path for one file, a folder for several.
    #[arg(required = true, num_args = 2.., value_name = "SOURCE... DEST")]
    words: Vec<String>,
    #[command(flatten)]
    kind: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
}

impl File {
    /// Runs it.
    pub async fn run(self, settings: Settings, console: &mut Console) -> Result<u8, Error> {
        match self {
            Self::List(List { pattern, saltenv, dirs, output }) => {
                let function = if dirs { "fileserver.dir_list" } else { "fileserver.file_list" };
                let kwargs = Map::from_iter([("saltenv", saltenv)]);
                names(function, kwargs, pattern.as_deref(), &output, settings, console).await
            }
            Self::Envs(Envs { output }) => names("fileserver.envs", Map::new(), None, &output, settings, console).await,
            Self::Update(Envs { output }) => names("fileserver.update", Map::new(), None, &output, settings, console).await,
            Self::Send(send) => send.run(settings, console).await,
        }
    }
}

/// Asks the master and prints names, one a line.
async fn names(
    function: &str,
    kwargs: Map,
    pattern: Option<&str>,
    output: &OutputOptions,
    mut settings: Settings,
    console: &mut Console,
) -> Result<u8, Error> {
    output.over(&mut settings)?;
    let client = settings.client(console);
    let result = client.runner(&RunFunction { function: function.to_owned(), args: Vec::new(), kwargs, detached: false }).await?;
    let mut printer = Printer::new(console, &settings, output)?;
    if !result.success {
        printer.console.complain(&text::str(&result.value));
        return Ok(1);
    }
    let glob = pattern.map(Glob::new);
    let value = match result.value {
        Value::List(items) => {
            let fits = |item: &Value| glob.as_ref().is_none_or(|glob| glob.matches(&text::str(item)));
            Value::List(items.into_iter().filter(fits).collect())
        }
        other => other,
    };
    printer.listing(&value, || match &value {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join("\n"),
        other => text::str(other),
    })?;
    Ok(0)
}

impl Send {
    async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let Some((destination, sources)) = self.words.split_last() else {
            return Err(Error::Usage("a file and a destination are needed".to_owned()));
        };
        let files = salt_cp::read(sources)?;
        let function = FunctionName::new("cp.recv").map_err(|error| Error::Other(error.to_string()))?;
        let call = Call { function, args: vec![Value::Map(files), Value::from(destination)], kwargs: Map::new() };
        let client = settings.client(console);
        let mut printer = Printer::new(console, &settings, &self.output)?;
        let request = RunJob::new(self.kind.target(&self.target)?, call);
        let show = Show { live: false, together: Together::IfMany, tell_job: false };
        match drive(&client, &request, &mut printer, show, None).await? {
            Driven::Nobody(submitted) => Ok(nobody(&submitted, &mut printer)),
            Driven::Done(status) => Ok(status),
        }
    }
}
