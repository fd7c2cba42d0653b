//! `sylvite run`: a function on minions, live.

use crate::commands::groups::{MANY, Together};
use crate::commands::live::Live;
use crate::complete;
use crate::follow::{End, Patience, follow};
use crate::login::{Acting, By};
use crate::options::{OutputOptions, TargetOptions, span};
use crate::printer::Printer;
use crate::roster::Roster;
use crate::salt::read_call;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{Batch, JobEvent, RunJob, Submitted};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use client::Client;
use std::io;
use std::time::Duration;
use value::Value;

/// Run a function on minions.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sylvite run '*' test.ping
  sylvite run web01,web02 -L cmd.run 'systemctl is-active nginx' timeout=30
  sylvite run -C 'G@os:Debian and not db*' pkg.install name=curl
  sylvite run '*' cmd.run 'uname -r' --group     hosts that say the same together
  sylvite run '*' state.apply --queue-offline 2h")]
pub(crate) struct Run {
    /// Whom it is for; a pattern over the ids unless a target option says otherwise.
    #[arg(add = ArgValueCompleter::new(complete::minions))]
    target: String,
    /// What to run: `module.function`, or several joined by commas.
    #[arg(add = ArgValueCompleter::new(complete::functions))]
    function: String,
    /// Its arguments: words and `name=value`.
    #[arg(allow_negative_numbers = true, add = ArgValueCompleter::new(complete::arguments))]
    arguments: Vec<String>,
    /// Do not wait: print the job's id.
    #[arg(long = "async")]
    detached: bool,
    /// Wait no longer than this; the job goes on.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    timeout: Option<Duration>,
    /// End the job on a minion after this long.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    deadline: Option<Duration>,
    /// Minions that are away get the job if they come back within this time.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    queue_offline: Option<Duration>,
    /// Send to this many minions at a time, or to this part of them: 10, 25%.
    #[arg(long, value_name = "N")]
    batch: Option<String>,
    /// In a batch: how long the place of a minion that came back stays empty.
    #[arg(long, value_name = "SPAN", value_parser = span, requires = "batch")]
    batch_wait: Option<Duration>,
    /// In a batch: stop after the first failure.
    #[arg(long, requires = "batch")]
    failhard: bool,
    /// Send to this many minions, picked at random.
    #[arg(long, value_name = "N")]
    subset: Option<u32>,
    /// Show output and progress as they come; usual on a terminal.
    #[arg(long, conflicts_with = "no_live")]
    live: bool,
    /// Show only results.
    #[arg(long)]
    no_live: bool,
    /// Tell results at the end, those that are the same once; usual on a terminal for more than ten minions unless `--live` is given.
    #[arg(long, conflicts_with = "live")]
    group: bool,
    /// Tell each minion's result by itself.
    #[arg(long, conflicts_with = "group")]
    no_group: bool,
    /// Named arguments whose values stay text.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    no_parse: Vec<String>,
    /// Data to find the job by, a mapping.
    #[arg(long, value_name = "YAML")]
    metadata: Option<String>,
    /// Returners of the master's configuration that get the results as well.
    #[arg(long = "return", value_name = "NAMES", value_delimiter = ',')]
    returners: Vec<String>,
    /// Log in by this backend of `external_auth`, for this run alone; `sylvite login` keeps a login.
    #[arg(short = 'a', long, value_name = "BACKEND")]
    eauth: Option<String>,
    /// Name to log in by; asked for without.
    #[arg(long, value_name = "NAME", requires = "eauth")]
    username: Option<String>,
    /// Password to log in by, asked for without: others on this machine may see it in the list of processes.
    #[arg(long, value_name = "PASSWORD", requires = "eauth")]
    password: Option<String>,
    #[command(flatten)]
    kind: TargetOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// How a job went that was followed to its end.
pub(crate) enum Driven {
    /// Nobody matched, so there is no job.
    Nobody(Submitted),
    /// The exit status that it deserves.
    Done(u8),
}

/// How a job is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Show {
    /// Output and progress as they come.
    pub live: bool,
    /// Same results once.
    pub together: Together,
    /// The job's id first, on standard error.
    pub tell_job: bool,
}

/// Makes a job and shows it until it is done, or the waiting is over.
pub(crate) async fn drive(
    client: &Client,
    request: &RunJob,
    printer: &mut Printer<'_>,
    show: Show,
    timeout: Option<Duration>,
) -> Result<Driven, Error> {
    let Show { live, together, tell_job } = show;
    let mut lines = client.run(request, false).await?;
    let mut roster = Roster::default();
    match lines.next().await? {
        Some(JobEvent::Submitted(submitted)) if submitted.job.is_none() => return Ok(Driven::Nobody(submitted)),
        Some(event) => roster.on(&event),
        None => return Err(Error::Other("the master said nothing about the job".to_owned())),
    }
    if let Some(job) = roster.job.filter(|_| tell_job) {
        printer.console.complain(&format!("job {job}"));
    }
    let many = together == Together::IfMany && printer.console.terminal && roster.targeted() > MANY;
    let group = (together == Together::Always || many) && !printer.is_for_programs();
    let mut sink = if group { Live::grouped(printer) } else { Live::new(printer, live) };
    let end = follow(&mut lines, &mut roster, Patience { silent: None, whole: timeout }, &mut sink).await?;
    sink.finish(&roster, end)?;
    Ok(Driven::Done(match end {
        End::Interrupted => 130,
        End::Done | End::TimedOut => u8::from(!roster.is_fine()),
    }))
}

impl Run {
    /// One function with its words, everything else as usual.
    pub fn of(target: String, function: &str, arguments: Vec<String>, kind: TargetOptions, output: OutputOptions) -> Self {
        Self {
            target,
            function: function.to_owned(),
            arguments,
            detached: false,
            timeout: None,
            deadline: None,
            queue_offline: None,
            batch: None,
            batch_wait: None,
            failhard: false,
            subset: None,
            live: false,
            no_live: false,
            group: false,
            no_group: false,
            no_parse: Vec::new(),
            metadata: None,
            returners: Vec::new(),
            eauth: None,
            username: None,
            password: None,
            kind,
            output,
        }
    }

    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        self.output.over(&mut settings)?;
        let by = By { backend: self.eauth.as_deref(), user: self.username.as_deref(), password: self.password.as_deref(), keep: false };
        let acting = Acting::by(settings.client(console), by, console).await?;
        let done = self.act(&acting.client, &settings, console).await;
        acting.close().await;
        done
    }

    async fn act(&self, client: &Client, settings: &Settings, console: &mut Console) -> Result<u8, Error> {
        let mut printer = Printer::new(console, settings, &self.output)?;
        let live = self.live || (!self.no_live && !self.detached && printer.console.terminal && !printer.is_for_programs());
        let request = self.request(live)?;
        if self.detached {
            let submitted = client.submit(&request).await?;
            let Some(job) = submitted.job else { return Ok(nobody(&submitted, &mut printer)) };
            printer.text(&job.to_string())?;
            printer.console.complain(&format!("follow it with `sylvite job watch {job}`"));
            return Ok(0);
        }
        let together = match (self.group, self.live || self.no_group) {
            (true, _) => Together::Always,
            (false, true) => Together::Never,
            (false, false) => Together::IfMany,
        };
        match drive(client, &request, &mut printer, Show { live, together, tell_job: false }, self.timeout).await? {
            Driven::Nobody(submitted) => Ok(nobody(&submitted, &mut printer)),
            Driven::Done(status) => Ok(status),
        }
    }

    fn request(&self, stream: bool) -> Result<RunJob, Error> {
        let calls = argv::calls(&self.function, &self.arguments, ",").map_err(|error| Error::Usage(error.to_string()))?;
        let calls = calls.into_iter().map(|call| read_call(&call.function, &call.words, &self.no_parse)).collect::<Result<_, _>>()?;
        Ok(RunJob {
            target: self.kind.target(&self.target)?,
            calls,
            deadline: self.deadline.map(Into::into),
            queue_offline: self.queue_offline.map(Into::into),
            stream,
            batch: self.batch.as_ref().map(|size| Batch {
                size: size.clone(),
                wait: self.batch_wait.map(Into::into),
                failhard: self.failhard,
                safe_limit: None,
            }),
            subset: self.subset,
            metadata: self.metadata.as_deref().map_or(Value::Null, argv::value),
            returners: self.returners.clone(),
        })
    }
}

/// Says that nobody matched, and gives the exit status.
pub(crate) fn nobody(submitted: &Submitted, printer: &mut Printer<'_>) -> u8 {
    printer.console.complain("no minion matches the target, so no job was made; `sylvite minion list` shows who is there");
    for refused in &submitted.refused {
        printer.console.complain(&format!("  {}: {}", refused.minion, refused.reason));
    }
    2
}

/// Follows a job that exists already, with all that it gave so far.
pub(crate) async fn watch(
    lines: &mut client::Lines<JobEvent>,
    job: model::JobId,
    live: bool,
    printer: &mut Printer<'_>,
) -> Result<u8, Error> {
    let mut roster = Roster::of(job);
    let mut sink = Live::new(printer, live);
    let end = follow(lines, &mut roster, Patience::default(), &mut sink).await?;
    sink.finish(&roster, end).map_err(|error: io::Error| Error::Output(error))?;
    Ok(match end {
        End::Interrupted => 130,
        End::Done | End::TimedOut => u8::from(!roster.is_fine()),
    })
}
