//! When scheduled calls are due. The minion and the master share it: one runs functions, the other runners.
//!
//! Everything here is a plain function: the time, the chance and the number of running calls come in, a decision comes out together with
//! what is to be remembered. [`Entry`] is an entry of `schedule:` as its author wrote it, [`Memory`] is what is kept of it over a restart.

mod clock;
mod cron;
mod decide;
mod entry;
mod plan;
mod trigger;

pub use clock::{Moment, parse};
pub use cron::{BadCron, Cron};
pub use decide::{Chance, Decision, Globals, Memory, Now, Skip, decide, next_fire};
pub use entry::{BadEntry, Entry, Range, ReturnJob, Splay};
pub use plan::Plan;
pub use trigger::Trigger;
