//! `salt-run`: Salt's command line over runners.

mod event;

use crate::login::Acting;
use crate::options::{OutputOptions, SaltOptions};
use crate::printer::Printer;
use crate::salt::docs;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{RunFunction, RunResult};
use clap::Parser;
use client::Client;
use std::ffi::OsString;
use std::io;
use std::time::Duration;
use value::{Map, Value};

/// Call functions of the master.
#[derive(Parser, Debug)]
#[command(name = "salt-run", version, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "salt-run [options] <function> [arguments]")]
#[command(after_help = "Examples:\n  salt-run jobs.list_jobs\n  salt-run jobs.lookup_jid 20261123061947179934\n  salt-run manage.status")]
pub(crate) struct SaltRun {
    /// Function and its arguments.
    #[arg(value_name = "WORDS", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Do not wait: print the job's id.
    #[arg(long = "async")]
    detached: bool,
    /// Print the documentation of functions.
    #[arg(short = 'd', long = "doc", visible_alias = "documentation")]
    doc: bool,
    /// How long to wait.
    #[arg(short = 't', long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Do not print the result.
    #[arg(long)]
    quiet: bool,
    /// Named arguments whose values stay text.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    no_parse: Vec<String>,
    /// Read more words from standard input, one a line.
    #[arg(long)]
    args_stdin: bool,
    #[arg(short = 'l', long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Log in by this backend of `external_auth` and act by that login.
    #[arg(short = 'a', long = "auth", aliases = ["eauth", "external-auth"], value_name = "BACKEND")]
    eauth: Option<String>,
    #[arg(long, hide = true)]
    skip_grains: bool,
    #[arg(long, hide = true, value_name = "JID")]
    jid: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    common: SaltOptions,
}

/// Runs `salt-run`.
pub(crate) async fn run(words: Vec<OsString>, console: &mut Console) -> Result<u8, Error> {
    let mut asked = SaltRun::try_parse_from(words)?;
    if asked.args_stdin {
        let text = console.read_all().map_err(|source| Error::Read { path: "standard input".to_owned(), source })?;
        asked.words.extend(text.lines().map(str::to_owned));
    }
    let mut settings = asked.common.settings(console);
    asked.output.over(&mut settings)?;
    let acting = Acting::open(settings.client(console), asked.eauth.as_deref(), &asked.common, console).await?;
    let done = act(&asked, &acting.client, &settings, console).await;
    acting.close().await;
    done
}

async fn act(asked: &SaltRun, client: &Client, settings: &Settings, console: &mut Console) -> Result<u8, Error> {
    let mut printer = Printer::new(console, settings, &asked.output)?;
    if asked.doc {
        let request = RunFunction { function: "doc.runner".to_owned(), args: Vec::new(), kwargs: Map::new(), detached: false };
        let Value::Map(mut docs) = client.runner(&request).await?.value else {
            return Err(Error::Other("the master gave no documentation".to_owned()));
        };
        let wanted = |function: &str| asked.words.is_empty() || asked.words.iter().any(|word| is_under(function, word));
        docs.retain(|function, _| function.as_str().is_some_and(wanted));
        docs::show(docs, &mut printer)?;
        return Ok(0);
    }
    let request = {
        let (function, rest) = asked.words.split_first().ok_or_else(|| Error::Usage("a function is missing".to_owned()))?;
        let argv::Arguments { args, kwargs } = argv::parse(rest, &asked.no_parse);
        if function == "state.event" {
            return event::follow(client, &args, &kwargs, &mut printer).await;
        }
        RunFunction { function: function.clone(), args, kwargs, detached: asked.detached }
    };
    let answer = client.runner(&request);
    let result = match asked.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        None => answer.await?,
        Some(limit) => match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer?,
            Err(_) => {
                return Err(Error::Other(format!("`{}` has not answered within {} s; it goes on", request.function, limit.as_secs_f64())));
            }
        },
    };
    if request.detached {
        if let Some(job) = result.job {
            printer.console.line(&format!("Executed runner with job ID: {job}"))?;
        }
        return Ok(0);
    }
    if !asked.quiet {
        print(&result, &mut printer)?;
    }
    Ok(u8::from(!result.success || result.retcode != 0))
}

/// Whether a function is that of a word, or of the module that the word names.
fn is_under(function: &str, word: &str) -> bool {
    function.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A runner may wrap its answer as `{outputter, data}`.
pub(crate) fn print(result: &RunResult, printer: &mut Printer<'_>) -> io::Result<()> {
    let wrapped = result.value.get("outputter").and_then(Value::as_str).zip(result.value.get("data"));
    match wrapped {
        Some((outputter, data)) => printer.value(data, Some(outputter), result.retcode),
        None => printer.value(&result.value, result.out.as_deref(), result.retcode),
    }
}
