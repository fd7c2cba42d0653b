//! A minion that is only its session, so that it says what a test wants.

#![allow(dead_code, reason = "each test file uses its part")]

use lab::Lab;
use model::MinionId;
use net::{DialConfig, DialEvent, DialHandle, Pin};
use proto::PrivateKey;
use tokio_util::sync::CancellationToken;

/// Opens a session under an id, with a new key that the master of the lab accepts by itself.
pub async fn connect(lab: &Lab, id: &str) -> DialHandle {
    let key = PrivateKey::generate(&mut rand::rng(), 2048).unwrap();
    let pin = Pin { file: lab.path(&format!("{id}.pub")), finger: None };
    let config = DialConfig::new(format!("127.0.0.1:{}", lab.port().unwrap()), MinionId::new(id).unwrap(), key, pin);
    let (dialer, handle, mut events) = net::dial_lean(config);
    tokio::spawn(dialer.run(CancellationToken::new()));
    while !matches!(events.recv().await.expect("the connection goes on"), DialEvent::Connected { .. }) {}
    // What comes is of no interest, but it has to be taken.
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    handle
}
