//! Files: looking, writing, editing, and the pieces that file states are made of.

pub mod backup;
pub mod diff;
pub mod perms;
pub mod text;

pub use perms::{Perms, dir_mode_of};
