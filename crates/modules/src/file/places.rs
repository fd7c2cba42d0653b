//! Files at other places: links, copies, moves.

use super::look::stat;
use sdk::host::{FileKind, Write as How, join};
use sdk::{Action, Args, Cx, Failure, Map};

/// Make a symbolic link.
///
/// ```salt
/// salt '*' file.symlink /path/to/file /path/to/link
/// ```
#[derive(Args)]
pub struct Symlink {
    /// Where it points.
    src: String,
    /// Path of the link.
    path: String,
    /// Remove what stands in its place.
    #[arg(default = false)]
    force: bool,
    /// Known for compatibility: a link is put in place in one step.
    #[arg(default = false, ignored)]
    atomic: bool,
}

impl Action for Symlink {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let host = cx.host();
        if !self.path.starts_with('/') {
            return Err(Failure::failed(format!("Link path must be absolute: {}", self.path)));
        }
        if let Some(there) = host.link_stat(&self.path).map_err(crate::failure)? {
            if there.kind == FileKind::Link && host.read_link(&self.path).is_ok_and(|target| target == self.src) {
                return Ok(true);
            }
            if !self.force && there.kind != FileKind::Link {
                return Err(Failure::failed(format!("Existing path is not a symlink: {}", self.path)));
            }
            if !self.force {
                return Err(Failure::failed(format!("Existing link points elsewhere: {}", self.path)).with_hint("set `force`"));
            }
            host.remove_all(&self.path).map_err(crate::failure)?;
        }
        host.symlink(&self.src, &self.path).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Make a second name of a file.
///
/// ```salt
/// salt '*' file.link /path/to/file /path/to/link
/// ```
#[derive(Args)]
pub struct Link {
    /// The file.
    src: String,
    /// Its second name.
    path: String,
}

impl Action for Link {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        cx.host().hard_link(&self.src, &self.path).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Copy a file, or a folder with `recurse`.
///
/// ```salt
/// salt '*' file.copy /path/to/src /path/to/dst
/// ```
#[derive(Args)]
pub struct Copy {
    /// What is copied.
    src: String,
    /// Path of the copy.
    dst: String,
    /// Copy what is in a folder.
    #[arg(default = false)]
    recurse: bool,
    /// Remove the old folder first.
    #[arg(default = false)]
    remove_existing: bool,
}

impl Action for Copy {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let host = cx.host();
        let from = host.stat(&self.src).map_err(crate::failure)?;
        let from = from.ok_or_else(|| Failure::failed(format!("No such file or directory '{}'", self.src)))?;
        if from.kind == FileKind::Dir {
            if !self.recurse {
                return Err(Failure::failed("Cannot copy overwriting a directory without recurse flag set to true!"));
            }
            if self.remove_existing && host.exists(&self.dst) {
                host.remove_all(&self.dst).map_err(crate::failure)?;
            }
            copy_tree(&self.src, &self.dst, cx)?;
            return Ok(true);
        }
        let target = if host.is_dir(&self.dst) { join(&self.dst, self.src.rsplit('/').next().unwrap_or_default()) } else { self.dst };
        copy_file(&self.src, &target, cx)?;
        Ok(true)
    }
}

fn copy_file(from: &str, to: &str, cx: &Cx) -> Result<(), Failure> {
    let content = cx.host().read(from).map_err(crate::failure)?;
    cx.host().write(to, &content, &How::mode(stat(from, cx)?.mode)).map_err(crate::failure)
}

fn copy_tree(from: &str, to: &str, cx: &Cx) -> Result<(), Failure> {
    cx.host().make_dirs(to, None).map_err(crate::failure)?;
    for name in cx.host().list(from).map_err(crate::failure)? {
        let (from, to) = (join(from, &name), join(to, &name));
        match cx.host().link_stat(&from).map_err(crate::failure)?.map(|stat| stat.kind) {
            Some(FileKind::Dir) => copy_tree(&from, &to, cx)?,
            Some(FileKind::Link) => {
                let target = cx.host().read_link(&from).map_err(crate::failure)?;
                let _ = cx.host().remove_file(&to);
                cx.host().symlink(&target, &to).map_err(crate::failure)?;
            }
            Some(FileKind::File) => copy_file(&from, &to, cx)?,
            Some(FileKind::Pipe | FileKind::Socket | FileKind::Block | FileKind::Char) | None => {}
        }
    }
    Ok(())
}

/// Rename a file or folder.
///
/// ```salt
/// salt '*' file.rename /path/to/src /path/to/dst
/// ```
#[derive(Args)]
pub struct Rename {
    /// Old path.
    src: String,
    /// New path.
    dst: String,
}

impl Action for Rename {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        cx.host().rename(&self.src, &self.dst).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Move a file, into a folder if there is one.
///
/// ```salt
/// salt '*' file.move /path/to/src /path/to/dst
/// ```
#[derive(Args)]
#[args(name = "move")]
pub struct Move {
    /// Old path.
    src: String,
    /// New path.
    dst: String,
    /// Fail where it would have to be copied, between two file systems.
    #[arg(default = false)]
    disallow_copy_and_unlink: bool,
}

impl Action for Move {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let host = cx.host();
        let target = if host.is_dir(&self.dst) { join(&self.dst, self.src.rsplit('/').next().unwrap_or_default()) } else { self.dst };
        let mut report = Map::new();
        report.insert("result", true);
        report.insert("comment", format!("'{}' moved to '{target}'", self.src));
        if let Err(error) = host.rename(&self.src, &target) {
            if self.disallow_copy_and_unlink || error.source.kind() != std::io::ErrorKind::CrossesDevices {
                return Err(crate::failure(error));
            }
            copy_file(&self.src, &target, cx)?;
            host.remove_file(&self.src).map_err(crate::failure)?;
        }
        Ok(report)
    }
}
