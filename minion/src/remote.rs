//! Files of the master, cached here by their content.
//!
//! The index of an environment comes with the hash of every file, so a file is asked for only when its content is not here yet, whatever
//! its path or environment was then. Blobs are written beside their place and moved there, so a half one is never used.

use files::{Error, FileEnv, FilePath, Found};
use net::{DialHandle, RequestError};
use proto::{FileEntry, RequestBody, ResponseBody};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// An index is asked for again after this long even within one job.
const FRESH: Duration = Duration::from_secs(30);

/// Content that was not used for this long is swept out.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Content used again after this long is noted as used.
const USED_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// Files up to this size are asked for together.
const SMALL: u64 = 256 * 1024;

/// So many bytes are asked for in one question for several files.
const TOGETHER: u64 = 4 << 20;

/// Parts of a large file that are asked for at the same time: the credit of the bulk lane.
const WINDOW: usize = 8;

/// Files of the master.
pub struct Remote {
    link: DialHandle,
    runtime: Handle,
    blobs: PathBuf,
    /// Counts jobs: what an earlier job was told is asked for again.
    generation: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    envs: Option<(Asked, Vec<String>)>,
    indexes: BTreeMap<String, Arc<Index>>,
}

struct Index {
    revision: [u8; 32],
    files: BTreeMap<String, FileEntry>,
    asked: Asked,
}

/// When and for which job something was asked.
#[derive(Clone, Copy)]
struct Asked {
    at: Instant,
    generation: u64,
}

impl Remote {
    /// Files of the master behind a session, with their content in a folder here.
    #[must_use]
    pub fn new(link: DialHandle, runtime: Handle, cache: &Path) -> Self {
        Self { link, runtime, blobs: cache.join("blobs"), generation: AtomicU64::new(0), state: Mutex::default() }
    }

    fn asked(&self) -> Asked {
        Asked { at: Instant::now(), generation: self.generation.load(Ordering::Relaxed) }
    }

    fn is_fresh(&self, asked: Asked) -> bool {
        asked.generation == self.generation.load(Ordering::Relaxed) && asked.at.elapsed() < FRESH
    }

    /// A job begins: it sees the files as they are now. An unchanged index costs one short question.
    pub fn begin_job(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the master. Waits, so it is called from threads that may.
    fn ask(&self, body: RequestBody, what: &str) -> Result<ResponseBody, Error> {
        self.runtime.block_on(self.link.request(body)).map_err(|error| failed(what, error))
    }

    fn index(&self, env: &str) -> Result<Arc<Index>, Error> {
        let known = self.state().indexes.get(env).cloned();
        if let Some(index) = &known
            && self.is_fresh(index.asked)
        {
            return Ok(Arc::clone(index));
        }
        let name = model::Env::new(env).map_err(|_| self.no_env(env))?;
        let asked_now = self.asked();
        let answer = self.ask(RequestBody::FileIndex { env: name, known: known.as_ref().map(|index| index.revision) }, env)?;
        let index = match (answer, known) {
            (ResponseBody::FileIndex { revision, files }, _) => {
                Index { revision, files: files.into_iter().map(|file| (file.path.clone(), file)).collect(), asked: asked_now }
            }
            (ResponseBody::Unchanged, Some(known)) => Index { revision: known.revision, files: known.files.clone(), asked: asked_now },
            _ => return Err(self.no_env(env)),
        };
        let index = Arc::new(index);
        self.state().indexes.insert(env.to_owned(), Arc::clone(&index));
        Ok(index)
    }

    fn no_env(&self, env: &str) -> Error {
        let known = self.state().envs.as_ref().map(|(_, envs)| envs.join(", ")).unwrap_or_default();
        Error::NoEnv { env: env.to_owned(), known }
    }

    fn place(&self, hash: &[u8; 32]) -> PathBuf {
        let name = hex::encode(hash);
        let (folder, rest) = name.split_at(2);
        self.blobs.join(folder).join(rest)
    }

    fn has(&self, entry: &FileEntry) -> bool {
        let place = self.place(&entry.sha256);
        let Ok(meta) = place.metadata() else { return false };
        let age = meta.modified().ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > USED_AGAIN)
            && let Ok(file) = std::fs::File::open(&place)
        {
            // So that sweeping knows it is still used; once a day is enough.
            let _ = file.set_modified(std::time::SystemTime::now());
        }
        meta.len() == entry.size
    }

    /// Removes content that nobody has used for long. What is removed too early is brought again.
    pub fn sweep(&self) {
        let folders = std::fs::read_dir(&self.blobs).into_iter().flatten().flatten();
        for blob in folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten()) {
            let age = blob.metadata().ok().and_then(|meta| meta.modified().ok()).and_then(|modified| modified.elapsed().ok());
            if age.is_some_and(|age| age > UNUSED) {
                let _ = std::fs::remove_file(blob.path());
            }
        }
    }

    /// Brings a file's content here, and with a small one its small neighbours: what needs one SLS of a folder needs the others soon.
    fn bring(&self, env: &str, index: &Index, entry: &FileEntry) -> Result<(), Error> {
        if self.has(entry) {
            return Ok(());
        }
        if entry.size > SMALL {
            return self.bring_large(env, entry);
        }
        let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut wanted = vec![entry];
        let mut bytes = entry.size;
        let neighbours = index.files.values().filter(|other| {
            other.path != entry.path && other.size <= SMALL && other.path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
        });
        for other in neighbours {
            if bytes + other.size > TOGETHER || wanted.len() >= 256 {
                break;
            }
            if !self.has(other) {
                bytes += other.size;
                wanted.push(other);
            }
        }
        let name = model::Env::new(env).map_err(|_| self.no_env(env))?;
        let paths = wanted.iter().map(|entry| entry.path.clone()).collect();
        let ResponseBody::Files { files } = self.ask(RequestBody::FilesRead { env: name, paths }, &entry.path)? else {
            return Err(odd(&entry.path));
        };
        let mut got_it = false;
        for (path, content) in files {
            let (Some(content), Some(other)) = (content, index.files.get(&path)) else { continue };
            let kept = self.keep(other, |file| file.write_all(&content));
            if path == entry.path {
                kept?;
                got_it = true;
            }
        }
        if got_it { Ok(()) } else { self.bring_large(env, entry) }
    }

    /// Brings a file by parts, several of them on their way at any time.
    fn bring_large(&self, env: &str, entry: &FileEntry) -> Result<(), Error> {
        let name = model::Env::new(env).map_err(|_| self.no_env(env))?;
        let part = proto::limits::FILE_PART as u64;
        let offsets: Vec<u64> = (0..entry.size.div_ceil(part)).map(|number| number * part).collect();
        let path = entry.path.clone();
        self.keep(entry, |file| {
            for window in offsets.chunks(WINDOW) {
                let asks = window.iter().map(|offset| {
                    let length = u32::try_from((entry.size - offset).min(part)).unwrap_or(u32::MAX);
                    self.link.request(RequestBody::FileRead { env: name.clone(), path: path.clone(), offset: *offset, length })
                });
                for answer in self.runtime.block_on(futures_util::future::join_all(asks)) {
                    match answer {
                        Ok(ResponseBody::FilePart { bytes, .. }) => file.write_all(&bytes)?,
                        Ok(_) => return Err(std::io::Error::other("the master answered with something else")),
                        Err(error) => return Err(std::io::Error::other(error.to_string())),
                    }
                }
            }
            Ok(())
        })
    }

    /// Writes a blob and checks that it is what the index says.
    fn keep(&self, entry: &FileEntry, fill: impl FnOnce(&mut Hashing<std::fs::File>) -> std::io::Result<()>) -> Result<(), Error> {
        let place = self.place(&entry.sha256);
        let write = || {
            let folder = place.parent().unwrap_or(&self.blobs);
            std::fs::create_dir_all(folder)?;
            let fresh = folder.join(format!(".{}-{:?}", std::process::id(), std::thread::current().id()));
            let result = (|| {
                let mut file = Hashing::new(private_file(&fresh)?);
                fill(&mut file)?;
                if file.hash() != entry.sha256 {
                    return Err(std::io::Error::other("its content changed while it was read; try again"));
                }
                std::fs::rename(&fresh, &place)
            })();
            if result.is_err() {
                let _ = std::fs::remove_file(&fresh);
            }
            result
        };
        write().map_err(|source| Error::Read { path: PathBuf::from(format!("salt://{}", entry.path)), source })
    }
}

/// Files of the master may hold secrets; the cache is its owner's alone.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Hashes what is written through it.
struct Hashing<W> {
    inner: W,
    digest: sha2::Sha256,
}

impl<W: Write> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, digest: sha2::Digest::new() }
    }

    fn hash(self) -> [u8; 32] {
        sha2::Digest::finalize(self.digest).into()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        sha2::Digest::update(&mut self.digest, bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

fn failed(what: &str, error: RequestError) -> Error {
    Error::Read { path: PathBuf::from(format!("salt://{what}")), source: std::io::Error::other(error.to_string()) }
}

fn odd(what: &str) -> Error {
    failed(what, RequestError::Failed(model::Failure::failed("the answer is of another kind than the question")))
}

impl FileEnv for Remote {
    fn envs(&self) -> Vec<String> {
        if let Some((asked, envs)) = &self.state().envs
            && self.is_fresh(*asked)
        {
            return envs.clone();
        }
        let asked = self.asked();
        match self.ask(RequestBody::Envs, "") {
            Ok(ResponseBody::Envs { envs }) => {
                let envs: Vec<String> = envs.iter().map(ToString::to_string).collect();
                self.state().envs = Some((asked, envs.clone()));
                envs
            }
            Ok(_) => Vec::new(),
            Err(error) => {
                tracing::warn!(error = %output::chain(&error), "the environments of the master cannot be listed");
                Vec::new()
            }
        }
    }

    fn list(&self, env: &str) -> Result<Vec<String>, Error> {
        Ok(self.index(env)?.files.keys().cloned().collect())
    }

    fn list_dirs(&self, env: &str) -> Result<Vec<String>, Error> {
        let index = self.index(env)?;
        let mut folders = std::collections::BTreeSet::new();
        for path in index.files.keys() {
            let mut rest = path.as_str();
            while let Some((folder, _)) = rest.rsplit_once('/') {
                if !folders.insert(folder.to_owned()) {
                    break;
                }
                rest = folder;
            }
        }
        Ok(folders.into_iter().collect())
    }

    fn list_links(&self, _: &str) -> Result<Vec<(String, String)>, Error> {
        // The master follows links and serves what they point at.
        Ok(Vec::new())
    }

    fn find(&self, env: &str, path: &FilePath) -> Result<Option<Found>, Error> {
        let index = self.index(env)?;
        let Some(entry) = index.files.get(path.as_str()) else { return Ok(None) };
        self.bring(env, &index, entry)?;
        Ok(Some(Found { disk: self.place(&entry.sha256), size: entry.size, mode: entry.mode, modified: 0 }))
    }

    fn read_at(&self, env: &str, path: &FilePath, offset: u64, len: usize) -> Result<Option<Vec<u8>>, Error> {
        use std::io::{Read, Seek, SeekFrom};
        let Some(found) = self.find(env, path)? else { return Ok(None) };
        let read = || {
            let mut file = std::fs::File::open(&found.disk)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            file.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(Some).map_err(|source| Error::Read { path: found.disk.clone(), source })
    }

    fn hash(&self, env: &str, path: &FilePath) -> Result<Option<String>, Error> {
        Ok(self.index(env)?.files.get(path.as_str()).map(|entry| hex::encode(entry.sha256)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_hashed() {
        let mut hashing = Hashing::new(Vec::new());
        hashing.write_all(b"ab").unwrap();
        hashing.write_all(b"c").unwrap();
        assert_eq!(hex::encode(hashing.hash()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
