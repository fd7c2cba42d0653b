//! How a plan is run, and what the engine asks of its owner while it runs.

use crate::Row;
use async_trait::async_trait;
use sdk::{Cx, Failure, Value};
use sls::Chunk;

/// Whether chunks of one function become one transaction (`state_aggregate`). A chunk with `aggregate` decides for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Aggregate {
    /// No, unless a chunk says so.
    #[default]
    Never,
    /// Wherever the state knows how to.
    Always,
    /// For these modules.
    Modules(Vec<String>),
}

/// Conditions that hold for states of a kind (`global_state_conditions`): a function pattern and the targets of which one must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateConditions {
    /// `*`, a module, or a full function name.
    pub function: String,
    /// Compound targets; one of them must mean this minion.
    pub targets: Vec<String>,
}

/// How a plan is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Nothing is changed; what would change is reported.
    pub test: bool,
    /// No state function is called at all (`mock`).
    pub mock: bool,
    /// The run stops after the first failure (`failhard`).
    pub failhard: bool,
    /// At most so many chunks run beside each other (`state_max_parallel`); 0 for no limit.
    pub max_parallel: usize,
    /// Whether chunks are joined.
    pub aggregate: Aggregate,
    /// Conditions of the configuration.
    pub conditions: Vec<StateConditions>,
}

/// Whether the next chunk may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Go {
    /// It may.
    On,
    /// The run ends here (`state.soft_kill`); later chunks are absent from the report.
    Stop,
}

/// What a chunk wants read anew after it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Modules.
    Modules,
    /// Grains.
    Grains,
    /// Pillar.
    Pillar,
}

/// What the engine asks of its owner.
#[async_trait]
pub trait Services: Send + Sync {
    /// The right to act on the host, for a chunk of an environment, with what is known now.
    fn cx(&self, env: &str) -> Cx;

    /// Asked before each chunk; a paused run answers late.
    async fn before(&self, _chunk: &Chunk) -> Go {
        Go::On
    }

    /// Told of each result as it comes, with the number of chunks there are.
    async fn done(&self, _row: &Row, _of: usize) {}

    /// Told to read something anew.
    async fn reload(&self, _what: Reload) {}

    /// Fires an event.
    async fn event(&self, tag: &str, data: Value) -> Result<(), Failure> {
        self.cx("base").agent().event(tag, data).await
    }
}
