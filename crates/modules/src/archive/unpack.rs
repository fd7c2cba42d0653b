//! Putting the members of an archive into a folder, and nowhere else.

use sdk::host::{FileKind, Host, Owner, Write, join, parent};
use std::io::{self, Read};

/// One thing in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name without a slash at the end.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner by name.
    pub user: Option<String>,
    /// Group by name.
    pub group: Option<String>,
    /// Owner by number, where the name is not known here.
    pub uid: Option<u32>,
    /// Group by number.
    pub gid: Option<u32>,
    /// Time of the last change, seconds since 1970.
    pub modified: Option<u64>,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link and where it points.
    Link(String),
    /// Another name of an earlier member.
    HardLink(String),
    /// A named pipe.
    Pipe,
    /// A character device.
    Char(u64),
    /// A block device.
    Block(u64),
}

/// Puts members into a folder.
pub struct Unpack<'a> {
    host: &'a dyn Host,
    folder: String,
    real: String,
    /// Folders get their modes and times at the end: one that may not be written to could not be filled.
    later: Vec<(String, Member)>,
}

impl<'a> Unpack<'a> {
    /// For a folder that is there.
    pub fn new(host: &'a dyn Host, folder: &str) -> io::Result<Self> {
        let folder = if folder == "/" { folder } else { folder.trim_end_matches('/') };
        let real = host.real_path(folder).map_err(|error| error.source)?;
        Ok(Self { host, folder: folder.to_owned(), real, later: Vec::new() })
    }

    /// The place of a name; an archive that reaches out of the folder is refused, by `..` as well as through links that it made before.
    fn place(&self, name: &str) -> io::Result<String> {
        let outside = || io::Error::new(io::ErrorKind::InvalidData, format!("the archive's `{name}` would lie outside of the folder"));
        let inner: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if inner.contains(&"..") {
            return Err(outside());
        }
        let place = if inner.is_empty() { self.folder.clone() } else { join(&self.folder, &inner.join("/")) };
        let mut above = if inner.is_empty() { place.as_str() } else { parent(&place).unwrap_or("/") };
        while !self.host.exists(above) {
            above = parent(above).unwrap_or("/");
        }
        let real = self.host.real_path(above).map_err(|error| error.source)?;
        let inside = real == self.real || real.strip_prefix(&self.real).is_some_and(|rest| self.real == "/" || rest.starts_with('/'));
        if inside || above.len() < self.folder.len() { Ok(place) } else { Err(outside()) }
    }

    /// Puts one member in its place.
    pub fn put(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
        let place = self.place(&member.name)?;
        let host = self.host;
        let fine = |done: Result<(), sdk::host::Error>| done.map_err(|error| error.source);
        if let Some(up) = parent(&place) {
            fine(host.make_dirs(up, None))?;
        }
        let there = host.link_stat(&place).map_err(|error| error.source)?;
        if let Kind::Dir = member.kind {
            // A link to a folder stands for the folder, as administrators move folders to other disks.
            if !host.is_dir(&place) {
                fine(host.make_dir(&place, None))?;
            }
            self.later.push((place, member.clone()));
            return Ok(());
        }
        if there.is_some_and(|stat| stat.kind != FileKind::File) || (there.is_some() && member.kind != Kind::File) {
            fine(host.remove_file(&place))?;
        }
        match &member.kind {
            Kind::Dir => {}
            Kind::File => fine(host.write_from(&place, content, &Write { mode: member.mode, ..Write::default() }))?,
            Kind::Link(target) => fine(host.symlink(target, &place))?,
            Kind::HardLink(target) => {
                let target = self.place(target)?;
                return fine(host.hard_link(&target, &place));
            }
            Kind::Pipe => fine(host.make_node(&place, FileKind::Pipe, 0, member.mode.unwrap_or(0o644)))?,
            Kind::Char(device) => fine(host.make_node(&place, FileKind::Char, *device, member.mode.unwrap_or(0o644)))?,
            Kind::Block(device) => fine(host.make_node(&place, FileKind::Block, *device, member.mode.unwrap_or(0o644)))?,
        }
        self.attributes(&place, member)
    }

    /// Modes and times of the folders, the innermost first.
    pub fn finish(mut self) -> io::Result<()> {
        self.later.sort_by(|a, b| b.0.cmp(&a.0));
        for (place, member) in std::mem::take(&mut self.later) {
            self.attributes(&place, &member)?;
        }
        Ok(())
    }

    /// Owner (only root can give files away), mode and time.
    fn attributes(&self, place: &str, member: &Member) -> io::Result<()> {
        let host = self.host;
        let is_link = matches!(member.kind, Kind::Link(_));
        if host.identity().0 == 0 && (member.uid.is_some() || member.user.is_some()) {
            let accounts = host.accounts();
            let uid = member.user.as_deref().and_then(|name| accounts.user(name).map(|user| user.uid)).or(member.uid);
            let gid = member.group.as_deref().and_then(|name| accounts.group(name).map(|group| group.gid)).or(member.gid);
            host.set_owner(place, Owner { uid, gid }, false).map_err(|error| error.source)?;
        }
        if is_link {
            return Ok(());
        }
        if let Some(mode) = member.mode {
            host.set_mode(place, mode).map_err(|error| error.source)?;
        }
        if let Some(modified) = member.modified {
            host.set_times(place, modified as f64, modified as f64).map_err(|error| error.source)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::{FakeHost, Look};

    fn member(name: &str, kind: Kind) -> Member {
        Member { name: name.to_owned(), kind, mode: Some(0o644), user: None, group: None, uid: None, gid: None, modified: None }
    }

    #[test]
    fn nothing_is_put_outside_of_the_folder() {
        let host = FakeHost::new();
        host.dir("/srv/app", 0o755);
        host.file("/etc/shadow", "secret");
        let mut unpack = Unpack::new(&host, "/srv/app").unwrap();
        assert!(unpack.put(&member("../../etc/shadow", Kind::File), &mut io::empty()).is_err());
        unpack.put(&member("out", Kind::Link("/etc".to_owned())), &mut io::empty()).unwrap();
        assert!(unpack.put(&member("out/shadow", Kind::File), &mut io::empty()).is_err());
        assert_eq!(host.read_text("/etc/shadow").unwrap(), "secret");
    }

    #[test]
    fn an_absolute_name_lies_in_the_folder_too() {
        let host = FakeHost::new();
        host.dir("/srv/app", 0o755);
        let mut unpack = Unpack::new(&host, "/srv/app/").unwrap();
        unpack.put(&member("/etc/x", Kind::File), &mut &b"y"[..]).unwrap();
        assert_eq!(host.read_text("/srv/app/etc/x").unwrap(), "y");
    }
}
