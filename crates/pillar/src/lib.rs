//! The pillar of one minion, compiled from top file, SLS and external sources.
//!
//! [`compile`] is a plain function of its [`Inputs`]: the master calls it for a minion's facts, a masterless minion for its own. It goes on
//! after a problem and gives back what could be compiled together with all that could not; who runs states refuses to do so then.

mod cache;
mod compile;
mod decrypt;
mod external;
mod inputs;
mod loader;
mod local;
mod names;
mod needs;
mod sls;
mod top;
mod trouble;
mod watch;

pub use cache::Cache;
pub use compile::{Compiled, compile};
pub use decrypt::Decrypt;
pub use external::{Ask, BadSource, Command, External, FileTree, Git, GitSource, Groups, Stack, Which, groups_of, source};
pub use inputs::{Inputs, Merging, Order, SafeErrors};
pub use loader::EnvLoader;
pub use local::LocalMachine;
