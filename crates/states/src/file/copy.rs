//! `file.copy` and `file.rename`: a file of this machine at another place.

use super::manage::{make_dirs, one};
use super::tree::walk;
use super::{checked_path, expanded};
use modules::file::{Perms, dir_mode_of};
use sdk::host::{FileKind, Host, Owner, Stat, Write, join, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Read, State};

/// Ensure a copy of a file or folder of this machine is at a place; an existing one stays unless forced.
///
/// ```salt
/// /etc/app.conf.orig:
///   file.copy:
///     - source: /etc/app.conf
/// ```
#[derive(Args)]
pub struct Copy {
    /// Path of the copy.
    name: String,
    /// What is copied.
    source: String,
    /// Take the place of what is there.
    #[arg(default = false)]
    force: bool,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Keep owner, group and mode.
    #[arg(default = false)]
    preserve: bool,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
    /// Mode of folders made above it.
    dir_mode: Option<Mode>,
    /// Put the copy into the folder that is there.
    #[arg(default = false)]
    subdir: bool,
}

/// What is copied where.
pub struct Paths {
    source: String,
    target: String,
    same: bool,
}

/// Makes the folder above a path, or says that it is missing.
fn made_ready(path: &str, makedirs: bool, perms: &Perms, host: &dyn Host) -> Result<Option<Applied>, Failure> {
    let folder = parent(path).unwrap_or("/");
    if host.is_dir(folder) {
        return Ok(None);
    }
    if !makedirs {
        return Ok(Some(Applied::failed(format!("The target directory {folder} is not present"))));
    }
    make_dirs(host, folder, perms)?;
    Ok(None)
}

fn copy_file(host: &dyn Host, from: &str, to: &str, stat: &Stat, preserve: bool) -> Result<(), Failure> {
    let content = host.read(from).map_err(modules::failure)?;
    let mut how = Write::default();
    if preserve {
        how.mode = Some(stat.mode);
        how.owner = Owner { uid: Some(stat.uid), gid: Some(stat.gid) };
    }
    host.write(to, &content, &how).map_err(modules::failure)
}

fn copy_tree(host: &dyn Host, from: &str, to: &str, preserve: bool) -> Result<(), Failure> {
    host.make_dirs(to, None).map_err(modules::failure)?;
    let mut entries = walk(host, from, false)?;
    // Folders before what is in them.
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    for entry in entries {
        let target = join(to, entry.path.strip_prefix(from).unwrap_or(&entry.path).trim_start_matches('/'));
        match entry.kind {
            FileKind::Dir => host.make_dirs(&target, None).map_err(modules::failure)?,
            FileKind::Link => {
                let points = host.read_link(&entry.path).map_err(modules::failure)?;
                host.symlink(&points, &target).map_err(modules::failure)?;
            }
            FileKind::File => {
                if let Some(stat) = host.stat(&entry.path).map_err(modules::failure)? {
                    copy_file(host, &entry.path, &target, &stat, preserve)?;
                }
            }
            FileKind::Pipe | FileKind::Socket | FileKind::Block | FileKind::Char => {}
        }
    }
    Ok(())
}

impl State for Copy {
    type Change = Paths;

    async fn check(&self, read: &Read) -> Result<Check<Paths>, Failure> {
        let target = match checked_path(&self.name, "Must provide name to file.copy", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        let source = expanded(&self.source, read);
        if !source.starts_with('/') {
            return Ok(Check::fails(format!("File {source} is not an absolute path")));
        }
        if !host.exists(&source) {
            return Ok(Check::fails(format!("Source file \"{source}\" is not present")));
        }
        let target = if self.subdir && host.is_dir(&target) {
            join(&target, source.trim_end_matches('/').rsplit('/').next().unwrap_or(&source))
        } else {
            target
        };
        let there = host.link_stat(&target).map_err(modules::failure)?.is_some();
        if there && !self.force {
            return Ok(Check::desired(format!("The target file \"{target}\" exists and will not be overwritten")));
        }
        let same = there && host.is_file(&source) && host.is_file(&target) && {
            host.read(&source).map_err(modules::failure)? == host.read(&target).map_err(modules::failure)?
        };
        let comment = format!("File \"{source}\" is set to be copied to \"{target}\"");
        Ok(Check::change(comment, Map::new(), Paths { source, target, same }))
    }

    async fn apply(&self, paths: Paths, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        let Paths { source, target, same } = paths;
        let mode = self.mode.and_then(Mode::bits);
        let dir_mode = self.dir_mode.and_then(Mode::bits).or_else(|| mode.map(dir_mode_of));
        let perms = Perms { user: self.user.clone(), group: self.group.clone(), mode };
        let unknown = perms.unknown(host);
        if !unknown.is_empty() {
            return Ok(Applied::failed(unknown));
        }
        if let Some(refusal) = made_ready(&target, self.makedirs, &Perms { mode: dir_mode, ..perms.clone() }, host)? {
            return Ok(refusal);
        }
        let Some(stat) = host.stat(&source).map_err(modules::failure)? else {
            return Ok(Applied::failed(format!("Source file \"{source}\" is not present")));
        };
        if host.link_stat(&target).map_err(modules::failure)?.is_some_and(|there| there.kind == FileKind::Dir || stat.kind == FileKind::Dir)
        {
            host.remove_all(&target).map_err(modules::failure)?;
        }
        if stat.kind == FileKind::Dir {
            copy_tree(host, &source, &target, self.preserve)?;
        } else {
            copy_file(host, &source, &target, &stat, self.preserve)?;
        }
        let mut changes = one(&target, source.as_str());
        if !self.preserve {
            // An owner brings its own group along, unless another one is named.
            let group = perms.group.clone().or_else(|| {
                let accounts = host.accounts();
                perms.user.as_deref().and_then(|user| accounts.user(user)).map(|user| accounts.group_name(user.gid))
            });
            changes.extend(Perms { group, ..perms }.enforce(host, &target, true)?);
        }
        let identical = if same { " - files are identical but force flag is set" } else { "" };
        Ok(Applied::ok(format!("Copied \"{source}\" to \"{target}\"{identical}"), changes))
    }
}

/// Ensure a file has moved to a place.
///
/// ```salt
/// /etc/app.conf:
///   file.rename:
///     - source: /etc/app.conf.new
/// ```
#[derive(Args)]
pub struct Rename {
    /// Path it moves to.
    name: String,
    /// Path it moves from.
    source: String,
    /// Take the place of what is there.
    #[arg(default = false)]
    force: bool,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
}

impl State for Rename {
    type Change = (String, String);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let target = match checked_path(&self.name, "Must provide name to file.rename", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        let source = expanded(&self.source, read);
        if !source.starts_with('/') {
            return Ok(Check::fails(format!("File {source} is not an absolute path")));
        }
        if host.link_stat(&source).map_err(modules::failure)?.is_none() {
            return Ok(Check::desired(format!("Source file \"{source}\" has already been moved out of place")));
        }
        if host.link_stat(&target).map_err(modules::failure)?.is_some() && !self.force {
            return Ok(Check::desired(format!("The target file \"{target}\" exists and will not be overwritten")));
        }
        Ok(Check::change(format!("File \"{source}\" is set to be moved to \"{target}\""), Map::new(), (source, target)))
    }

    async fn apply(&self, (source, target): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        if let Some(refusal) = made_ready(&target, self.makedirs, &Perms::default(), host)? {
            return Ok(refusal);
        }
        if host.is_dir(&target) && host.link_stat(&target).map_err(modules::failure)?.is_some() {
            host.remove_all(&target).map_err(modules::failure)?;
        }
        if let Err(error) = host.rename(&source, &target) {
            if error.source.kind() != std::io::ErrorKind::CrossesDevices {
                return Ok(Applied::failed(format!("Failed to move \"{source}\" to \"{target}\": {}", modules::failure(error).message)));
            }
            // Another file system: copied with everything, then removed.
            match host.stat(&source).map_err(modules::failure)? {
                Some(stat) if stat.kind != FileKind::Dir => copy_file(host, &source, &target, &stat, true)?,
                _ => copy_tree(host, &source, &target, true)?,
            }
            host.remove_all(&source).map_err(modules::failure)?;
        }
        Ok(Applied::ok(format!("Moved \"{source}\" to \"{target}\""), one(&target, source.as_str())))
    }
}
