//! The agent on every server: session, inbox, run, spool, and the functions that need the agent.

pub mod agent;
pub mod beacons;
pub mod call;
pub mod check;
pub mod config;
pub mod core;
pub mod desk;
pub mod doctor;
pub mod fetch;
pub mod functions;
pub mod gather;
pub mod guest;
pub mod inbox;
pub mod itself;
pub mod jobs;
pub mod journal;
pub mod lock;
pub mod mine;
mod nested;
pub mod own;
pub mod pillars;
pub mod plans;
pub mod reference;
pub mod remote;
pub mod run;
pub mod running;
pub mod schedule;
pub mod schema;
pub mod session;
pub mod socket;
pub mod source;
pub mod spool;
pub mod startup;
pub mod sync;
pub mod tree;

#[cfg(test)]
mod testing;
