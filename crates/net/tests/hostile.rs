//! Strangers at the port: they cost little, disturb nobody and are sent away.

mod support;

use model::{JobId, Timestamp};
use net::ListenLimits;
use proto::{FromMinion, ToMinion};
use std::time::Duration;
use support::{MINION, Master, Minion, SOON, config, dial_config, folder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a ZMTP DEALER says first.
fn opening() -> Vec<u8> {
    let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0];
    greeting.extend_from_slice(b"NULL");
    greeting.resize(64, 0);
    [greeting, b"\x04\x1c\x05READY\x0bSocket-Type\0\0\0\x06DEALER".to_vec()].concat()
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&[2], (body.len() as u64).to_be_bytes().as_slice(), body].concat()
}

/// Says something and waits until it is hung up on.
async fn hung_up_on(master: &Master, bytes: &[u8]) {
    let mut stream = TcpStream::connect(master.address).await.unwrap();
    // It may hang up while we still talk.
    let _ = stream.write_all(bytes).await;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await.expect("hung up in time");
}

fn quick() -> net::ListenConfig {
    let mut config = config();
    config.limits.greeting = Duration::from_millis(200);
    config.limits.handshake = Duration::from_millis(400);
    config
}

#[tokio::test]
async fn garbage_is_hung_up_on_and_a_minion_beside_it_works_on() {
    let (folder, mut master) = (folder(), Master::start(quick()));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    let (_, handle) = master.up("web01").await;
    minion.connected().await;
    let bomb = [opening(), vec![2], (1_u64 << 46).to_be_bytes().to_vec()].concat();
    let large_hello = [opening(), frame(&[0; 5000])].concat();
    let no_hello = [opening(), frame(b"hello")].concat();
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![0; 100], bomb, large_hello, no_hello, vec![0xff; 10_000]] {
        hung_up_on(&master, &bytes).await;
    }
    handle.send(&ToMinion::ReturnAck { job: JobId::at(Timestamp(1)) }).unwrap();
    minion.message().await;
    assert_eq!(master.sessions.len(), 1);
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn silence_and_half_a_handshake_end_in_time() {
    let master = Master::start(quick());
    hung_up_on(&master, b"").await;
    hung_up_on(&master, &opening()[..40]).await;
    hung_up_on(&master, &opening()).await;
    let mut offer = support::offer("web01");
    offer.key = MINION.clone();
    let (_, hello) = proto::handshake::MinionHello::start(&offer, None, &mut rand::rng()).unwrap();
    hung_up_on(&master, &[opening(), frame(&hello)].concat()).await;
    // The same hello with a second one instead of the proof.
    hung_up_on(&master, &[opening(), frame(&hello), frame(&hello)].concat()).await;
    assert!(master.sessions.is_empty());
    assert!(master.door.claims.lock().unwrap().is_empty());
    master.end().await;
}

#[tokio::test]
async fn a_flood_of_silent_connections_keeps_no_minion_out_for_long() {
    let mut config = quick();
    config.limits.pending = 20;
    config.limits.pending_per_address = 20;
    let (folder, mut master) = (folder(), Master::start(config));
    let mut flood = Vec::new();
    for _ in 0..60 {
        flood.push(TcpStream::connect(master.address).await.unwrap());
    }
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    master.up("web01").await;
    minion.connected().await;
    minion.end().await;
    drop(flood);
    master.end().await;
}

#[tokio::test]
async fn connections_beyond_the_bound_are_closed() {
    let limits = ListenLimits { connections: 1, ..config().limits };
    let (folder, mut master) = (folder(), Master::start(net::ListenConfig { limits, ..config() }));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    master.up("web01").await;
    minion.connected().await;
    hung_up_on(&master, &opening()).await;
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_minion_that_reads_nothing_fills_its_own_lanes_only() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut slow = Minion::start(dial_config(master.address, "slow", folder.path()));
    let (_, slow_handle) = master.up("slow").await;
    slow.connected().await;
    let mut quick = Minion::start(dial_config(master.address, "quick", folder.path()));
    let (_, quick_handle) = master.up("quick").await;
    quick.connected().await;
    // Nobody takes the events of `slow`: its dialer stops reading, the sockets fill, then the lane.
    let large = proto::Encoded::to_minion(&ToMinion::Response {
        id: 1,
        body: Ok(proto::ResponseBody::Value { value: "x".repeat(100_000).into() }),
    });
    let small = ToMinion::ReturnAck { job: JobId::at(Timestamp(1)) };
    for _ in 0..2000 {
        slow_handle.send(&small).unwrap();
    }
    let large = large.unwrap();
    let refused = async {
        loop {
            match slow_handle.send_encoded(&large) {
                Ok(()) => tokio::task::yield_now().await,
                Err(error) => return error,
            }
        }
    };
    let error = tokio::time::timeout(SOON, refused).await.expect("a bound");
    assert_eq!(error, net::SendError::Full(proto::Lane::Returns));
    quick_handle.send(&small).unwrap();
    quick.message().await;
    quick.handle.send(&FromMinion::Ack { job: JobId::at(Timestamp(1)) }).await.unwrap();
    master.message().await;
    slow.end().await;
    quick.end().await;
    master.end().await;
}
