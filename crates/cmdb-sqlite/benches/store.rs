//! What the embedded store costs: CPU seconds of committed returns, bytes on disk of one job with one return.
//!
//! CPU time of this whole process, not wall time: machines are shared.

use cmdb::suite::{at, id, ids, job, returned};
use cmdb::{GrainPush, Grains, Jobs, PresenceChange, ProgressChange, Retention, Returns, Store};
use cmdb_sqlite::SqliteStore;
use model::{Presence, Progress, Stage};
use nix::sys::resource::{UsageWho, getrusage};
use std::path::Path;
use value::{Map, Value};

fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn line(what: &str, value: f64, unit: &str) {
    #[expect(clippy::print_stdout, reason = "the numbers are the output of a bench")]
    {
        println!("{what:<64} {value:>10.3} {unit}");
    }
}

async fn bytes(store: &SqliteStore, path: &Path) -> u64 {
    store.close().await;
    std::fs::metadata(path).unwrap().len()
}

fn forty_grains() -> Map {
    (0..120).map(|n| (format!("grain_{n}"), Value::from(format!("value of about thirty bytes {n}")))).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        let path = folder.path().join(name);
        (SqliteStore::open(&path, Retention::default()).await.unwrap(), path)
    };

    for batch in [1_000, 100, 1] {
        let (store, _) = open(&format!("returns-{batch}")).await;
        let made = job(1, "test.ping", &ids(1_000));
        store.insert_job(&made, &[]).await.unwrap();
        let returns: Vec<_> = made.expected.iter().map(|minion| returned(&made, minion, true)).collect();
        let before = cpu_seconds();
        for part in returns.chunks(batch) {
            store.insert_returns(part, at(2)).await.unwrap();
        }
        line(&format!("1,000 returns of test.ping, {batch} a batch"), cpu_seconds() - before, "CPU s");
    }

    let (store, _) = open("whole").await;
    let made = job(1, "test.ping", &ids(10_000));
    let before = cpu_seconds();
    store.insert_job(&made, &[]).await.unwrap();
    line("job for 10,000 minions, names new", cpu_seconds() - before, "CPU s");
    let again = job(2, "test.ping", &made.expected);
    let before = cpu_seconds();
    store.insert_job(&again, &[]).await.unwrap();
    line("job for 10,000 minions, names known", cpu_seconds() - before, "CPU s");
    let before = cpu_seconds();
    let changes: Vec<_> = again
        .expected
        .iter()
        .map(|minion| ProgressChange {
            job: again.id,
            minion: minion.clone(),
            progress: Progress { stage: Stage::Delivered, reason: None, since: at(3) },
        })
        .collect();
    store.set_progress(&changes).await.unwrap();
    line("10,000 pairs delivered, one batch", cpu_seconds() - before, "CPU s");
    let before = cpu_seconds();
    for part in again.expected.chunks(500) {
        let returns: Vec<_> = part.iter().map(|minion| returned(&again, minion, true)).collect();
        store.insert_returns(&returns, at(4)).await.unwrap();
    }
    line("10,000 returns of test.ping, 500 a batch", cpu_seconds() - before, "CPU s");

    let before = cpu_seconds();
    let presence = Presence::Online { since: at(1), address: "192.0.2.1:4000".into() };
    let online: Vec<_> = again
        .expected
        .iter()
        .map(|minion| PresenceChange { minion: minion.clone(), presence: presence.clone(), version: Some("0.1.0".into()) })
        .collect();
    for part in online.chunks(500) {
        cmdb::Minions::set_presence(&store, part).await.unwrap();
    }
    line("10,000 minions online, 500 a batch", cpu_seconds() - before, "CPU s");
    for what in ["first", "unchanged"] {
        let before = cpu_seconds();
        for part in again.expected[..1_000].chunks(100) {
            let pushes: Vec<_> =
                part.iter().map(|minion| GrainPush { minion: minion.clone(), grains: forty_grains(), at: at(5) }).collect();
            store.put_grains(&pushes).await.unwrap();
        }
        line(&format!("1,000 pushes of grains, {what}, 100 a batch"), cpu_seconds() - before, "CPU s");
    }

    // Each job in a transaction of its own, as they come. The tables' first pages are taken off.
    let (store, path) = open("disk").await;
    let empty = bytes(&store, &path).await;
    let (store, path) = open("disk").await;
    let web1 = id("web01.example.com");
    let before = cpu_seconds();
    for second in 1..=10_000 {
        let made = job(second, "test.ping", std::slice::from_ref(&web1));
        store.insert_job(&made, &[]).await.unwrap();
        store.insert_returns(&[returned(&made, &web1, true)], at(second)).await.unwrap();
    }
    line("10,000 jobs with one return, one by one", cpu_seconds() - before, "CPU s");
    line("one job with one return", (bytes(&store, &path).await - empty) as f64 / 10_000.0, "bytes");
}
