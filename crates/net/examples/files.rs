//! Measures file content from a master to one minion: a hundred mebibytes in parts, several in flight, master and minion in this one process
//! over loopback and the minion's real `zeromq` end.
//!
//! `cargo run --release -p net --example files` prints time and CPU time of both sides together.
#![allow(clippy::print_stdout, reason = "this is its output")]

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use net::{Admission, Claim, DialConfig, DialEvent, Gate, ListenConfig, MasterIdentity, Pin, SessionEvent};
use proto::limits::FILE_PART;
use proto::{FromMinion, PrivateKey, RequestBody, ResponseBody, ToMinion};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

const SIZE: u64 = 100 << 20;
const IN_FLIGHT: usize = 8;

struct Open;

#[async_trait]
impl Gate for Open {
    async fn admit(&self, _claim: Claim) -> Admission {
        Admission::Accepted
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("files-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let identity = MasterIdentity { key: PrivateKey::generate(&mut rand::rng(), 2048)? };
    let (listener, mut events) = net::listen(ListenConfig::at("127.0.0.1:0".parse()?), identity, Arc::new(Open))?;
    let (address, stop) = (listener.local_address(), CancellationToken::new());
    tokio::spawn(listener.run(stop.clone()));
    tokio::spawn(async move {
        let content = bytes::Bytes::from(vec![7; FILE_PART as usize]);
        let mut handles = HashMap::new();
        while let Some(event) = events.recv().await {
            match event {
                SessionEvent::Up { minion, handle, .. } => {
                    handles.insert(minion, handle);
                }
                SessionEvent::Message {
                    minion, message: FromMinion::Request { id, body: RequestBody::FileRead { length, .. } }, ..
                } => {
                    let bytes = content.slice(..length.min(FILE_PART) as usize);
                    if let Some(handle) = handles.get(&minion) {
                        let _ = handle.send(&ToMinion::Response { id, body: Ok(ResponseBody::FilePart { size: SIZE, bytes }) });
                    }
                }
                SessionEvent::Message { .. } | SessionEvent::Down { .. } => {}
            }
        }
    });
    let key = PrivateKey::generate(&mut rand::rng(), 2048)?;
    let pin = Pin { file: folder.join("master.pub"), finger: None };
    let (dialer, handle, mut dialed) = net::dial(DialConfig::new(address.to_string(), "minion".parse()?, key, pin));
    tokio::spawn(dialer.run(stop.clone()));
    while !matches!(dialed.recv().await, Some(DialEvent::Connected { .. }) | None) {}
    for _ in 0..3 {
        let (begun, cpu) = (Instant::now(), cpu());
        let offsets = (0..SIZE).step_by(FILE_PART as usize);
        let asks = stream::iter(offsets).map(|offset| {
            let length = u32::try_from(SIZE - offset).unwrap_or(FILE_PART).min(FILE_PART);
            handle.request(RequestBody::FileRead { env: model::Env::base(), path: "big".into(), offset, length })
        });
        let mut answers = asks.buffered(IN_FLIGHT);
        let mut got = 0;
        while let Some(answer) = answers.next().await {
            if let ResponseBody::FilePart { bytes, .. } = answer? {
                got += bytes.len() as u64;
            }
        }
        let took = begun.elapsed().as_secs_f64();
        println!("{got} bytes in {took:.3} s, {:.0} MB/s, CPU of both sides {:.2} s", got as f64 / took / 1e6, self::cpu() - cpu);
    }
    stop.cancel();
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum::<f64>() / 100.0
}
