//! What kind of thing stands at a path, beyond files, folders and links; how two files differ; how much lies below a folder.

use super::text::shown_change;
use sdk::host::{FileKind, Look, Owner, device_parts, join, parent};
use sdk::{Action, Args, Cx, Failure, Query, Read, Value};

/// A question about what stands at a path, a link itself where it is one.
macro_rules! kind_function {
    ($(#[$doc:meta])* $name:ident -> $output:ty, |$stat:ident| $body:expr, $nothing:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            #[arg(alias = "path")]
            name: String,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, read: &Read) -> Result<$output, Failure> {
                let found = read.host().link_stat(&self.name).map_err(crate::failure)?;
                Ok(found.map_or_else(|| $nothing, |$stat| $body))
            }
        }
    };
}

kind_function! {
    /// Tell whether a block device is at a path.
    ///
    /// ```salt
    /// salt '*' file.is_blkdev /dev/sda
    /// ```
    IsBlkdev -> bool, |stat| stat.kind == FileKind::Block, false
}
kind_function! {
    /// Tell whether a character device is at a path.
    ///
    /// ```salt
    /// salt '*' file.is_chrdev /dev/null
    /// ```
    IsChrdev -> bool, |stat| stat.kind == FileKind::Char, false
}
kind_function! {
    /// Tell whether a named pipe is at a path.
    ///
    /// ```salt
    /// salt '*' file.is_fifo /run/app.fifo
    /// ```
    IsFifo -> bool, |stat| stat.kind == FileKind::Pipe, false
}
kind_function! {
    /// Tell whether a file has more names than this one.
    ///
    /// ```salt
    /// salt '*' file.is_hardlink /srv/app.iso
    /// ```
    IsHardlink -> bool, |stat| stat.links > 1 && stat.kind != FileKind::Dir, false
}
kind_function! {
    /// Return the major and minor number of a device; zeros for what is none.
    ///
    /// ```salt
    /// salt '*' file.get_devmm /dev/null
    /// ```
    GetDevmm -> Value, |stat| {
        let is_device = matches!(stat.kind, FileKind::Block | FileKind::Char);
        let (major, minor) = if is_device { device_parts(stat.device) } else { (0, 0) };
        Value::from(vec![major, minor])
    }, Value::from(vec![0, 0])
}

/// Return the name of the folder above: `..`.
///
/// ```salt
/// salt '*' file.pardir
/// ```
#[derive(Args)]
pub struct Pardir;

impl Query for Pardir {
    type Output = &'static str;
    async fn call(self, _read: &Read) -> Result<&'static str, Failure> {
        Ok("..")
    }
}

/// Return how many bytes lie in a file, or below a folder.
///
/// ```salt
/// salt '*' file.diskusage /var/log
/// ```
#[derive(Args)]
pub struct Diskusage {
    /// Path.
    path: String,
}

impl Query for Diskusage {
    type Output = i64;
    async fn call(self, read: &Read) -> Result<i64, Failure> {
        let total = usage(read.host(), &self.path)?;
        Ok(i64::try_from(total).unwrap_or(i64::MAX))
    }
}

/// Bytes of a file and of all below it; links are not followed.
fn usage(host: &dyn Look, path: &str) -> Result<u64, Failure> {
    let Some(stat) = host.link_stat(path).map_err(crate::failure)? else { return Ok(0) };
    if stat.kind != FileKind::Dir {
        return Ok(if stat.kind == FileKind::File { stat.size } else { 0 });
    }
    let mut total = 0;
    for name in host.list(path).map_err(crate::failure)? {
        total += usage(host, &join(path, &name))?;
    }
    Ok(total)
}

/// Return how two files differ; empty text where they do not.
///
/// ```salt
/// salt '*' file.get_diff /etc/app.conf salt://app/app.conf
/// ```
#[derive(Args)]
pub struct GetDiff {
    /// First file: a path, `salt://…` or a URL.
    file1: String,
    /// Second file.
    file2: String,
    /// File environment.
    saltenv: Option<String>,
    /// Put the names above.
    #[arg(default = true)]
    show_filenames: bool,
    /// Show the lines, and not only that there are some.
    #[arg(default = true)]
    show_changes: bool,
}

impl Query for GetDiff {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let env = self.saltenv.clone().unwrap_or_else(|| read.env().to_owned());
        let mut contents = Vec::new();
        for name in [&self.file1, &self.file2] {
            let missing = || Failure::failed(format!("Failed to cache one or more files: File {name} not found"));
            let fetched = read.agent().fetch(name, &env).await?.ok_or_else(missing)?;
            contents.push(read.host().read(&fetched.path).map_err(crate::failure)?);
        }
        let [old, new] = contents.as_slice() else { return Ok(String::new()) };
        if old == new {
            return Ok(String::new());
        }
        if !self.show_changes {
            return Ok("<show_changes=False>".to_owned());
        }
        let shown = shown_change(old, new);
        if !self.show_filenames {
            return Ok(shown);
        }
        Ok(shown.replacen("--- \n+++ \n", &format!("--- {}\n+++ {}\n", self.file1, self.file2), 1))
    }
}

/// Set the owner of a link itself.
///
/// ```salt
/// salt '*' file.lchown /srv/current app app
/// ```
#[derive(Args)]
pub struct Lchown {
    /// Path.
    path: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
}

impl Action for Lchown {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let accounts = cx.host().accounts();
        let unknown = |what: &str| Ok(Value::from(format!("{what} does not exist")));
        let uid = self.user.as_deref().filter(|user| !user.is_empty()).map(|user| accounts.uid(user));
        let gid = self.group.as_deref().filter(|group| !group.is_empty()).map(|group| accounts.gid(group));
        if uid == Some(None) {
            return unknown("User");
        }
        if gid == Some(None) {
            return unknown("Group");
        }
        let owner = Owner { uid: uid.flatten(), gid: gid.flatten() };
        cx.host().set_owner(&self.path, owner, false).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

/// Return a part of a file.
///
/// ```salt
/// salt '*' file.seek_read /var/log/syslog 4096 0
/// ```
#[derive(Args)]
pub struct SeekRead {
    /// Path.
    path: String,
    /// How many bytes.
    size: usize,
    /// From which byte.
    offset: u64,
}

impl Query for SeekRead {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        use std::io::{Read as _, Seek, SeekFrom};
        let bad = |error: std::io::Error| Failure::failed(format!("cannot read `{}`: {error}", self.path));
        let mut source = read.host().open(&self.path).map_err(crate::failure)?;
        source.seek(SeekFrom::Start(self.offset)).map_err(bad)?;
        let mut part = Vec::new();
        source.take(self.size as u64).read_to_end(&mut part).map_err(bad)?;
        Ok(String::from_utf8_lossy(&part).into_owned())
    }
}

/// The folder above a path, as backups name it.
pub(super) fn folder_and_name(path: &str) -> (&str, &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    (parent(path).unwrap_or("/"), name)
}
