//! The agent itself. Formulas compare `saltversion`, so it stays one that they know.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] =
    &["saltversion", "saltversioninfo", "saltpath", "sylviteversion", "zmqversion", "username", "groupname", "uid", "gid", "pid"];

/// The release of Salt whose behaviour we keep.
pub(crate) const SALT_VERSION: [i64; 2] = [3008, 5];

pub(crate) fn collect(_: &System, about: &About, grains: &mut Map) {
    grains.insert("saltversion", SALT_VERSION.map(|part| part.to_string()).join("."));
    grains.insert("saltversioninfo", Value::List(SALT_VERSION.map(Value::Int).to_vec()));
    grains.insert("sylviteversion", about.version.as_str());
    if let Ok(path) = std::env::current_exe() {
        grains.insert("saltpath", path.parent().unwrap_or(&path).to_string_lossy());
    }
    // The protocol that our sockets speak, in the words of the library that formulas know.
    grains.insert("zmqversion", "4.3.5");
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    if let Ok(Some(user)) = nix::unistd::User::from_uid(user) {
        grains.insert("username", user.name);
    }
    if let Ok(Some(group)) = nix::unistd::Group::from_gid(group) {
        grains.insert("groupname", group.name);
    }
    grains.insert("uid", user.as_raw());
    grains.insert("gid", group.as_raw());
    grains.insert("pid", std::process::id());
}
