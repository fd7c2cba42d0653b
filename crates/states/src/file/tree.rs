//! Walking through a folder.

use sdk::Failure;
use sdk::host::{FileKind, Look, join};

/// Something below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Full path.
    pub path: String,
    /// What it is; a link that is followed counts as what it points to.
    pub kind: FileKind,
    /// How many folders lie between it and the root of the walk.
    pub depth: usize,
}

/// All that is below a folder: of each folder its files and links first, then its folders with what is below them.
pub fn walk(host: &dyn Look, root: &str, follow: bool) -> Result<Vec<Entry>, Failure> {
    let mut found = Vec::new();
    go(host, root, follow, 0, &mut found)?;
    Ok(found)
}

/// Deeper nesting than any tree has: links that are followed may run in a circle.
const DEEPEST: usize = 200;

fn go(host: &dyn Look, folder: &str, follow: bool, depth: usize, found: &mut Vec<Entry>) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Err(Failure::failed(format!("`{folder}` is nested too deep; do its links run in a circle?")));
    }
    let mut folders = Vec::new();
    for name in host.list(folder).map_err(modules::failure)? {
        let path = join(folder, &name);
        let stat = if follow { host.stat(&path) } else { host.link_stat(&path) }.map_err(modules::failure)?;
        // A link that points nowhere is still there.
        let kind = stat.map_or(FileKind::Link, |stat| stat.kind);
        let entry = Entry { path, kind, depth };
        if kind == FileKind::Dir { folders.push(entry) } else { found.push(entry) }
    }
    for entry in folders {
        let path = entry.path.clone();
        found.push(entry);
        go(host, &path, follow, depth + 1, found)?;
    }
    Ok(())
}
