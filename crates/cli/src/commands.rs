//! Commands of `sylvite`, one file each.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod bootstrap;
pub(crate) mod call;
pub(crate) mod catalogue;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod file;
pub(crate) mod groups;
pub(crate) mod host;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod live;
pub(crate) mod local;
pub(crate) mod login;
pub(crate) mod minion;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod shell;
pub(crate) mod ssh;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod variable;
