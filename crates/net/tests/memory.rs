//! Delay, loss and cut wires, in memory and with a paused clock.

mod support;

use model::{JobId, Timestamp};
use net::{DialEvent, DownReason, Faults, MasterIdentity, MemoryWire};
use proto::{FromMinion, ToMinion};
use std::sync::Arc;
use std::time::Duration;
use support::{Door, MASTER, Master, Minion, config, dial_config, folder};
use tokio::time::Instant;

fn wire() -> (MemoryWire, Faults, Master) {
    wire_with(config())
}

fn wire_with(config: net::ListenConfig) -> (MemoryWire, Faults, Master) {
    let faults = Faults::default();
    let (wire, port) = MemoryWire::new(faults.clone());
    let door = Arc::new(Door::default());
    let (listener, events) = net::listen_in_memory(port, config, MasterIdentity { key: MASTER.clone() }, door.clone()).unwrap();
    (wire, faults, Master::run(listener, events, door))
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_found_on_both_sides_within_a_minute() {
    let (folder, (wire, faults, mut master)) = (folder(), wire());
    let mut minion = Minion::run(net::dial_in_memory(wire, dial_config("memory", "web01", folder.path())));
    let (session, _) = master.up("web01").await;
    minion.connected().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(minion.handle.is_connected(), "heartbeats keep an idle session alive");
    faults.cut();
    let begun = Instant::now();
    let down = tokio::time::timeout(Duration::from_secs(60), master.events.recv());
    let lost = tokio::time::timeout(Duration::from_secs(60), minion.events.recv());
    let (down, lost) = tokio::join!(down, lost);
    assert!(matches!(down, Ok(Some(net::SessionEvent::Down { session: ended, reason: DownReason::Silent, .. })) if ended == session));
    assert!(matches!(lost, Ok(Some(DialEvent::Disconnected { .. }))));
    assert!(begun.elapsed() > Duration::from_secs(25));
    faults.mend();
    master.up("web01").await;
    minion.end().await;
    master.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_wire_is_no_obstacle() {
    let (folder, (wire, faults, mut master)) = (folder(), wire());
    faults.delay(Duration::from_millis(900));
    let mut minion = Minion::run(net::dial_in_memory(wire, dial_config("memory", "web01", folder.path())));
    let (_, handle) = master.up("web01").await;
    minion.connected().await;
    handle.send(&ToMinion::ReturnAck { job: JobId::at(Timestamp(1)) }).unwrap();
    minion.message().await;
    minion.end().await;
    master.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_frame_ends_the_session_and_resending_after_connecting_loses_nothing() {
    let (folder, (wire, faults, mut master)) = (folder(), wire());
    let minion = Minion::run(net::dial_in_memory(wire, dial_config("memory", "web01", folder.path())));
    faults.lose(60);
    // As a spool does: sends what is not acknowledged again after each connection.
    let (handle, mut events, stop) = (minion.handle.clone(), minion.events, minion.stop.clone());
    let spool = tokio::spawn(async move {
        let mut waiting: Vec<i64> = (1..=50).collect();
        while !waiting.is_empty() {
            match events.recv().await.expect("a dialer") {
                DialEvent::Connected { .. } => {
                    for job in &waiting {
                        let _ = handle.send(&FromMinion::Ack { job: JobId::at(Timestamp(*job)) }).await;
                    }
                }
                DialEvent::Message(ToMinion::ReturnAck { job }) => waiting.retain(|waiting| *waiting != job.made().0),
                _ => {}
            }
        }
        stop.cancel();
    });
    let mut current = None;
    let mut seen = std::collections::BTreeSet::new();
    while !spool.is_finished() {
        match tokio::time::timeout(Duration::from_secs(5), master.events.recv()).await {
            Ok(Some(net::SessionEvent::Up { handle, .. })) => current = Some(handle),
            Ok(Some(net::SessionEvent::Message { message: FromMinion::Ack { job }, .. })) => {
                seen.insert(job.made().0);
                let _ = current.as_ref().unwrap().send(&ToMinion::ReturnAck { job });
            }
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => break,
        }
    }
    assert_eq!(seen.len(), 50);
    spool.await.unwrap();
    minion.task.await.unwrap().unwrap();
    master.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_master_that_takes_no_events_holds_its_minions_back() {
    let mut config = config();
    config.limits.events = 4;
    let (folder, (wire, _, mut master)) = (folder(), wire_with(config));
    let mut minion = Minion::run(net::dial_in_memory(wire, dial_config("memory", "web01", folder.path())));
    master.up("web01").await;
    minion.connected().await;
    let event = FromMinion::Event { tag: "x".into(), data: "x".repeat(100_000).into() };
    let mut sent = 0;
    while let Ok(result) = tokio::time::timeout(Duration::from_secs(5), minion.handle.send(&event)).await {
        result.unwrap();
        sent += 1;
        assert!(sent < 1000, "nothing holds the minion back");
    }
    // Heartbeats go on while nothing is read, and in the end everything arrives.
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(minion.handle.is_connected());
    for _ in 0..sent {
        master.message().await;
    }
    minion.end().await;
    master.end().await;
}
