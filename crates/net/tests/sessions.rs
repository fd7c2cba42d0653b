//! Sessions over real sockets: the minion's `zeromq` DEALER against our listener.

mod support;

use model::{JobId, Timestamp};
use net::{Admission, DialError, DialEvent, DownReason, Refusal, SendError};
use proto::{FromMinion, RequestBody, ResponseBody, ToMinion};
use std::time::Duration;
use support::{MINION, Master, Minion, config, dial_config, folder};

fn job(number: i64) -> JobId {
    JobId::at(Timestamp(number))
}

#[tokio::test]
async fn messages_go_both_ways() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    let (_, handle) = master.up("web01").await;
    assert!(!minion.connected().await);
    handle.send(&ToMinion::ReturnAck { job: job(1) }).unwrap();
    assert_eq!(minion.message().await, ToMinion::ReturnAck { job: job(1) });
    minion.handle.send(&FromMinion::Ack { job: job(2) }).await.unwrap();
    let (from, message) = master.message().await;
    assert_eq!((from.as_str(), message), ("web01", FromMinion::Ack { job: job(2) }));
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_request_is_answered_or_runs_out_of_time() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    let (_, handle) = master.up("web01").await;
    minion.connected().await;
    let asking = tokio::spawn({
        let minion = minion.handle.clone();
        async move { minion.request(RequestBody::Envs).await }
    });
    let (_, FromMinion::Request { id, body }) = master.message().await else { panic!("no request") };
    assert_eq!(body, RequestBody::Envs);
    handle.send(&ToMinion::Response { id, body: Ok(ResponseBody::Unchanged) }).unwrap();
    assert_eq!(asking.await.unwrap(), Ok(ResponseBody::Unchanged));
    let limit = Duration::from_millis(50);
    assert_eq!(minion.handle.request_within(RequestBody::Envs, limit).await, Err(net::RequestError::TimedOut(limit)));
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_large_message_arrives_whole_in_both_directions() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    let (_, handle) = master.up("web01").await;
    minion.connected().await;
    let text = "x".repeat(10 << 20);
    // More than the window of the session: it only arrives if the master tells what it has taken.
    minion.handle.send(&FromMinion::Event { tag: "big".into(), data: text.as_str().into() }).await.unwrap();
    let (_, FromMinion::Event { data, .. }) = master.message().await else { panic!("no event") };
    assert_eq!(data.as_str().map(str::len), Some(text.len()));
    handle.send(&ToMinion::Goodbye { reason: text.clone(), retry_after: None }).unwrap();
    assert_eq!(minion.disconnected().await.len(), text.len());
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_pending_minion_waits_and_is_told_so() {
    let (folder, mut master) = (folder(), Master::start(config()));
    master.door.answer("web01", Admission::Pending { retry: Duration::from_millis(10) });
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    assert!(matches!(minion.event().await, DialEvent::Waiting { refusal: Refusal::Pending, .. }));
    master.door.answer("web01", Admission::Accepted);
    master.up("web01").await;
    assert!(!minion.connected().await);
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn the_gate_sees_token_key_and_version() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut dial = dial_config(master.address, "web01", folder.path());
    dial.join_token = Some("secret".to_owned().into());
    let minion = Minion::start(dial);
    master.up("web01").await;
    let claim = master.door.claims.lock().unwrap().remove(0);
    assert_eq!(claim.join_token.unwrap().reveal(), "secret");
    assert_eq!(claim.fingerprint, MINION.public().fingerprint());
    assert_eq!(claim.public_key, MINION.public().to_pem().unwrap());
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_restarted_master_gets_its_minion_back_by_ticket() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    master.up("web01").await;
    assert!(!minion.connected().await);
    let address = master.address;
    master.end().await;
    assert_eq!(minion.disconnected().await, "the master is stopping");
    let mut master = Master::start(net::ListenConfig::at(address));
    master.up("web01").await;
    assert!(minion.connected().await, "resumed");
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_second_session_replaces_the_first_in_order() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut first = Minion::start(dial_config(master.address, "web01", folder.path()));
    let (old, handle) = master.up("web01").await;
    first.connected().await;
    let second = Minion::start(dial_config(master.address, "web01", folder.path()));
    assert_eq!(master.down(old).await, DownReason::Replaced);
    let (new, _) = master.up("web01").await;
    assert_ne!(old, new);
    assert!(first.disconnected().await.contains("another session"));
    assert_eq!(handle.send(&ToMinion::ReturnAck { job: job(1) }), Err(SendError::Over));
    assert_eq!(master.sessions.len(), 1);
    first.end().await;
    second.end().await;
    assert_eq!(master.down(new).await, DownReason::Closed);
    master.end().await;
}

#[tokio::test]
async fn ending_one_minion_touches_no_other() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let mut gone = Minion::start(dial_config(master.address, "gone", folder.path()));
    let (session, _) = master.up("gone").await;
    let stays = Minion::start(dial_config(master.address, "stays", folder.path()));
    let (_, handle) = master.up("stays").await;
    gone.connected().await;
    master.door.answer("gone", Admission::Rejected("key deleted".into()));
    assert!(master.sessions.end(&"gone".parse().unwrap(), "key deleted"));
    assert_eq!(gone.disconnected().await, "key deleted");
    assert_eq!(master.down(session).await, DownReason::Ended("key deleted".into()));
    assert!(matches!(gone.event().await, DialEvent::Waiting { refusal: Refusal::Rejected(why), .. } if why == "key deleted"));
    handle.send(&ToMinion::ReturnAck { job: job(1) }).unwrap();
    assert_eq!(master.sessions.len(), 1);
    gone.end().await;
    stays.end().await;
    master.end().await;
}

#[tokio::test]
async fn a_master_with_another_key_is_fatal_and_says_what_to_do() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let dial = dial_config(master.address, "web01", folder.path());
    let mut minion = Minion::start(dial.clone());
    master.up("web01").await;
    minion.connected().await;
    minion.end().await;
    let address = master.address;
    master.end().await;
    let impostor = Master::with(net::ListenConfig::at(address), MINION.clone());
    let error = Minion::start(dial).task.await.unwrap().unwrap_err();
    assert!(matches!(error, DialError::MasterChanged { .. }));
    assert!(error.to_string().contains("web01.master.pub"), "{error}");
    impostor.end().await;
}

#[tokio::test]
async fn a_wrong_master_finger_is_fatal_at_first_sight() {
    let (folder, master) = (folder(), Master::start(config()));
    let mut dial = dial_config(master.address, "web01", folder.path());
    dial.pin.finger = Some(MINION.public().fingerprint());
    let error = Minion::start(dial).task.await.unwrap().unwrap_err();
    assert!(matches!(error, DialError::WrongFinger { .. }));
    assert!(master.door.claims.lock().unwrap().is_empty(), "nothing was shown to the wrong master");
    master.end().await;
}

#[tokio::test]
async fn the_next_master_is_tried_when_the_first_is_away() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut dial = dial_config(away, "web01", folder.path());
    dial.masters.push(master.address.to_string());
    let mut minion = Minion::start(dial);
    master.up("web01").await;
    assert!(matches!(minion.event().await, DialEvent::Failed { retry: Duration::ZERO, .. }));
    minion.connected().await;
    minion.end().await;
    master.end().await;
}

#[tokio::test]
async fn sending_without_a_session_fails_at_once() {
    let folder = folder();
    let minion = Minion::start(dial_config("127.0.0.1:1", "web01", folder.path()));
    assert_eq!(minion.handle.send(&FromMinion::Ack { job: job(1) }).await, Err(net::RequestError::NotConnected));
    assert_eq!(minion.handle.request(RequestBody::Envs).await, Err(net::RequestError::NotConnected));
    minion.end().await;
}

#[tokio::test]
async fn a_key_deleted_while_its_minion_is_being_admitted_gives_no_session() {
    let (folder, mut master) = (folder(), Master::start(config()));
    let (asked, answer) = master.door.hold();
    let minion = Minion::start(dial_config(master.address, "web01", folder.path()));
    asked.await.unwrap();
    // The gate has looked before the deletion and says yes after it.
    assert!(!master.sessions.end(&"web01".parse().unwrap(), "key deleted"));
    master.door.answer("web01", Admission::Denied);
    answer.send(()).unwrap();
    let other = Minion::start(dial_config(master.address, "web02", folder.path()));
    master.up("web02").await;
    assert_eq!(master.sessions.len(), 1);
    minion.end().await;
    other.end().await;
    master.end().await;
}
