//! Repositories of git.

mod cloned;
mod config;
mod detached;
mod latest;
mod present;
mod seen;
mod update;

use modules::git::{Refused, Repo};
use sdk::{Applied, Cx, Failure, Map, Read};

sdk::states!(git, [latest::Latest, cloned::Cloned, detached::Detached, present::Present, config::ConfigSet, config::ConfigUnset]);

/// Sentences of a comment.
fn sentences(said: &[String]) -> String {
    let text = said.join(". ");
    if said.len() > 1 { format!("{text}.") } else { text }
}

/// First digits of a commit.
fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// A failure, with what was done before it.
fn failed(comment: &str, said: &[String]) -> Applied {
    let before = if said.is_empty() { String::new() } else { format!("\n\nChanges already made: {}", sentences(said)) };
    Applied::failed(format!("{comment}{before}"))
}

/// Paths of private keys on this machine.
async fn keys(identity: &[String], read: &Read) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    for key in identity {
        let path = if key.starts_with("salt://") {
            let fetched = read.agent().fetch(key, read.env()).await.map_err(|failure| failure.message)?;
            fetched.ok_or_else(|| format!("identity '{key}' does not exist."))?.path
        } else if let Some(rest) = key.strip_prefix("~/") {
            sdk::host::join(&read.host().env("HOME").unwrap_or_default(), rest)
        } else {
            key.clone()
        };
        if !path.starts_with('/') {
            return Err(format!("identity '{path}' is not an absolute path"));
        }
        paths.push(path);
    }
    Ok(paths)
}

/// Whether a name can only be a commit.
fn is_commit(rev: &str) -> bool {
    !rev.is_empty() && rev.len() <= 40 && rev.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Clones a repository; the address and the folder as changes tell them.
async fn clone(repo: &Repo, address: &str, target: &str, options: &[String], cx: &Cx) -> Result<(), Refused> {
    let outside = Repo { cwd: None, ..repo.clone() };
    let mut words = vec!["clone".to_owned()];
    words.extend(options.iter().cloned());
    words.extend(["--".to_owned(), address.to_owned(), target.to_owned()]);
    outside.ok(&words, cx.read()).await.map(drop)
}

/// Empties a folder.
fn empty(folder: &str, cx: &Cx) -> Result<(), Failure> {
    for name in cx.host().list(folder).map_err(modules::failure)? {
        cx.host().remove_all(&sdk::host::join(folder, &name)).map_err(modules::failure)?;
    }
    Ok(())
}

/// Changes of a new clone.
fn cloned(name: &str, target: &str) -> Map {
    [("new", format!("{name} => {target}"))].into_iter().collect()
}
