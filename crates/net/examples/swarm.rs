//! A swarm: many simulated minions in one process, each with its own session, handshake and encryption.
//!
//! `cargo run --release -p net --example swarm -- 127.0.0.1:4515 10000` connects ten thousand minions, answers every job with `true`, keeps
//! each return until it is acknowledged and offers it again after a reconnect, and prints a line of JSON whenever something has changed.
//! Keys are few and shared, because making ten thousand takes minutes; ids are not.
#![allow(clippy::print_stdout, reason = "this is its output")]

use model::{JobId, MinionId, Return, Timestamp};
use net::{DialConfig, DialEvent, DialHandle, Pin};
use proto::{FromMinion, PrivateKey, ToMinion};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use value::Map;

const USAGE: &str = "swarm <master> <minions> [--prefix sim] [--keys 4] [--bits 2048] [--seconds N] [--first-wait MS] [--most-wait MS]";

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
}

fn options() -> Result<Options, String> {
    let mut args = std::env::args().skip(1);
    let (Some(master), Some(minions)) = (args.next(), args.next()) else { return Err(USAGE.into()) };
    let minions = minions.parse().map_err(|_| USAGE)?;
    let (keys, bits, seconds, first_wait, most_wait) = (4, 2048, None, 1_000, 60_000);
    let mut options = Options { master, minions, prefix: "sim".into(), keys, bits, seconds, first_wait, most_wait };
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
        tasks.spawn(minion(config, Arc::clone(&counters), stop.clone()));
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
async fn minion(config: DialConfig, counters: Arc<Counters>, stop: CancellationToken) {
    let id = config.id.clone();
    let (dialer, handle, mut events) = net::dial_lean(config);
    let dialing = tokio::spawn(dialer.run(stop));
    let mut spool: BTreeMap<JobId, Return> = BTreeMap::new();
    while let Some(event) = events.recv().await {
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
                if let Entry::Vacant(place) = spool.entry(job.id) {
                    counters.jobs.fetch_add(1, Ordering::Relaxed);
                    give(&handle, place.insert(answer(&id, &job))).await;
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

fn answer(id: &MinionId, job: &model::Job) -> Return {
    let now = Timestamp::now();
    Return {
        job: job.id,
        minion: id.clone(),
        function: job.function_text(),
        value: true.into(),
        retcode: 0,
        success: true,
        out: None,
        started: now,
        finished: now,
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
