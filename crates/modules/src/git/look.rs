//! Functions of `git` that only look.

use super::Repo;
use super::arguments::{git_arguments, git_remote_arguments};
use super::repo::{Refused, parse_refs};
use crate::cmd::split_words;
use sdk::{Args, Failure, Map, Query, Read, Value, Words, text};

pub(super) fn failure(refused: Refused) -> Failure {
    Failure::failed(refused.0)
}

/// Functions in one repository share who runs `git`.
macro_rules! look {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $repo:ident, $read:ident| $body:expr) => {
        git_arguments! {
            $(#[$doc])*
            $name {
                /// Folder of the repository.
                cwd: String,
                $($own)*
            }
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = &self;
                let $repo = Repo::at($this.cwd.clone(), $this.user.clone());
                $body
            }
        }
    };
}

/// Words of more options, as text or a list.
pub(super) fn words(opts: &Option<Value>) -> Vec<String> {
    match opts {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().map(text::str).collect(),
        Some(other) => split_words(&text::str(other)),
    }
}

/// A command with more options and arguments.
pub(super) fn line(first: &[&str], opts: &Option<Value>, rest: &[&str]) -> Vec<String> {
    let mut line: Vec<String> = first.iter().map(|word| (*word).to_owned()).collect();
    line.extend(words(opts));
    line.extend(rest.iter().map(|word| (*word).to_owned()));
    line
}

/// Return the version of git.
///
/// ```salt
/// salt '*' git.version
/// ```
#[derive(Args)]
pub struct Version {
    /// Its numbers as a list.
    #[arg(default = false)]
    versioninfo: bool,
}

impl Query for Version {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let said = read.ask(["git", "--version"]).await?;
        let version = said.split_whitespace().nth(2).unwrap_or_default();
        if !self.versioninfo {
            return Ok(version.into());
        }
        Ok(Value::List(version.split('.').map(|part| part.parse::<i64>().map_or_else(|_| part.into(), Value::from)).collect()))
    }
}

look! {
    /// Return the commit that a name means.
    ///
    /// ```salt
    /// salt '*' git.revision /opt/app rev=main
    /// ```
    Revision {
        /// The name.
        #[arg(default = "HEAD")]
        rev: String,
        /// Show it in seven digits.
        #[arg(default = false)]
        short: bool,
    } -> String, |this, repo, read| {
        let words = ["rev-parse"].into_iter().chain(this.short.then_some("--short")).chain([this.rev.as_str()]).collect::<Vec<_>>();
        repo.ok(&words, read).await.map_err(failure)
    }
}
look! {
    /// Return the branch that is checked out; empty text where none is.
    ///
    /// ```salt
    /// salt '*' git.current_branch /opt/app
    /// ```
    CurrentBranch {} -> String, |this, repo, read| {
        let _ = this;
        repo.ok(&["rev-parse", "--abbrev-ref", "HEAD"], read).await.map_err(failure)
    }
}
look! {
    /// Return the branches.
    ///
    /// ```salt
    /// salt '*' git.list_branches /opt/app remote=True
    /// ```
    ListBranches {
        /// Those of remotes.
        #[arg(default = false)]
        remote: bool,
    } -> Vec<String>, |this, repo, read| {
        let below = if this.remote { "refs/remotes/" } else { "refs/heads/" };
        let said = repo.ok(&["for-each-ref", "--format", "%(refname:short)", below], read).await.map_err(failure)?;
        Ok(said.lines().map(str::to_owned).collect())
    }
}
look! {
    /// Return the tags.
    ///
    /// ```salt
    /// salt '*' git.list_tags /opt/app
    /// ```
    ListTags {} -> Vec<String>, |this, repo, read| { let _ = this; repo.tags(read).await.map_err(failure) }
}
look! {
    /// Return the remotes with the addresses they are fetched from and pushed to.
    ///
    /// ```salt
    /// salt '*' git.remotes /opt/app
    /// ```
    Remotes {
        /// Show no passwords.
        #[arg(default = true)]
        redact_auth: bool,
    } -> Map, |this, repo, read| remotes(&repo, this.redact_auth, read).await
}
look! {
    /// Return the addresses that a remote is fetched from and pushed to.
    ///
    /// ```salt
    /// salt '*' git.remote_get /opt/app upstream
    /// ```
    RemoteGet {
        /// The remote.
        #[arg(default = "origin")]
        remote: String,
        /// Show no passwords.
        #[arg(default = true)]
        redact_auth: bool,
    } -> Value, |this, repo, read| {
        let all = remotes(&repo, this.redact_auth, read).await?;
        let missing = || Failure::failed(format!("Remote '{}' not present in git checkout located at {}", this.remote, this.cwd));
        all.get(this.remote.as_str()).cloned().ok_or_else(missing)
    }
}
look! {
    /// Return what `git rev-parse` says.
    ///
    /// ```salt
    /// salt '*' git.rev_parse /opt/app HEAD
    /// ```
    RevParse {
        /// The name.
        rev: Option<String>,
        /// More options.
        #[arg(default = "")]
        opts: Value,
    } -> String, |this, repo, read| {
        let rest: Vec<&str> = this.rev.as_deref().into_iter().collect();
        repo.ok(&line(&["rev-parse"], &Some(this.opts.clone()), &rest), read).await.map_err(failure)
    }
}
look! {
    /// Return the files that differ from the commit that is checked out, by kind.
    ///
    /// ```salt
    /// salt '*' git.status /opt/app
    /// ```
    Status {} -> Map, |this, repo, read| {
        let _ = this;
        let said = repo.ok(&["status", "-z", "--porcelain"], read).await.map_err(failure)?;
        Ok(parse_status(&said))
    }
}
look! {
    /// Return what `git describe` says.
    ///
    /// ```salt
    /// salt '*' git.describe /opt/app
    /// ```
    Describe {
        /// The name.
        #[arg(default = "HEAD")]
        rev: String,
    } -> String, |this, repo, read| repo.ok(&["describe", "--tags", "--always", &this.rev], read).await.map_err(failure)
}
look! {
    /// Return the difference of two commits, or of a commit and the files.
    ///
    /// ```salt
    /// salt '*' git.diff /opt/app HEAD~1 HEAD
    /// ```
    Diff {
        /// First commit.
        item1: Option<String>,
        /// Second commit.
        item2: Option<String>,
        /// More options.
        #[arg(default = "")]
        opts: Value,
        /// Paths of two files outside of a repository.
        #[arg(default = false)]
        no_index: bool,
        /// Files that count.
        #[arg(default)]
        paths: Words,
    } -> String, |this, repo, read| {
        let mut rest: Vec<&str> = this.no_index.then_some("--no-index").into_iter().collect();
        rest.extend(this.item1.as_deref().into_iter().chain(this.item2.as_deref()));
        if !this.paths.0.is_empty() {
            rest.push("--");
            rest.extend(this.paths.0.iter().map(String::as_str));
        }
        let done = repo.run(&line(&["diff"], &Some(this.opts.clone()), &rest), read, None).await?;
        // Files outside of a repository that differ are told by status 1.
        if done.retcode == 0 || (this.no_index && done.retcode == 1) {
            Ok(done.stdout)
        } else {
            Err(Failure::failed(format!("{} (exit status {})", done.stderr, done.retcode)))
        }
    }
}
look! {
    /// Return the commit that two have in common, or whether one is reached from the other.
    ///
    /// ```salt
    /// salt '*' git.merge_base /opt/app refs=main,feature
    /// ```
    MergeBase {
        /// The names.
        #[arg(default)]
        refs: Words,
        /// Tell whether the first is reached from the second.
        #[arg(default = false)]
        is_ancestor: bool,
        /// Return all, where there are several.
        #[arg(default = false, named)]
        all: bool,
        /// The commit that all of them have in common, as a merge of several needs it.
        #[arg(default = false)]
        octopus: bool,
        /// Those of the names that are reached from no other.
        #[arg(default = false)]
        independent: bool,
        /// Where a branch was split off from this one.
        fork_point: Option<String>,
    } -> Value, |this, repo, read| {
        let names = this.refs.0.iter().map(String::as_str);
        let special: Option<Vec<&str>> = match &this.fork_point {
            Some(from) => Some(["merge-base", "--fork-point", from].into_iter().chain(names.clone()).collect()),
            None if this.octopus => Some(["merge-base", "--octopus"].into_iter().chain(names.clone()).collect()),
            None if this.independent => Some(["merge-base", "--independent"].into_iter().chain(names.clone()).collect()),
            None => None,
        };
        if let Some(words) = special {
            let said = repo.ok(&words, read).await.map_err(failure)?;
            let all: Vec<&str> = said.lines().collect();
            return Ok(if this.independent || this.all { all.into_iter().map(Value::from).collect() } else { all.first().map_or(Value::Null, |first| (*first).into()) });
        }
        if let (true, [old, new]) = (this.is_ancestor, this.refs.0.as_slice()) {
            return Ok(repo.is_ancestor(old, new, read).await.map_err(failure)?.into());
        }
        let words: Vec<&str> = ["merge-base", "--all"].into_iter().chain(names).collect();
        let said = repo.ok(&words, read).await.map_err(failure)?;
        let all: Vec<String> = said.lines().map(str::to_owned).collect();
        Ok(if this.all { all.into() } else { all.first().map_or(Value::Null, |first| first.as_str().into()) })
    }
}
look! {
    /// Return what merging two commits would come to, without doing it.
    ///
    /// ```salt
    /// salt '*' git.merge_tree /opt/app main feature
    /// ```
    MergeTree {
        /// First commit.
        ref1: String,
        /// Second commit.
        ref2: String,
        /// What they have in common; looked up unless given.
        base: Option<String>,
    } -> String, |this, repo, read| {
        let base = match &this.base {
            Some(base) => base.clone(),
            None => repo.ok(&["merge-base", &this.ref1, &this.ref2], read).await.map_err(failure)?.trim().to_owned(),
        };
        repo.ok(&["merge-tree", &base, &this.ref1, &this.ref2], read).await.map_err(failure)
    }
}
look! {
    /// Tell whether a folder is a further tree of a repository.
    ///
    /// ```salt
    /// salt '*' git.is_worktree /opt/app-next
    /// ```
    IsWorktree {} -> bool, |this, repo, read| {
        let _ = (this, &repo);
        Ok(read.host().read_text(&sdk::host::join(&this.cwd, ".git")).is_ok_and(|text| text.starts_with("gitdir: ")))
    }
}
look! {
    /// Return the further trees of a repository.
    ///
    /// ```salt
    /// salt '*' git.list_worktrees /opt/app
    /// ```
    ListWorktrees {} -> Map, |this, repo, read| {
        let _ = this;
        let said = repo.ok(&["worktree", "list", "--porcelain"], read).await.map_err(failure)?;
        let mut trees = Map::new();
        for tree in said.split("\n\n") {
            let field = |name: &str| tree.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned());
            let Some(path) = field("worktree ") else { continue };
            let mut row = Map::new();
            row.insert("HEAD", field("HEAD "));
            row.insert("branch", field("branch ").map(|name| name.trim_start_matches("refs/heads/").to_owned()));
            row.insert("detached", field("detached").is_some());
            row.insert("stale", field("prunable").is_some());
            trees.insert(path, row);
        }
        Ok(trees)
    }
}

async fn remotes(repo: &Repo, redact: bool, read: &Read) -> Result<Map, Failure> {
    let said = repo.ok(&["remote", "--verbose"], read).await.map_err(failure)?;
    let mut all = Map::new();
    for row in said.lines() {
        let [name, address, kind] = row.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let address = if redact { crate::net::without_password(address) } else { address.to_owned() };
        let kind = kind.trim_matches(['(', ')']);
        let mut remote = all.get(name).and_then(Value::as_map).cloned().unwrap_or_default();
        remote.insert(kind, address);
        all.insert(name, remote);
    }
    Ok(all)
}

/// Output of `git status -z --porcelain`.
fn parse_status(text: &str) -> Map {
    let mut all: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    let mut entries = text.split('\0').filter(|entry| !entry.is_empty());
    while let Some(entry) = entries.next() {
        let (Some(state), Some(name)) = (entry.get(..2), entry.get(3..)) else { continue };
        let kind = match state {
            "??" => "untracked",
            state if state.contains('A') => "new",
            state if state.contains('D') => "deleted",
            state if state.contains('R') => {
                // The old name follows.
                entries.next();
                "modified"
            }
            _ => "modified",
        };
        all.entry(kind).or_default().push(name.to_owned());
    }
    all.into_iter().collect()
}

macro_rules! remote_look {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $repo:ident, $read:ident| $body:expr) => {
        git_remote_arguments! {
            $(#[$doc])*
            $name { $($own)* }
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                let $this = &self;
                let $repo = $this.repo(None);
                $body
            }
        }
    };
}

remote_look! {
    /// Return what the other side of a remote has.
    ///
    /// ```salt
    /// salt '*' git.ls_remote remote=https://example.org/app.git ref=main
    /// ```
    LsRemote {
        /// Folder of a repository that has the remote.
        cwd: Option<String>,
        /// The remote, or an address.
        #[arg(default = "origin")]
        remote: String,
        /// A name to look for.
        r#ref: Option<String>,
        /// More options.
        opts: Option<Value>,
    } -> Map, |this, repo, read| {
        let rest: Vec<&str> = std::iter::once(this.remote.as_str()).chain(this.r#ref.as_deref()).collect();
        let repo = Repo { cwd: this.cwd.clone(), ..repo };
        let said = repo.ok(&line(&["ls-remote"], &this.opts, &rest), read).await.map_err(failure)?;
        Ok(parse_refs(&said).into_iter().collect())
    }
}
remote_look! {
    /// Return what the repository at an address has.
    ///
    /// ```salt
    /// salt '*' git.remote_refs https://example.org/app.git filter=main
    /// ```
    RemoteRefs {
        /// The address.
        url: String,
        /// Branches only.
        #[arg(default = false)]
        heads: bool,
        /// Tags only.
        #[arg(default = false)]
        tags: bool,
        /// A name to look for.
        filter: Option<String>,
    } -> Map, |this, repo, read| {
        let flags = this.heads.then_some("--heads").into_iter().chain(this.tags.then_some("--tags"));
        let words: Vec<&str> =
            std::iter::once("ls-remote").chain(flags).chain([this.url.as_str()]).chain(this.filter.as_deref()).collect();
        let said = repo.ok(&words, read).await.map_err(failure)?;
        Ok(parse_refs(&said).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_files_are_sorted_by_kind() {
        let status = parse_status(" M a\0?? b c\0A  d\0R  new\0old\0 D e\0");
        assert_eq!(status.get("modified"), Some(&Value::from(vec!["a", "new"])));
        assert_eq!(status.get("untracked"), Some(&Value::from(vec!["b c"])));
        assert_eq!(status.get("deleted"), Some(&Value::from(vec!["e"])));
    }
}
