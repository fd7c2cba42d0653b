//! A master without anything behind it, to measure connections alone: accepts every key, publishes `test.ping` when asked to, acknowledges
//! returns at once.
//!
//! `cargo run --release -p net --example listener -- 127.0.0.1:4515 <key folder> [wanted minions] [rounds]` waits until the wanted number is
//! connected, then publishes round after round and prints how long each took, with CPU time and resident memory of this process.
#![allow(clippy::print_stdout, reason = "this is its output")]

use async_trait::async_trait;
use model::{Call, Job, JobId, JobOptions, MinionId, Target, TargetKind, Timestamp};
use net::{Admission, Claim, Gate, ListenConfig, MasterIdentity, SessionEvent, SessionHandle};
use proto::{Encoded, FromMinion, ToMinion};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

struct Open;

#[async_trait]
impl Gate for Open {
    async fn admit(&self, _claim: Claim) -> Admission {
        Admission::Accepted
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "listener <address> <key folder> [wanted minions] [rounds]";
    let (Some(address), Some(folder)) = (args.next(), args.next()) else { return Err(usage.into()) };
    let wanted: usize = args.next().map_or(Ok(0), |text| text.parse())?;
    let rounds: usize = args.next().map_or(Ok(5), |text| text.parse())?;
    let identity = MasterIdentity::load_or_create(folder.as_ref(), 3072)?;
    report("idle", Duration::ZERO);
    let (listener, mut events) = net::listen(ListenConfig::at(address.parse()?), identity, Arc::new(Open))?;
    let stop = CancellationToken::new();
    let running = tokio::spawn(listener.run(stop.clone()));
    let start = Instant::now();
    let mut sessions: HashMap<MinionId, SessionHandle> = HashMap::new();
    let (mut round, mut returns, mut begun) = (0, 0, Instant::now());
    while let Some(event) = tokio::select! { event = events.recv() => event, _ = tokio::signal::ctrl_c() => None } {
        match event {
            SessionEvent::Up { minion, handle, .. } => {
                sessions.insert(minion, handle);
                if sessions.len() == wanted {
                    report("all connected", start.elapsed());
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    report("two seconds later", start.elapsed());
                    (round, begun) = (1, Instant::now());
                    publish(&sessions, round)?;
                }
            }
            SessionEvent::Down { minion, .. } => {
                sessions.remove(&minion);
            }
            SessionEvent::Message { minion, message: FromMinion::Return { outcome, .. }, .. } => {
                if let Some(handle) = sessions.get(&minion) {
                    let _ = handle.send(&ToMinion::ReturnAck { job: outcome.job });
                }
                returns += 1;
                if returns == wanted {
                    report(&format!("round {round}: {returns} returns"), begun.elapsed());
                    if round < rounds {
                        (round, returns, begun) = (round + 1, 0, Instant::now());
                        publish(&sessions, round)?;
                    }
                }
            }
            SessionEvent::Message { .. } => {}
        }
    }
    stop.cancel();
    running.await??;
    Ok(())
}

fn publish(sessions: &HashMap<MinionId, SessionHandle>, _round: usize) -> Result<(), Box<dyn std::error::Error>> {
    let job = Job {
        id: JobId::at(Timestamp::now()),
        target: Target::new(TargetKind::Glob, "*"),
        calls: vec![Call { function: "test.ping".parse()?, args: Vec::new(), kwargs: value::Map::new() }],
        user: "root".into(),
        options: JobOptions::default(),
        expected: Vec::new(),
    };
    let encoded = Encoded::to_minion(&ToMinion::Publish { job })?;
    for handle in sessions.values() {
        handle.send_encoded(&encoded)?;
    }
    Ok(())
}

/// One line: what, how long it took, CPU time so far, memory now.
fn report(what: &str, took: Duration) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("?").trim().to_owned();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times: Vec<f64> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    println!("{what}: {:.3} s, CPU {:.2} s so far, {resident}", took.as_secs_f64(), times.iter().sum::<f64>() / 100.0);
}
