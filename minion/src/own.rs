//! Jobs that this minion starts by itself. Their returns go to the master like those of any other job.
//!
//! The id of a job is the master's to give, or two minions on one clock would take the same. So the outcome waits on the disk until the
//! master has given an id for it, and then goes the way of every return: spool, send, acknowledge.

use crate::jobs::{Jobs, blocking, failed};
use crate::run::{self, Outcome};
use crate::schedule::write_whole;
use daemon::Stop;
use model::{Call, Failure, Job, JobId, JobOptions, Return, Target, TargetKind, Timestamp};
use proto::{RequestBody, ResponseBody};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;
use value::{Map, Value};

/// Most outcomes that wait for a master that is away; the oldest go first.
const MOST: usize = 1000;

/// What becomes of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It becomes a job of the master's, with its return.
    Kept,
    /// It is told to who listens at the master, and not kept.
    Told,
    /// Nobody hears of it.
    Dropped,
}

/// A run that this minion starts.
pub struct OwnRun {
    /// What to run.
    pub calls: Vec<Call>,
    /// Free data for listings.
    pub metadata: Value,
    /// What becomes of the outcome.
    pub fate: Fate,
    /// Returners of the master that get it too, where it is kept.
    pub returners: Vec<String>,
    /// It stands among the running jobs.
    pub is_listed: bool,
}

impl OwnRun {
    /// Runs it to its end, or until the agent stops.
    pub async fn run(self, jobs: &Arc<Jobs>, stop: Stop) -> Outcome {
        let core = Arc::clone(&jobs.core);
        let started = Timestamp::now();
        let cancel = CancellationToken::new();
        let job = Job {
            id: local_id(started),
            target: Target::new(TargetKind::List, jobs.minion.as_str()),
            calls: self.calls.clone(),
            user: "root".to_owned(),
            options: JobOptions { metadata: self.metadata.clone(), ..JobOptions::default() },
            expected: Vec::new(),
        };
        let id = job.id;
        let entered = self.is_listed.then(|| core.running.enter(job, started, cancel.clone()));
        if core.known_pillar().is_none() {
            let _ = core.pillar().await;
        }
        let desk = core.desk(Some(id), cancel.clone());
        let (calls, runtime) = (self.calls.clone(), core.runtime.clone());
        let mut work = tokio::task::spawn_blocking(move || runtime.block_on(async { run::calls(&desk, &calls).await }));
        let done = tokio::select! {
            done = &mut work => done,
            () = stop.cancelled() => {
                cancel.cancel();
                work.await
            }
        };
        let outcome = done.unwrap_or_else(|error| failed(Failure::failed(format!("the function ended abnormally: {error}"))));
        drop(entered);
        let functions = self.calls.iter().map(|call| call.function.as_str()).collect::<Vec<_>>().join(",");
        if outcome.success {
            tracing::info!(job = %id, function = functions, "own run done");
        } else {
            tracing::warn!(job = %id, function = functions, retcode = outcome.retcode, "own run failed");
        }
        if self.fate != Fate::Dropped {
            let record = self.record(&outcome, started);
            let folder = jobs.own_folder();
            blocking(move || keep(&folder, id, &record)).await;
            flush(jobs).await;
        }
        outcome
    }

    fn record(&self, outcome: &Outcome, started: Timestamp) -> Value {
        let mut record = Map::new();
        record.insert("calls", serde_json::to_value(&self.calls).ok().and_then(|calls| serde_json::from_value::<Value>(calls).ok()));
        record.insert("metadata", self.metadata.clone());
        record.insert("returners", self.returners.clone());
        record.insert("keep", self.fate == Fate::Kept);
        record.insert("return", outcome.value.clone());
        record.insert("retcode", outcome.retcode);
        record.insert("success", outcome.success);
        record.insert("out", outcome.out.clone());
        record.insert("started", started.micros());
        record.insert("finished", Timestamp::now().micros());
        Value::Map(record)
    }
}

/// An id for a run here; the master gives the one that counts.
fn local_id(now: Timestamp) -> JobId {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let last = LAST.fetch_max(now.micros(), Ordering::Relaxed);
    if last < now.micros() {
        return JobId::at(now);
    }
    JobId::at(Timestamp(LAST.fetch_add(1, Ordering::Relaxed) + 1))
}

fn keep(folder: &std::path::Path, id: JobId, record: &Value) {
    let write = || {
        std::fs::create_dir_all(folder)?;
        let waiting = files(folder);
        for old in waiting.iter().rev().skip(MOST) {
            let _ = std::fs::remove_file(old);
        }
        write_whole(&folder.join(format!("{id}.json")), &serde_json::to_vec(record).unwrap_or_default())
    };
    if let Err(error) = write() {
        tracing::error!(job = %id, %error, "the outcome of an own run cannot be written down and is lost");
    }
}

/// Outcomes that wait, oldest first.
fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

/// Hands outcomes that wait to the master. What cannot be handed over now stays.
pub async fn flush(jobs: &Arc<Jobs>) {
    let _turn = jobs.own.lock().await;
    let folder = jobs.own_folder();
    let waiting = blocking(move || files(&folder)).await.unwrap_or_default();
    for path in waiting {
        let read = path.clone();
        let record =
            blocking(move || std::fs::read(read).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())).await.flatten();
        let Some(record) = record else {
            let _ = std::fs::remove_file(&path);
            continue;
        };
        let question = RequestBody::Custom { function: "job.own".to_owned(), data: question(&record) };
        match jobs.link.request(question).await {
            Ok(ResponseBody::Value { value }) => {
                if let Some(id) = value.get("jid").and_then(Value::as_str).and_then(|text| text.parse::<JobId>().ok()) {
                    hand_in(jobs, id, &record).await;
                }
                let _ = std::fs::remove_file(&path);
            }
            Ok(_) => return,
            Err(net::RequestError::Failed(failure)) => {
                tracing::warn!(error = %failure, "the master does not take the outcome of an own run");
                let _ = std::fs::remove_file(&path);
            }
            Err(error) => {
                tracing::debug!(%error, "outcomes of own runs wait for the connection");
                return;
            }
        }
    }
}

/// What the master is asked: of one that is kept only what makes the job, since the return follows.
fn question(record: &Value) -> Value {
    let mut question = record.as_map().cloned().unwrap_or_default();
    if record.get("keep").is_some_and(Value::is_truthy) {
        question.remove("return");
    }
    Value::Map(question)
}

async fn hand_in(jobs: &Arc<Jobs>, id: JobId, record: &Value) {
    let number = |key: &str| record.get(key).and_then(Value::as_int).unwrap_or_default();
    let calls = record.get("calls").and_then(Value::as_list).unwrap_or_default();
    let functions: Vec<String> = calls.iter().filter_map(|call| call.get("function").map(value::text::str)).collect();
    let outcome = Return {
        job: id,
        minion: jobs.minion.clone(),
        function: functions.join(","),
        value: record.get("return").cloned().unwrap_or_default(),
        retcode: i32::try_from(number("retcode")).unwrap_or(1),
        success: record.get("success").is_some_and(Value::is_truthy),
        out: record.get("out").and_then(Value::as_str).map(str::to_owned),
        started: Timestamp(number("started")),
        finished: Timestamp(number("finished")),
        notes: Vec::new(),
    };
    let spool = Arc::clone(&jobs.spool);
    if let Some(message) = blocking(move || spool.put(outcome)).await {
        let _ = jobs.link.send(&message).await;
    }
}
