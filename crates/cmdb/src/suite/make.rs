//! Nouns for the laws.

use crate::Offer;
use model::{Call, Fingerprint, FunctionName, Job, JobId, JobOptions, MinionId, Return, Target, TargetKind, Timestamp};
use value::{Map, Value};

/// A moment: seconds after a fixed one.
#[must_use]
pub const fn at(second: i64) -> Timestamp {
    Timestamp(1_790_000_000_000_000 + second * 1_000_000)
}

/// A minion's id.
#[must_use]
pub fn id(name: &str) -> MinionId {
    MinionId::new(name).unwrap()
}

/// `count` ids: m00000, m00001 …
#[must_use]
pub fn ids(count: usize) -> Vec<MinionId> {
    (0..count).map(|n| id(&format!("m{n:05}"))).collect()
}

/// A mapping from JSON.
#[must_use]
pub fn map(json: &str) -> Map {
    serde_json::from_str(json).unwrap()
}

/// A fingerprint.
#[must_use]
pub const fn print(byte: u8) -> Fingerprint {
    Fingerprint([byte; 32])
}

/// An offered key.
#[must_use]
pub fn offer(minion: &str, byte: u8, second: i64) -> Offer {
    Offer {
        minion: id(minion),
        fingerprint: print(byte),
        public: format!("-----BEGIN PUBLIC KEY-----\n{byte}\n-----END PUBLIC KEY-----\n"),
        address: "192.0.2.1:4000".into(),
        at: at(second),
    }
}

/// A job made at a second.
#[must_use]
pub fn job(second: i64, function: &str, expected: &[MinionId]) -> Job {
    Job {
        id: JobId::at(at(second)),
        target: Target::new(TargetKind::Glob, "*"),
        calls: vec![Call { function: FunctionName::new(function).unwrap(), args: Vec::new(), kwargs: Map::new() }],
        user: "root".into(),
        options: JobOptions::default(),
        expected: expected.to_vec(),
    }
}

/// A return that went well.
#[must_use]
pub fn returned(job: &Job, minion: &MinionId, value: impl Into<Value>) -> Return {
    Return {
        job: job.id,
        minion: minion.clone(),
        function: job.function_text(),
        value: value.into(),
        retcode: 0,
        success: true,
        out: None,
        started: job.made(),
        finished: job.made().plus(std::time::Duration::from_millis(5)),
        notes: Vec::new(),
    }
}
