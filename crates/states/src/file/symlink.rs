//! `file.symlink`: a link that points somewhere.

use super::checked_path;
use super::manage::{make_dirs, one};
use modules::file::Perms;
use sdk::host::{FileKind, Host, Look, join, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, State};

/// Ensure a symbolic link is there and points to its target.
///
/// ```salt
/// /etc/nginx/sites-enabled/app:
///   file.symlink:
///     - target: /etc/nginx/sites-available/app
/// ```
#[derive(Args)]
pub struct Symlink {
    /// Path of the link.
    name: String,
    /// Where it points.
    target: String,
    /// Remove what stands in its place.
    #[arg(default = false)]
    force: bool,
    /// Move what stands in its place here.
    backupname: Option<String>,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Owner; ourselves unless given.
    user: Option<String>,
    /// Group; that of the owner unless given.
    group: Option<String>,
    /// Mode of folders made above it.
    mode: Option<Mode>,
    /// Known for compatibility: a link is always put in place in one step.
    #[arg(default = false, ignored)]
    atomic: bool,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    disallow_copy_and_unlink: bool,
    /// Give the link the owner and group of its target.
    #[arg(default = false)]
    inherit_user_and_group: bool,
    /// Known for compatibility: the link itself is looked at.
    #[arg(default = true, ignored)]
    follow_symlinks: bool,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Step {
    /// Make the link, or make it anew.
    Make,
    /// Set its owner.
    Own,
    /// Nothing; the comment of a real run.
    Nothing(String),
    /// Only a real run says so.
    Refuse(String),
}

impl Symlink {
    /// The wanted owner with defaults filled in: ourselves, and the owner's own group.
    fn perms(&self, host: &dyn Look) -> Perms {
        let accounts = host.accounts();
        if self.inherit_user_and_group
            && let Ok(Some(stat)) = host.stat(&self.target)
        {
            return Perms { user: Some(accounts.user_name(stat.uid)), group: Some(accounts.group_name(stat.gid)), mode: None };
        }
        let user = self.user.clone().unwrap_or_else(|| accounts.user_name(host.identity().0));
        let primary = || accounts.user(&user).map_or_else(|| user.clone(), |known| accounts.group_name(known.gid));
        let group = self.group.clone().unwrap_or_else(primary);
        Perms { user: Some(user), group: Some(group), mode: None }
    }
}

impl State for Symlink {
    type Change = (String, Step);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = match checked_path(&self.name, "Must provide name to file.symlink", read) {
            Ok(name) => name,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        let target = &self.target;
        let perms = self.perms(host);
        let unknown = perms.unknown(host);
        let or_refuse = |step: Step| if unknown.is_empty() { step } else { Step::Refuse(unknown.clone()) };
        let stat = host.link_stat(&name).map_err(modules::failure)?;
        let Some(stat) = stat else {
            let mut comment = format!("Symlink {name} to {target} is set for creation");
            let folder = parent(&name).unwrap_or("/");
            if !host.is_dir(folder) {
                comment.push_str(&if self.makedirs {
                    format!("\n{folder} will be created")
                } else {
                    format!("\nDirectory {folder} for symlink is not present")
                });
            }
            return Ok(Check::change(comment, one("new", name.as_str()), (name, or_refuse(Step::Make))));
        };
        if stat.kind != FileKind::Link {
            return Ok(self.in_the_way(name, stat.kind == FileKind::Dir, host, &or_refuse));
        }
        let points = host.read_link(&name).map_err(modules::failure)?;
        if points != *target {
            let comment = format!("Link {name} target is set to be changed to {target}");
            return Ok(Check::change(comment, one("change", name.as_str()), (name, or_refuse(Step::Make))));
        }
        let accounts = host.accounts();
        let now = format!("{}:{}", accounts.user_name(stat.uid), accounts.group_name(stat.gid));
        let wanted = format!("{}:{}", perms.user.as_deref().unwrap_or_default(), perms.group.as_deref().unwrap_or_default());
        if perms.differences(host, &stat).is_empty() {
            let outlook = Outlook::new(format!("The symlink {name} is present"), Map::new()).with_result(Some(true));
            let comment = format!("Symlink {name} is present and owned by {wanted}");
            return Ok(Check::Change(outlook, (name, Step::Nothing(comment))));
        }
        let comment = format!("The symlink {name} is present, but the ownership of the symlink would be changed from {now} to {wanted}");
        Ok(Check::change(comment, one("ownership", now), (name, or_refuse(Step::Own))))
    }

    async fn apply(&self, (name, step): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        let perms = self.perms(host);
        match step {
            Step::Refuse(comment) => Ok(Applied::failed(comment)),
            Step::Nothing(comment) => Ok(Applied::ok(comment, Map::new())),
            Step::Own => {
                perms.enforce(host, &name, false)?;
                let owner = format!("{}:{}", perms.user.as_deref().unwrap_or_default(), perms.group.as_deref().unwrap_or_default());
                Ok(Applied::ok(format!("Set ownership of symlink {name} to {owner}"), one("ownership", owner)))
            }
            Step::Make => self.make(&name, &perms, host),
        }
    }
}

impl Symlink {
    /// Something else stands where the link should be.
    fn in_the_way(&self, name: String, is_dir: bool, host: &dyn Look, or_refuse: &dyn Fn(Step) -> Step) -> Check<(String, Step)> {
        if self.force {
            let comment =
                format!("The file or directory {name} is set for removal to make way for a new symlink targeting {}", self.target);
            return Check::change(comment, Map::new(), (name, or_refuse(Step::Make)));
        }
        let refusal = match &self.backupname {
            Some(backup) => {
                let place = beside(&name, backup);
                host.link_stat(&place)
                    .ok()
                    .flatten()
                    .map(|_| format!("Symlink & backup dest exists and Force not set. {name} -> {} - backup: {backup}", self.target))
            }
            None if is_dir => Some(format!("Directory exists where the symlink {name} should be")),
            None => Some(format!("File exists where the symlink {name} should be")),
        };
        let step = refusal.map_or_else(|| or_refuse(Step::Make), Step::Refuse);
        let comment = format!("File or directory exists where the symlink {name} should be. Did you mean to use force?");
        Check::Change(Outlook::new(comment, Map::new()).with_result(Some(false)), (name, step))
    }

    fn make(&self, name: &str, perms: &Perms, host: &dyn Host) -> Result<Applied, Failure> {
        let folder = parent(name).unwrap_or("/");
        if !host.is_dir(folder) {
            if !self.makedirs {
                return Ok(Applied::failed(format!("Directory {folder} for symlink is not present")));
            }
            let mode = self.mode.and_then(Mode::bits);
            make_dirs(host, folder, &Perms { mode, user: self.user.clone(), group: self.group.clone() })?;
        }
        let there = host.link_stat(name).map_err(modules::failure)?;
        if let Some(stat) = there.filter(|stat| stat.kind != FileKind::Link) {
            if let Some(backup) = &self.backupname {
                let place = beside(name, backup);
                if host.link_stat(&place).map_err(modules::failure)?.is_some() {
                    host.remove_all(&place).map_err(modules::failure)?;
                }
                host.rename(name, &place).map_err(modules::failure)?;
            } else if stat.kind == FileKind::Dir {
                host.remove_all(name).map_err(modules::failure)?;
            }
        }
        // Made beside the old one and renamed over it: nobody ever sees a moment without the link.
        let fresh = format!("{name}.sylvite-link");
        let _ = host.remove_file(&fresh);
        let made = host.symlink(&self.target, &fresh).and_then(|()| host.rename(&fresh, name));
        if let Err(error) = made {
            let _ = host.remove_file(&fresh);
            return Ok(Applied::failed(format!("Unable to create new symlink {name} -> {}: {}", self.target, error.python())));
        }
        let mut applied = Applied::ok(format!("Created new symlink {name} -> {}", self.target), one("new", name));
        let link = host.link_stat(name).map_err(modules::failure)?;
        if link.is_some_and(|stat| !perms.differences(host, &stat).is_empty())
            && let Err(failure) = perms.enforce(host, name, false)
        {
            applied.result = false;
            applied.comment = format!("{}, but was unable to set ownership: {}", applied.comment, failure.message);
        }
        Ok(applied)
    }
}

/// A backup name without a folder lies beside the link.
fn beside(name: &str, backup: &str) -> String {
    if backup.starts_with('/') { backup.to_owned() } else { join(parent(name).unwrap_or("/"), backup) }
}
