//! The nouns of Sylvite as plain data, one file each. Ids are types, parsed once at the edge.

mod batch;
mod event;
mod failure;
mod glob;
mod ids;
mod job;
mod key;
mod minion;
mod nearest;
mod outcome;
mod problem;
mod target;
mod time;

pub use batch::{Batch, BatchSize};
pub use event::Event;
pub use failure::{Failure, FailureKind};
pub use glob::Glob;
pub use ids::{BadId, Env, FunctionName, JobId, MinionId};
pub use job::{Call, Job, JobOptions};
pub use key::{Fingerprint, Key, KeyState};
pub use minion::{Minion, Presence};
pub use nearest::{nearest, slip};
pub use outcome::{Progress, Return, Stage};
pub use problem::{Place, Problem};
pub use target::{Target, TargetKind};
pub use time::Timestamp;
