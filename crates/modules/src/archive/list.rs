//! What is in an archive, sorted by kind.

use super::unpack::Kind;
use super::{Format, tar, zip};
use crate::cmd::split_words;
use sdk::host::Command;
use sdk::{Failure, Map, Read};
use std::io;

/// What is in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Folders, each with a slash at its end.
    pub dirs: Vec<String>,
    /// Files, sorted.
    pub files: Vec<String>,
    /// Links, sorted.
    pub links: Vec<String>,
}

impl Contents {
    /// Folders at the top; one that is the beginning of all names counts even where the archive does not name it.
    #[must_use]
    pub fn top_dirs(&self) -> Vec<String> {
        let mut top: Vec<String> = self.dirs.iter().filter(|name| name.matches('/').count() == 1).cloned().collect();
        let mut all = self.dirs.iter().chain(&self.files).chain(&self.links);
        let first = all.next().and_then(|name| name.split_once('/')).map(|(first, _)| format!("{first}/"));
        if let Some(first) = first
            && all.all(|name| name.starts_with(&first))
            && !top.contains(&first)
        {
            top.push(first);
        }
        top
    }

    /// Files at the top.
    #[must_use]
    pub fn top_files(&self) -> Vec<String> {
        self.files.iter().filter(|name| !name.contains('/')).cloned().collect()
    }

    /// Links at the top.
    #[must_use]
    pub fn top_links(&self) -> Vec<String> {
        self.links.iter().filter(|name| !name.contains('/')).cloned().collect()
    }

    /// Takes leading folders off all names.
    fn strip(&mut self, count: usize) {
        for names in [&mut self.dirs, &mut self.files, &mut self.links] {
            let shorter = names.iter().filter_map(|name| name.splitn(count + 1, '/').nth(count));
            *names = shorter.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        }
    }

    fn sorted(mut self) -> Self {
        for names in [&mut self.dirs, &mut self.files, &mut self.links] {
            names.sort();
        }
        self
    }

    /// Everything by kind, as `archive.list verbose=True` shows it.
    #[must_use]
    pub fn to_map(&self) -> Map {
        let mut map = Map::new();
        map.insert("dirs", self.dirs.clone());
        map.insert("files", self.files.clone());
        map.insert("links", self.links.clone());
        map.insert("top_level_dirs", self.top_dirs());
        map.insert("top_level_files", self.top_files());
        map.insert("top_level_links", self.top_links());
        map
    }
}

/// Lists an archive on this machine. `options` are a command that decompresses it to its output.
pub async fn contents(path: &str, format: Format, options: Option<&str>, strip: Option<usize>, read: &Read) -> Result<Contents, Failure> {
    let host = read.host();
    let mut found = match (format, options) {
        (Format::Tar, Some(options)) => by_command(path, options, read).await?,
        (Format::Tar, None) => of_tar(tar::members(host, path)).map_err(|error| no_tar(path, &error))?,
        (Format::Zip, _) => {
            let (dirs, files, links) =
                zip::names(host, path).map_err(|error| Failure::failed(format!("{path} is not a ZIP file: {error}")))?;
            Contents { dirs, files, links }
        }
        (Format::Rar, _) => of_rar(path, read).await?,
    };
    if let Some(count) = strip.filter(|count| *count > 0) {
        found.strip(count);
    }
    Ok(found.sorted())
}

fn no_tar(path: &str, error: &io::Error) -> Failure {
    Failure::failed(format!(
        "Unable to list contents of {path}: {error}. If it is compressed using something other than gzip, bzip2, xz or lzma, it may be \
         necessary to specify CLI options to decompress the archive. See the documentation for details."
    ))
}

fn of_tar(members: io::Result<Vec<super::unpack::Member>>) -> io::Result<Contents> {
    let mut found = Contents::default();
    for member in members? {
        match member.kind {
            Kind::Link(_) => found.links.push(member.name),
            Kind::Dir => found.dirs.push(format!("{}/", member.name)),
            Kind::File | Kind::HardLink(_) | Kind::Pipe | Kind::Char(_) | Kind::Block(_) => found.files.push(member.name),
        }
    }
    Ok(found)
}

async fn by_command(path: &str, options: &str, read: &Read) -> Result<Contents, Failure> {
    let mut words = split_words(options);
    words.push(path.to_owned());
    let output = read.run_command(Command::new(words)).await?;
    if !output.is_ok() {
        let said = output.err();
        return Err(Failure::failed(format!("Failed to decompress {path}: exit status {}: {}", output.retcode(), said.trim())));
    }
    let mut archive = ::tar::Archive::new(output.stdout.as_slice());
    let listed = archive.entries().and_then(|entries| {
        let mut found = Contents::default();
        for entry in entries {
            let entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).trim_end_matches('/').to_owned();
            match entry.header().entry_type() {
                ::tar::EntryType::Symlink => found.links.push(name),
                ::tar::EntryType::Directory => found.dirs.push(format!("{name}/")),
                _ => found.files.push(name),
            }
        }
        Ok(found)
    });
    listed.map_err(|error| no_tar(path, &error))
}

async fn of_rar(path: &str, read: &Read) -> Result<Contents, Failure> {
    let Some(program) = ["rar", "unrar"].into_iter().find(|name| read.host().which(name).is_some()) else {
        return Err(Failure::unavailable("rar command not available, is it installed?"));
    };
    let text = read.ask([program, "lt", path]).await?;
    let found = rar_names(&text);
    if found == Contents::default() {
        return Err(Failure::failed(format!("Failed to list {path}, is it a rar file?\n{}", text.trim())));
    }
    Ok(found)
}

/// Names in the technical listing of `rar`.
fn rar_names(text: &str) -> Contents {
    let mut found = Contents::default();
    let mut name = None;
    for line in text.lines() {
        match line.trim().split_once(": ") {
            Some(("Name", value)) => name = Some(value.trim().to_owned()),
            Some(("Type", "Directory")) => found.dirs.extend(name.take().map(|name| format!("{name}/"))),
            Some(("Type", _)) => found.files.extend(name.take()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(dirs: &[&str], files: &[&str]) -> Contents {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Contents { dirs: owned(dirs), files: owned(files), links: Vec::new() }
    }

    #[test]
    fn a_folder_that_all_names_begin_with_is_at_the_top() {
        assert_eq!(contents(&[], &["app/a", "app/b/c"]).top_dirs(), ["app/"]);
        assert_eq!(contents(&["app/", "app/b/"], &["app/a"]).top_dirs(), ["app/"]);
        assert_eq!(contents(&["b/"], &["app/a", "b/c"]).top_dirs(), ["b/"]);
        assert_eq!(contents(&[], &["a", "app/b"]).top_dirs(), [""; 0]);
    }

    #[test]
    fn leading_folders_are_taken_off() {
        let mut found = contents(&["app/", "app/b/"], &["app/a", "app/b/c", "x"]);
        found.strip(1);
        assert_eq!(found, contents(&["b/"], &["a", "b/c"]));
    }

    #[test]
    fn the_listing_of_rar_is_read() {
        let text = "Details: RAR 5\n\n        Name: app/a.txt\n        Type: File\n\n        Name: app\n        Type: Directory\n";
        assert_eq!(rar_names(text), contents(&["app/"], &["app/a.txt"]));
    }
}
