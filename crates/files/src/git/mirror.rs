//! The copy of a remote on this machine, and the trees written out of it.

use super::command::{GitError, git};
use super::refs::{Ref, RefKind, is_commit};
use super::remote::Remote;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
        let name = hex::encode(Sha256::digest(remote.url.as_bytes()));
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
        if !self.repository().join("HEAD").exists() {
            self.git(&["init", "--quiet", "--bare"], &[])?;
        }
        let wanted = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let words = ["fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head", "--", &self.remote.url];
        self.git(&[&words[..], &wanted[..]].concat(), &[]).map(drop)
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
        let fresh = self.trees().join(format!(".{commit}-{}", std::process::id()));
        let fail = |source| GitError::Folder { path: fresh.clone(), source };
        let _ = fs::remove_dir_all(&fresh);
        let target = match &self.remote.mountpoint {
            None => fresh.clone(),
            Some(mountpoint) => fresh.join(mountpoint.as_str()),
        };
        fs::create_dir_all(&target).map_err(fail)?;
        let index = self.folder.join(format!("index-{}", std::process::id()));
        let places: [(&str, &Path); 2] = [("GIT_INDEX_FILE", &index), ("GIT_WORK_TREE", &target)];
        let written = self
            .git(&["read-tree", "--reset", &what], &places)
            .and_then(|_| self.git(&["checkout-index", "--all", "--force", "--quiet"], &places));
        let _ = fs::remove_file(&index);
        written?;
        without_ways_out(&fresh, &fresh).map_err(fail)?;
        fs::rename(&fresh, &folder).map_err(fail)?;
        Ok(Some(folder))
    }
}

/// Removes links that lead out of a tree: who may write to a repository must not read the master's files.
fn without_ways_out(root: &Path, folder: &Path) -> std::io::Result<()> {
    let root = fs::canonicalize(root)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_symlink() {
            let is_inside = fs::canonicalize(&path).is_ok_and(|real| real.starts_with(&root));
            // The target is looked at by its own place in the tree, which stays the same when the tree is moved.
            let is_relative = fs::read_link(&path).is_ok_and(|target| target.is_relative());
            if !is_inside || !is_relative {
                tracing::warn!(path = %path.display(), "a link that leads out of its repository is left out");
                fs::remove_file(&path)?;
            }
        } else if kind.is_dir() {
            without_ways_out(&root, &path)?;
        }
    }
    Ok(())
}
