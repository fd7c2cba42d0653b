//! A path inside an environment.

use std::fmt;

/// A path from an environment's root: relative, without `.`, `..`, empty parts, backslashes at its start or NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

/// A text that is no path inside an environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no path inside an environment: {reason}")]
pub struct BadPath {
    /// The refused text, shortened.
    pub path: String,
    /// Why it was refused.
    pub reason: &'static str,
}

impl FilePath {
    /// Parses a path, with or without `salt://` in front of it. Doubled slashes, `./` and a closing slash are tidied away.
    ///
    /// # Errors
    /// When the path is empty, absolute, leaves its root, or has a NUL.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        let bad = |reason| BadPath { path: text.chars().take(200).collect(), reason };
        let path = text.strip_prefix("salt://").unwrap_or(text);
        if path.contains('\0') {
            return Err(bad("it has a NUL"));
        }
        if path.starts_with('/') {
            return Err(bad("it is absolute"));
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return Err(bad("it goes up with `..`"));
        }
        if parts.is_empty() {
            return Err(bad("it is empty"));
        }
        if path.len() > 4096 {
            return Err(bad("it is longer than 4096 bytes"));
        }
        Ok(Self(parts.join("/")))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for FilePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_its_root() {
        for bad in ["", "/", "/etc/passwd", "..", "a/../b", "salt:///etc", "a\0b", ".", "./..", "salt://"] {
            assert!(FilePath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_is_tidied() {
        for (text, path) in [("a//b/./c", "a/b/c"), ("salt://web/", "web"), ("./x", "x"), ("a/..b", "a/..b")] {
            assert_eq!(FilePath::new(text).unwrap().as_str(), path);
        }
    }
}
