//! The HTTP side of the master: routes, callers, streams. What the daemon does stands behind the trait [`Control`], which the master
//! implements; this room never imports the master.

mod caller;
mod control;

pub use caller::{Caller, Origin};
pub use control::{Control, Refusal, Stream};
