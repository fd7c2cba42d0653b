//! Owner and group of what was extracted.

use super::Extracted;
use crate::file::tree::walk;
use modules::archive::Contents;
use modules::file::Perms;
use sdk::Failure;
use sdk::host::{Look, join};

/// What is to be done about owners.
#[derive(Debug, Default)]
pub struct Owners {
    /// Paths to give away.
    pub todo: Vec<String>,
    /// Paths that are not there.
    pub missing: Vec<String>,
}

impl Extracted {
    /// The wanted owner.
    pub(super) fn perms(&self) -> Perms {
        Perms { user: self.user.clone(), group: self.group.clone(), mode: None }
    }

    /// Looks at what the archive has at its top, and at all below.
    pub(super) fn owners(&self, found: Option<&Contents>, host: &dyn Look) -> Result<Owners, Failure> {
        let perms = self.perms();
        let mut owners = Owners::default();
        if perms == Perms::default() {
            return Ok(owners);
        }
        let folder = self.folder();
        let tops = match (&self.enforce_ownership_on, found) {
            (Some(path), _) => vec![path.clone()],
            (None, Some(found)) => {
                let names = [found.top_dirs(), found.top_files(), found.top_links()].concat();
                names.iter().map(|name| join(&folder, name)).collect()
            }
            (None, None) => Vec::new(),
        };
        for top in tops {
            let path = top.trim_end_matches('/');
            let Some(stat) = host.link_stat(path).map_err(modules::failure)? else {
                owners.missing.push(top);
                continue;
            };
            if !perms.differences(host, &stat).is_empty() {
                owners.todo.push(path.to_owned());
            }
            if stat.kind != sdk::host::FileKind::Dir {
                continue;
            }
            for entry in walk(host, path, false)? {
                let stat = host.link_stat(&entry.path).map_err(modules::failure)?;
                if stat.is_some_and(|stat| !perms.differences(host, &stat).is_empty()) {
                    owners.todo.push(entry.path);
                }
            }
        }
        Ok(owners)
    }
}
