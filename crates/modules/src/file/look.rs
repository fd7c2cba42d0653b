//! What stands at a path: kinds, owners, modes, times.

use crate::lookup::glob;
use sdk::host::{FileKind, Look, Stat, join};
use sdk::{Args, Failure, Map, Mode, Query, Read, Value};

/// A function of one path.
macro_rules! path_function {
    ($(#[$doc:meta])* $name:ident -> $output:ty, |$path:ident, $read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            path: String,
            /// Follow links.
            #[arg(default = true, ignored)]
            follow_symlinks: bool,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $path = home_expanded(&self.path, $read);
                $body
            }
        }
    };
}

/// A path with `~` expanded.
fn home_expanded(path: &str, read: &Read) -> String {
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{}{rest}", read.host().env("HOME").unwrap_or_default()),
        _ => path.to_owned(),
    }
}

/// What stands at a path, links followed; a failure where nothing does.
pub(super) fn stat(path: &str, read: &Read) -> Result<Stat, Failure> {
    read.host().stat(path).map_err(crate::failure)?.ok_or_else(|| Failure::failed(format!("Path not found: {path}")))
}

path_function! {
    /// Tell whether a plain file is at a path.
    ///
    /// ```salt
    /// salt '*' file.file_exists /etc/passwd
    /// ```
    FileExists -> bool, |path, read| Ok(read.host().is_file(&path))
}
path_function! {
    /// Tell whether a folder is at a path.
    ///
    /// ```salt
    /// salt '*' file.directory_exists /etc
    /// ```
    DirectoryExists -> bool, |path, read| Ok(read.host().is_dir(&path))
}
path_function! {
    /// Tell whether a path is a link.
    ///
    /// ```salt
    /// salt '*' file.is_link /etc/localtime
    /// ```
    IsLink -> bool, |path, read| Ok(read.host().is_link(&path))
}
path_function! {
    /// Return the mode of a file.
    ///
    /// ```salt
    /// salt '*' file.get_mode /etc/passwd
    /// ```
    GetMode -> Value, |path, read| Ok(read.host().stat(&path).map_err(crate::failure)?.map(|stat| Mode::text(stat.mode)).unwrap_or_default().into())
}
path_function! {
    /// Return the owner of a file.
    ///
    /// ```salt
    /// salt '*' file.get_user /etc/passwd
    /// ```
    GetUser -> Value, |path, read| Ok(owner_of(&path, read)?.map_or(Value::Bool(false), |stat| read.host().accounts().user_name(stat.uid).into()))
}
path_function! {
    /// Return the owner's id of a file.
    ///
    /// ```salt
    /// salt '*' file.get_uid /etc/passwd
    /// ```
    GetUid -> Value, |path, read| Ok(owner_of(&path, read)?.map_or(Value::Int(-1), |stat| stat.uid.into()))
}
path_function! {
    /// Return the group of a file.
    ///
    /// ```salt
    /// salt '*' file.get_group /etc/passwd
    /// ```
    GetGroup -> Value, |path, read| Ok(owner_of(&path, read)?.map_or(Value::Bool(false), |stat| read.host().accounts().group_name(stat.gid).into()))
}
path_function! {
    /// Return the group's id of a file.
    ///
    /// ```salt
    /// salt '*' file.get_gid /etc/passwd
    /// ```
    GetGid -> Value, |path, read| Ok(owner_of(&path, read)?.map_or(Value::Int(-1), |stat| stat.gid.into()))
}
path_function! {
    /// Return what is known of a file: times, owner, size, kind.
    ///
    /// ```salt
    /// salt '*' file.stats /etc/passwd
    /// ```
    Stats -> Map, |path, read| {
        let found = read.host().link_stat(&path).map_err(crate::failure)?;
        let stat = found.ok_or_else(|| Failure::failed(format!("Path not found: {path}")))?;
        let accounts = read.host().accounts();
        let target = if stat.kind == FileKind::Link { read.host().real_path(&path).unwrap_or_else(|_| path.clone()) } else { path.clone() };
        let mut stats = Map::new();
        stats.insert("inode", stat.inode);
        stats.insert("uid", stat.uid);
        stats.insert("gid", stat.gid);
        stats.insert("group", accounts.group_name(stat.gid));
        stats.insert("user", accounts.user_name(stat.uid));
        stats.insert("atime", stat.accessed);
        stats.insert("mtime", stat.modified);
        stats.insert("ctime", stat.changed);
        stats.insert("size", stat.size);
        stats.insert("mode", Mode::text(stat.mode));
        stats.insert("type", stat.kind.name());
        stats.insert("target", target);
        Ok(stats)
    }
}
path_function! {
    /// Return the raw numbers known of a file, of a link itself if it is one.
    ///
    /// ```salt
    /// salt '*' file.lstat /etc/passwd
    /// ```
    Lstat -> Map, |path, read| {
        let Some(stat) = read.host().link_stat(&path).map_err(crate::failure)? else { return Ok(Map::new()) };
        let kind: u32 = match stat.kind {
            FileKind::File => 0o100_000,
            FileKind::Dir => 0o040_000,
            FileKind::Link => 0o120_000,
            FileKind::Pipe => 0o010_000,
            FileKind::Socket => 0o140_000,
            FileKind::Block => 0o060_000,
            FileKind::Char => 0o020_000,
        };
        let mut raw = Map::new();
        raw.insert("st_atime", stat.accessed);
        raw.insert("st_mtime", stat.modified);
        raw.insert("st_ctime", stat.changed);
        raw.insert("st_mode", kind | stat.mode);
        raw.insert("st_nlink", stat.links);
        raw.insert("st_size", stat.size);
        raw.insert("st_uid", stat.uid);
        raw.insert("st_gid", stat.gid);
        Ok(raw)
    }
}

fn owner_of(path: &str, read: &Read) -> Result<Option<Stat>, Failure> {
    read.host().stat(path).map_err(crate::failure)
}

/// Return where a link points.
///
/// ```salt
/// salt '*' file.readlink /etc/localtime
/// ```
#[derive(Args)]
pub struct Readlink {
    /// Path.
    path: String,
    /// Resolve every link on the way.
    #[arg(default = false)]
    canonicalize: bool,
}

impl Query for Readlink {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        if self.canonicalize {
            return read.host().real_path(&self.path).map_err(crate::failure);
        }
        if !read.host().is_link(&self.path) {
            return Err(Failure::failed(format!("A valid link was not specified: {}", self.path)));
        }
        read.host().read_link(&self.path).map_err(crate::failure)
    }
}

/// Tell whether we may do something with a file: `f` it is there, `r` read, `w` write, `x` execute.
///
/// ```salt
/// salt '*' file.access /path/to/file r
/// ```
#[derive(Args)]
pub struct Access {
    /// Path.
    path: String,
    /// `f`, `r`, `w` or `x`.
    mode: String,
}

impl Query for Access {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let host = read.host();
        let Some(stat) = host.stat(&self.path).map_err(crate::failure)? else { return Ok(false) };
        let (uid, gid) = host.identity();
        let bit = match self.mode.as_str() {
            "f" => return Ok(true),
            "x" => return Ok(if stat.kind == FileKind::Dir { true } else { host.may_execute(&self.path) }),
            "r" => 4,
            "w" => 2,
            other => return Err(Failure::bad_arguments(format!("Invalid mode specified: `{other}` is not one of f, r, w, x"))),
        };
        let shift = if stat.uid == uid {
            6
        } else if stat.gid == gid {
            3
        } else {
            0
        };
        Ok(uid == 0 || (stat.mode >> shift) & bit != 0)
    }
}

/// Tell whether anything fits a path with patterns.
///
/// ```salt
/// salt '*' file.path_exists_glob '/etc/pam*/pass*'
/// ```
#[derive(Args)]
pub struct PathExistsGlob {
    /// Path with `*`, `?` and `[…]`.
    path: String,
}

impl Query for PathExistsGlob {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(!globbed(&self.path, read.host()).is_empty())
    }
}

/// Paths that fit a path with patterns, sorted.
pub fn globbed(path: &str, host: &dyn Look) -> Vec<String> {
    let mut found = vec![if path.starts_with('/') { "/".to_owned() } else { String::new() }];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let is_pattern = part.contains(['*', '?', '[']);
        let mut next = Vec::new();
        for folder in &found {
            if !is_pattern {
                let full = join(folder, part);
                if matches!(host.link_stat(&full), Ok(Some(_))) {
                    next.push(full);
                }
                continue;
            }
            let names = host.list(if folder.is_empty() { "." } else { folder }).unwrap_or_default();
            // Hidden names fit only a pattern that begins with a dot itself.
            let fits = |name: &String| (part.starts_with('.') || !name.starts_with('.')) && glob(part, name);
            next.extend(names.iter().filter(|name| fits(name)).map(|name| join(folder, name)));
        }
        found = next;
    }
    found
}

/// A function from a name or id to the other.
macro_rules! account_function {
    ($(#[$doc:meta])* $name:ident { $field:ident }, |$given:ident, $accounts:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name or id.
            $field: String,
        }

        impl Query for $name {
            type Output = Value;
            async fn call(self, read: &Read) -> Result<Value, Failure> {
                let $given = self.$field;
                let $accounts = read.host().accounts();
                Ok($body)
            }
        }
    };
}

account_function! {
    /// Return the name of a user id; empty text when nobody has it.
    ///
    /// ```salt
    /// salt '*' file.uid_to_user 0
    /// ```
    UidToUser { uid }, |given, accounts| given.parse().ok().and_then(|uid| accounts.user_of(uid)).map(|user| user.name.clone()).unwrap_or_default().into()
}
account_function! {
    /// Return the id of a user; empty text when there is none.
    ///
    /// ```salt
    /// salt '*' file.user_to_uid root
    /// ```
    UserToUid { user }, |given, accounts| accounts.uid(&given).map_or_else(|| Value::from(""), Value::from)
}
account_function! {
    /// Return the name of a group id; empty text when nothing has it.
    ///
    /// ```salt
    /// salt '*' file.gid_to_group 0
    /// ```
    GidToGroup { gid }, |given, accounts| given.parse().ok().and_then(|gid| accounts.group_of(gid)).map(|group| group.name.clone()).unwrap_or_default().into()
}
account_function! {
    /// Return the id of a group; empty text when there is none.
    ///
    /// ```salt
    /// salt '*' file.group_to_gid root
    /// ```
    GroupToGid { group }, |given, accounts| accounts.gid(&given).map_or_else(|| Value::from(""), Value::from)
}

/// List what is in a folder, `.` and `..` first.
///
/// ```salt
/// salt '*' file.readdir /etc/ssh
/// ```
#[derive(Args)]
pub struct Readdir {
    /// Path.
    path: String,
}

impl Query for Readdir {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let names = read.host().list(&self.path).map_err(crate::failure)?;
        Ok([".", ".."].into_iter().map(str::to_owned).chain(names).collect())
    }
}
