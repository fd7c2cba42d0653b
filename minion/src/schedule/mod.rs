//! The minion's own clock: entries of `schedule:` from configuration and pillar, run when they are due.

mod book;
mod run;

pub(crate) use book::write_whole;
pub use book::{Book, Origin};
pub use run::Scheduler;
