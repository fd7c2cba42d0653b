//! Writing, moving and removing files, and setting owner and mode.

use super::backup;
use super::diff::unified;
use super::edit::{Flags, NotFound, Pattern, Replacement, replace};
use super::look::stat;
use super::perms::Perms;
use sdk::host::{FileKind, Owner, Write as How, join, parent};
use sdk::{Action, Args, Cx, Failure, Map, Mode, Value, text};
use std::time::UNIX_EPOCH;

/// Lines from arguments: each one a line, or a list of lines under `args`.
fn lines(args: &[Value], extra: &Map) -> Vec<String> {
    let named = extra.get("args").cloned();
    let all = args.iter().chain(named.as_ref()).flat_map(|value| match value {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>(),
        other => vec![text::str(other)],
    });
    all.collect()
}

macro_rules! lines_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            path: String,
            /// Lines.
            #[arg(rest)]
            args: Vec<Value>,
            /// `args`: lines as a list.
            #[arg(extra)]
            extra: Map,
        }
    };
}

lines_function! {
    /// Write lines into a file, over what was there.
    ///
    /// ```salt
    /// salt '*' file.write /etc/motd 'This is line one.' 'This is line two.'
    /// ```
    Write
}
lines_function! {
    /// Write lines to the end of a file.
    ///
    /// ```salt
    /// salt '*' file.append /etc/motd 'With all thine offerings'
    /// ```
    Append
}
lines_function! {
    /// Write lines to the beginning of a file.
    ///
    /// ```salt
    /// salt '*' file.prepend /etc/motd 'Thou shalt offer salt'
    /// ```
    Prepend
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl Action for Write {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        cx.host().write(&self.path, text_of(&lines).as_bytes(), &How::default()).map_err(crate::failure)?;
        Ok(format!("Wrote {} lines to \"{}\"", lines.len(), self.path))
    }
}

impl Action for Append {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        let old = cx.host().read(&self.path).unwrap_or_default();
        let between = if old.is_empty() || old.ends_with(b"\n") { "" } else { "\n" };
        cx.host().append(&self.path, format!("{between}{}", text_of(&lines)).as_bytes()).map_err(crate::failure)?;
        Ok(format!("Wrote {} lines to \"{}\"", lines.len(), self.path))
    }
}

impl Action for Prepend {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let lines = lines(&self.args, &self.extra);
        let mut content = text_of(&lines).into_bytes();
        content.extend(cx.host().read(&self.path).unwrap_or_default());
        cx.host().write(&self.path, &content, &How::default()).map_err(crate::failure)?;
        Ok(format!("Prepended {} lines to \"{}\"", lines.len(), self.path))
    }
}

/// Make a file if it is missing, and set its times.
///
/// ```salt
/// salt '*' file.touch /var/log/emptyfile
/// ```
#[derive(Args)]
pub struct Touch {
    /// Path.
    name: String,
    /// Time of the last access, in seconds since 1970.
    atime: Option<f64>,
    /// Time of the last change.
    mtime: Option<f64>,
}

impl Action for Touch {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let host = cx.host();
        if !host.exists(&self.name) {
            host.write(&self.name, b"", &How::default()).map_err(crate::failure)?;
        }
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let modified = self.mtime.or(self.atime).unwrap_or(now);
        host.set_times(&self.name, self.atime.unwrap_or(modified), modified).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Remove a file, or a folder with all that is in it.
///
/// ```salt
/// salt '*' file.remove /tmp/foo
/// ```
#[derive(Args)]
pub struct Remove {
    /// Path.
    path: String,
    /// Known for compatibility.
    #[arg(default = false, ignored)]
    force: bool,
}

impl Action for Remove {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if !self.path.starts_with('/') {
            return Err(Failure::failed(format!("File path must be absolute: {}", self.path)));
        }
        if self.path.trim_end_matches('/').is_empty() {
            return Err(Failure::failed("the root folder is not removed"));
        }
        if cx.host().link_stat(&self.path).map_err(crate::failure)?.is_none() {
            return Ok(false);
        }
        cx.host().remove_all(&self.path).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Remove an empty folder.
///
/// ```salt
/// salt '*' file.rmdir /tmp/foo
/// ```
#[derive(Args)]
pub struct Rmdir {
    /// Path.
    path: String,
}

impl Action for Rmdir {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        match cx.host().remove_dir(&self.path) {
            Ok(()) => Ok(true.into()),
            Err(error) => Ok(crate::failure(error).message.into()),
        }
    }
}

/// Make a folder with its owner and mode, and missing ones above it.
///
/// ```salt
/// salt '*' file.mkdir /opt/jetty/context
/// ```
#[derive(Args)]
pub struct Mkdir {
    /// Path.
    dir_path: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
}

impl Action for Mkdir {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        if cx.host().is_dir(&self.dir_path) {
            return Ok(true);
        }
        let perms = Perms { user: self.user, group: self.group, mode: self.mode.and_then(Mode::bits) };
        cx.host().make_dirs(&self.dir_path, perms.mode).map_err(crate::failure)?;
        perms.enforce(cx.host(), &self.dir_path, true)?;
        Ok(true)
    }
}

/// Make the folders above a path.
///
/// ```salt
/// salt '*' file.makedirs /opt/code/
/// ```
#[derive(Args)]
pub struct Makedirs {
    /// Path; one that ends with a slash is a folder itself.
    path: String,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    mode: Option<Mode>,
}

impl Action for Makedirs {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let folder = if self.path.ends_with('/') { self.path.trim_end_matches('/') } else { parent(&self.path).unwrap_or("/") };
        if cx.host().is_dir(folder) {
            return Ok(format!("Directory '{folder}' already exists").into());
        }
        let perms = Perms { user: self.user, group: self.group, mode: self.mode.and_then(Mode::bits) };
        cx.host().make_dirs(folder, perms.mode).map_err(crate::failure)?;
        perms.enforce(cx.host(), folder, true)?;
        Ok(Value::Null)
    }
}

/// Set the mode of a file.
///
/// ```salt
/// salt '*' file.set_mode /etc/passwd 0644
/// ```
#[derive(Args)]
pub struct SetMode {
    /// Path.
    path: String,
    /// Mode.
    mode: Mode,
}

impl Action for SetMode {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let bits = self.mode.bits().ok_or_else(|| Failure::bad_arguments("`keep` is no mode to set"))?;
        stat(&self.path, cx)?;
        cx.host().set_mode(&self.path, bits).map_err(crate::failure)?;
        Ok(Mode::text(stat(&self.path, cx)?.mode))
    }
}

/// Set owner and group of a file.
///
/// ```salt
/// salt '*' file.chown /etc/passwd root root
/// ```
#[derive(Args)]
pub struct Chown {
    /// Path.
    path: String,
    /// Owner.
    user: String,
    /// Group.
    group: Option<String>,
}

impl Action for Chown {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let accounts = cx.host().accounts();
        let Some(uid) = accounts.uid(&self.user) else { return Ok("User does not exist".into()) };
        let gid = match self.group.as_deref() {
            Some(group) => match accounts.gid(group) {
                Some(gid) => Some(gid),
                None => return Ok("Group does not exist".into()),
            },
            None => None,
        };
        if cx.host().link_stat(&self.path).map_err(crate::failure)?.is_none() {
            return Ok("File not found".into());
        }
        cx.host().set_owner(&self.path, Owner { uid: Some(uid), gid }, true).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

/// Set the group of a file.
///
/// ```salt
/// salt '*' file.chgrp /etc/passwd root
/// ```
#[derive(Args)]
pub struct Chgrp {
    /// Path.
    path: String,
    /// Group.
    group: String,
}

impl Action for Chgrp {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let Some(gid) = cx.host().accounts().gid(&self.group) else { return Ok("Group does not exist".into()) };
        cx.host().set_owner(&self.path, Owner { uid: None, gid: Some(gid) }, true).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

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
            if error.source.kind() != std::io::ErrorKind::CrossesDevices {
                return Err(crate::failure(error));
            }
            copy_file(&self.src, &target, cx)?;
            host.remove_file(&self.src).map_err(crate::failure)?;
        }
        Ok(report)
    }
}

/// Cut a file to a length.
///
/// ```salt
/// salt '*' file.truncate /path/to/file 512
/// ```
#[derive(Args)]
pub struct Truncate {
    /// Path.
    path: String,
    /// Bytes that stay.
    length: usize,
}

impl Action for Truncate {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let mut content = cx.host().read(&self.path).map_err(crate::failure)?;
        content.resize(self.length, 0);
        cx.host().write(&self.path, &content, &How::default()).map_err(crate::failure)?;
        Ok(Value::Null)
    }
}

/// Replace what a pattern fits in a file and return the difference.
///
/// ```salt
/// salt '*' file.replace /etc/httpd/httpd.conf pattern='LogLevel warn' repl='LogLevel info'
/// ```
#[derive(Args)]
pub struct Replace {
    /// Path.
    path: String,
    /// Regular expression.
    pattern: String,
    /// Replacement; `\1` and `\g<name>` are groups.
    repl: String,
    /// How often at most; 0 is always.
    #[arg(default = 0)]
    count: usize,
    /// Flags of the pattern.
    #[arg(default = 8)]
    flags: Flags,
    /// Known for compatibility: the whole file is looked at.
    #[arg(default = 1, ignored)]
    bufsize: Value,
    /// Put the content to the end where the pattern fits nowhere.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put the content to the beginning where the pattern fits nowhere.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// That content, if it is not the replacement.
    not_found_content: Option<String>,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
    /// Write nothing.
    #[arg(default = false)]
    dry_run: bool,
    /// Tell only whether the pattern fits.
    #[arg(default = false)]
    search_only: bool,
    /// Return the difference; otherwise only whether there was one.
    #[arg(default = true)]
    show_changes: bool,
    /// Let a missing file be.
    #[arg(default = false)]
    ignore_if_missing: bool,
    /// Known for compatibility: owner and mode stay.
    #[arg(default = true, ignored)]
    preserve_inode: bool,
    /// Take backslashes of the replacement as they are.
    #[arg(default = false)]
    backslash_literal: bool,
}

impl Action for Replace {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let host = cx.host();
        if !host.exists(&self.path) {
            if self.ignore_if_missing {
                return Ok(if self.search_only || !self.show_changes { false.into() } else { "".into() });
            }
            return Err(Failure::failed(format!("File not found: {}", self.path)));
        }
        let pattern = Pattern::new(&self.pattern, self.flags).map_err(Failure::bad_arguments)?;
        let old = host.read_text(&self.path).map_err(crate::failure)?;
        if self.search_only {
            return Ok(pattern.is_in(&old).into());
        }
        let replacement = if self.backslash_literal { Replacement::literal(&self.repl) } else { Replacement::parse(&self.repl) };
        let not_found = if self.append_if_not_found {
            NotFound::Append
        } else if self.prepend_if_not_found {
            NotFound::Prepend
        } else {
            NotFound::Leave
        };
        let new = replace(&old, &pattern, &replacement, self.count, not_found, self.not_found_content.as_deref().unwrap_or(&self.repl));
        if new != old && !self.dry_run {
            let ending = text::str(&self.backup);
            if self.backup.is_truthy() && ending != "False" {
                backup::copy_beside(cx, &self.path, &ending)?;
            }
            host.write(&self.path, new.as_bytes(), &How::default()).map_err(crate::failure)?;
        }
        Ok(if self.show_changes { unified(&old, &new).into() } else { (new != old).into() })
    }
}
