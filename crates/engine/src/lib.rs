//! Runs a plan: order, requisites, conditions, test mode, retry, parallel, report. Knows registries, no module.
//!
//! [`validate`] looks at every chunk's arguments before the first one runs; [`run`] runs them. What a chunk's requisites mean for it is
//! decided by pure functions (`decide`, `schedule`), what the chunk itself does happens in `step`, and [`Report`] is what Salt's users read.

mod aggregate;
mod bounds;
mod bridge;
mod conditions;
mod decide;
mod listen;
mod options;
mod outcome;
mod pauses;
mod report;
mod retry;
mod run;
mod schedule;
mod slots;
mod step;
mod validate;

pub use bridge::Bridge;
pub use options::{Aggregate, Go, Options, Reload, Services, StateConditions};
pub use outcome::Outcome;
pub use pauses::{ALL, Pauses, Wish};
pub use report::{Report, Row};
pub use run::run;
pub use schedule::{Next, Schedule};
pub use validate::{Misfit, misfits, missing, strip, validate};
