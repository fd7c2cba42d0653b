//! File environments over plain folders (`file_roots`).

use crate::{Error, FileEnv, FilePath, Found};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

/// The environment whose folders stand for every environment that is not defined; `__env__` in them is replaced by its name.
const ANY: &str = "__env__";
/// Folders of a layer under this name are seen in every environment there is, after its own.
pub(crate) const EVERYWHERE: &str = "*";
/// Folders nested deeper than this are taken for a loop of links and left out.
const DEPTH: usize = 64;

/// What follows links, and what is left out.
#[derive(Clone, Debug)]
pub struct RootsOptions {
    /// Whether links are followed wherever they lead, as in Salt: who writes the folder decides (`fileserver_followsymlinks`). Without it, a
    /// link is given out only while it stays inside its root.
    pub follow_links: bool,
    /// Files whose path matches one of these shell patterns do not exist (`file_ignore_glob`).
    pub ignore_glob: Vec<String>,
    /// Files in whose path one of these regular expressions is found do not exist (`file_ignore_regex`).
    pub ignore_regex: Vec<String>,
}

impl Default for RootsOptions {
    fn default() -> Self {
        Self { follow_links: true, ignore_glob: Vec::new(), ignore_regex: Vec::new() }
    }
}

/// File environments over plain folders: the first folder of an environment that has a file wins.
#[derive(Debug)]
pub struct Roots {
    envs: BTreeMap<String, Vec<PathBuf>>,
    /// Further folders of environments, by what they come from (git, minions). They change while the service runs.
    layers: RwLock<BTreeMap<String, BTreeMap<String, Vec<PathBuf>>>>,
    /// Order of the layers; `roots` is the folders above. What is not named comes last.
    order: Vec<String>,
    /// Finds the folders of environments that are not listed, such as a commit by its id.
    finder: RwLock<Option<Finder>>,
    follow_links: bool,
    ignored: Vec<fancy_regex::Regex>,
    hashes: Mutex<HashMap<PathBuf, (Stamp, String)>>,
}

type Find = dyn Fn(&str) -> Vec<PathBuf> + Send + Sync;

/// What finds the folders of environments that are not listed.
struct Finder(Box<Find>);

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Finder")
    }
}

/// A file is taken for unchanged while these stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
    changed: i64,
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            seconds: meta.mtime(),
            nanoseconds: meta.mtime_nsec(),
            changed: meta.ctime_nsec(),
        }
    }
}

#[derive(Default)]
struct Listing {
    files: BTreeSet<String>,
    dirs: BTreeSet<String>,
    links: BTreeMap<String, String>,
}

impl Roots {
    /// Environments by name, each with its folders in order of precedence.
    ///
    /// # Errors
    /// When a pattern of the options is wrong.
    pub fn new(envs: impl IntoIterator<Item = (String, Vec<PathBuf>)>, options: &RootsOptions) -> Result<Self, Error> {
        let globs = options.ignore_glob.iter().map(|glob| ("file_ignore_glob", glob, glob_to_regex(glob)));
        let expressions = options.ignore_regex.iter().map(|text| ("file_ignore_regex", text, text.clone()));
        let ignored = globs
            .chain(expressions)
            .map(|(key, pattern, text)| {
                fancy_regex::Regex::new(&text).map_err(|error| Error::Pattern { key, pattern: pattern.clone(), reason: error.to_string() })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            envs: envs.into_iter().collect(),
            layers: RwLock::default(),
            order: Vec::new(),
            finder: RwLock::default(),
            follow_links: options.follow_links,
            ignored,
            hashes: Mutex::default(),
        })
    }

    /// One environment `base` over one folder.
    #[must_use]
    pub fn base(folder: impl Into<PathBuf>) -> Self {
        Self {
            envs: BTreeMap::from([("base".to_owned(), vec![folder.into()])]),
            layers: RwLock::default(),
            order: Vec::new(),
            finder: RwLock::default(),
            follow_links: true,
            ignored: Vec::new(),
            hashes: Mutex::default(),
        }
    }

    /// The same with an order of its layers (`fileserver_backend`).
    #[must_use]
    pub fn in_order(mut self, order: Vec<String>) -> Self {
        self.order = order;
        self
    }

    /// Puts further folders of environments in the place of those that came from the same source; says whether anything changed.
    pub fn set_layer(&self, source: &str, envs: BTreeMap<String, Vec<PathBuf>>) -> bool {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = layers.get(source).map_or(!envs.is_empty(), |old| *old != envs);
        layers.insert(source.to_owned(), envs);
        is_other
    }

    /// Asks `find` for the folders of an environment that is neither configured nor in a layer. It may be asked often, and blocks.
    pub fn set_finder(&self, find: impl Fn(&str) -> Vec<PathBuf> + Send + Sync + 'static) {
        *self.finder.write().unwrap_or_else(PoisonError::into_inner) = Some(Finder(Box::new(find)));
    }

    /// The folders of an environment.
    ///
    /// # Errors
    /// When the environment is not defined.
    pub fn folders(&self, env: &str) -> Result<Vec<PathBuf>, Error> {
        let own = self.own_folders(env);
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        let place = |source: &str| self.order.iter().position(|name| name == source).unwrap_or(usize::MAX);
        let mut sources: Vec<(usize, Vec<PathBuf>)> = layers
            .iter()
            .filter_map(|(source, envs)| Some((place(source), envs.get(env).filter(|_| env != EVERYWHERE)?.clone())))
            .collect();
        match own {
            Ok(own) => sources.push((place("roots"), own)),
            Err(error) if sources.is_empty() => {
                let finder = self.finder.read().unwrap_or_else(PoisonError::into_inner);
                let found = finder.as_ref().map(|finder| finder.0(env)).unwrap_or_default();
                return if found.is_empty() { Err(error) } else { Ok(found) };
            }
            Err(_) => {}
        }
        sources.extend(layers.iter().filter_map(|(source, envs)| Some((place(source), envs.get(EVERYWHERE)?.clone()))));
        // Own folders come last among equals only where nobody said an order.
        sources.sort_by_key(|(place, _)| *place);
        if self.order.is_empty() {
            sources.rotate_right(1);
        }
        Ok(sources.into_iter().flat_map(|(_, folders)| folders).collect())
    }

    fn own_folders(&self, env: &str) -> Result<Vec<PathBuf>, Error> {
        if let Some(folders) = self.envs.get(env).filter(|_| env != ANY) {
            return Ok(folders.clone());
        }
        let no_env = || Error::NoEnv {
            env: env.to_owned(),
            known: self.envs.keys().filter(|name| *name != ANY).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        };
        let template = self.envs.get(ANY).ok_or_else(no_env)?;
        let is_safe = FilePath::new(env).is_ok_and(|path| path.as_str() == env);
        if !is_safe {
            return Err(no_env());
        }
        Ok(template.iter().map(|folder| PathBuf::from(folder.to_string_lossy().replace(ANY, env))).collect())
    }

    fn is_ignored(&self, path: &str) -> bool {
        self.ignored.iter().any(|pattern| pattern.is_match(path).unwrap_or(false))
    }

    /// The metadata of a file behind a path, if it may be given out.
    fn admitted(&self, root: &Path, disk: &Path) -> Option<Metadata> {
        let meta = fs::metadata(disk).ok()?;
        if self.follow_links {
            return Some(meta);
        }
        let (root, real) = (fs::canonicalize(root).ok()?, fs::canonicalize(disk).ok()?);
        real.starts_with(root).then_some(meta)
    }

    fn listing(&self, env: &str) -> Result<Listing, Error> {
        let mut found = Listing::default();
        for root in self.folders(env)? {
            if root.is_dir() {
                self.walk(&root, &root, "", 0, &mut found)?;
            }
        }
        Ok(found)
    }

    fn walk(&self, root: &Path, folder: &Path, prefix: &str, depth: usize, found: &mut Listing) -> Result<(), Error> {
        if depth > DEPTH {
            tracing::warn!(folder = %folder.display(), "folders nested too deep, left out");
            return Ok(());
        }
        let fail = |source| Error::Read { path: folder.to_owned(), source };
        for entry in fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let disk = entry.path();
            if self.is_ignored(&path) {
                continue;
            }
            let is_link = entry.file_type().map_err(fail)?.is_symlink();
            if is_link && let Ok(target) = fs::read_link(&disk) {
                found.links.entry(path.clone()).or_insert_with(|| target.to_string_lossy().into_owned());
            }
            // A link to nowhere is listed as a link and is no file.
            let Some(meta) = self.admitted(root, &disk) else { continue };
            if meta.is_dir() {
                if is_link && leads_up(&disk) {
                    continue;
                }
                self.walk(root, &disk, &path, depth + 1, found)?;
                found.dirs.insert(path);
            } else if meta.is_file() {
                found.files.insert(path);
            }
        }
        Ok(())
    }
}

/// Whether a link leads to a folder it lies in, so that following it would never end.
fn leads_up(link: &Path) -> bool {
    match (fs::canonicalize(link), link.parent().map(fs::canonicalize)) {
        (Ok(target), Some(Ok(parent))) => parent.starts_with(target),
        _ => true,
    }
}

/// A shell pattern as a regular expression over the whole path; `*` crosses slashes.
fn glob_to_regex(glob: &str) -> String {
    let mut out = String::from("(?s)^");
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => {
                let rest: String = chars.clone().collect();
                match rest.char_indices().skip(1).find(|(_, c)| *c == ']') {
                    None => out.push_str("\\["),
                    Some((end, _)) => {
                        let set = rest.get(..end).unwrap_or_default().replace('\\', "\\\\").replace('[', "\\[");
                        let set = set.strip_prefix('!').map_or_else(|| set.clone(), |negated| format!("^{negated}"));
                        out.push_str(&format!("[{set}]"));
                        for _ in 0..=rest.get(..end).unwrap_or_default().chars().count() {
                            chars.next();
                        }
                    }
                }
            }
            c => out.push_str(&fancy_regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    out
}

impl FileEnv for Roots {
    fn envs(&self) -> Vec<String> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        let own = self.envs.keys().filter(|name| *name != ANY);
        let all: BTreeSet<&String> = own.chain(layers.values().flat_map(BTreeMap::keys)).filter(|name| *name != EVERYWHERE).collect();
        all.into_iter().cloned().collect()
    }

    fn folders_of(&self, env: &str) -> Vec<PathBuf> {
        self.folders(env).unwrap_or_default()
    }

    fn list(&self, env: &str) -> Result<Vec<String>, Error> {
        Ok(self.listing(env)?.files.into_iter().collect())
    }

    fn list_dirs(&self, env: &str) -> Result<Vec<String>, Error> {
        Ok(self.listing(env)?.dirs.into_iter().collect())
    }

    fn list_links(&self, env: &str) -> Result<Vec<(String, String)>, Error> {
        Ok(self.listing(env)?.links.into_iter().collect())
    }

    fn find(&self, env: &str, path: &FilePath) -> Result<Option<Found>, Error> {
        let roots = self.folders(env)?;
        if self.is_ignored(path.as_str()) {
            return Ok(None);
        }
        let found = roots.iter().find_map(|root| {
            let disk = root.join(path.as_str());
            let meta = self.admitted(root, &disk).filter(Metadata::is_file)?;
            Some(Found { disk, size: meta.size(), mode: meta.mode() & 0o7777, modified: meta.mtime() })
        });
        Ok(found)
    }

    fn read_at(&self, env: &str, path: &FilePath, offset: u64, len: usize) -> Result<Option<Vec<u8>>, Error> {
        let Some(found) = self.find(env, path)? else { return Ok(None) };
        let read = || {
            let mut file = File::open(&found.disk)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::with_capacity(len.min(usize::try_from(found.size.saturating_sub(offset)).unwrap_or(len)));
            file.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(Some).map_err(|source| Error::Read { path: found.disk.clone(), source })
    }

    fn hash(&self, env: &str, path: &FilePath) -> Result<Option<String>, Error> {
        let Some(found) = self.find(env, path)? else { return Ok(None) };
        let read = || {
            let mut file = File::open(&found.disk)?;
            let stamp = Stamp::of(&file.metadata()?);
            if let Ok(known) = self.hashes.lock()
                && let Some((at, hash)) = known.get(&found.disk)
                && *at == stamp
            {
                return Ok(hash.clone());
            }
            let mut digest = Sha256::new();
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let count = file.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                digest.update(buffer.get(..count).unwrap_or_default());
            }
            let hash = hex::encode(digest.finalize());
            if let Ok(mut known) = self.hashes.lock() {
                known.insert(found.disk.clone(), (stamp, hash.clone()));
            }
            Ok(hash)
        };
        read().map(Some).map_err(|source| Error::Read { path: found.disk.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, *file).unwrap();
        }
        dir
    }

    fn path(text: &str) -> FilePath {
        FilePath::new(text).unwrap()
    }

    #[test]
    fn the_first_folder_that_has_a_file_wins() {
        let (a, b) = (tree(&["x"]), tree(&["y"]));
        fs::write(b.path().join("x"), "other").unwrap();
        let roots = Roots::new([("base".to_owned(), vec![a.path().into(), b.path().into()])], &RootsOptions::default()).unwrap();
        assert_eq!(roots.read("base", &path("x")).unwrap().unwrap(), b"x");
        assert_eq!(roots.read("base", &path("y")).unwrap().unwrap(), b"y");
        assert_eq!(roots.read("base", &path("z")).unwrap(), None);
        assert_eq!(roots.list("base").unwrap(), ["x", "y"]);
    }

    #[test]
    fn an_undefined_environment_uses_the_template_and_never_leaves_it() {
        let dir = tree(&["envs/dev/x", "secret"]);
        let template = dir.path().join("envs/__env__");
        let roots = Roots::new([("__env__".to_owned(), vec![template])], &RootsOptions::default()).unwrap();
        assert_eq!(roots.list("dev").unwrap(), ["x"]);
        assert!(roots.list("..").is_err());
        assert!(Roots::base(dir.path()).list("dev").is_err());
    }

    #[test]
    fn links_are_followed_but_not_for_ever() {
        let dir = tree(&["a/x"]);
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("a/x"), dir.path().join("y")).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("broken")).unwrap();
        let roots = Roots::base(dir.path());
        assert_eq!(roots.list("base").unwrap(), ["a/x", "y"]);
        assert_eq!(roots.list_links("base").unwrap().len(), 3);
    }

    #[test]
    fn a_link_out_of_the_root_is_refused_where_links_are_not_followed() {
        let (dir, outside) = (tree(&["x"]), tree(&["secret"]));
        std::os::unix::fs::symlink(outside.path().join("secret"), dir.path().join("leak")).unwrap();
        std::os::unix::fs::symlink("x", dir.path().join("inside")).unwrap();
        let options = RootsOptions { follow_links: false, ..RootsOptions::default() };
        let roots = Roots::new([("base".to_owned(), vec![dir.path().into()])], &options).unwrap();
        assert_eq!(roots.find("base", &path("leak")).unwrap(), None);
        assert_eq!(roots.list("base").unwrap(), ["inside", "x"]);
    }

    #[test]
    fn ignored_files_do_not_exist() {
        let dir = tree(&["a.pyc", "sub/b.swp", "keep.sls", "old/c"]);
        let options = RootsOptions {
            ignore_glob: vec!["*.pyc".into(), "*/[!a].swp".into()],
            ignore_regex: vec!["^old/".into()],
            ..RootsOptions::default()
        };
        let roots = Roots::new([("base".to_owned(), vec![dir.path().into()])], &options).unwrap();
        assert_eq!(roots.list("base").unwrap(), ["keep.sls"]);
        assert_eq!(roots.find("base", &path("a.pyc")).unwrap(), None);
        let bad = RootsOptions { ignore_regex: vec!["(".into()], ..RootsOptions::default() };
        assert!(Roots::new([], &bad).is_err());
    }

    #[test]
    fn a_file_is_read_in_chunks_and_its_hash_follows_its_content() {
        let dir = tree(&["x"]);
        let roots = Roots::base(dir.path());
        fs::write(dir.path().join("x"), "0123456789").unwrap();
        assert_eq!(roots.read_at("base", &path("x"), 4, 3).unwrap().unwrap(), b"456");
        assert_eq!(roots.read_at("base", &path("x"), 8, 30).unwrap().unwrap(), b"89");
        assert_eq!(roots.read_at("base", &path("x"), 99, 3).unwrap().unwrap(), b"");
        let before = roots.hash("base", &path("x")).unwrap().unwrap();
        assert_eq!(before, "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
        fs::write(dir.path().join("x"), "changed its size").unwrap();
        assert_ne!(roots.hash("base", &path("x")).unwrap().unwrap(), before);
    }
}
