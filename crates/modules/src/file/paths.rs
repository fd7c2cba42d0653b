//! Paths as text: nothing on the disk is looked at.

use sdk::{Args, Failure, Query, Read, Value, text};

/// Return the last part of a path.
///
/// ```salt
/// salt '*' file.basename /etc/ssh/sshd_config
/// ```
#[derive(Args)]
pub struct Basename {
    /// Path.
    path: String,
}

impl Query for Basename {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(self.path.rsplit('/').next().unwrap_or_default().to_owned())
    }
}

/// Return a path without its last part.
///
/// ```salt
/// salt '*' file.dirname /etc/ssh/sshd_config
/// ```
#[derive(Args)]
pub struct Dirname {
    /// Path.
    path: String,
}

impl Query for Dirname {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(dirname(&self.path))
    }
}

fn dirname(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((up, _)) if up.bytes().all(|b| b == b'/') => format!("{up}/"),
        Some((up, _)) => up.trim_end_matches('/').to_owned(),
        None => String::new(),
    }
}

/// Join parts of a path.
///
/// ```salt
/// salt '*' file.join /etc ssh sshd_config
/// ```
#[derive(Args)]
pub struct Join {
    /// Parts; an absolute one begins anew.
    #[arg(rest)]
    parts: Vec<Value>,
}

impl Query for Join {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        let parts: Vec<String> = self.parts.iter().map(text::str).collect();
        Ok(parts.iter().fold(String::new(), |whole, part| sdk::host::join(&whole, part)))
    }
}

/// Return a path without `.`, `..` and doubled slashes.
///
/// ```salt
/// salt '*' file.normpath '/etc//ssh/../hosts'
/// ```
#[derive(Args)]
pub struct Normpath {
    /// Path.
    path: String,
}

impl Query for Normpath {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(normalised(&self.path))
    }
}

/// A path without `.`, `..` and doubled slashes, as far as that can be told from its text.
#[must_use]
pub fn normalised(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_in_python() {
        for (path, up) in [("/a/b.txt", "/a"), ("/a", "/"), ("a", ""), ("/a/", "/a"), ("a/b", "a")] {
            assert_eq!(dirname(path), up, "{path}");
        }
        for (path, normal) in [("/a/../b", "/b"), ("a//b/./c", "a/b/c"), ("../x", "../x"), ("", "."), ("/..", "/")] {
            assert_eq!(normalised(path), normal, "{path}");
        }
    }
}
