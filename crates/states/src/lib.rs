//! State modules: one file each; they call `modules` as typed Rust, never by string.

pub mod archive;
pub mod cmd;
pub mod cron;
pub mod event;
pub mod file;
pub mod grains;
pub mod group;
pub mod ini;
pub mod module;
pub mod pkg;
pub mod service;
pub mod test;
pub mod user;

sdk::registry!(states: [archive, cmd, cron, event, file, grains, group, ini, module, pkg, service, test, user]);
