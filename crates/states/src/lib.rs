//! State modules: one file each; they call `modules` as typed Rust, never by string.

pub mod cmd;
pub mod file;
pub mod ini;
pub mod test;

sdk::registry!(states: [cmd, file, ini, test]);
