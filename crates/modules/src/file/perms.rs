//! Owner, group and mode of a file: how they differ from what is wanted, and making them so.

use sdk::host::{Host, Look, Owner, Stat};
use sdk::{Failure, Map, Mode};

/// What is wanted of a file; what is not given is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Perms {
    /// Owner, by name or number.
    pub user: Option<String>,
    /// Group, by name or number.
    pub group: Option<String>,
    /// Permission bits.
    pub mode: Option<u32>,
}

impl Perms {
    /// Which of the wanted users and groups this machine does not have, in Salt's words; empty when it has them.
    #[must_use]
    pub fn unknown(&self, host: &dyn Look) -> String {
        let accounts = host.accounts();
        let mut words = String::new();
        if let Some(user) = self.user.as_deref().filter(|user| accounts.uid(user).is_none()) {
            words.push_str(&format!("User {user} is not available "));
        }
        if let Some(group) = self.group.as_deref().filter(|group| accounts.gid(group).is_none()) {
            words.push_str(&format!("Group {group} is not available"));
        }
        words
    }

    /// Ids of the wanted owner.
    #[must_use]
    pub fn owner(&self, host: &dyn Look) -> Owner {
        if self.user.is_none() && self.group.is_none() {
            return Owner::default();
        }
        let accounts = host.accounts();
        Owner {
            uid: self.user.as_deref().and_then(|user| accounts.uid(user)),
            gid: self.group.as_deref().and_then(|group| accounts.gid(group)),
        }
    }

    /// What would change on a file that is like this: `user`, `group`, `mode` with their new values.
    #[must_use]
    pub fn differences(&self, host: &dyn Look, stat: &Stat) -> Map {
        let mut changes = Map::new();
        let owner = self.owner(host);
        if let Some(user) = &self.user
            && owner.uid != Some(stat.uid)
        {
            changes.insert("user", user.as_str());
        }
        if let Some(group) = &self.group
            && owner.gid != Some(stat.gid)
        {
            changes.insert("group", group.as_str());
        }
        if let Some(mode) = self.mode.filter(|mode| *mode != stat.mode) {
            changes.insert("mode", Mode::text(mode));
        }
        changes
    }

    /// Makes a file so; gives what changed.
    pub fn enforce(&self, host: &dyn Host, path: &str, follow: bool) -> Result<Map, Failure> {
        let stat = if follow { host.stat(path) } else { host.link_stat(path) };
        let Some(stat) = stat.map_err(crate::failure)? else { return Err(Failure::failed(format!("File {path} is not present"))) };
        let changes = self.differences(host, &stat);
        if changes.contains_key("user") || changes.contains_key("group") {
            host.set_owner(path, self.owner(host), follow).map_err(crate::failure)?;
        }
        // A change of owner clears the set-id bits, so the mode comes last and even when it did not differ.
        if let Some(mode) = self.mode.filter(|_| !changes.is_empty()) {
            host.set_mode(path, mode).map_err(crate::failure)?;
        }
        Ok(changes)
    }
}

/// The mode of folders made above a file: that of the file, with the right to enter wherever there is a right at all.
#[must_use]
pub const fn dir_mode_of(mode: u32) -> u32 {
    let mut dir = mode;
    let mut shift = 0;
    while shift <= 6 {
        if (mode >> shift) & 0o7 != 0 {
            dir |= 0o1 << shift;
        }
        shift += 3;
    }
    dir
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_entered_where_its_file_can_be_read() {
        assert_eq!(dir_mode_of(0o640), 0o750);
        assert_eq!(dir_mode_of(0o600), 0o700);
        assert_eq!(dir_mode_of(0o644), 0o755);
    }
}
