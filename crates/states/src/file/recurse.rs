//! `file.recurse`: a folder of the master, file by file.

use super::checked_path;
use super::clean::{Kept, topmost};
use super::content::{Content, NoContent, Origin, split_env};
use super::directory::{examine, listed};
use super::manage::{Step, Wanted, make_dirs, one};
use super::patterns::Patterns;
use modules::file::{Perms, dir_mode_of};
use sdk::host::join;
use sdk::{Applied, Args, Check, Cx, Failure, Listing, Map, Mode, Outlook, Read, State, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Ensure a folder has the files of a folder of the master.
///
/// ```salt
/// /etc/app:
///   file.recurse:
///     - source: salt://app/files
///     - file_mode: '0640'
///     - clean: True
/// ```
#[derive(Args)]
pub struct Recurse {
    /// Path.
    name: String,
    /// Folder of the master, `salt://…`; of a list the first that exists.
    source: Vec<String>,
    /// Known for compatibility: fetched files are always kept in the cache.
    #[arg(default = true, ignored)]
    keep_source: bool,
    /// Remove files that are not among them.
    #[arg(default = false)]
    clean: bool,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode of folders.
    dir_mode: Option<Mode>,
    /// Mode of files, or `keep` for that of each source.
    file_mode: Option<Mode>,
    /// Known for compatibility: links have no mode here.
    #[arg(ignored)]
    sym_mode: Option<Mode>,
    /// Refused: there are `file_mode` and `dir_mode`.
    #[arg(named)]
    mode: Option<Value>,
    /// Template engine of the files.
    template: Option<String>,
    /// Variables of the templates.
    context: Option<Map>,
    /// Put content in place of what is there.
    #[arg(default = true)]
    replace: bool,
    /// Variables of the templates that `context` may overrule.
    defaults: Option<Map>,
    /// Make empty folders as well.
    #[arg(default = false)]
    include_empty: bool,
    /// `minion` keeps the old content in the cache.
    #[arg(default = "")]
    backup: String,
    /// Patterns of what is taken.
    include_pat: Option<Value>,
    /// Patterns of what is left out, and not cleaned.
    exclude_pat: Option<Value>,
    /// How deep it goes.
    maxdepth: Option<usize>,
    /// Make links as links.
    #[arg(default = false)]
    keep_symlinks: bool,
    /// Remove what stands in the place of a link.
    #[arg(default = false)]
    force_symlinks: bool,
    /// Take the files of every source that exists; where several have the same path, the first of them wins.
    #[arg(default = false)]
    merge: bool,
}

/// What is to be there: files with the address of their source's folder, links with their targets, folders.
#[derive(Default)]
struct Tree {
    files: BTreeMap<String, String>,
    links: BTreeMap<String, String>,
    dirs: BTreeSet<String>,
}

impl Tree {
    /// Whether nothing else can be at a path: there is something, or a file stands where a folder would be needed.
    fn is_taken(&self, path: &str) -> bool {
        self.dirs.contains(path) || self.is_hidden(path)
    }

    /// Whether a file or a link stands at a path or above it.
    fn is_hidden(&self, path: &str) -> bool {
        std::iter::once(path).chain(above(path)).any(|path| self.files.contains_key(path) || self.links.contains_key(path))
    }
}

/// The folders above a path, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/').map(|(up, _)| up), |dir| dir.rsplit_once('/').map(|(up, _)| up))
}

/// What is to be done, in the order in which it is done.
pub struct Plan {
    name: String,
    removed: Vec<String>,
    dirs: Vec<(String, Map)>,
    links: Vec<(String, String)>,
    files: Vec<(Wanted, Step)>,
}

impl Recurse {
    fn dir_perms(&self) -> Perms {
        let from_file = || self.file_mode.and_then(Mode::bits).map(dir_mode_of);
        let mode = self.dir_mode.and_then(Mode::bits).or_else(|| if self.dir_mode.is_none() { from_file() } else { None });
        Perms { user: self.user.clone(), group: self.group.clone(), mode }
    }

    /// The listing of the first source that exists, or of all of them where they are merged.
    async fn listings(&self, read: &Read) -> Result<Vec<(String, Listing)>, String> {
        let mut found = Vec::new();
        for source in &self.source {
            if !source.starts_with("salt://") {
                return Err(format!("Invalid source '{source}' (must be a salt:// URI)"));
            }
            let (uri, env) = split_env(source.trim_end_matches('/'), read.env());
            match read.agent().list(&uri, env).await {
                Ok(Some(listing)) => {
                    found.push((uri, listing));
                    if !self.merge {
                        break;
                    }
                }
                Ok(None) => {}
                Err(failure) => return Err(failure.to_string()),
            }
        }
        if found.is_empty() { Err("Recurse failed: none of the specified sources were found".to_owned()) } else { Ok(found) }
    }

    /// What is to be there, out of listings of which an earlier one wins.
    fn tree(&self, listings: &[(String, Listing)], include: &Patterns, exclude: &Patterns) -> Tree {
        let mut tree = Tree::default();
        for (uri, listing) in listings {
            let (earlier, mut own) = (std::mem::take(&mut tree), Tree::default());
            for (path, target) in listing.links.iter().filter(|(path, _)| self.taken(path, include, exclude) && !earlier.is_taken(path)) {
                own.links.insert(path.clone(), target.clone());
            }
            for path in listing.files.iter().filter(|path| self.taken(path, include, exclude) && !earlier.is_taken(path)) {
                own.files.insert(path.clone(), uri.clone());
            }
            for path in own.links.keys() {
                if self.keep_symlinks {
                    own.files.remove(path);
                } else {
                    own.files.insert(path.clone(), uri.clone());
                }
            }
            for path in own.files.keys().chain(own.links.keys()) {
                own.dirs.extend(above(path).map(str::to_owned));
            }
            if self.include_empty {
                let empty = listing.dirs.iter().filter(|dir| self.taken(dir, include, exclude) && !earlier.is_hidden(dir));
                own.dirs.extend(empty.cloned());
            }
            tree.files = earlier.files.into_iter().chain(own.files).collect();
            tree.links = earlier.links.into_iter().chain(own.links).collect();
            tree.dirs = earlier.dirs.into_iter().chain(own.dirs).collect();
        }
        tree
    }

    fn taken(&self, relative: &str, include: &Patterns, exclude: &Patterns) -> bool {
        let deep_enough = self.maxdepth.is_none_or(|deepest| relative.matches('/').count() <= deepest);
        deep_enough && (include.is_empty() || include.fits(relative)) && !exclude.fits(relative)
    }

    fn wanted(&self, path: String, mode: Option<u32>) -> Wanted {
        Wanted {
            name: path,
            perms: Perms { user: self.user.clone(), group: self.group.clone(), mode },
            replace: self.replace,
            create: true,
            makedirs: true,
            dir_mode: self.dir_perms().mode,
            backup: self.backup.clone(),
            show_changes: true,
            follow: true,
            ..Wanted::default()
        }
    }

    async fn content(&self, uri: &str, path: &str, read: &Read) -> Result<Content, String> {
        let mut context = Map::new();
        for (key, value) in [("name", path), ("source", uri)] {
            context.insert(key, value);
        }
        context.insert("user", self.user.clone());
        context.insert("group", self.group.clone());
        context.insert("mode", self.file_mode.and_then(Mode::bits).map(Mode::text));
        context.extend(self.defaults.clone().unwrap_or_default());
        context.extend(self.context.clone().unwrap_or_default());
        let origin = Origin { source: Some(uri.into()), template: self.template.clone(), context, ..Origin::default() };
        origin.content(path, read).await.map_err(|(NoContent::Refused(why) | NoContent::Later(why) | NoContent::Source(why))| why)
    }
}

impl State for Recurse {
    type Change = Result<Plan, String>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if self.mode.is_some() {
            return Ok(Check::fails("'mode' is not allowed in 'file.recurse'. Please use 'file_mode' and 'dir_mode'."));
        }
        let name = match checked_path(&self.name, "Must provide name to file.recurse", read) {
            Ok(name) => name.trim_end_matches('/').to_owned(),
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        if host.exists(&name) && !host.is_dir(&name) {
            let what = if host.is_file(&name) { "a file" } else { "something else" };
            return Ok(Check::fails(format!("The path {name} exists and is not a directory, it is {what}")));
        }
        let listings = match self.listings(read).await {
            Ok(found) => found,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let (include, exclude) = (Patterns::read(self.include_pat.as_ref())?, Patterns::read(self.exclude_pat.as_ref())?);
        let Tree { files, links, dirs } = self.tree(&listings, &include, &exclude);
        let mut plan = Plan { name: name.clone(), removed: Vec::new(), dirs: Vec::new(), links: Vec::new(), files: Vec::new() };
        let (mut comments, mut changes): (Vec<(String, String)>, Map) = (Vec::new(), Map::new());
        let mut result = None;
        if self.clean && host.is_dir(&name) {
            let mut kept = Kept::required(&name, read)?;
            for path in files.keys().chain(&dirs).chain(links.keys()) {
                kept.keep(&join(&name, path), &name);
            }
            let strangers = kept.strangers(&name, &exclude, host)?;
            if !strangers.is_empty() {
                let mut paths: Vec<_> = strangers.iter().map(|entry| entry.path.clone()).collect();
                paths.sort();
                comments.push(("removed".to_owned(), paths.join("\n")));
                plan.removed = topmost(&strangers);
            }
        }
        let perms = self.dir_perms();
        for path in std::iter::once(name.clone()).chain(dirs.iter().map(|dir| join(&name, dir))) {
            let found = examine(&path, &perms, host)?;
            if !found.is_empty() {
                let entry = one(&path, found.clone());
                comments.push((path.clone(), listed(&entry)));
                changes.insert(path.as_str(), entry);
                plan.dirs.push((path, found));
            }
        }
        for (relative, uri) in &files {
            let path = join(&name, relative);
            let content = self.content(&format!("{uri}/{relative}"), &path, read).await;
            let check = match content {
                Ok(content) => {
                    let mode = match self.file_mode {
                        Some(Mode::Keep) => content.mode,
                        Some(Mode::Bits(bits)) => Some(bits),
                        None => None,
                    };
                    let wanted = self.wanted(path.clone(), mode);
                    let check = wanted.check(content, read)?;
                    (wanted, check)
                }
                Err(why) => (self.wanted(path.clone(), None), Check::fails(why)),
            };
            match check {
                (_, Check::Desired(_) | Check::Later(_) | Check::Change(_, Step::Nothing(_))) => {}
                (wanted, Check::Change(outlook, step)) => {
                    comments.push((path.clone(), outlook.comment));
                    changes.insert(path.as_str(), outlook.changes);
                    plan.files.push((wanted, step));
                }
                (wanted, Check::Fails(failed)) => {
                    result = Some(false);
                    comments.push((path.clone(), failed.comment.clone()));
                    plan.files.push((wanted, Step::Refuse(failed.comment)));
                }
            }
        }
        if self.keep_symlinks {
            for (relative, target) in links {
                let path = join(&name, &relative);
                if host.read_link(&path).ok().as_deref() == Some(target.as_str()) {
                    continue;
                }
                comments.push((path.clone(), format!("Symlink {path} to {target} is set for creation")));
                changes.insert(path.as_str(), one("new", path.as_str()));
                plan.links.push((path, target));
            }
        }
        if comments.is_empty() {
            return Ok(Check::desired(format!("The directory {name} is in the correct state")));
        }
        // What goes first is said first, the rest in the order of paths.
        comments.sort_by(|a, b| (a.0 != "removed", &a.0).cmp(&(b.0 != "removed", &b.0)));
        let comment = joined(&comments);
        let unknown = perms.unknown(host);
        let step = if unknown.is_empty() { Ok(plan) } else { Err(unknown) };
        Ok(Check::Change(Outlook::new(comment, changes).with_result(result), step))
    }

    async fn apply(&self, plan: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let plan = match plan {
            Ok(plan) => plan,
            Err(unknown) => return Ok(Applied::failed(unknown)),
        };
        let host = cx.host();
        let mut changes = Map::new();
        let mut failures: Vec<(String, String)> = Vec::new();
        for path in &plan.removed {
            host.remove_all(path).map_err(modules::failure)?;
        }
        if !plan.removed.is_empty() {
            changes.insert("removed", plan.removed.clone());
        }
        let perms = self.dir_perms();
        for (path, found) in &plan.dirs {
            if found.contains_key("directory") {
                make_dirs(host, path, &perms)?;
            } else {
                perms.enforce(host, path, true)?;
            }
            // The folder itself is made without a word, as its users know it.
            if *path != plan.name || !found.contains_key("directory") {
                changes.insert(path.as_str(), one(path, found.clone()));
            }
        }
        for (path, target) in &plan.links {
            if host.link_stat(path).map_err(modules::failure)?.is_some() {
                if !self.force_symlinks && !host.is_link(path) {
                    failures.push((
                        path.clone(),
                        "File or directory exists where the symlink should be; set `force_symlinks` to replace it".to_owned(),
                    ));
                    continue;
                }
                host.remove_all(path).map_err(modules::failure)?;
            }
            host.symlink(target, path).map_err(modules::failure)?;
            changes.insert(path.as_str(), one("new", path.as_str()));
        }
        for (wanted, step) in plan.files {
            let applied = wanted.apply(step, cx).await?;
            if !applied.result {
                failures.push((wanted.name.clone(), applied.comment));
            } else if applied.changes.is_truthy() {
                changes.insert(wanted.name.as_str(), applied.changes);
            }
        }
        if !failures.is_empty() {
            return Ok(Applied::failed(joined(&failures)).with_changes(changes));
        }
        Ok(Applied::ok(format!("Recursively updated {}", plan.name), changes))
    }
}

/// Sections of a comment, each under its path.
fn joined(sections: &[(String, String)]) -> String {
    let section = |(path, comment): &(String, String)| format!("#### {path} ####\n{}", comment.trim_end());
    sections.iter().map(section).collect::<Vec<_>>().join("\n\n")
}
