//! Files out of git: each branch and tag of a remote is an environment.
//!
//! A remote is mirrored into a folder of ours by the system's `git`, and the trees that are wanted are written out beside it, one folder a
//! commit. What the file service then reads are plain folders. Nothing of a repository is run: no hooks, no filters, no helpers; and what
//! a configuration or a repository says never becomes an option of `git`.

mod command;
mod mirror;
mod refs;
mod remote;

pub use command::{Credentials, GitError};
pub use mirror::Mirror;
pub use refs::{Ref, RefKind, Selection};
pub use remote::{BadRemote, Defaults, Remote};
