//! File environments: what `salt://` names, by `saltenv`.
//!
//! [`FileEnv`] is what a reader of files needs; [`Roots`] is the one over plain folders (`file_roots`). Paths come from other machines and
//! from templates, so they are parsed into a [`FilePath`] first, and a file that leaves its root by a link is not given out.

pub mod git;
mod path;
mod roots;

pub use path::{BadPath, FilePath};
pub use roots::{Roots, RootsOptions};

use std::path::PathBuf;

/// A source of files by environment and path.
///
/// Calls block on the disk for a short time; async callers wrap them in `spawn_blocking`.
pub trait FileEnv: Send + Sync {
    /// Names of the environments.
    fn envs(&self) -> Vec<String>;

    /// Paths of all files of an environment, sorted, ignored ones left out.
    ///
    /// # Errors
    /// When the environment is not defined or a folder cannot be read.
    fn list(&self, env: &str) -> Result<Vec<String>, Error>;

    /// Paths of all folders of an environment, sorted.
    ///
    /// # Errors
    /// As [`FileEnv::list`].
    fn list_dirs(&self, env: &str) -> Result<Vec<String>, Error>;

    /// Links of an environment: path to target, sorted.
    ///
    /// # Errors
    /// As [`FileEnv::list`].
    fn list_links(&self, env: &str) -> Result<Vec<(String, String)>, Error>;

    /// Where a file lies on this machine; `None` when there is no such file.
    ///
    /// # Errors
    /// When the environment is not defined.
    fn find(&self, env: &str, path: &FilePath) -> Result<Option<Found>, Error>;

    /// All bytes of a file; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, env: &str, path: &FilePath) -> Result<Option<Vec<u8>>, Error> {
        match self.find(env, path)? {
            None => Ok(None),
            Some(found) => std::fs::read(&found.disk).map(Some).map_err(|source| Error::Read { path: found.disk, source }),
        }
    }

    /// At most `len` bytes of a file from `offset`; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read_at(&self, env: &str, path: &FilePath, offset: u64, len: usize) -> Result<Option<Vec<u8>>, Error>;

    /// The folders of an environment on this machine, in order of precedence; none where it is not made of folders.
    fn folders_of(&self, env: &str) -> Vec<PathBuf> {
        let _ = env;
        Vec::new()
    }

    /// SHA-256 of a file in hexadecimal; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn hash(&self, env: &str, path: &FilePath) -> Result<Option<String>, Error>;
}

/// A file of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it lies.
    pub disk: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// Seconds since 1970 at which it was last changed.
    pub modified: i64,
}

/// What can go wrong with files of an environment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration names no such environment.
    #[error("no file environment `{env}`; `file_roots` defines {known}")]
    NoEnv {
        /// The environment asked for.
        env: String,
        /// Those there are.
        known: String,
    },
    /// The disk refused.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A pattern of the configuration is wrong.
    #[error("`{pattern}` in `{key}` is no pattern: {reason}")]
    Pattern {
        /// Which key.
        key: &'static str,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}
