//! Golden bytes: what version 1 of the protocol looks like on the wire, kept in `golden/v1/` for ever.
//!
//! A difference here means that a released minion and a new master no longer understand each other. The files are written by running the
//! tests with `GOLDEN=write`, which is right only for a message that was never released.

use crate::cipher::{Direction, Opener, Part, Sealer};
use crate::codec::{Wire, decode, encode};
use crate::frame::Kind;
use crate::handshake::{Decision, MasterKeys, MasterWaiting, MinionHello, Offer, Refuse, Ticket};
use crate::test_support::{Fixed, MASTER, MINION};
use crate::{FileEntry, FromMinion, Refresh, RequestBody, ResponseBody, Signal, Stream, ToMinion};
use bytes::Bytes;
use model::{Call, Env, Failure, FailureKind, Job, JobId, JobOptions, MinionId, Return, Target, TargetKind, Timestamp};
use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;
use value::{Map, Value};

const NOW: Timestamp = Timestamp(1_800_000_000_123_456);

fn compare(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/v1").join(format!("{name}.hex"));
    if std::env::var("GOLDEN").as_deref() == Ok("write") {
        let lines: Vec<String> = bytes.chunks(48).map(hex::encode).collect();
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    assert_eq!(hex::encode(stored(&path)), hex::encode(bytes), "{name}");
}

fn stored(path: &PathBuf) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    hex::decode(text.split_whitespace().collect::<String>()).unwrap()
}

fn both_ways<T: Wire + PartialEq + Debug>(name: &str, message: &T) {
    let bytes = encode(message).unwrap();
    compare(name, &bytes);
    assert_eq!(&decode::<T>(&bytes).unwrap(), message, "{name}");
}

fn every_kind_of_value() -> Value {
    let mut map = Map::new();
    map.insert("null", Value::Null);
    map.insert("true", true);
    map.insert("int", -70_000);
    map.insert("float", 1.5);
    map.insert("text", "grüße 主机");
    map.insert("bytes", Value::Bytes(vec![0, 255]));
    map.insert("list", vec![1, 2]);
    map.insert(7, "a number as key");
    Value::Map(map)
}

fn job() -> Job {
    Job {
        id: JobId::at(NOW),
        target: Target::new(TargetKind::Compound, "G@os:Debian and web*"),
        calls: vec![Call {
            function: "cmd.run".parse().unwrap(),
            args: vec!["uptime".into()],
            kwargs: [("timeout", 5)].into_iter().collect(),
        }],
        user: "root".into(),
        options: JobOptions {
            deadline: Some(Duration::from_secs(60)),
            queue_offline: None,
            stream: true,
            metadata: every_kind_of_value(),
            ..JobOptions::default()
        },
        expected: Vec::new(),
    }
}

#[test]
fn messages_of_a_minion_keep_their_bytes() {
    let job = JobId::at(NOW);
    let env = Env::base();
    let request = |body| FromMinion::Request { id: 300, body };
    let outcome = Return {
        job,
        minion: MinionId::new("web01").unwrap(),
        function: "test.ping".into(),
        value: true.into(),
        retcode: 0,
        success: true,
        out: Some("nested".into()),
        started: NOW,
        finished: Timestamp(NOW.0 + 1),
        notes: vec!["a word".into()],
    };
    let messages = [
        ("facts", FromMinion::Facts { grains: [("os", "Debian")].into_iter().collect(), version: "0.1.0".into() }),
        ("ack", FromMinion::Ack { job }),
        ("started", FromMinion::Started { job, pid: 4242 }),
        ("output", FromMinion::Output { job, sequence: 3, stream: Stream::Stderr, bytes: Bytes::from_static(b"oops\n") }),
        ("progress", FromMinion::Progress { job, data: every_kind_of_value() }),
        ("return", FromMinion::Return { outcome, sequence: 9 }),
        ("event", FromMinion::Event { tag: "custom/tag".into(), data: every_kind_of_value() }),
        ("holding", FromMinion::Holding { jobs: vec![job] }),
        (
            "request_pillar",
            request(RequestBody::Pillar {
                env: Some(env.clone()),
                pillar_env: None,
                overrides: [("a", 1)].into_iter().collect(),
                grains: Some(Map::new()),
            }),
        ),
        ("request_envs", request(RequestBody::Envs)),
        ("request_file_index", request(RequestBody::FileIndex { env: env.clone(), known: Some([5; 32]) })),
        (
            "request_file_read",
            request(RequestBody::FileRead { env: env.clone(), path: "web/init.sls".into(), offset: 70_000, length: 512 }),
        ),
        ("request_files_read", request(RequestBody::FilesRead { env, paths: vec!["top.sls".into(), "a.sls".into()] })),
        ("request_custom", request(RequestBody::Custom { function: "mine.get".into(), data: Value::Null })),
    ];
    for (name, message) in messages {
        both_ways(&format!("from_minion_{name}"), &message);
    }
}

#[test]
fn messages_of_a_master_keep_their_bytes() {
    let id = JobId::at(NOW);
    let respond = |body| ToMinion::Response { id: 300, body };
    let failure = Failure::new(FailureKind::Unavailable, "no such environment").with_hint("use `base`").with_retcode(2);
    let entry = FileEntry { path: "top.sls".into(), size: 12, mode: 0o644, sha256: [9; 32] };
    let messages = [
        ("publish", ToMinion::Publish { job: job() }),
        ("signal_term", ToMinion::Signal { job: id, signal: Signal::Terminate }),
        ("signal_kill", ToMinion::Signal { job: id, signal: Signal::Kill }),
        ("signal_number", ToMinion::Signal { job: id, signal: Signal::Number(10) }),
        ("return_ack", ToMinion::ReturnAck { job: id }),
        ("refresh_grains", ToMinion::Refresh { what: Refresh::Grains }),
        ("refresh_pillar", ToMinion::Refresh { what: Refresh::Pillar }),
        ("refresh_modules", ToMinion::Refresh { what: Refresh::Modules }),
        ("goodbye", ToMinion::Goodbye { reason: "the master is stopping".into(), retry_after: Some(Duration::from_secs(5)) }),
        ("response_failure", respond(Err(failure))),
        ("response_pillar", respond(Ok(ResponseBody::Pillar { pillar: Map::new(), errors: vec!["bad".into()] }))),
        ("response_envs", respond(Ok(ResponseBody::Envs { envs: vec![Env::base()] }))),
        ("response_file_index", respond(Ok(ResponseBody::FileIndex { revision: [5; 32], files: vec![entry] }))),
        ("response_unchanged", respond(Ok(ResponseBody::Unchanged))),
        ("response_file_part", respond(Ok(ResponseBody::FilePart { size: 3, bytes: Bytes::from_static(b"abc") }))),
        (
            "response_files",
            respond(Ok(ResponseBody::Files { files: vec![("a".into(), Some(Bytes::from_static(b"x"))), ("b".into(), None)] })),
        ),
        ("response_value", respond(Ok(ResponseBody::Value { value: every_kind_of_value() }))),
    ];
    for (name, message) in messages {
        both_ways(&format!("to_minion_{name}"), &message);
    }
}

#[test]
fn frames_of_a_session_keep_their_bytes() {
    let (key, id) = ([0x42; 32], *b"\x01\x02\x03\x04\x05\x06\x07\x08");
    let mut sealer = Sealer::new(&key, Direction::ToMaster, 1, id);
    let mut opener = Opener::new(&key, Direction::ToMaster, 1, id);
    let part = Part { lane: crate::Lane::Returns, first: true, last: false };
    for (name, kind, part, payload) in [
        ("frame_data", Kind::Data, part, &b"\x10\0\0\0begin"[..]),
        ("frame_ping", Kind::Ping, Part::WHOLE, b""),
        ("frame_credit", Kind::Credit, Part::WHOLE, &[9, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        let mut frame = Vec::new();
        sealer.seal(kind, part, &[payload], &mut frame).unwrap();
        compare(name, &frame);
        let (header, range) = opener.open(&mut frame).unwrap();
        assert_eq!((header.kind, &frame[range]), (kind, payload));
    }
    compare("frame_refuse", &Refuse::Busy { retry: Duration::from_secs(3) }.to_frame().unwrap());
}

/// With fixed random bytes a handshake is the same byte for byte. Should only the signatures and what follows from them differ after an update
/// of the `rsa` package, then it draws its salt in another way; that is no change of the protocol.
#[test]
fn a_handshake_keeps_its_bytes() {
    let offer = Offer {
        minion: MinionId::new("web01").unwrap(),
        key: MINION.clone(),
        version: "0.1.0".into(),
        join_token: Some("token".to_owned().into()),
        autosign_grains: [("role", "web")].into_iter().collect(),
    };
    let keys = MasterKeys::new(MASTER.clone(), NOW, &mut Fixed(1)).unwrap();
    let ticket = handshake("full", &keys, &offer, None);
    handshake("resumed", &keys, &offer, ticket);
}

fn handshake(name: &str, keys: &MasterKeys, offer: &Offer, ticket: Option<Ticket>) -> Option<Ticket> {
    let resumed = ticket.is_some();
    let (minion, hello) = MinionHello::start(offer, ticket, &mut Fixed(1000)).unwrap();
    compare(&format!("handshake_{name}_1_hello"), &hello);
    let (master, welcome) = MasterWaiting::hello(keys, &hello, NOW, &mut Fixed(2000)).unwrap();
    compare(&format!("handshake_{name}_2_welcome"), &welcome);
    let seen = minion.welcome(&welcome, None, NOW).unwrap();
    assert_eq!(seen.resumed, resumed);
    let (minion, mut ready) = seen.ready(offer, &mut Fixed(3000)).unwrap();
    compare(&format!("handshake_{name}_3_ready"), &ready);
    let proven = master.ready(&mut ready).unwrap();
    let decision = Decision::Accepted { window: 1 << 21 };
    let (mut verdict, _) = proven.verdict(keys, decision, NOW, &mut Fixed(4000)).unwrap();
    compare(&format!("handshake_{name}_4_verdict"), &verdict);
    minion.verdict(&mut verdict).unwrap().ticket
}
