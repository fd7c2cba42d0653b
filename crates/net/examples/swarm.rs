//! A swarm: many simulated minions in one process, each with its own session, handshake and encryption.
//!
//! `cargo run --release -p net --example swarm -- 127.0.0.1:4515 10000` connects ten thousand minions, answers every job with `true`, keeps
//! each return until it is acknowledged and offers it again after a reconnect, and prints a line of JSON whenever something has changed.
//! `--bytes N` makes returns of that size. Some functions do real work: `pillar.items` asks the master for the pillar, `cp.get_file salt://PATH`
//! reads a file to its end and forgets it, `event.fire N` fires so many events.
//! Keys are few and shared, because making ten thousand takes minutes; ids are not.
#![allow(clippy::print_stdout, reason = "this is its output")]

use model::{JobId, MinionId, Return, Timestamp};
use net::{DialConfig, DialEvent, DialHandle, Pin};
use proto::{FromMinion, PrivateKey, RequestBody, ResponseBody, ToMinion};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use value::{Map, Value};

const USAGE: &str =
    "swarm <master> <minions> [--prefix sim] [--keys 4] [--bits 2048] [--seconds N] [--first-wait MS] [--most-wait MS] [--bytes N]";

#[derive(Default)]
struct Counters {
    connected: AtomicI64,
    sessions: AtomicU64,
    resumed: AtomicU64,
    failed: AtomicU64,
    jobs: AtomicU64,
    acknowledged: AtomicU64,
}

struct Options {
    master: String,
    minions: usize,
    prefix: String,
    keys: usize,
    bits: usize,
    seconds: Option<u64>,
    first_wait: u64,
    most_wait: u64,
    bytes: usize,
}

fn options() -> Result<Options, String> {
    let mut args = std::env::args().skip(1);
    let (Some(master), Some(minions)) = (args.next(), args.next()) else { return Err(USAGE.into()) };
    let minions = minions.parse().map_err(|_| USAGE)?;
    let (keys, bits, seconds, first_wait, most_wait) = (4, 2048, None, 1_000, 60_000);
    let mut options = Options { master, minions, prefix: "sim".into(), keys, bits, seconds, first_wait, most_wait, bytes: 0 };
    while let Some(name) = args.next() {
        let value = args.next().ok_or(USAGE)?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{value}` is no number"));
        match name.as_str() {
            "--prefix" => options.prefix = value,
            "--keys" => options.keys = number()?.max(1) as usize,
            "--bits" => options.bits = number()? as usize,
            "--seconds" => options.seconds = Some(number()?),
            "--first-wait" => options.first_wait = number()?,
            "--most-wait" => options.most_wait = number()?,
            "--bytes" => options.bytes = number()? as usize,
            _ => return Err(format!("unknown option `{name}`; {USAGE}")),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let keys: Vec<_> = (0..options.keys).map(|_| PrivateKey::generate(&mut rand::rng(), options.bits)).collect::<Result<_, _>>()?;
    let folder = std::env::temp_dir().join(format!("swarm-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (counters, stop) = (Arc::new(Counters::default()), CancellationToken::new());
    let start = Instant::now();
    let tasks = tokio_util::task::TaskTracker::new();
    for (number, key) in (0..options.minions).zip(keys.iter().cycle()) {
        // Each real minion has a processor of its own to sign with; here they share one, so not all may sign at once.
        while number as u64 >= counters.sessions.load(Ordering::Relaxed) + 256 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let config = config(&options, number, key.clone(), folder.join("master.pub"))?;
        tasks.spawn(minion(config, options.bytes, Arc::clone(&counters), stop.clone()));
    }
    let end = options.seconds.map(|seconds| start + Duration::from_secs(seconds));
    let mut last = String::new();
    while end.is_none_or(|end| Instant::now() < end) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
        let now = line(&counters);
        if now != last {
            println!("{{\"seconds\":{:.1},{now}}}", start.elapsed().as_secs_f64());
            last = now;
        }
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn line(counters: &Counters) -> String {
    let Counters { connected, sessions, resumed, failed, jobs, acknowledged } = counters;
    format!(
        "\"connected\":{},\"sessions\":{},\"resumed\":{},\"failed\":{},\"jobs\":{},\"acknowledged\":{}",
        connected.load(Ordering::Relaxed),
        sessions.load(Ordering::Relaxed),
        resumed.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed),
        jobs.load(Ordering::Relaxed),
        acknowledged.load(Ordering::Relaxed),
    )
}

fn config(options: &Options, number: usize, key: PrivateKey, pin: PathBuf) -> Result<DialConfig, model::BadId> {
    let id = MinionId::new(format!("{}{number:05}", options.prefix))?;
    let mut config = DialConfig::new(&options.master, id, key, Pin { file: pin, finger: None });
    config.backoff = net::Backoff { first: Duration::from_millis(options.first_wait), most: Duration::from_millis(options.most_wait) };
    config.connect = Duration::from_secs(60);
    Ok(config)
}

/// One simulated minion.
async fn minion(config: DialConfig, bytes: usize, counters: Arc<Counters>, stop: CancellationToken) {
    let id = config.id.clone();
    let (dialer, handle, mut events) = net::dial_lean(config);
    let dialing = tokio::spawn(dialer.run(stop));
    let mut spool: BTreeMap<JobId, Return> = BTreeMap::new();
    // What takes longer than an answer is done beside the connection, which has to be served meanwhile.
    let (done, mut outcomes) = tokio::sync::mpsc::channel::<Return>(4);
    loop {
        let event = tokio::select! {
            event = events.recv() => match event {
                Some(event) => event,
                None => break,
            },
            Some(outcome) = outcomes.recv() => {
                if let Entry::Vacant(place) = spool.entry(outcome.job) {
                    give(&handle, place.insert(outcome)).await;
                }
                continue;
            }
        };
        match event {
            DialEvent::Connected { resumed, .. } => {
                counters.connected.fetch_add(1, Ordering::Relaxed);
                counters.sessions.fetch_add(1, Ordering::Relaxed);
                counters.resumed.fetch_add(u64::from(resumed), Ordering::Relaxed);
                let _ = handle.send(&FromMinion::Facts { grains: grains(&id), version: "0.1.0".into() }).await;
                let _ = handle.send(&FromMinion::Holding { jobs: spool.keys().copied().collect() }).await;
                for outcome in spool.values() {
                    give(&handle, outcome).await;
                }
            }
            DialEvent::Disconnected { .. } => {
                counters.connected.fetch_sub(1, Ordering::Relaxed);
            }
            DialEvent::Waiting { .. } | DialEvent::Failed { .. } => {
                counters.failed.fetch_add(1, Ordering::Relaxed);
            }
            DialEvent::Message(ToMinion::Publish { job }) => {
                let _ = handle.send(&FromMinion::Ack { job: job.id }).await;
                if let Some(work) = Work::of(&job) {
                    counters.jobs.fetch_add(1, Ordering::Relaxed);
                    let (handle, done, id) = (handle.clone(), done.clone(), id.clone());
                    tokio::spawn(async move {
                        let value = work.done(&handle).await;
                        let _ = done.send(answer(&id, &job, value)).await;
                    });
                } else if let Entry::Vacant(place) = spool.entry(job.id) {
                    counters.jobs.fetch_add(1, Ordering::Relaxed);
                    let value = if bytes == 0 { Value::from(true) } else { Value::from("x".repeat(bytes)) };
                    give(&handle, place.insert(answer(&id, &job, value))).await;
                }
            }
            DialEvent::Message(ToMinion::ReturnAck { job }) => {
                spool.remove(&job);
                counters.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            DialEvent::Message(_) => {}
        }
    }
    if let Ok(Err(error)) = dialing.await {
        println!("{{\"minion\":\"{id}\",\"error\":\"{error}\"}}");
    }
}

async fn give(handle: &DialHandle, outcome: &Return) {
    let _ = handle.send(&FromMinion::Return { outcome: outcome.clone(), sequence: 0 }).await;
}

/// A function that asks something of the master.
enum Work {
    Pillar,
    File(String),
    Events(u64),
}

impl Work {
    fn of(job: &model::Job) -> Option<Self> {
        let call = job.calls.first()?;
        let argument = call.args.first();
        match call.function.as_str() {
            "pillar.items" => Some(Self::Pillar),
            "cp.get_file" => Some(Self::File(argument?.as_str()?.trim_start_matches("salt://").to_owned())),
            "event.fire" => Some(Self::Events(u64::try_from(argument?.as_int()?).ok()?)),
            _ => None,
        }
    }

    /// Does it, and gives a number that tells whether it was done in full.
    async fn done(self, handle: &DialHandle) -> Value {
        const LIMIT: Duration = Duration::from_secs(300);
        match self {
            Self::Pillar => {
                let body = RequestBody::Pillar { env: None, pillar_env: None, overrides: Map::new(), grains: None };
                match handle.request_within(body, LIMIT).await {
                    Ok(ResponseBody::Pillar { pillar, errors }) if errors.is_empty() => Value::from(pillar.len()),
                    Ok(_) => Value::from("no pillar"),
                    Err(error) => Value::from(error.to_string()),
                }
            }
            Self::File(path) => {
                let (mut offset, length) = (0, proto::limits::FILE_PART);
                let begun = Instant::now();
                while let Ok(env) = model::Env::new("base") {
                    let body = RequestBody::FileRead { env, path: path.clone(), offset, length };
                    match handle.request_within(body, LIMIT).await {
                        Ok(ResponseBody::FilePart { bytes, .. }) if bytes.is_empty() => break,
                        Ok(ResponseBody::FilePart { bytes, .. }) => {
                            offset += bytes.len() as u64;
                            if bytes.len() < length as usize {
                                break;
                            }
                        }
                        Ok(_) => return Value::from("no file"),
                        Err(error) => return Value::from(error.to_string()),
                    }
                }
                let mut told = Map::new();
                told.insert("bytes", offset);
                told.insert("seconds", begun.elapsed().as_secs_f64());
                Value::Map(told)
            }
            Self::Events(count) => {
                for number in 0..count {
                    let event = FromMinion::Event { tag: "swarm/event".to_owned(), data: Value::from(number) };
                    if handle.send(&event).await.is_err() {
                        return Value::from(number);
                    }
                }
                Value::from(count)
            }
        }
    }
}

fn answer(id: &MinionId, job: &model::Job, value: Value) -> Return {
    let now = Timestamp::now();
    Return {
        job: job.id,
        minion: id.clone(),
        function: job.function_text(),
        value,
        retcode: 0,
        success: true,
        out: None,
        started: now,
        finished: now,
        notes: Vec::new(),
    }
}

/// About as many grains as are asked for in targets.
fn grains(id: &MinionId) -> Map {
    let text = [("id", id.as_str()), ("os", "Debian"), ("os_family", "Debian"), ("osrelease", "12"), ("kernel", "Linux")];
    let mut grains: Map = text.into_iter().collect();
    grains.insert("cpuarch", "x86_64");
    grains.insert("num_cpus", 2);
    grains.insert("mem_total", 7_950);
    grains.insert("ipv4", vec!["10.0.0.1", "127.0.0.1"]);
    grains.insert("role", if id.as_str().ends_with('0') { "db" } else { "web" });
    grains
}
