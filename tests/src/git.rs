//! Repositories of git for tests: made and committed to without anything of this machine's configuration.

use std::path::Path;
use std::process::Command;

/// Runs `git` in a folder.
///
/// # Panics
/// When it fails.
pub fn git(folder: &Path, words: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]);
    command.args(["-c", "protocol.file.allow=always"]).args(words);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap_or_else(|error| panic!("git: {error}"));
    assert!(output.status.success(), "{words:?}: {output:?}");
}

/// Writes files into a repository, which is made if it is not there, and commits them.
///
/// # Panics
/// When the disk or git refuses.
pub fn commit(folder: &Path, tree: &[(&str, &str)]) {
    if !folder.join(".git").exists() {
        std::fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{error}"));
        git(folder, &["init", "-q"]);
    }
    for (path, text) in tree {
        let path = folder.join(path);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    git(folder, &["add", "."]);
    git(folder, &["commit", "-qm", "x"]);
}
