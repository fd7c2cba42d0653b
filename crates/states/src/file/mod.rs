//! Files, folders and links.

mod absent;
mod accumulators;
mod append;
mod block;
pub mod cached;
mod clean;
mod comment;
pub mod content;
mod copy;
mod decode;
mod directory;
mod edit;
pub mod functions;
mod hardlink;
mod keyvalue;
mod line;
pub mod manage;
mod managed;
mod mknod;
mod patch;
mod patterns;
mod presence;
mod pruned;
mod recurse;
mod replace;
mod retention;
mod serialize;
pub mod signed;
mod symlink;
mod tidied;
mod touch;
pub mod tree;

use sdk::Read;

sdk::states!(
    file,
    [
        managed::Managed,
        directory::Directory,
        absent::Absent,
        symlink::Symlink,
        append::Append,
        append::Prepend,
        recurse::Recurse,
        presence::Exists,
        presence::Missing,
        touch::Touch,
        accumulators::Accumulated,
        replace::Replace,
        comment::Comment,
        comment::Uncomment,
        block::Blockreplace,
        line::Line,
        keyvalue::Keyvalue,
        copy::Copy,
        copy::Rename,
        decode::Decode,
        tidied::Tidied,
        serialize::Serialize,
        hardlink::Hardlink,
        mknod::Mknod,
        patch::Patch,
        pruned::Pruned,
        cached::Cached,
        cached::NotCached,
        retention::RetentionSchedule,
    ]
);

/// The path with `~` expanded; the comment of a refusal when it is empty or not absolute.
fn checked_path(name: &str, when_empty: &str, read: &Read) -> Result<String, String> {
    if name.is_empty() {
        return Err(when_empty.to_owned());
    }
    let name = expanded(name, read);
    if name.starts_with('/') { Ok(name) } else { Err(format!("Specified file {name} is not an absolute path")) }
}

/// A path with `~` or `~user` expanded, where such a user is.
fn expanded(name: &str, read: &Read) -> String {
    let Some(rest) = name.strip_prefix('~') else { return name.to_owned() };
    let (user, below) = rest.split_once('/').map_or((rest, ""), |(user, below)| (user, below));
    let accounts = read.host().accounts();
    let home = match user {
        "" => read.host().env("HOME").or_else(|| accounts.user_of(read.host().identity().0).map(|user| user.home.clone())),
        user => accounts.user(user).map(|user| user.home.clone()),
    };
    home.map_or_else(|| name.to_owned(), |home| if below.is_empty() { home } else { sdk::host::join(&home, below) })
}
