//! `jobs.*`: what was run, in Salt's shapes. `ext_source` is taken and makes no difference: every return is in the CMDB, wherever else it went.

use super::{Arguments, Done, Run, Runner, plain};
use crate::control::{summary, view};
use crate::core::refusal;
use api::{JobFilter, JobSummary, JobView};
use manager::Refusal;
use model::{Glob, Stage, Target, TargetKind, Timestamp};
use value::{Map, Value, text};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "jobs.active",
        arguments: &["display_progress"],
        doc: "Jobs that are not done, with where they run and who has returned.",
        body: |run| Box::pin(active(run)),
    },
    Runner {
        name: "jobs.exit_success",
        arguments: &["jid", "ext_source"],
        doc: "Whether each minion of a job did what it was asked.",
        body: |run| Box::pin(exit_success(run)),
    },
    Runner {
        name: "jobs.last_run",
        arguments: &["ext_source", "outputter", "metadata", "function", "target", "display_progress"],
        doc: "The newest job, also of a function, a target or with this metadata.",
        body: |run| Box::pin(last_run(run)),
    },
    Runner {
        name: "jobs.list_job",
        arguments: &["jid", "ext_source", "display_progress"],
        doc: "One job with its minions and returns.",
        body: |run| Box::pin(list_job(run)),
    },
    Runner {
        name: "jobs.list_jobs",
        arguments: &[
            "ext_source",
            "outputter",
            "search_metadata",
            "search_function",
            "search_target",
            "start_time",
            "end_time",
            "display_progress",
        ],
        doc: "Jobs that are kept, oldest first; patterns and times narrow them.",
        body: |run| Box::pin(list_jobs(run)),
    },
    Runner {
        name: "jobs.list_jobs_filter",
        arguments: &["count", "filter_find_job", "ext_source", "outputter", "display_progress"],
        doc: "The newest jobs, so many of them.",
        body: |run| Box::pin(list_jobs_filter(run)),
    },
    Runner {
        name: "jobs.lookup_jid",
        arguments: &["jid", "ext_source", "returned", "missing", "display_progress"],
        doc: "The returns of a job; `returned=False missing=True` names only those who have not returned.",
        body: |run| Box::pin(lookup_jid(run)),
    },
    Runner {
        name: "jobs.master",
        arguments: &[],
        doc: "Runs of the master itself that are not done.",
        body: |run| Box::pin(of_master(run)),
    },
    Runner {
        name: "jobs.print_job",
        arguments: &["jid", "ext_source"],
        doc: "One job with its minions and returns, under its id.",
        body: |run| Box::pin(print_job(run)),
    },
];

/// Which jobs are asked for.
#[derive(Default)]
struct Wanted {
    functions: Vec<Glob>,
    targets: Vec<Glob>,
    metadata: Map,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Wanted {
    fn read(arguments: &Arguments) -> Result<Self, Refusal> {
        let patterns = |names: [&str; 2]| {
            let found = names.into_iter().find_map(|name| arguments.get(name));
            let words: Vec<String> = match found {
                Some(Value::List(items)) => items.iter().map(text::str).collect(),
                Some(other) => text::str(other).split(',').map(|word| word.trim().to_owned()).collect(),
                None => Vec::new(),
            };
            words.iter().map(|word| Glob::new(word)).collect()
        };
        let metadata = ["search_metadata", "metadata"].into_iter().find_map(|name| arguments.get(name));
        let metadata = match metadata {
            None => Map::new(),
            Some(Value::Map(map)) => map.clone(),
            Some(_) => return Err(Refusal::invalid("metadata to search for is a mapping")),
        };
        Ok(Self {
            functions: patterns(["search_function", "function"]),
            targets: patterns(["search_target", "target"]),
            metadata,
            since: arguments.moment("start_time")?,
            until: arguments.moment("end_time")?,
        })
    }

    fn fits(&self, job: &JobSummary) -> bool {
        let of = |globs: &[Glob], text: &str| globs.is_empty() || globs.iter().any(|glob| glob.matches(text));
        of(&self.functions, &job.function_text())
            && of(&self.targets, &job.target.expression)
            && self.metadata.iter().all(|(key, value)| job.metadata.get(&text::str(key)) == Some(value))
    }

    /// Jobs that fit, newest first.
    async fn list(&self, run: &Run, limit: usize) -> Result<Vec<JobSummary>, Refusal> {
        let mut jobs = Vec::new();
        let mut cursor = None;
        loop {
            let filter = JobFilter { cursor, limit: Some(1000), since: self.since, until: self.until, ..JobFilter::default() };
            let part = crate::control::list(&run.core, filter).await?;
            jobs.extend(part.items.into_iter().filter(|job| self.fits(job)));
            match part.next {
                Some(next) if jobs.len() < limit => cursor = Some(next),
                _ => {
                    jobs.truncate(limit);
                    return Ok(jobs);
                }
            }
        }
    }
}

/// The fields of a job in listings.
fn entry(job: &JobSummary) -> Map {
    let mut entry = Map::new();
    entry.insert("Function", job.function_text());
    entry.insert("Arguments", job.calls.first().map(model::Call::salt_args).unwrap_or_default());
    entry.insert("Target", target(&job.target));
    entry.insert("Target-type", job.target.kind.name());
    entry.insert("User", job.user.as_str());
    entry.insert("StartTime", job.made.start_time());
    if !job.metadata.is_null() {
        entry.insert("Metadata", job.metadata.clone());
    }
    entry
}

fn target(target: &Target) -> Value {
    match target.kind {
        TargetKind::List => target.expression.split(',').map(str::trim).collect(),
        _ => Value::from(&target.expression),
    }
}

/// A job with its minions and their returns.
fn whole(view: &JobView) -> Map {
    let mut entry = entry(&view.job);
    entry.insert("Minions", view.minions.iter().map(|minion| minion.minion.as_str()).collect::<Value>());
    let mut results = Map::new();
    for minion in &view.minions {
        let Some(returned) = &minion.returned else { continue };
        let mut result = Map::new();
        result.insert("return", returned.value.clone());
        result.insert("retcode", returned.retcode);
        result.insert("success", returned.success);
        if let Some(out) = &returned.out {
            result.insert("out", out.as_str());
        }
        results.insert(returned.minion.as_str(), result);
    }
    entry.insert("Result", results);
    if let Some(finished) = view.job.finished {
        entry.insert("EndTime", finished.start_time());
    }
    entry
}

async fn list_jobs(run: Run) -> Result<Done, Refusal> {
    run.message("Querying returner cmdb for jobs.");
    let mut jobs = Wanted::read(&run.arguments)?.list(&run, usize::MAX).await?;
    jobs.reverse();
    wrapped(&run, Value::Map(jobs.iter().map(|job| (job.id.to_string(), entry(job))).collect()))
}

/// An answer under the outputter that is asked for, as Salt gives it.
fn wrapped(run: &Run, value: Value) -> Result<Done, Refusal> {
    match run.arguments.optional_text("outputter") {
        None => plain(value),
        Some(outputter) => plain(Map::from_iter([("outputter", Value::from(outputter)), ("data", value)])),
    }
}

async fn list_jobs_filter(run: Run) -> Result<Done, Refusal> {
    let count = run.arguments.get("count").and_then(Value::as_int).and_then(|count| usize::try_from(count).ok());
    let count = count.ok_or_else(|| Refusal::invalid("`jobs.list_jobs_filter` needs the argument `count`, a number"))?;
    run.message("Querying returner cmdb for jobs.");
    let mut jobs = Wanted::default().list(&run, count).await?;
    jobs.reverse();
    wrapped(&run, Value::Map(jobs.iter().map(|job| (job.id.to_string(), entry(job))).collect()))
}

/// One job, or a mapping with `Error` when it is not known.
async fn list_job(run: Run) -> Result<Done, Refusal> {
    let id = run.arguments.job()?;
    run.message("Querying returner: cmdb");
    let mut job = Map::from_iter([("jid", id.to_string())]);
    match view(&run.core, id).await {
        Ok(view) => job.extend(whole(&view)),
        Err(refusal) if refusal.code == api::ErrorCode::NotFound => {
            job.insert("Error", "Cannot contact returner or no job with this jid");
            job.insert("StartTime", "");
            job.insert("Result", Map::new());
        }
        Err(refusal) => return Err(refusal),
    }
    plain(Value::Map(job))
}

/// One job under its id.
async fn print_job(run: Run) -> Result<Done, Refusal> {
    let id = run.arguments.job()?;
    plain(Value::Map(Map::from_iter([(id.to_string(), whole(&view(&run.core, id).await?))])))
}

/// The returns of a job; with `missing` also who has not returned.
async fn lookup_jid(run: Run) -> Result<Done, Refusal> {
    let view = match view(&run.core, run.arguments.job()?).await {
        Err(refusal) if refusal.code == api::ErrorCode::NotFound => return Ok((Value::map(), None)),
        other => other?,
    };
    let mut returns = Map::new();
    let mut out = None;
    let hides_returned = run.arguments.get("returned").is_some_and(|wanted| !wanted.is_truthy());
    for minion in &view.minions {
        match &minion.returned {
            Some(_) if hides_returned => {}
            Some(returned) => {
                run.message(minion.minion.as_str());
                returns.insert(minion.minion.as_str(), returned.value.clone());
                out = out.or_else(|| returned.out.clone());
            }
            None if run.arguments.flag("missing") => {
                let reason = minion.progress.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                returns.insert(minion.minion.as_str(), format!("Minion did not return: {}{reason}", minion.progress.stage));
            }
            None => {}
        }
    }
    Ok((Value::Map(returns), out))
}

/// Jobs that are not done.
async fn active(run: Run) -> Result<Done, Refusal> {
    let open: Vec<_> = run.core.jobs.tracker().open_jobs().map(|job| job.id).collect();
    let there: Vec<String> = run.core.roster.ids().iter().map(ToString::to_string).collect();
    run.message(format!("Attempting to contact minions: [{}]", there.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ")));
    let mut active = Map::new();
    for id in open {
        let Some(stored) = run.core.store.job_summary(id).await.map_err(|error| refusal(&error))? else { continue };
        let mut entry = entry(&summary(stored));
        let standing = crate::jobs::standing(&run.core, id).await?;
        let at = |stages: &[Stage]| {
            standing.iter().filter(|(_, p)| stages.contains(&p.stage)).map(|(minion, _)| minion.as_str()).collect::<Vec<_>>()
        };
        let pids = run.core.jobs.pids(id);
        let running = standing.iter().filter(|(_, progress)| matches!(progress.stage, Stage::Delivered | Stage::Running));
        let running = running.map(|(minion, _)| {
            run.message(format!("Received reply from minion {minion}"));
            Value::Map(Map::from_iter([(minion.as_str(), Value::from(pids.get(minion).copied()))]))
        });
        entry.insert("Running", Value::List(running.collect()));
        entry.insert("Returned", at(&[Stage::Returned, Stage::Failed]));
        active.insert(id.to_string(), entry);
    }
    plain(Value::Map(active))
}

/// Runs of the master itself that are not done.
async fn of_master(run: Run) -> Result<Done, Refusal> {
    plain(run.core.runs.all().into_iter().map(|(_, event)| Value::Map(event)).collect::<Vec<_>>())
}

/// Whether each minion of a job did what it was asked.
async fn exit_success(run: Run) -> Result<Done, Refusal> {
    let view = view(&run.core, run.arguments.job()?).await?;
    plain(Value::Map(
        view.minions.iter().map(|one| (one.minion.as_str(), one.returned.as_ref().is_some_and(|returned| returned.success))).collect(),
    ))
}

/// The newest job under its id, or false.
async fn last_run(run: Run) -> Result<Done, Refusal> {
    match Wanted::read(&run.arguments)?.list(&run, 1).await?.first() {
        Some(job) => wrapped(&run, Value::Map(Map::from_iter([(job.id.to_string(), whole(&view(&run.core, job.id).await?))]))),
        None => plain(false),
    }
}
