//! What both daemons share: the task set of their parts, stop and reload signals, logs, and the word to the init system.

pub mod logs;
mod notify;
mod parts;
mod signals;

pub use notify::{notify_ready, notify_reloading, notify_stopping};
pub use parts::{Ended, Parts};
pub use signals::{Signal, Signals};

/// Says that it is time to end; every long-running part is given one.
pub type Stop = tokio_util::sync::CancellationToken;
