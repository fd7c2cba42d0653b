//! The reactor: events lead to reactions, each rendered from an SLS of the master.
//!
//! A reaction is stored before the event counts as seen, and forgotten when it is done: a master that dies in between does it after its next
//! start. One that fails is tried again, and at last laid aside where an operator finds it (`salt-run reactor.dead`).

mod act;
mod queue;
mod reaction;
mod rules;
mod run;

pub use queue::{Queue, Waiting};
pub use rules::Rules;
pub use run::Reactor;

/// The name under which reactions act. Their own events lead to no reaction, so that none leads to itself.
pub const USER: &str = "Reactor";
