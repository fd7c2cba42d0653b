//! `file.hardlink`: a second name of a file.

use super::expanded;
use super::manage::{make_dirs, one};
use modules::file::Perms;
use sdk::host::{FileKind, Look, Stat, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, State};

/// Ensure a hard link is there and is another name of its target.
///
/// ```salt
/// /srv/mirror/current.iso:
///   file.hardlink:
///     - target: /srv/mirror/debian-13.iso
/// ```
#[derive(Args)]
pub struct Hardlink {
    /// Path of the link.
    name: String,
    /// The file it is another name of.
    target: String,
    /// Remove a file that stands in its place.
    #[arg(default = false)]
    force: bool,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Owner of folders made above it; ourselves unless given.
    user: Option<String>,
    /// Group of those folders; that of the owner unless given.
    group: Option<String>,
    /// Mode of those folders.
    dir_mode: Option<Mode>,
}

/// What is to be done, and what a real run says of it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing.
    Nothing(String),
    /// Only a real run says so.
    Refuse(String),
    /// Make the link; what stood there goes first, by force or because it was another link.
    Make(Place),
}

/// What stands where the link should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Free,
    /// A link to another file.
    Linked,
    /// A file of its own, to be removed.
    Forced,
}

impl Hardlink {
    fn refusal(&self, name: &str, perms: &Perms, host: &dyn Look) -> Option<String> {
        let accounts = host.accounts();
        let mut faults = Vec::new();
        if let Some(user) = perms.user.as_deref().filter(|user| accounts.uid(user).is_none()) {
            faults.push(format!("User {user} does not exist"));
        }
        if let Some(group) = perms.group.as_deref().filter(|group| accounts.gid(group).is_none()) {
            faults.push(format!("Group {group} does not exist"));
        }
        if !name.starts_with('/') {
            faults.push(format!("Specified file {name} is not an absolute path"));
        }
        if !self.target.starts_with('/') {
            faults.push(format!("Specified target {} is not an absolute path", self.target));
        }
        match faults.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(format!("{}.", several.join(". "))),
        }
    }

    fn perms(&self, host: &dyn Look) -> Perms {
        let accounts = host.accounts();
        let user = self.user.clone().unwrap_or_else(|| accounts.user_name(host.identity().0));
        let primary = || accounts.group_name(accounts.user(&user).map_or(0, |known| known.gid));
        let group = self.group.clone().unwrap_or_else(primary);
        Perms { user: Some(user), group: Some(group), mode: self.dir_mode.and_then(Mode::bits) }
    }
}

/// Whether two looks saw one file.
fn same(a: &Stat, b: &Stat) -> bool {
    a.inode == b.inode
}

impl State for Hardlink {
    type Change = (String, Step);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if self.name.is_empty() {
            return Ok(Check::fails("Must provide name to file.hardlink"));
        }
        let host = read.host();
        let name = expanded(&self.name, read);
        let target = &self.target;
        if let Some(refusal) = self.refusal(&name, &self.perms(host), host) {
            return Ok(Check::fails(refusal));
        }
        let Some(source) = host.stat(target).map_err(modules::failure)? else {
            return Ok(Check::fails(format!("Target {target} for hard link does not exist")));
        };
        // Test mode and a real run word these refusals differently.
        let refuse = |test: String, real: String, name: String| {
            Ok(Check::Change(Outlook::new(test, Map::new()).with_result(Some(false)), (name, Step::Refuse(real))))
        };
        if source.kind == FileKind::Dir {
            let test = format!("Unable to hard link from directory {target}");
            return refuse(test.clone(), test, name);
        }
        let there = host.link_stat(&name).map_err(modules::failure)?;
        let Some(there) = there else {
            let comment = format!("Hard link {name} to {target} is set for creation");
            let folder = parent(&name).unwrap_or("/");
            if !self.makedirs && !host.is_dir(folder) {
                return Ok(Check::fails(format!("Directory {folder} for hard link is not present")));
            }
            return Ok(Check::change(comment, one("new", name.as_str()), (name, Step::Make(Place::Free))));
        };
        if there.kind == FileKind::Dir {
            let test = format!("Unable to hard link to directory {name}");
            return refuse(test.clone(), test, name);
        }
        let source = host.link_stat(target).map_err(modules::failure)?.unwrap_or(source);
        if there.links > 1 {
            if same(&there, &source) {
                let test = format!("The hard link {name} is presently targetting {target}");
                let real = format!("Target of hard link {name} is already pointing to {target}");
                return Ok(Check::Change(Outlook::new(test, Map::new()).with_result(Some(true)), (name, Step::Nothing(real))));
            }
            let comment = format!("Link {name} target is set to be changed to {target}");
            return Ok(Check::change(comment, one("change", name.as_str()), (name, Step::Make(Place::Linked))));
        }
        if self.force {
            let comment = format!("The file or directory {name} is set for removal to make way for a new hard link targeting {target}");
            return Ok(Check::change(comment, Map::new(), (name, Step::Make(Place::Forced))));
        }
        let test = format!("File or directory exists where the hard link {name} should be. Did you mean to use force?");
        let real = format!("File exists where the hard link {name} should be");
        refuse(test, real, name)
    }

    async fn apply(&self, (name, step): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        let target = &self.target;
        let place = match step {
            Step::Nothing(comment) => return Ok(Applied::ok(comment, Map::new())),
            Step::Refuse(comment) => return Ok(Applied::failed(comment)),
            Step::Make(place) => place,
        };
        if self.makedirs {
            make_dirs(host, parent(&name).unwrap_or("/"), &self.perms(host))?;
        }
        let mut changes = Map::new();
        // Made beside the old file and renamed over it: nobody ever sees a moment without it.
        let fresh = format!("{name}.sylvite-link");
        let _ = host.remove_file(&fresh);
        if let Err(error) = host.hard_link(target, &fresh).and_then(|()| host.rename(&fresh, &name)) {
            let _ = host.remove_file(&fresh);
            let what = if place == Place::Linked { "set target of" } else { "create new" };
            return Ok(Applied::failed(format!("Unable to {what} hard link {name} -> {target}: {}", error.python())));
        }
        if place == Place::Forced {
            changes.insert("forced", "File for hard link was forcibly replaced");
        }
        changes.insert("new", name.as_str());
        let what = if place == Place::Linked { "Set target of" } else { "Created new" };
        Ok(Applied::ok(format!("{what} hard link {name} -> {target}"), changes))
    }
}
