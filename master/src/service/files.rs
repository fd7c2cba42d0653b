//! The file service: what environments hold, with hashes, and the bytes.

use super::blocking;
use bytes::Bytes;
use files::{FileEnv, FilePath, Roots};
use model::{Env, Failure};
use proto::limits::{FILE_PART, MESSAGE};
use proto::{FileEntry, ResponseBody};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Files that are given whole in one answer are together no larger.
const TOGETHER: usize = MESSAGE / 4;

/// Gives out the files of the environments.
#[derive(Clone)]
pub struct FileService {
    roots: Arc<Roots>,
}

impl FileService {
    /// The service over the file roots.
    #[must_use]
    pub fn new(roots: Arc<Roots>) -> Self {
        Self { roots }
    }

    /// Names of the environments.
    ///
    /// # Errors
    /// Never so far.
    pub fn envs(&self) -> Result<ResponseBody, Failure> {
        Ok(ResponseBody::Envs { envs: self.roots.envs().into_iter().filter_map(|name| Env::new(name).ok()).collect() })
    }

    /// The files of an environment with their hashes; nothing when the asker has that revision.
    ///
    /// # Errors
    /// When there is no such environment, or its folders cannot be read.
    pub async fn index(&self, env: Env, known: Option<[u8; 32]>) -> Result<ResponseBody, Failure> {
        let roots = Arc::clone(&self.roots);
        blocking(move || index(&roots, &env, known)).await?
    }

    /// A part of a file.
    ///
    /// # Errors
    /// When there is no such file.
    pub async fn part(&self, env: Env, path: String, offset: u64, length: u32) -> Result<ResponseBody, Failure> {
        let roots = Arc::clone(&self.roots);
        blocking(move || {
            let path = FilePath::new(&path).map_err(|error| Failure::bad_arguments(error.to_string()))?;
            let missing = || Failure::failed(format!("no file `{path}` in environment `{env}`"));
            let found = roots.find(env.as_str(), &path).map_err(|error| failure(&error))?.ok_or_else(missing)?;
            let length = length.min(FILE_PART) as usize;
            let bytes = roots.read_at(env.as_str(), &path, offset, length).map_err(|error| failure(&error))?.ok_or_else(missing)?;
            Ok(ResponseBody::FilePart { size: found.size, bytes: Bytes::from(bytes) })
        })
        .await?
    }

    /// Several small files whole.
    ///
    /// # Errors
    /// When there is no such environment.
    pub async fn files(&self, env: Env, paths: Vec<String>) -> Result<ResponseBody, Failure> {
        let roots = Arc::clone(&self.roots);
        blocking(move || {
            let mut together = 0;
            let mut given = Vec::with_capacity(paths.len());
            for text in paths {
                let Ok(path) = FilePath::new(&text) else {
                    given.push((text, None));
                    continue;
                };
                let found = roots.find(env.as_str(), &path).map_err(|error| failure(&error))?;
                let size = found.map_or(0, |found| usize::try_from(found.size).unwrap_or(usize::MAX));
                together += size.min(TOGETHER + 1);
                let bytes = if together > TOGETHER { None } else { roots.read(env.as_str(), &path).map_err(|error| failure(&error))? };
                given.push((text, bytes.map(Bytes::from)));
            }
            Ok(ResponseBody::Files { files: given })
        })
        .await?
    }
}

fn index(roots: &Roots, env: &Env, known: Option<[u8; 32]>) -> Result<ResponseBody, Failure> {
    let mut entries = Vec::new();
    let mut revision = Sha256::new();
    for text in roots.list(env.as_str()).map_err(|error| failure(&error))? {
        let Ok(path) = FilePath::new(&text) else { continue };
        // A file that went away between the listing and here is simply not there.
        let Some(found) = roots.find(env.as_str(), &path).map_err(|error| failure(&error))? else { continue };
        let Some(hash) = roots.hash(env.as_str(), &path).map_err(|error| failure(&error))? else { continue };
        let mut sha256 = [0; 32];
        hex::decode_to_slice(&hash, &mut sha256).map_err(|_| Failure::failed(format!("the hash of `{path}` is no SHA-256")))?;
        revision.update(text.as_bytes());
        revision.update([0]);
        revision.update(found.mode.to_be_bytes());
        revision.update(sha256);
        entries.push(FileEntry { path: text, size: found.size, mode: found.mode, sha256 });
    }
    let revision: [u8; 32] = revision.finalize().into();
    if known == Some(revision) { Ok(ResponseBody::Unchanged) } else { Ok(ResponseBody::FileIndex { revision, files: entries }) }
}

fn failure(error: &files::Error) -> Failure {
    Failure::failed(output::chain(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> (tempfile::TempDir, FileService) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.sls"), "a: test.nop\n").unwrap();
        std::fs::write(folder.path().join("b.txt"), "0123456789").unwrap();
        let service = FileService::new(Arc::new(Roots::base(folder.path())));
        (folder, service)
    }

    #[tokio::test]
    async fn an_index_that_is_known_is_not_sent_again_until_a_file_changes() {
        let (folder, service) = service();
        let ResponseBody::FileIndex { revision, files } = service.index(Env::base(), None).await.unwrap() else { panic!("no index") };
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.sls", "b.txt"]);
        assert_eq!(service.index(Env::base(), Some(revision)).await.unwrap(), ResponseBody::Unchanged);
        std::fs::write(folder.path().join("c"), "new").unwrap();
        assert!(matches!(service.index(Env::base(), Some(revision)).await.unwrap(), ResponseBody::FileIndex { .. }));
    }

    #[tokio::test]
    async fn a_file_is_read_by_parts_and_never_outside_its_root() {
        let (_folder, service) = service();
        let part = service.part(Env::base(), "b.txt".into(), 4, 3).await.unwrap();
        assert_eq!(part, ResponseBody::FilePart { size: 10, bytes: Bytes::from_static(b"456") });
        for path in ["../b.txt", "/etc/passwd", "x/../../y", "a\0b"] {
            assert!(service.part(Env::base(), path.into(), 0, 10).await.is_err(), "{path:?}");
        }
    }

    #[tokio::test]
    async fn several_files_come_in_the_order_of_the_question() {
        let (_folder, service) = service();
        let asked = ["b.txt", "nope", "../x", "a.sls"].map(String::from).to_vec();
        let ResponseBody::Files { files } = service.files(Env::base(), asked).await.unwrap() else { panic!("no files") };
        assert_eq!(files.iter().map(|(_, bytes)| bytes.as_ref().map(Bytes::len)).collect::<Vec<_>>(), [Some(10), None, None, Some(12)]);
    }
}
