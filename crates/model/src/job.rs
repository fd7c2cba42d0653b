//! A job: one or more function calls for a set of minions.

use crate::{Batch, FunctionName, JobId, MinionId, Target, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use value::{Map, Value};

/// One function call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Function to run.
    pub function: FunctionName,
    /// Positional arguments.
    #[serde(default)]
    pub args: Vec<Value>,
    /// Named arguments.
    #[serde(default)]
    pub kwargs: Map,
}

impl Call {
    /// Arguments in Salt's shape: positional ones, then one mapping with `__kwarg__: true` if there are named ones.
    #[must_use]
    pub fn salt_args(&self) -> Vec<Value> {
        let mut args = self.args.clone();
        if !self.kwargs.is_empty() {
            let mut named = self.kwargs.clone();
            named.insert("__kwarg__", true);
            args.push(Value::Map(named));
        }
        args
    }
}

/// How a job is to be run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobOptions {
    /// After this long on the minion the job's process groups are killed.
    #[serde(default)]
    pub deadline: Option<Duration>,
    /// Minions that are away get the job if they come back within this time.
    #[serde(default)]
    pub queue_offline: Option<Duration>,
    /// Live output and progress are wanted.
    #[serde(default)]
    pub stream: bool,
    /// Free data of the caller, shown in listings.
    #[serde(default)]
    pub metadata: Value,
    /// Sent to a part of the minions at a time. The master's business: minions are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Box<Batch>>,
    /// Where returns go besides the store, by name. The master's business as well.
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    pub returners: Box<[String]>,
}

/// A job as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id, also the moment of its making.
    pub id: JobId,
    /// Whom it is for, as asked.
    pub target: Target,
    /// What to run; several calls make a multi-function job.
    pub calls: Vec<Call>,
    /// Who asked.
    pub user: String,
    /// How to run it.
    #[serde(default)]
    pub options: JobOptions,
    /// Minions that the target meant when the job was made.
    pub expected: Vec<MinionId>,
}

impl Job {
    /// Names of the functions, joined with commas, as listings show them.
    #[must_use]
    pub fn function_text(&self) -> String {
        self.calls.iter().map(|call| call.function.as_str()).collect::<Vec<_>>().join(",")
    }

    /// When it was made.
    #[must_use]
    pub fn made(&self) -> Timestamp {
        self.id.made()
    }
}
