//! State modules: one file each; they call `modules` as typed Rust, never by string.

pub mod cmd;
pub mod file;
pub mod group;
pub mod ini;
pub mod pkg;
pub mod service;
pub mod test;
pub mod user;

sdk::registry!(states: [cmd, file, group, ini, pkg, service, test, user]);
