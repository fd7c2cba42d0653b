//! The agent on every server: session, inbox, run, spool, and the functions that need the agent.

pub mod config;
pub mod inbox;
pub mod journal;
pub mod spool;

#[cfg(test)]
mod testing;
