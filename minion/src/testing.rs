//! Helpers of this package's own tests.

use model::{Call, FunctionName, Job, JobId, JobOptions, Return, Target, TargetKind, Timestamp};
use value::{Map, Value};

/// A job made `id` microseconds after a fixed moment.
pub(crate) fn job(id: i64, function: &str) -> Job {
    Job {
        id: JobId::at(Timestamp(1_790_000_000_000_000 + id)),
        target: Target::new(TargetKind::Glob, "*"),
        calls: vec![Call { function: FunctionName::new(function).unwrap(), args: Vec::new(), kwargs: Map::new() }],
        user: "root".to_owned(),
        options: JobOptions::default(),
        expected: Vec::new(),
    }
}

/// Its return.
pub(crate) fn outcome(id: i64, value: impl Into<Value>) -> Return {
    Return {
        job: job(id, "test.ping").id,
        minion: model::MinionId::new("web01").unwrap(),
        function: "test.ping".to_owned(),
        value: value.into(),
        retcode: 0,
        success: true,
        out: None,
        started: Timestamp(1),
        finished: Timestamp(2),
        notes: Vec::new(),
    }
}
