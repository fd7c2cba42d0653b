//! The master: sessions, keys, jobs, bus, file and pillar service, runners. It implements the manager's trait `Control`.
//!
//! A request comes in over the manager or from a minion's session, is decided in one of the rooms here, stored in the CMDB, and only then
//! acted upon. Sessions import jobs, jobs never sessions: a session puts its mailbox into the roster, where publishing finds it.

mod agentless;
mod bus;
mod clocks;
pub mod config;
mod control;
mod core;
mod daemon;
mod doctor;
mod eauth;
mod estate;
mod facts;
mod functions;
mod gitfs;
mod http;
mod jobs;
mod keys;
mod lease;
mod logins;
mod mine;
mod oidc;
mod orchestrate;
mod people;
mod pillar_sources;
mod pillars;
mod policy;
mod presence;
mod reactor;
mod retry;
mod returners;
mod roster;
mod runners;
mod schedule;
mod service;
mod sessions;
mod settings;
mod setup;
mod stats;
mod store;
mod targets;
mod trail;
mod tree;
mod variables;
mod vault;
mod wheels;

pub use daemon::{Error, run};
