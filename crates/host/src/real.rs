//! The machine we run on.

use crate::command::{Command, Output};
use crate::files::{FileKind, Owner, Stat, Write, join, parent};
use crate::{Accounts, Environ, Error, Host, HttpAnswer, HttpError, HttpRequest, Lasting, Look, RunError, Source};
use async_trait::async_trait;
use nix::sys::stat::{Mode, SFlag, UtimensatFlags};
use nix::sys::time::{TimeSpec, TimeValLike};
use nix::unistd::{AccessFlags, Gid, Uid};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// What was set in the environment of this process since it began.
pub(crate) static AGENT: Environ = Environ::new();

/// The machine we run on.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealHost;

impl RealHost {
    /// The machine we run on.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Fills a file beside and puts it at the path in one step.
    fn replace(&self, path: &str, how: &Write, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
        let old = self.link_stat(path).map_err(io::Error::other)?.filter(|stat| stat.kind == FileKind::File);
        let temp = temp_name(path, how);
        let done = write_temp(&temp, how, old.as_ref(), fill).and_then(|()| match fs::rename(&temp, path) {
            // A temporary folder of the caller's choice may lie on another file system.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => fs::copy(&temp, path).and_then(|_| fs::remove_file(&temp)),
            other => other,
        });
        if done.is_err() {
            let _ = fs::remove_file(&temp);
        }
        done
    }
}

#[async_trait]
impl Look for RealHost {
    async fn run(&self, command: Command) -> Result<Output, RunError> {
        crate::run::run(self, command).await
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        fs::read(path).map_err(|error| Error::new("read", path, error))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Source>, Error> {
        match fs::File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(Error::new("read", path, error)),
        }
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        looked(path, fs::metadata(path))
    }

    fn link_stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        looked(path, fs::symlink_metadata(path))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        let error = |error| Error::new("list", path, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(error)? {
            names.push(entry.map_err(error)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn read_link(&self, path: &str) -> Result<String, Error> {
        let target = fs::read_link(path).map_err(|error| Error::new("read the link", path, error))?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn real_path(&self, path: &str) -> Result<String, Error> {
        let real = fs::canonicalize(path).map_err(|error| Error::new("resolve", path, error))?;
        Ok(real.to_string_lossy().into_owned())
    }

    fn accounts(&self) -> Accounts {
        Accounts::parse(&self.read_text("/etc/passwd").unwrap_or_default(), &self.read_text("/etc/group").unwrap_or_default())
    }

    fn env(&self, name: &str) -> Option<String> {
        AGENT.get(name).unwrap_or_else(|| std::env::var(name).ok())
    }

    fn environ(&self) -> BTreeMap<String, String> {
        let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
        let mut all = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        AGENT.lay_over(&mut all);
        all
    }

    async fn http(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        crate::ask::ask(request).await
    }

    fn identity(&self) -> (u32, u32) {
        (Uid::effective().as_raw(), Gid::effective().as_raw())
    }

    fn may_execute(&self, path: &str) -> bool {
        self.is_file(path) && nix::unistd::access(path, AccessFlags::X_OK).is_ok()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl Host for RealHost {
    fn write(&self, path: &str, content: &[u8], how: &Write) -> Result<(), Error> {
        self.replace(path, how, |file| file.write_all(content)).map_err(|error| Error::new("write", path, error))
    }

    fn copy(&self, from: &str, to: &str, how: &Write) -> Result<(), Error> {
        let mut source = fs::File::open(from).map_err(|error| Error::new("read", from, error))?;
        self.replace(to, how, |file| io::copy(&mut source, file).map(drop)).map_err(|error| Error::new("write", to, error))
    }

    fn write_from(&self, path: &str, content: &mut dyn Read, how: &Write) -> Result<(), Error> {
        self.replace(path, how, |file| io::copy(content, file).map(drop)).map_err(|error| Error::new("write", path, error))
    }

    fn append(&self, path: &str, content: &[u8]) -> Result<(), Error> {
        let opened = fs::OpenOptions::new().append(true).create(true).open(path);
        opened.and_then(|mut file| file.write_all(content)).map_err(|error| Error::new("append to", path, error))
    }

    fn make_dir(&self, path: &str, mode: Option<u32>) -> Result<(), Error> {
        let made = fs::DirBuilder::new().mode(mode.unwrap_or(0o777)).create(path);
        // The umask has had its say; a mode that was asked for is meant exactly.
        let made = made.and_then(|()| mode.map_or(Ok(()), |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode))));
        made.map_err(|error| Error::new("make the folder", path, error))
    }

    fn remove_file(&self, path: &str) -> Result<(), Error> {
        fs::remove_file(path).map_err(|error| Error::new("remove", path, error))
    }

    fn remove_dir(&self, path: &str) -> Result<(), Error> {
        fs::remove_dir(path).map_err(|error| Error::new("remove the folder", path, error))
    }

    fn remove_all(&self, path: &str) -> Result<(), Error> {
        let is_dir = self.link_stat(path)?.is_some_and(|stat| stat.kind == FileKind::Dir);
        let removed = if is_dir { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.map_err(|error| Error::new("remove", path, error))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        fs::rename(from, to).map_err(|error| Error::new("rename", from, error))
    }

    fn symlink(&self, target: &str, link: &str) -> Result<(), Error> {
        std::os::unix::fs::symlink(target, link).map_err(|error| Error::new("make the link", link, error))
    }

    fn hard_link(&self, target: &str, link: &str) -> Result<(), Error> {
        fs::hard_link(target, link).map_err(|error| Error::new("make the link", link, error))
    }

    fn set_mode(&self, path: &str, mode: u32) -> Result<(), Error> {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| Error::new("set the mode of", path, error))
    }

    fn set_owner(&self, path: &str, owner: Owner, follow: bool) -> Result<(), Error> {
        let change = if follow { std::os::unix::fs::chown::<&str> } else { std::os::unix::fs::lchown::<&str> };
        change(path, owner.uid, owner.gid).map_err(|error| Error::new("set the owner of", path, error))
    }

    fn set_times(&self, path: &str, accessed: f64, modified: f64) -> Result<(), Error> {
        let spec = |seconds: f64| TimeSpec::nanoseconds((seconds * 1e9) as i64);
        nix::sys::stat::utimensat(nix::fcntl::AT_FDCWD, path, &spec(accessed), &spec(modified), UtimensatFlags::FollowSymlink)
            .map_err(|error| Error::new("set the times of", path, error.into()))
    }

    fn set_env(&self, name: &str, value: Option<&str>, lasting: Lasting) {
        match lasting {
            // Without a job around it there is only the process itself.
            Lasting::Job | Lasting::Agent => AGENT.set(name, value),
        }
    }

    fn make_node(&self, path: &str, kind: FileKind, device: u64, mode: u32) -> Result<(), Error> {
        let flag = match kind {
            FileKind::Block => SFlag::S_IFBLK,
            FileKind::Char => SFlag::S_IFCHR,
            FileKind::Pipe => SFlag::S_IFIFO,
            FileKind::Socket => SFlag::S_IFSOCK,
            FileKind::File | FileKind::Dir | FileKind::Link => SFlag::S_IFREG,
        };
        let made = nix::sys::stat::mknod(path, flag, Mode::from_bits_truncate(mode), device).map_err(io::Error::from);
        let made = made.and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)));
        made.map_err(|error| Error::new("make the node", path, error))
    }
}

fn looked(path: &str, found: io::Result<fs::Metadata>) -> Result<Option<Stat>, Error> {
    match found {
        Ok(meta) => Ok(Some(stat_of(&meta))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::new("look at", path, error)),
    }
}

fn stat_of(meta: &fs::Metadata) -> Stat {
    let kind = meta.file_type();
    let kind = if kind.is_symlink() {
        FileKind::Link
    } else if kind.is_dir() {
        FileKind::Dir
    } else if kind.is_fifo() {
        FileKind::Pipe
    } else if kind.is_socket() {
        FileKind::Socket
    } else if kind.is_block_device() {
        FileKind::Block
    } else if kind.is_char_device() {
        FileKind::Char
    } else {
        FileKind::File
    };
    let time = |seconds: i64, nanos: i64| seconds as f64 + nanos as f64 / 1e9;
    Stat {
        kind,
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        size: meta.size(),
        inode: meta.ino(),
        links: meta.nlink(),
        device: meta.rdev(),
        accessed: time(meta.atime(), meta.atime_nsec()),
        modified: time(meta.mtime(), meta.mtime_nsec()),
        changed: time(meta.ctime(), meta.ctime_nsec()),
    }
}

/// A name nobody else uses: our process id and a count. It lies beside the target, so that the rename stays on one file system.
fn temp_name(path: &str, how: &Write) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = how.temp_dir.as_deref().or_else(|| parent(path)).unwrap_or(".");
    let suffix = how.temp_suffix.as_deref().unwrap_or("");
    join(folder, &format!(".{name}.{}-{}{suffix}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

fn write_temp(temp: &str, how: &Write, old: Option<&Stat>, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let mode = how.mode.or(old.map(|old| old.mode));
    let wanted = Owner { uid: how.owner.uid.or(old.map(|old| old.uid)), gid: how.owner.gid.or(old.map(|old| old.gid)) };
    // Closed to others until owner and mode are right: what is written may be a secret.
    let first = if mode.is_some() || how.owner != Owner::default() { 0o600 } else { 0o666 };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(first).open(temp)?;
    fill(&mut file)?;
    let meta = file.metadata()?;
    let differs = |want: Option<u32>, have: u32| want.filter(|want| *want != have);
    let owner = (differs(wanted.uid, meta.uid()), differs(wanted.gid, meta.gid()));
    if owner != (None, None) {
        std::os::unix::fs::fchown(&file, owner.0, owner.1)?;
    }
    match mode {
        // After the change of owner, which clears set-id bits.
        Some(mode) => file.set_permissions(fs::Permissions::from_mode(mode)),
        None if first == 0o600 => file.set_permissions(fs::Permissions::from_mode(0o666 & !umask())),
        None => Ok(()),
    }
}

/// Our umask, read without changing it.
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    mask.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok()).unwrap_or(0o022)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_keeps_the_mode_of_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f").to_str().unwrap().to_owned();
        let host = RealHost::new();
        host.write(&path, b"a", &Write::mode(0o640)).unwrap();
        host.write(&path, b"b", &Write::default()).unwrap();
        assert_eq!(host.stat(&path).unwrap().unwrap().mode, 0o640);
        assert_eq!(host.read(&path).unwrap(), b"b");
        assert_eq!(host.list(dir.path().to_str().unwrap()).unwrap(), ["f"]);
    }

    #[test]
    fn a_copy_has_the_content_and_the_wanted_mode_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let host = RealHost::new();
        host.write(&at("from"), b"content", &Write::default()).unwrap();
        host.copy(&at("from"), &at("to"), &Write::mode(0o600)).unwrap();
        assert_eq!((host.read(&at("to")).unwrap().as_slice(), host.stat(&at("to")).unwrap().unwrap().mode), (&b"content"[..], 0o600));
        let error = host.copy(&at("missing"), &at("to"), &Write::default()).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
        assert_eq!(host.list(dir.path().to_str().unwrap()).unwrap(), ["from", "to"]);
    }

    #[test]
    fn folders_are_made_with_their_parents_and_removed_with_their_content() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("a").to_str().unwrap().to_owned();
        let host = RealHost::new();
        host.make_dirs(&format!("{top}/b/c"), Some(0o750)).unwrap();
        host.symlink("/etc/passwd", &format!("{top}/b/link")).unwrap();
        assert_eq!(host.stat(&format!("{top}/b/c")).unwrap().unwrap().mode, 0o750);
        host.remove_all(&top).unwrap();
        assert!(!host.exists(&top));
        assert!(host.exists("/etc/passwd"));
    }

    #[test]
    fn nothing_at_a_path_is_no_error() {
        assert_eq!(RealHost::new().stat("/no/such/file").unwrap(), None);
        assert_eq!(RealHost::new().link_stat("/etc/passwd/x").unwrap(), None);
    }
}
