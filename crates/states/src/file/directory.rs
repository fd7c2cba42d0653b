//! `file.directory`: a folder with its owner and mode, and if asked for with all that is in it.

use super::checked_path;
use super::clean::{Kept, topmost};
use super::manage::{make_dirs, one};
use super::patterns::Patterns;
use super::tree::walk;
use modules::file::Perms;
use sdk::host::{FileKind, Host, Look, join, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Read, State, Value, text};

/// Ensure a folder is there with its owner and mode.
///
/// ```salt
/// /srv/app:
///   file.directory:
///     - user: app
///     - mode: '0750'
///     - makedirs: True
/// ```
#[derive(Args)]
pub struct Directory {
    /// Path.
    name: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Of `user`, `group`, `mode`: what holds for all that is in it; `ignore_files`, `ignore_dirs` and `silent` limit that.
    recurse: Option<Vec<String>>,
    /// How deep that goes.
    max_depth: Option<usize>,
    /// Mode of folders.
    dir_mode: Option<Mode>,
    /// The same, where `dir_mode` is not given.
    #[arg(named)]
    mode: Option<Mode>,
    /// Mode of files in it, with `recurse`.
    file_mode: Option<Mode>,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Remove what is in it and belongs to no state required here.
    #[arg(default = false)]
    clean: bool,
    /// Patterns of what `clean` leaves alone.
    exclude_pat: Option<Value>,
    /// Follow links in it.
    #[arg(default = false)]
    follow_symlinks: bool,
    /// Remove a file that stands in its place.
    #[arg(default = false)]
    force: bool,
    /// Move what stands in its place here.
    backupname: Option<String>,
    /// Let a link to a folder stand for the folder.
    #[arg(default = true)]
    allow_symlink: bool,
    /// Leave the folder itself alone.
    #[arg(default = false)]
    children_only: bool,
}

/// What is to be done.
pub struct Plan {
    name: String,
    create: bool,
    way: Way,
    fixes: Vec<(String, Perms)>,
    removed: Vec<String>,
    predicted: Map,
}

/// What happens to something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Free,
    Remove,
    Rename(String),
}

/// What `recurse` asks for.
#[derive(Clone, Copy, Debug, Default)]
struct Below {
    user: bool,
    group: bool,
    mode: bool,
    files: bool,
    dirs: bool,
    silent: bool,
}

impl Directory {
    fn below(&self) -> Result<Below, String> {
        let mut below = Below { files: true, dirs: true, ..Below::default() };
        for word in self.recurse.as_deref().unwrap_or_default() {
            match word.as_str() {
                "user" => below.user = true,
                "group" => below.group = true,
                "mode" => below.mode = true,
                "ignore_files" => below.files = false,
                "ignore_dirs" => below.dirs = false,
                "silent" => below.silent = true,
                _ => {
                    let words = r#"Types for "recurse" limited to "user", "group", "mode", "ignore_files", "ignore_dirs", "silent"."#;
                    return Err(words.to_owned());
                }
            }
        }
        if !below.files && !below.dirs {
            return Err("Can't specify \"recurse\" with both \"ignore_files\" and \"ignore_dirs\"".to_owned());
        }
        Ok(below)
    }

    /// The mode of folders, by whichever of its two names it was given.
    fn folders(&self) -> Option<Mode> {
        self.dir_mode.or(self.mode)
    }

    fn perms(&self) -> Perms {
        Perms { user: self.user.clone(), group: self.group.clone(), mode: self.folders().and_then(Mode::bits) }
    }

    /// Something that is no folder stands there: a refusal, or what becomes of it and how test mode says so.
    fn in_the_way(&self, name: &str, is_link: bool) -> Result<(Way, Map, Option<String>), String> {
        let what = if is_link { "Symlink" } else { "File" };
        if let Some(backup) = &self.backupname {
            let place = if backup.starts_with('/') { backup.clone() } else { join(parent(name).unwrap_or("/"), backup) };
            let changes = one("backup", format!("{name} would be renamed to {place}"));
            let comment = format!("{name} would be backed up and replaced with a new directory");
            return Ok((Way::Rename(place), changes, Some(comment)));
        }
        if self.force {
            return Ok((Way::Remove, one("forced", format!("{what} would be forcibly replaced")), None));
        }
        let word = if is_link { "symlink" } else { "file" };
        Err(format!("Specified location {name} exists and is a {word}"))
    }
}

impl State for Directory {
    type Change = Result<Plan, String>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = match checked_path(&self.name, "Must provide name to file.directory", read) {
            Ok(name) if name.len() > 1 => name.trim_end_matches('/').to_owned(),
            Ok(name) => name,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let below = match self.below() {
            Ok(below) => below,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        let own = host.link_stat(&name).map_err(modules::failure)?;
        let is_link = own.is_some_and(|stat| stat.kind == FileKind::Link);
        let is_dir = host.is_dir(&name) && (self.allow_symlink || !is_link);
        let mut plan =
            Plan { name: name.clone(), create: !is_dir, way: Way::Free, fixes: Vec::new(), removed: Vec::new(), predicted: Map::new() };
        let mut comment = None;
        if own.is_some() && !is_dir {
            match self.in_the_way(&name, is_link) {
                Ok((way, changes, said)) => {
                    plan.way = way;
                    plan.predicted = changes;
                    comment = said;
                }
                Err(refusal) => return Ok(Check::fails(refusal)),
            }
        }
        let mut files = Map::new();
        if is_dir {
            self.look_inside(&mut plan, below, read, &mut files)?;
        } else {
            files.insert(name.as_str(), one("directory", "new"));
        }
        if files.is_empty() {
            return Ok(Check::desired(format!("The directory {name} is in the correct state")));
        }
        let listed = listed(&files);
        plan.predicted.extend(files);
        if below.silent && is_dir {
            plan.predicted = one("recursion", "Changes silenced");
        }
        let predicted = plan.predicted.clone();
        let unknown = self.perms().unknown(host);
        let step = if unknown.is_empty() { Ok(plan) } else { Err(unknown) };
        Ok(Check::change(comment.unwrap_or(listed), predicted, step))
    }

    async fn apply(&self, plan: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let plan = match plan {
            Ok(plan) => plan,
            Err(unknown) => return Ok(Applied::failed(unknown)),
        };
        let host = cx.host();
        let name = &plan.name;
        let mut changes = plan.predicted;
        if plan.create {
            if let Some(failed) = self.create(name, &plan.way, host, &mut changes)? {
                return Ok(failed);
            }
            return Ok(Applied::ok("", changes));
        }
        for (path, perms) in &plan.fixes {
            let is_link = host.is_link(path) && path != name;
            let perms = if is_link { Perms { mode: None, ..perms.clone() } } else { perms.clone() };
            let done = perms.enforce(host, path, !is_link)?;
            if !changes.contains_key("recursion") {
                changes.extend(done);
            }
        }
        for path in &plan.removed {
            host.remove_all(path).map_err(modules::failure)?;
        }
        if plan.removed.is_empty() {
            let below = if self.children_only { "/*" } else { "" };
            return Ok(Applied::ok(format!("Directory {name}{below} updated"), changes));
        }
        changes.insert("removed", plan.removed);
        Ok(Applied::ok(format!("Files cleaned from directory {name}"), changes))
    }
}

impl Directory {
    /// What is not as it should be with a folder that is there, and with what is in it.
    fn look_inside(&self, plan: &mut Plan, below: Below, read: &Read, files: &mut Map) -> Result<(), Failure> {
        let host = read.host();
        let name = plan.name.clone();
        let mut look = |path: &str, perms: Perms, follow: bool| -> Result<(), Failure> {
            let stat = if follow { host.stat(path) } else { host.link_stat(path) };
            let Some(stat) = stat.map_err(modules::failure)? else { return Ok(()) };
            let perms = if stat.kind == FileKind::Link { Perms { mode: None, ..perms } } else { perms };
            let differences = perms.differences(host, &stat);
            if !differences.is_empty() {
                files.insert(path, differences);
                plan.fixes.push((path.to_owned(), perms));
            }
            Ok(())
        };
        if !self.children_only {
            look(&name, self.perms(), true)?;
        }
        if self.recurse.is_some() {
            for entry in walk(host, &name, self.follow_symlinks)? {
                let is_dir = entry.kind == FileKind::Dir;
                if self.max_depth.is_some_and(|deepest| entry.depth > deepest) || (is_dir && !below.dirs) || (!is_dir && !below.files) {
                    continue;
                }
                let mode = if is_dir { self.folders() } else { self.file_mode };
                let perms = Perms {
                    user: self.user.clone().filter(|_| below.user),
                    group: self.group.clone().filter(|_| below.group),
                    mode: mode.and_then(Mode::bits).filter(|_| below.mode),
                };
                look(&entry.path, perms, self.follow_symlinks)?;
            }
        }
        // The folder itself is reported after what is in it.
        if let Some(own) = files.remove(&name) {
            files.insert(name.as_str(), own);
        }
        if self.clean {
            let kept = Kept::required(&name, read)?;
            let strangers = kept.strangers(&name, &Patterns::read(self.exclude_pat.as_ref())?, host)?;
            for entry in &strangers {
                files.insert(entry.path.as_str(), one("removed", "Removed due to clean"));
            }
            plan.removed = topmost(&strangers);
        }
        Ok(())
    }

    fn create(&self, name: &str, way: &Way, host: &dyn Host, changes: &mut Map) -> Result<Option<Applied>, Failure> {
        match way {
            Way::Free => {}
            Way::Remove => {
                host.remove_all(name).map_err(modules::failure)?;
                let what = changes.get("forced").map(text::str).unwrap_or_default();
                changes.insert("forced", what.replace("would be", "was"));
            }
            Way::Rename(place) => {
                if host.link_stat(place).map_err(modules::failure)?.is_some() {
                    if !self.force {
                        return Ok(Some(Applied::failed(format!("File exists where the backup target {place} should go"))));
                    }
                    host.remove_all(place).map_err(modules::failure)?;
                }
                host.rename(name, place).map_err(modules::failure)?;
                changes.remove("backup");
            }
        }
        let up = parent(name).unwrap_or("/");
        if !host.is_dir(up) && !self.makedirs {
            return Ok(Some(Applied::failed(format!("No directory to create {name} in")).with_changes(changes.clone())));
        }
        make_dirs(host, name, &self.perms())?;
        Ok(None)
    }
}

/// The comment of test mode: each file with what would change.
pub fn listed(files: &Map) -> String {
    let mut comment = "The following files will be changed:\n".to_owned();
    for (path, changes) in files {
        for (key, value) in changes.as_map().map(Map::iter).into_iter().flatten() {
            comment.push_str(&format!("{}: {} - {}\n", text::str(path), text::str(key), text::str(value)));
        }
    }
    comment
}

/// What is to be done to one folder that has to be there with its owner and mode: nothing, `{directory: new}`, or what differs.
pub fn examine(path: &str, perms: &Perms, host: &dyn Look) -> Result<Map, Failure> {
    match host.stat(path).map_err(modules::failure)? {
        None => Ok(one("directory", "new")),
        Some(stat) => Ok(perms.differences(host, &stat)),
    }
}
