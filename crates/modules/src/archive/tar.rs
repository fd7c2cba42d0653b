//! Reading tar archives, compressed in any of the usual ways.

use super::unpack::{Kind, Member, Unpack};
use sdk::host::{Host, Look, Source};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Opens an archive; how it is compressed is told by its first bytes, as names lie.
pub fn open(host: &dyn Look, path: &str) -> io::Result<Box<dyn Read + Send>> {
    let mut source = host.open(path).map_err(|error| error.source)?;
    let mut magic = [0; 6];
    let mut seen = 0;
    while let Some(rest) = magic.get_mut(seen..).filter(|rest| !rest.is_empty()) {
        match source.read(rest)? {
            0 => break,
            count => seen += count,
        }
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(decompressed(source, &magic))
}

fn decompressed(source: Box<dyn Source>, magic: &[u8]) -> Box<dyn Read + Send> {
    let source = BufReader::with_capacity(64 * 1024, source);
    if magic.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::read::MultiGzDecoder::new(source))
    } else if magic.starts_with(b"BZh") {
        Box::new(bzip2::read::MultiBzDecoder::new(source))
    } else if magic.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        Box::new(lzma_rust2::XzReader::new(source, true))
    } else if magic.starts_with(&[0x5d, 0, 0]) {
        match lzma_rust2::LzmaReader::new_mem_limit(source, u32::MAX, None) {
            Ok(reader) => Box::new(reader),
            Err(_) => Box::new(io::empty()),
        }
    } else {
        Box::new(source)
    }
}

/// What is in an archive, in its order.
pub fn members(host: &dyn Look, path: &str) -> io::Result<Vec<Member>> {
    let mut archive = ::tar::Archive::new(open(host, path)?);
    let mut members = Vec::new();
    for entry in archive.entries()? {
        members.push(member(&entry?)?);
    }
    if members.is_empty() && !is_empty_archive(host, path)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this is no tar archive"));
    }
    Ok(members)
}

/// An archive without members begins with a block of zeros; anything shorter is no archive.
fn is_empty_archive(host: &dyn Look, path: &str) -> io::Result<bool> {
    let mut block = [0; 512];
    let mut stream = open(host, path)?;
    Ok(stream.read_exact(&mut block).is_ok() && block.iter().all(|byte| *byte == 0))
}

fn member<R: Read>(entry: &::tar::Entry<'_, R>) -> io::Result<Member> {
    let header = entry.header();
    let link = || -> io::Result<String> {
        let name = entry.link_name_bytes().unwrap_or_default();
        Ok(String::from_utf8_lossy(&name).into_owned())
    };
    let device = || -> io::Result<u64> { Ok(sdk::host::device(header.device_major()?.unwrap_or(0), header.device_minor()?.unwrap_or(0))) };
    let kind = match header.entry_type() {
        ::tar::EntryType::Directory => Kind::Dir,
        ::tar::EntryType::Symlink => Kind::Link(link()?),
        ::tar::EntryType::Link => Kind::HardLink(link()?),
        ::tar::EntryType::Fifo => Kind::Pipe,
        ::tar::EntryType::Char => Kind::Char(device()?),
        ::tar::EntryType::Block => Kind::Block(device()?),
        _ => Kind::File,
    };
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).filter(|name| !name.is_empty());
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    Ok(Member {
        name: name.trim_end_matches('/').to_owned(),
        kind,
        mode: Some(header.mode()? & 0o7777),
        user: text(header.username_bytes()),
        group: text(header.groupname_bytes()),
        uid: header.uid().ok().and_then(|id| u32::try_from(id).ok()),
        gid: header.gid().ok().and_then(|id| u32::try_from(id).ok()),
        modified: header.mtime().ok(),
    })
}

/// Takes everything out into a folder; the names in the order of the archive.
pub fn extract(host: &dyn Host, path: &str, folder: &str) -> io::Result<Vec<String>> {
    let mut archive = ::tar::Archive::new(open(host, path)?);
    let mut unpack = Unpack::new(host, folder)?;
    let mut names = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let member = member(&entry)?;
        names.push(member.name.clone());
        unpack.put(&member, &mut entry)?;
    }
    unpack.finish()?;
    Ok(names)
}
