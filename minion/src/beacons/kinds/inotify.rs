//! `inotify`: the kernel tells what happens to files and folders.

use super::section;
use crate::beacons::{Beacon, Finding};
use async_trait::async_trait;
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify as Kernel, WatchDescriptor};
use sdk::{Failure, Map, Read, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use value::text;

/// Words of masks.
const MASKS: [(&str, AddWatchFlags); 15] = [
    ("access", AddWatchFlags::IN_ACCESS),
    ("attrib", AddWatchFlags::IN_ATTRIB),
    ("close_nowrite", AddWatchFlags::IN_CLOSE_NOWRITE),
    ("close_write", AddWatchFlags::IN_CLOSE_WRITE),
    ("create", AddWatchFlags::IN_CREATE),
    ("delete", AddWatchFlags::IN_DELETE),
    ("delete_self", AddWatchFlags::IN_DELETE_SELF),
    ("modify", AddWatchFlags::IN_MODIFY),
    ("moved_from", AddWatchFlags::IN_MOVED_FROM),
    ("moved_to", AddWatchFlags::IN_MOVED_TO),
    ("move_self", AddWatchFlags::IN_MOVE_SELF),
    ("open", AddWatchFlags::IN_OPEN),
    ("isdir", AddWatchFlags::IN_ISDIR),
    ("overflow", AddWatchFlags::IN_Q_OVERFLOW),
    ("unmount", AddWatchFlags::IN_UNMOUNT),
];

/// Most folders of one tree that are watched.
const MOST: usize = 8192;

struct Wanted {
    path: PathBuf,
    mask: AddWatchFlags,
    recurse: bool,
    auto_add: bool,
    exclude: Vec<String>,
}

/// Watches files and folders.
pub struct Inotify {
    wanted: Vec<Wanted>,
    kernel: Kernel,
    /// What is watched: its path, and whose it is.
    watches: HashMap<WatchDescriptor, (PathBuf, usize)>,
}

impl Inotify {
    /// Reads `files: {path: {mask, recurse, auto_add, exclude}}`; `directories` is known too.
    pub fn new(options: &Map) -> Result<Self, String> {
        let mut files = section(options, "files");
        files.extend(section(options, "directories"));
        let mut wanted = Vec::new();
        for (path, value) in &files {
            let own = crate::beacons::options::flat(value);
            let flag = |key: &str| own.get(key).is_some_and(Value::is_truthy);
            let exclude = match own.get("exclude") {
                Some(Value::List(items)) => items
                    .iter()
                    .map(|item| item.as_map().and_then(Map::first).map_or_else(|| text::str(item), |(key, _)| text::str(key)))
                    .collect(),
                Some(Value::Null) | None => Vec::new(),
                Some(one) => vec![text::str(one)],
            };
            let path = PathBuf::from(text::str(path));
            wanted.push(Wanted { path, mask: mask(own.get("mask"))?, recurse: flag("recurse"), auto_add: flag("auto_add"), exclude });
        }
        if wanted.is_empty() {
            return Err("it needs `files`, such as {/etc/ssh/sshd_config: {mask: [modify]}}".to_owned());
        }
        let kernel = Kernel::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)
            .map_err(|error| format!("the kernel gives no inotify: {error}"))?;
        let mut made = Self { wanted, kernel, watches: HashMap::new() };
        made.watch_missing();
        Ok(made)
    }

    /// Watches what is wanted and not watched, such as a file that was replaced.
    fn watch_missing(&mut self) {
        for place in 0..self.wanted.len() {
            let Some(wanted) = self.wanted.get(place) else { continue };
            if !self.watches.values().any(|(path, of)| *of == place && *path == wanted.path) {
                let (path, recurse) = (wanted.path.clone(), wanted.recurse);
                self.watch(&path, place, recurse);
            }
        }
    }

    fn watch(&mut self, path: &Path, place: usize, recurse: bool) {
        let mut waiting = vec![path.to_owned()];
        while let Some(path) = waiting.pop() {
            let Some(wanted) = self.wanted.get(place) else { return };
            if self.watches.len() >= MOST || is_excluded(wanted, &path) {
                continue;
            }
            let mut mask = wanted.mask | AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF;
            if wanted.auto_add {
                mask |= AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
            }
            // What is not there is watched when it comes.
            let Ok(watch) = self.kernel.add_watch(&path, mask) else { continue };
            self.watches.insert(watch, (path.clone(), place));
            if recurse && path.is_dir() {
                let inner = std::fs::read_dir(&path).into_iter().flatten().flatten();
                waiting.extend(inner.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
            }
        }
    }

    /// What the kernel has told since the last time.
    pub(super) fn findings(&mut self) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        loop {
            let events = match self.kernel.read_events() {
                Ok(events) => events,
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(Failure::failed(format!("the kernel's events cannot be read: {error}"))),
            };
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    tracing::warn!("more happened to watched files than the kernel keeps; some of it is not told");
                    continue;
                }
                let Some((watched, place)) = self.watches.get(&event.wd).cloned() else { continue };
                if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                    self.watches.remove(&event.wd);
                    continue;
                }
                let path = event.name.as_ref().map_or_else(|| watched.clone(), |name| watched.join(name));
                let Some(wanted) = self.wanted.get(place) else { continue };
                let is_new_folder = event.mask.contains(AddWatchFlags::IN_ISDIR)
                    && event.mask.intersects(AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO);
                let (is_told, auto_add) = (event.mask.intersects(wanted.mask) && !is_excluded(wanted, &path), wanted.auto_add);
                if is_told {
                    let mut data = Map::from_iter([("path", Value::from(path.to_string_lossy()))]);
                    data.insert("change", change(event.mask & wanted.mask));
                    let tag = wanted.path.to_string_lossy().into_owned();
                    findings.push(Finding { tag, data });
                }
                if event.mask.intersects(AddWatchFlags::IN_MOVE_SELF) && self.kernel.rm_watch(event.wd).is_ok() {
                    self.watches.remove(&event.wd);
                }
                if auto_add && is_new_folder {
                    self.watch(&path, place, true);
                }
            }
        }
        self.watch_missing();
        Ok(findings)
    }
}

fn is_excluded(wanted: &Wanted, path: &Path) -> bool {
    let text = path.to_string_lossy();
    wanted
        .exclude
        .iter()
        .any(|pattern| model::Glob::new(pattern).matches(&text) || text.starts_with(&format!("{}/", pattern.trim_end_matches('/'))))
}

fn change(mask: AddWatchFlags) -> String {
    let names = MASKS.iter().filter(|(_, flag)| mask.intersects(*flag)).map(|(name, _)| format!("IN_{}", name.to_uppercase()));
    names.collect::<Vec<_>>().join("|")
}

fn mask(value: Option<&Value>) -> Result<AddWatchFlags, String> {
    let words: Vec<String> = match value {
        None | Some(Value::Null) => ["create", "delete", "modify"].map(str::to_owned).to_vec(),
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(one) => vec![text::str(one)],
    };
    let mut mask = AddWatchFlags::empty();
    for word in words {
        mask |= match word.as_str() {
            "move" => AddWatchFlags::IN_MOVE,
            "close" => AddWatchFlags::IN_CLOSE,
            other => {
                MASKS.iter().find(|(name, _)| *name == other).map(|(_, flag)| *flag).ok_or_else(|| format!("`mask` knows no `{other}`"))?
            }
        };
    }
    Ok(mask)
}

#[async_trait]
impl Beacon for Inotify {
    async fn look(&mut self, _: &Read) -> Result<Vec<Finding>, Failure> {
        self.findings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(beacon: &mut Inotify) -> Vec<(String, String)> {
        let found = beacon.findings().unwrap();
        found.iter().map(|finding| (text::str(finding.data.get("path").unwrap()), text::str(finding.data.get("change").unwrap()))).collect()
    }

    #[test]
    fn changes_of_a_file_and_of_new_folders_below_a_tree_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(at("file"), "1").unwrap();
        std::fs::create_dir(at("tree")).unwrap();
        let options = format!(
            r#"{{"files": {{"{}": {{"mask": ["modify", "delete_self"]}}, "{}": {{"mask": ["create"], "recurse": true, "auto_add": true, "exclude": ["*/skipped*"]}}}}}}"#,
            at("file"),
            at("tree")
        );
        let mut beacon = Inotify::new(&serde_json::from_str(&options).unwrap()).unwrap();
        assert!(told(&mut beacon).is_empty());
        std::fs::write(at("file"), "2").unwrap();
        assert!(told(&mut beacon).contains(&(at("file"), "IN_MODIFY".to_owned())));
        std::fs::create_dir(at("tree/new")).unwrap();
        std::fs::write(at("tree/skipped"), "x").unwrap();
        assert_eq!(told(&mut beacon), [(at("tree/new"), "IN_CREATE|IN_ISDIR".to_owned())].map(|(path, _)| (path, "IN_CREATE".to_owned())));
        std::fs::write(at("tree/new/inner"), "x").unwrap();
        assert_eq!(told(&mut beacon), [(at("tree/new/inner"), "IN_CREATE".to_owned())]);
        // An editor puts another file in the place of the old one.
        std::fs::write(at("fresh"), "3").unwrap();
        std::fs::rename(at("fresh"), at("file")).unwrap();
        assert_eq!(told(&mut beacon), [(at("file"), "IN_DELETE_SELF".to_owned())]);
        std::fs::write(at("file"), "4").unwrap();
        assert!(told(&mut beacon).contains(&(at("file"), "IN_MODIFY".to_owned())));
    }

    #[test]
    fn an_unknown_mask_is_refused() {
        assert!(Inotify::new(&serde_json::from_str(r#"{"files": {"/x": {"mask": ["modfy"]}}}"#).unwrap()).is_err());
    }
}
