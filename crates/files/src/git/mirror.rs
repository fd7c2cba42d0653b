//! The copy of a remote on this machine, and the trees written out of it.

use super::command::{GitError, git};
use super::refs::{Ref, RefKind, is_commit};
use super::remote::Remote;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Copies that are being brought up to date: two who fetch one at the same time trip over each other's locks in the repository.
static FETCHING: Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());
/// Trees that are being written out have names of their own, since two may write the same.
static WRITING: AtomicU64 = AtomicU64::new(0);

/// The copy of one remote.
#[derive(Clone, Debug)]
pub struct Mirror {
    remote: Remote,
    folder: PathBuf,
    limit: Duration,
}

impl Mirror {
    /// The copy below a folder; each remote gets its own. `limit` is how long one word of git may take.
    #[must_use]
    pub fn new(remote: Remote, below: &Path, limit: Duration) -> Self {
        let place = remote.name.as_ref().map_or_else(|| remote.url.clone(), |name| format!("{} {name}", remote.url));
        let name = hex::encode(Sha256::digest(place.as_bytes()));
        let folder = below.join(name.get(..32).unwrap_or(&name));
        Self { remote, folder, limit }
    }

    /// What is copied.
    #[must_use]
    pub const fn remote(&self) -> &Remote {
        &self.remote
    }

    fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    fn git(&self, words: &[&str], extra: &[(&str, &Path)]) -> Result<String, GitError> {
        let said = git(&self.repository(), words, &self.remote.credentials, extra, self.limit)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// Brings the copy up to date.
    ///
    /// # Errors
    /// When the remote does not answer, or the disk refuses; the copy is as it was then.
    pub fn fetch(&self) -> Result<(), GitError> {
        let fail = |source| GitError::Folder { path: self.folder.clone(), source };
        fs::create_dir_all(&self.folder).map_err(fail)?;
        let turn = Arc::clone(FETCHING.lock().unwrap_or_else(PoisonError::into_inner).entry(self.folder.clone()).or_default());
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.repository().join("HEAD").exists() {
            self.git(&["init", "--quiet", "--bare"], &[])?;
        }
        let depth = self.remote.depth.map(|depth| format!("--depth={depth}"));
        let mut words = vec!["fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head"];
        words.extend(depth.as_deref());
        words.extend(["--", &self.remote.url]);
        if self.remote.refspecs.is_empty() {
            words.extend(["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]);
        } else {
            words.extend(self.remote.refspecs.iter().map(String::as_str));
        }
        self.git(&words, &[])?;
        fs::write(self.stamp(), "").map_err(fail)
    }

    /// When it was brought up to date is the time of this file.
    fn stamp(&self) -> PathBuf {
        self.folder.join("fetched")
    }

    /// Whether it is time to ask the remote, by its own interval.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let Some(interval) = self.remote.interval else { return true };
        let age = fs::metadata(self.stamp()).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_none_or(|age| age >= interval)
    }

    /// The folder of a commit that is an environment by itself; `None` where this remote does not have it, or does not give it out.
    ///
    /// # Errors
    /// When the tree cannot be written.
    pub fn commit(&self, commit: &str) -> Result<Option<PathBuf>, GitError> {
        let commit = commit.to_ascii_lowercase();
        if !self.remote.selection.takes_commit(&commit) || !self.repository().join("HEAD").exists() {
            return Ok(None);
        }
        // Only what a branch or tag leads to: a commit that was taken back must not be asked for by its id.
        let holders =
            self.git(&["for-each-ref", "--count=1", "--contains", &commit, "--format=%(refname)", "refs/heads", "refs/tags"], &[]);
        if !holders.is_ok_and(|holders| !holders.trim().is_empty()) {
            return Ok(None);
        }
        let folder = self.tree(&commit)?;
        // One that is in use stays when trees are tidied up.
        if let Some(folder) = &folder
            && let Ok(file) = fs::File::open(folder)
        {
            let _ = file.set_modified(std::time::SystemTime::now());
        }
        Ok(folder)
    }

    /// Branches and tags of the copy.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub fn refs(&self) -> Result<Vec<Ref>, GitError> {
        let format = "--format=%(refname)%00%(objectname)%00%(*objectname)";
        let said = self.git(&["for-each-ref", format, "refs/heads", "refs/tags"], &[])?;
        let one = |line: &str| {
            let mut parts = line.split('\0');
            let (name, object, behind) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
            let (kind, name) = match name.strip_prefix("refs/heads/") {
                Some(name) => (RefKind::Branch, name),
                None => (RefKind::Tag, name.strip_prefix("refs/tags/")?),
            };
            // A tag with a text of its own points at an object that points at the commit.
            let commit = if behind.is_empty() { object } else { behind };
            is_commit(commit).then(|| Ref { kind, name: name.to_owned(), commit: commit.to_owned() })
        };
        Ok(said.lines().filter_map(one).collect())
    }

    /// Writes out every environment's tree and gives its folder. Trees that nobody needs any more are removed.
    ///
    /// # Errors
    /// When a tree cannot be written.
    pub fn write_out(&self) -> Result<BTreeMap<String, PathBuf>, GitError> {
        let envs = self.remote.selection.envs(&self.refs()?);
        let mut folders = BTreeMap::new();
        for (env, commit) in &envs {
            // A repository without the folder that is wanted has no files in this environment.
            if let Some(folder) = self.tree(commit)? {
                folders.insert(env.clone(), folder);
            }
        }
        if let Some(name) = &self.remote.everywhere {
            let refs = self.refs()?;
            let found = refs.iter().find(|found| found.name == *name);
            if let Some(folder) = found.map(|found| self.tree(&found.commit)).transpose()?.flatten() {
                folders.insert(crate::roots::EVERYWHERE.to_owned(), folder);
            }
        }
        let used: BTreeSet<&PathBuf> = folders.values().collect();
        for entry in fs::read_dir(self.trees()).into_iter().flatten().flatten() {
            let age = entry.metadata().ok().and_then(|meta| meta.modified().ok()).and_then(|modified| modified.elapsed().ok());
            // One that was in use a moment ago may be read still.
            if !used.contains(&entry.path()) && age.is_some_and(|age| age > Duration::from_secs(600)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(folders)
    }

    fn trees(&self) -> PathBuf {
        let place = format!("{:?} {:?}", self.remote.root, self.remote.mountpoint);
        let name = hex::encode(Sha256::digest(place.as_bytes()));
        self.folder.join("trees").join(name.get(..16).unwrap_or(&name))
    }

    /// The folder of a commit's tree, written out if it is not there.
    fn tree(&self, commit: &str) -> Result<Option<PathBuf>, GitError> {
        if !is_commit(commit) {
            return Err(GitError::Name(commit.to_owned()));
        }
        let folder = self.trees().join(commit);
        if folder.is_dir() {
            return Ok(Some(folder));
        }
        let what = match &self.remote.root {
            None => format!("{commit}^{{tree}}"),
            Some(root) => format!("{commit}:{}", root.as_str()),
        };
        if let Some(root) = &self.remote.root {
            let kind = self.git(&["cat-file", "-t", &what], &[]);
            if !kind.is_ok_and(|kind| kind.trim() == "tree") {
                tracing::warn!(url = self.remote.url, commit, root = root.as_str(), "there is no such folder in this commit");
                return Ok(None);
            }
        }
        let own = format!("{}-{}", std::process::id(), WRITING.fetch_add(1, Ordering::Relaxed));
        let fresh = self.trees().join(format!(".{commit}-{own}"));
        let fail = |source| GitError::Folder { path: fresh.clone(), source };
        let _ = fs::remove_dir_all(&fresh);
        let target = match &self.remote.mountpoint {
            None => fresh.clone(),
            Some(mountpoint) => fresh.join(mountpoint.as_str()),
        };
        fs::create_dir_all(&target).map_err(fail)?;
        let index = self.folder.join(format!("index-{own}"));
        let places: [(&str, &Path); 2] = [("GIT_INDEX_FILE", &index), ("GIT_WORK_TREE", &target)];
        let written = self
            .git(&["read-tree", "--reset", &what], &places)
            .and_then(|_| self.git(&["checkout-index", "--all", "--force", "--quiet"], &places));
        let modules = written.as_ref().ok().map(|_| self.git(&["ls-files", "--stage"], &places));
        let _ = fs::remove_file(&index);
        written?;
        for path in modules.and_then(Result::ok).unwrap_or_default().lines().filter_map(submodule) {
            tracing::warn!(url = self.remote.url, commit, path, "a submodule is left out; make its repository a remote of its own");
        }
        tidy(&self.remote.url, &fresh, &fresh).map_err(fail)?;
        match fs::rename(&fresh, &folder) {
            Ok(()) => {}
            // Another has written the same tree meanwhile.
            Err(_) if folder.is_dir() => drop(fs::remove_dir_all(&fresh)),
            Err(error) => return Err(fail(error)),
        }
        Ok(Some(folder))
    }
}

/// The path in a line of `ls-files --stage` that is a submodule.
fn submodule(line: &str) -> Option<&str> {
    line.starts_with("160000 ").then(|| line.split_once('\t')).flatten().map(|(_, path)| path)
}

/// How the stand-in for a file begins whose content is kept elsewhere (Git LFS).
const STAND_IN: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Whether a file is only a stand-in.
fn is_stand_in(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [0; STAND_IN.len()];
    fs::metadata(path).is_ok_and(|meta| meta.len() < 1024)
        && fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok_and(|()| begin == STAND_IN)
}

/// Removes what must not be given out: links that lead out of the tree, since who may write to a repository must not read the master's
/// files; and stand-ins of Git LFS, which nobody wants on a host in the place of the file.
fn tidy(url: &str, root: &Path, folder: &Path) -> std::io::Result<()> {
    let root = fs::canonicalize(root)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_symlink() {
            let is_inside = fs::canonicalize(&path).is_ok_and(|real| real.starts_with(&root));
            // The target is looked at by its own place in the tree, which stays the same when the tree is moved.
            let is_relative = fs::read_link(&path).is_ok_and(|target| target.is_relative());
            if !is_inside || !is_relative {
                tracing::warn!(url, path = %path.display(), "a link that leads out of its repository is left out");
                fs::remove_file(&path)?;
            }
        } else if kind.is_dir() {
            tidy(url, &root, &path)?;
        } else if is_stand_in(&path) {
            tracing::warn!(url, path = %path.display(), "a file that Git LFS keeps elsewhere is left out; commit the file itself");
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
