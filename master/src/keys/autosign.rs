//! Files of ids that are accepted or rejected without asking: one id, shell pattern or regular expression a line, as in Salt.

use model::{Glob, MinionId};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tracing::warn;

/// A file of ids. It is read anew at every question, so that a change counts at once.
#[derive(Clone, Debug)]
pub struct Autosign {
    path: Option<PathBuf>,
}

impl Autosign {
    /// A file of ids; `None` names nobody.
    #[must_use]
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path }
    }

    /// Whether the file names an id. A file that others than its owner may write names nobody.
    #[must_use]
    pub fn names(&self, minion: &MinionId) -> bool {
        let Some(path) = &self.path else { return false };
        match std::fs::metadata(path) {
            Ok(meta) if meta.mode() & 0o022 != 0 => {
                warn!(path = %path.display(), "others may write this file of ids, so it is not heeded; `chmod go-w` it");
                false
            }
            Ok(_) => std::fs::read_to_string(path).is_ok_and(|text| Self::lists(&text, minion, path)),
            Err(_) => false,
        }
    }

    fn lists(text: &str, minion: &MinionId, path: &Path) -> bool {
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).any(|line| {
            if line == minion.as_str() || Glob::new(line).matches(minion.as_str()) {
                return true;
            }
            match fancy_regex::Regex::new(&format!("^(?:{line})$")) {
                Ok(regex) => regex.is_match(minion.as_str()).unwrap_or(false),
                Err(_) => {
                    warn!(path = %path.display(), line, "this line is neither an id, nor a pattern, nor a regular expression");
                    false
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_id_a_pattern_or_a_whole_regular_expression() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("autosign.conf");
        std::fs::write(&path, "# ours\nweb1\ndb*\napp[0-9]{2}\n").unwrap();
        let autosign = Autosign::new(Some(path.clone()));
        let names = |id: &str| autosign.names(&MinionId::new(id).unwrap());
        assert!(names("web1") && names("db7") && names("app42"));
        assert!(!names("web12") && !names("app421"));
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(!names("web1"), "a file that anybody may write is not heeded");
    }
}
