//! `sylvite job`: list, show, watch, kill.

use crate::columns::{columns, moment};
use crate::commands::run::watch;
use crate::options::OutputOptions;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::{Console, Error};
use api::{JobFilter, JobSummary, JobView, Signal, SignalJob, WatchJob};
use clap::{Args, Subcommand};
use model::{JobId, MinionId, Stage};
use value::Map;

/// Look at jobs.
#[derive(Subcommand, Debug)]
#[command(after_help = "Examples:\n  sylvite job list --active\n  sylvite job watch 20261123061947179934")]
pub(crate) enum Job {
    /// List jobs, newest first.
    #[command(
        after_help = "Examples:\n  sylvite job list\n  sylvite job list --active\n  sylvite job list --function 'state.*' --minion web01 -n 5"
    )]
    List(List),
    /// Show a job: where it stands on every minion, and what came back.
    #[command(after_help = "Examples:\n  sylvite job show 20261123061947179934\n  sylvite job show 20261123061947179934 --out json")]
    Show(Show),
    /// Follow a job until every minion is done.
    #[command(after_help = "Example:\n  sylvite job watch 20261123061947179934")]
    Watch(Watch),
    /// End a job's processes.
    #[command(after_help = "Example:\n  sylvite job kill 20261123061947179934")]
    Kill(Kill),
}

/// Which jobs.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only jobs that are not done.
    #[arg(long)]
    active: bool,
    /// Only jobs with functions that fit this pattern.
    #[arg(long, value_name = "PATTERN")]
    function: Option<String>,
    /// Only jobs with a target expression that fits this pattern.
    #[arg(long, value_name = "PATTERN")]
    target: Option<String>,
    /// Only jobs of this user.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only jobs for this minion.
    #[arg(long, value_name = "ID")]
    minion: Option<MinionId>,
    /// At most this many.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 25)]
    limit: u32,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which job.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Its id.
    job: JobId,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which job.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// Its id.
    job: JobId,
    /// Stop when all minions that are there are done, though others are away.
    #[arg(long)]
    present: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// Which job, and how.
#[derive(Args, Debug)]
pub(crate) struct Kill {
    /// Its id.
    job: JobId,
    /// On these minions only.
    #[arg(long, value_name = "ID")]
    minion: Vec<MinionId>,
    /// Ask the processes to end (SIGTERM) in place of ending them (SIGKILL).
    #[arg(long)]
    term: bool,
    /// Send this signal: a number, or a name such as USR1. Those that do not mean the end are for the processes alone.
    #[arg(long, value_name = "SIGNAL", conflicts_with = "term", value_parser = signal)]
    signal: Option<u8>,
}

/// A signal by its number or its name, with or without `SIG`.
fn signal(text: &str) -> Result<u8, String> {
    const NAMES: [(&str, u8); 14] = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ABRT", 6),
        ("KILL", 9),
        ("USR1", 10),
        ("USR2", 12),
        ("PIPE", 13),
        ("ALRM", 14),
        ("TERM", 15),
        ("CONT", 18),
        ("STOP", 19),
        ("TSTP", 20),
        ("WINCH", 28),
    ];
    if let Ok(number) = text.parse::<u8>() {
        return if (1..=64).contains(&number) { Ok(number) } else { Err("signals are the numbers 1 to 64".to_owned()) };
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    found.ok_or_else(|| format!("there is no signal `{text}`; give its number"))
}

impl Job {
    /// Runs it.
    pub async fn run(self, mut settings: Settings, console: &mut Console) -> Result<u8, Error> {
        let client = settings.client(console);
        match self {
            Self::List(asked) => {
                asked.output.over(&mut settings)?;
                let mut printer = Printer::new(console, &settings, &asked.output)?;
                let filter = JobFilter {
                    function: asked.function,
                    target: asked.target,
                    user: asked.user,
                    minion: asked.minion,
                    active: asked.active,
                    limit: Some(asked.limit),
                    ..JobFilter::default()
                };
                let jobs = client.jobs(&filter).await?.items;
                printer.listing(&jobs, || table(&jobs))?;
                Ok(0)
            }
            Self::Show(asked) => {
                asked.output.over(&mut settings)?;
                let mut printer = Printer::new(console, &settings, &asked.output)?;
                let view = client.job(asked.job).await?;
                show(&view, settings.output.is_some(), &mut printer)?;
                Ok(0)
            }
            Self::Watch(asked) => {
                asked.output.over(&mut settings)?;
                let mut printer = Printer::new(console, &settings, &asked.output)?;
                let live = !printer.is_for_programs();
                let mut lines = client.watch(asked.job, WatchJob { until_done: !asked.present }).await?;
                watch(&mut lines, asked.job, live, &mut printer).await
            }
            Self::Kill(asked) => {
                let signal = match (asked.signal, asked.term) {
                    (Some(number), _) => Signal::Number(number),
                    (None, true) => Signal::Terminate,
                    (None, false) => Signal::Kill,
                };
                let told = client.signal(asked.job, &SignalJob { signal, minions: asked.minion }).await?;
                for minion in &told.sent {
                    console.line(&format!("{minion}: signalled"))?;
                }
                for skipped in &told.skipped {
                    console.line(&format!("{}: {}", skipped.minion, skipped.reason))?;
                }
                Ok(u8::from(told.sent.is_empty()))
            }
        }
    }
}

fn table(jobs: &[JobSummary]) -> String {
    let rows: Vec<Vec<String>> = jobs
        .iter()
        .map(|job| {
            vec![job.id.to_string(), moment(job.made), job.user.clone(), target_text(job), shortened(&call_text(job), 50), state_text(job)]
        })
        .collect();
    columns(&["JOB", "MADE", "USER", "TARGET", "FUNCTION", "MINIONS"], &rows)
}

fn show(view: &JobView, as_data: bool, printer: &mut Printer<'_>) -> std::io::Result<()> {
    if as_data {
        return printer.listing(view, String::new);
    }
    let job = &view.job;
    printer.text(&format!(
        "job       {}\nmade      {} by {}\ntarget    {}\nfunction  {}\nminions   {}\n",
        job.id,
        moment(job.made),
        job.user,
        target_text(job),
        call_text(job),
        state_text(job)
    ))?;
    let rows: Vec<Vec<String>> = view
        .minions
        .iter()
        .map(|minion| {
            let reason = minion.progress.reason.clone().unwrap_or_default();
            vec![minion.minion.to_string(), minion.progress.stage.to_string(), moment(minion.progress.since), reason]
        })
        .collect();
    printer.text(&columns(&["MINION", "STAGE", "SINCE", "REASON"], &rows))?;
    for returned in view.minions.iter().filter_map(|minion| minion.returned.as_ref()) {
        let data: Map = [(returned.minion.as_str(), returned.value.clone())].into_iter().collect();
        printer.notes(returned);
        printer.minions(&data, returned.out.as_deref(), returned.retcode)?;
    }
    Ok(())
}

fn target_text(job: &JobSummary) -> String {
    match job.target.kind {
        model::TargetKind::Glob => job.target.expression.clone(),
        kind => format!("{kind} {}", job.target.expression),
    }
}

fn call_text(job: &JobSummary) -> String {
    let text = |call: &model::Call| {
        let args = call.args.iter().map(value::text::str);
        let kwargs = call.kwargs.iter().map(|(key, value)| format!("{}={}", value::text::str(key), value::text::str(value)));
        std::iter::once(call.function.to_string()).chain(args).chain(kwargs).collect::<Vec<_>>().join(" ")
    };
    job.calls.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// `3 returned, 1 failed, 1 queued`.
fn state_text(job: &JobSummary) -> String {
    let stages = [Stage::Returned, Stage::Failed, Stage::Lost, Stage::Expired, Stage::Running, Stage::Delivered, Stage::Queued];
    let told = stages.into_iter().map(|stage| (job.counts.at(stage), stage)).filter(|(count, _)| *count > 0);
    told.map(|(count, stage)| format!("{count} {stage}")).collect::<Vec<_>>().join(", ")
}

fn shortened(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= most && line.len() == text.len() {
        return line.to_owned();
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
