//! What stands at a path, and how it is to be written.

/// Kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A plain file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A block device.
    Block,
    /// A character device.
    Char,
}

impl FileKind {
    /// Salt's word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Dir => "dir",
            Self::Link => "link",
            Self::Pipe => "pipe",
            Self::Socket => "socket",
            Self::Block => "block",
            Self::Char => "char",
        }
    }
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, with set-id and sticky bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Inode number.
    pub inode: u64,
    /// Number of names.
    pub links: u64,
    /// Device number, for a device node.
    pub device: u64,
    /// Last access, seconds since 1970.
    pub accessed: f64,
    /// Last modification.
    pub modified: f64,
    /// Last change of the inode.
    pub changed: f64,
}

/// Owner and group to set; `None` leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: Option<u32>,
    /// Group id.
    pub gid: Option<u32>,
}

/// How content is put at a path. Whatever is not given stays as the file had it; a new file gets `0666` less the umask.
#[derive(Clone, Debug, Default)]
pub struct Write {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner and group.
    pub owner: Owner,
    /// Folder of the temporary file; the target's own unless given.
    pub temp_dir: Option<String>,
    /// Ending of the temporary file's name.
    pub temp_suffix: Option<String>,
}

impl Write {
    /// With permission bits.
    #[must_use]
    pub fn mode(mode: u32) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }
}

/// A path inside a folder; an absolute `name` stands alone.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    if name.starts_with('/') || folder.is_empty() {
        name.to_owned()
    } else if folder.ends_with('/') {
        format!("{folder}{name}")
    } else {
        format!("{folder}/{name}")
    }
}

/// The folder a path stands in; `None` for the root and for a bare name.
#[must_use]
pub fn parent(path: &str) -> Option<&str> {
    let trimmed = path.trim_end_matches('/');
    let (up, _) = trimmed.rsplit_once('/')?;
    Some(if up.is_empty() { "/" } else { up })
}

/// Device number of a node from its two parts.
#[must_use]
pub const fn device(major: u32, minor: u32) -> u64 {
    nix::sys::stat::makedev(major as u64, minor as u64)
}

/// Major and minor number of a device.
#[must_use]
pub const fn device_parts(device: u64) -> (u32, u32) {
    (nix::sys::stat::major(device) as u32, nix::sys::stat::minor(device) as u32)
}
