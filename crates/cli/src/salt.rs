//! `salt`: Salt's command line over jobs, with its options, texts and exit statuses.

pub(crate) mod docs;
mod sink;

use crate::complete;
use crate::follow::{End, Patience, follow};
use crate::login::Acting;
use crate::missing::{later, salt_text};
use crate::options::{OutputOptions, SaltOptions, TargetOptions};
use crate::printer::Printer;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{Batch, JobEvent, RunFunction, RunJob, Span, Submitted};
use clap::Parser;
use clap_complete::engine::ArgValueCompleter;
use client::Client;
use model::{Call, FunctionName, JobId, Target};
pub(crate) use sink::SaltSink;
use std::ffi::OsString;
use std::time::Duration;
use value::{Map, Value};

/// Run functions on minions.
#[derive(Parser, Debug)]
#[command(name = "salt", version, disable_version_flag = true, max_term_width = 110)]
#[command(override_usage = "salt [options] '<target>' <function> [arguments]")]
#[command(after_help = "Examples:\n  salt '*' test.ping\n  salt -G os:Debian cmd.run uptime\n  salt 'web*' state.apply nginx test=True")]
pub(crate) struct Salt {
    /// Whom it is for, what to run, and its arguments.
    #[arg(value_name = "WORDS", allow_negative_numbers = true, add = ArgValueCompleter::new(complete::salt_words))]
    words: Vec<String>,
    /// How long to wait for minions that say nothing.
    #[arg(short = 't', long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Do not wait: print the job's id.
    #[arg(long = "async")]
    detached: bool,
    /// Print all returns together at the end.
    #[arg(short = 's', long = "static")]
    at_once: bool,
    /// Print the job's id first.
    #[arg(short = 'v', long)]
    verbose: bool,
    /// Print the job's id first.
    #[arg(long)]
    show_jid: bool,
    /// Do not tell of minions that did not come back.
    #[arg(long)]
    hide_timeout: bool,
    /// Counts at the end.
    #[arg(long)]
    summary: bool,
    /// Send to this many minions at a time, or to this part of them: 10, 25%.
    #[arg(short = 'b', long, visible_alias = "batch-size", value_name = "N")]
    batch: Option<String>,
    /// In a batch: how long the place of a minion that came back stays empty.
    #[arg(long, value_name = "SECONDS")]
    batch_wait: Option<f64>,
    /// In a batch: stop after the first failure.
    #[arg(long)]
    failhard: bool,
    /// Send in batches if the job is for this many minions or more.
    #[arg(long, value_name = "N")]
    batch_safe_limit: Option<u32>,
    /// How many at a time for `--batch-safe-limit`.
    #[arg(long, value_name = "N", default_value = "8")]
    batch_safe_size: String,
    /// Send to this many minions, picked at random.
    #[arg(long, value_name = "N")]
    subset: Option<u32>,
    /// Print the documentation of functions.
    #[arg(short = 'd', long = "doc", visible_alias = "documentation")]
    doc: bool,
    /// Tell whom the target means, and send nothing.
    #[arg(long)]
    preview_target: bool,
    /// What separates the arguments of several functions.
    #[arg(long, value_name = "TEXT", default_value = ",")]
    args_separator: String,
    /// Read more words from standard input, one a line.
    #[arg(long)]
    args_stdin: bool,
    /// Named arguments whose values stay text.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    no_parse: Vec<String>,
    /// Data to find the job by, a mapping.
    #[arg(long, value_name = "YAML")]
    metadata: Option<String>,
    /// Returners of the master's configuration that get the results as well.
    #[arg(long = "return", value_name = "NAMES", value_delimiter = ',')]
    returners: Vec<String>,
    /// Log in by this backend of `external_auth` and act by that login.
    #[arg(short = 'a', long = "auth", visible_aliases = ["eauth", "external-auth"], value_name = "BACKEND")]
    eauth: Option<String>,
    /// Show only states that changed something or failed.
    #[arg(long)]
    output_diff: bool,
    /// Print the master's configuration, without its secrets.
    #[arg(long)]
    config_dump: bool,
    #[arg(long = "return_config", alias = "return-config", hide = true, value_name = "NAME")]
    return_config: Option<String>,
    #[arg(long = "return_kwargs", alias = "return-kwargs", hide = true, value_name = "YAML")]
    return_kwargs: Option<String>,
    #[arg(long, hide = true, value_name = "NAMES")]
    module_executors: Option<String>,
    #[arg(long, hide = true, value_name = "YAML")]
    executor_opts: Option<String>,
    #[arg(short = 'H', long, hide = true)]
    hosts: bool,
    #[arg(short = 'p', long, hide = true)]
    progress: bool,
    #[arg(short = 'l', long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    #[command(flatten)]
    target: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    common: SaltOptions,
}

/// Runs `salt`.
pub(crate) async fn run(words: Vec<OsString>, console: &mut Console) -> Result<u8, Error> {
    let mut asked = Salt::try_parse_from(words)?;
    if asked.args_stdin {
        let text = console.read_all().map_err(|source| Error::Read { path: "standard input".to_owned(), source })?;
        asked.words.extend(text.lines().map(str::to_owned));
    }
    asked.refuse_foreign()?;
    let mut settings = asked.common.settings(console);
    asked.output.over(&mut settings)?;
    if asked.output_diff {
        settings.options.state_verbose = false;
    }
    let acting = Acting::open(settings.client(console), asked.eauth.as_deref(), &asked.common, console).await?;
    let done = act(&asked, &acting.client, &settings, console).await;
    acting.close().await;
    done
}

async fn act(asked: &Salt, client: &Client, settings: &Settings, console: &mut Console) -> Result<u8, Error> {
    let mut printer = Printer::new(console, settings, &asked.output)?;
    if asked.config_dump {
        let request = RunFunction { function: "config.values".to_owned(), args: Vec::new(), kwargs: Map::new(), detached: false };
        let values = client.wheel(&request).await?.value;
        printer.value(&values, Some(settings.output.as_deref().unwrap_or("yaml")), 0)?;
        return Ok(0);
    }
    let (expression, rest) = asked.words.split_first().ok_or_else(|| Error::Usage("a target is missing".to_owned()))?;
    let target = asked.target.target(expression)?;
    if asked.preview_target {
        let preview = client.preview(&target).await?;
        let ids: Value = preview.matched.iter().map(|minion| minion.as_str().to_owned()).collect();
        printer.value(&ids, None, 0)?;
        return Ok(0);
    }
    if asked.doc {
        return docs::print(client, target, rest, &mut printer).await;
    }
    let request = asked.request(target, rest)?;
    if asked.detached {
        let submitted = client.submit(&request).await?;
        let Some(job) = submitted.job else { return Ok(nobody(&submitted, &mut printer)?) };
        printer.console.line(&format!("Executed command with job ID: {job}"))?;
        return Ok(0);
    }
    asked.wait(client, &request, settings, &mut printer).await
}

impl Salt {
    /// Options of Salt that have no meaning here say so, instead of being dropped in silence.
    fn refuse_foreign(&self) -> Result<(), Error> {
        let executors = self.module_executors.as_deref().is_some_and(|names| !matches!(argv::value(names), Value::Null))
            && self.module_executors.as_deref().map(|names| names.trim_matches(['[', ']', ' '])) != Some("direct_call");
        let refusals = [
            (
                self.return_config.is_some() || self.return_kwargs.is_some(),
                "returners run on the master and are set up in its configuration; `--return NAME` picks one",
            ),
            (
                executors || self.executor_opts.is_some(),
                "functions are called directly; for another user there is `runas`, for a random wait the schedule's `splay`",
            ),
            (self.hosts, "`-H` lists the hosts of a roster, which belong to `sylvite ssh`"),
        ];
        match refusals.into_iter().find(|(given, _)| *given) {
            Some((_, why)) => Err(Error::Usage(why.to_owned())),
            None => Ok(()),
        }
    }

    fn request(&self, target: Target, words: &[String]) -> Result<RunJob, Error> {
        let (function, words) = words.split_first().ok_or_else(|| Error::Usage("a function is missing".to_owned()))?;
        let calls = argv::calls(function, words, &self.args_separator).map_err(|error| Error::Usage(error.to_string()))?;
        let calls = calls.into_iter().map(|call| read_call(&call.function, &call.words, &self.no_parse)).collect::<Result<_, _>>()?;
        let seconds = |number: f64, name: &str| {
            Duration::try_from_secs_f64(number).map(Span).map_err(|_| Error::Usage(format!("--{name} takes seconds, not `{number}`")))
        };
        let size = self.batch.as_ref().or(self.batch_safe_limit.map(|_| &self.batch_safe_size));
        let batch = match size {
            None => None,
            Some(size) => Some(Batch {
                size: size.clone(),
                wait: self.batch_wait.map(|wait| seconds(wait, "batch-wait")).transpose()?,
                failhard: self.failhard,
                safe_limit: self.batch_safe_limit.filter(|_| self.batch.is_none()),
            }),
        };
        let metadata = self.metadata.as_deref().map_or(Value::Null, argv::value);
        Ok(RunJob {
            target,
            calls,
            deadline: None,
            queue_offline: None,
            stream: false,
            batch,
            subset: self.subset,
            metadata,
            returners: self.returners.clone(),
        })
    }

    async fn wait(&self, client: &Client, request: &RunJob, settings: &Settings, printer: &mut Printer<'_>) -> Result<u8, Error> {
        let silent = match self.timeout {
            Some(seconds) => {
                Duration::try_from_secs_f64(seconds).map_err(|_| Error::Usage(format!("--timeout takes seconds, not `{seconds}`")))?
            }
            None => settings.timeout,
        };
        let mut lines = client.run(request, false).await?;
        let mut roster = Roster::default();
        match lines.next().await? {
            Some(JobEvent::Submitted(submitted)) if submitted.job.is_none() => return Ok(nobody(&submitted, printer)?),
            Some(event) => roster.on(&event),
            None => return Err(Error::Other("the master said nothing about the job".to_owned())),
        }
        let is_batch = roster.batch.is_some();
        if let Some(job) = roster.job.filter(|_| self.verbose || self.show_jid) {
            announce(job, self.verbose, printer)?;
        }
        let mut sink = SaltSink::new(printer, self.at_once, is_batch);
        let end = follow(&mut lines, &mut roster, Patience { silent: Some(silent), whole: None }, &mut sink).await?;
        sink.finish(if self.hide_timeout || end == End::Interrupted { Vec::new() } else { missing(&roster) })?;
        if let (End::Interrupted, Some(job)) = (end, roster.job) {
            printer.console.complain(&format!("\nExiting gracefully on Ctrl-c\nThis job's jid is: {job}\n{}", later(job)));
            return Ok(130);
        }
        if self.summary || settings.summary {
            printer.text(&summary(&roster))?;
        }
        if roster.is_fine() {
            return Ok(0);
        }
        printer.console.complain("ERROR: Minions returned with non-zero exit code");
        Ok(1)
    }
}

/// One call of a function with its words.
pub(crate) fn read_call(function: &str, words: &[String], no_parse: &[String]) -> Result<Call, Error> {
    let function = FunctionName::new(function).map_err(|error| Error::Usage(error.to_string()))?;
    let argv::Arguments { args, kwargs } = argv::parse(words, no_parse);
    Ok(Call { function, args, kwargs })
}

fn nobody(submitted: &Submitted, printer: &mut Printer<'_>) -> std::io::Result<u8> {
    printer.console.line("No minions matched the target. No command was sent, no jid was assigned.")?;
    for refused in &submitted.refused {
        printer.console.complain(&format!("{}: {}", refused.minion, refused.reason));
    }
    printer.console.complain("ERROR: No return received");
    Ok(2)
}

fn announce(job: JobId, verbose: bool, printer: &mut Printer<'_>) -> std::io::Result<()> {
    if !verbose {
        return printer.console.line(&format!("jid: {job}"));
    }
    let text = format!("Executing job with jid {job}");
    printer.console.line(&format!("{text}\n{}\n", "-".repeat(text.len())))
}

/// Minions that did not come back, with the words why.
pub(crate) fn missing(roster: &Roster) -> Vec<(String, String)> {
    let missing = roster.missing().map(|(minion, entry)| (minion.to_string(), salt_text(entry, roster.job)));
    let refused = roster.refused.iter().map(|refused| (refused.minion.clone(), format!("Minion did not return. [{}]", refused.reason)));
    missing.chain(refused).collect()
}

fn summary(roster: &Roster) -> String {
    let rule = "-".repeat(43);
    let (targeted, returned, failed) = (roster.targeted() + roster.refused.len(), roster.returned(), roster.failed());
    format!(
        "\n{rule}\nSummary\n{rule}\n# of minions targeted: {targeted}\n# of minions returned: {returned}\n\
         # of minions that did not return: {}\n# of minions with errors: {failed}\n{rule}",
        targeted - returned
    )
}
