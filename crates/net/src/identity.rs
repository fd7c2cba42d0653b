//! Keys on disk: who this master or this minion is.

use proto::{KeyError, PrivateKey};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be read or written.
    #[error("cannot {what} `{path}`")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It holds no accepted key.
    #[error("the key in `{path}` cannot be used; move the file away to get a new key")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: KeyError,
    },
}

/// Who a master is.
#[derive(Clone, Debug)]
pub struct MasterIdentity {
    /// Its RSA key. It signs a certificate for an online key twice a day and nothing else.
    pub key: PrivateKey,
}

impl MasterIdentity {
    /// Reads `master.pem` in a folder, or makes it.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn load_or_create(folder: &Path, bits: usize) -> Result<Self, IdentityError> {
        load_or_create_key(folder, "master", bits).map(|key| Self { key })
    }
}

/// Reads `<name>.pem` in a folder, or makes it together with `<name>.pub`. Takes a second or more when it makes one.
///
/// # Errors
/// When the file cannot be used.
pub fn load_or_create_key(folder: &Path, name: &str, bits: usize) -> Result<PrivateKey, IdentityError> {
    let path = folder.join(format!("{name}.pem"));
    match fs::read_to_string(&path) {
        Ok(text) => PrivateKey::from_pem(&text).map_err(|source| IdentityError::Key { path, source }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = PrivateKey::generate(&mut rand::rng(), bits).map_err(|source| IdentityError::Key { path: path.clone(), source })?;
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|source| IdentityError::Io {
                what: "make folder",
                path: folder.to_owned(),
                source,
            })?;
            let texts = key.to_pem().and_then(|private| key.public().to_pem().map(|public| (private, public)));
            let (private, public) = texts.map_err(|source| IdentityError::Key { path: path.clone(), source })?;
            write_file(&path, private.as_bytes(), 0o400)?;
            write_file(&folder.join(format!("{name}.pub")), public.as_bytes(), 0o644)?;
            Ok(key)
        }
        Err(source) => Err(IdentityError::Io { what: "read", path, source }),
    }
}

/// Writes a file beside its place and moves it there, so that it is never seen half written.
pub(crate) fn write_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), IdentityError> {
    // Several processes or tasks may write the same file: each has its own beside.
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let beside = path.with_extension(format!("new-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| IdentityError::Io { what: "write", path: path.to_owned(), source })
}
