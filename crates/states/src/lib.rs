//! State modules: one file each; they call `modules` as typed Rust, never by string.

sdk::registry!(states: []);
