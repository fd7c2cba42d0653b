//! State modules: one file each; they call `modules` as typed Rust, never by string.

pub mod alias;
pub mod archive;
pub mod cmd;
pub mod cron;
pub mod event;
pub mod file;
pub mod gem;
pub mod grains;
pub mod group;
pub mod ini;
pub mod module;
pub mod npm;
pub mod pip;
pub mod pkg;
pub mod service;
pub mod test;
pub mod user;
pub mod virtualenv;

sdk::registry!(states: [alias, archive, cmd, cron, event, file, gem, grains, group, ini, module, npm, pip, pkg, service, test, user, virtualenv]);
