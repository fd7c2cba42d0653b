//! Reading zip archives.

use super::unpack::{Kind, Member, Unpack};
use ::zip::ZipArchive;
use ::zip::result::ZipError;
use sdk::host::{Host, Look, Source};
use std::collections::BTreeSet;
use std::io::{self, Read};

/// Bits of the file type in a mode, and those of a link and a folder.
const TYPE: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const DIR: u32 = 0o040_000;

/// Opens an archive.
pub fn open(host: &dyn Look, path: &str) -> io::Result<ZipArchive<Box<dyn Source>>> {
    let source = host.open(path).map_err(|error| error.source)?;
    ZipArchive::new(source).map_err(io_error)
}

/// The cause of a failure in the words of the operating system where it has any.
pub fn io_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}

/// Name as it stands in the archive, and the mode with the file type.
fn raw(archive: &mut ZipArchive<Box<dyn Source>>, index: usize) -> io::Result<(String, u32)> {
    let file = archive.by_index_raw(index).map_err(io_error)?;
    Ok((String::from_utf8_lossy(file.name_raw()).into_owned(), file.unix_mode().unwrap_or(0)))
}

/// Folders, files and links in an archive. Folders that only show in the paths of files count too.
pub fn names(host: &dyn Look, path: &str) -> io::Result<(Vec<String>, Vec<String>, Vec<String>)> {
    let mut archive = open(host, path)?;
    let (mut dirs, mut files, mut links) = (BTreeSet::new(), Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let (name, mode) = raw(&mut archive, index)?;
        match mode & TYPE {
            LINK => links.push(name),
            DIR => {
                dirs.insert(name);
            }
            _ => files.push(name),
        }
    }
    for name in files.clone() {
        if let Some((up, _)) = name.rsplit_once('/') {
            let up = format!("{up}/");
            files.retain(|file| *file != up);
            dirs.insert(up);
        }
    }
    Ok((dirs.into_iter().collect(), files, links))
}

/// Whether any member needs a password.
pub fn is_encrypted(host: &dyn Look, path: &str) -> io::Result<bool> {
    let mut archive = open(host, path)?;
    for index in 0..archive.len() {
        if archive.by_index_raw(index).map_err(io_error)?.encrypted() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the modes in the archive count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modes {
    /// They are set.
    Kept,
    /// Files get those of new files.
    Dropped,
}

/// Takes everything but some names out into a folder; the names in the order of the archive.
pub fn extract(
    host: &dyn Host,
    path: &str,
    folder: &str,
    excludes: &[String],
    password: Option<&str>,
    modes: Modes,
) -> io::Result<Vec<String>> {
    let mut archive = open(host, path)?;
    let mut unpack = Unpack::new(host, folder)?;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let (name, mode) = raw(&mut archive, index)?;
        if excludes.contains(&name) {
            continue;
        }
        let opened = match password {
            Some(password) => archive.by_index_decrypt(index, password.as_bytes()),
            None => archive.by_index(index),
        };
        let mut file = opened.map_err(io_error)?;
        let kind = match mode & TYPE {
            LINK => {
                let mut target = String::new();
                file.read_to_string(&mut target)?;
                Kind::Link(target)
            }
            DIR => Kind::Dir,
            _ if name.ends_with('/') => Kind::Dir,
            _ => Kind::File,
        };
        let mode = (modes == Modes::Kept && mode & 0o7777 != 0).then_some(mode & 0o7777);
        let plain = name.trim_end_matches('/').to_owned();
        let member = Member { name: plain, kind, mode, user: None, group: None, uid: None, gid: None, modified: None };
        unpack.put(&member, &mut file)?;
        names.push(name);
    }
    unpack.finish()?;
    Ok(names)
}
