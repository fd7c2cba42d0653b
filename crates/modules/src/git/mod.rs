//! Repositories of git, by the program.

mod act;
mod arguments;
mod config;
mod look;
mod repo;

pub use act::set_remote;
pub use config::{Scope, get, matching, set, unset};
pub use repo::{Refused, Repo};

sdk::module!(
    git,
    [
        look::Version,
        look::Revision,
        look::CurrentBranch,
        look::ListBranches,
        look::ListTags,
        look::LsRemote,
        look::RemoteRefs,
        look::Remotes,
        look::RemoteGet,
        look::RevParse,
        look::Status,
        look::Describe,
        look::Diff,
        look::MergeBase,
        look::MergeTree,
        look::IsWorktree,
        look::ListWorktrees,
        act::Init,
        act::Clone,
        act::Fetch,
        act::Pull,
        act::Push,
        act::Checkout,
        act::Reset,
        act::Merge,
        act::Rebase,
        act::Add,
        act::Rm,
        act::Commit,
        act::Branch,
        act::Tag,
        act::Stash,
        act::Submodule,
        act::SymbolicRef,
        act::Archive,
        act::RemoteSet,
        act::DiscardLocalChanges,
        act::WorktreeAdd,
        act::WorktreePrune,
        act::WorktreeRm,
        config::ConfigGet,
        config::ConfigGetRegexp as "config_get_regex",
        config::ConfigSet,
        config::ConfigUnset,
    ]
);
