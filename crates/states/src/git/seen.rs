//! What `git.latest` sees of the other side and of the clone.

use super::{is_commit, short};
use modules::git::{Refused, Repo};
use sdk::Read;
use std::collections::{BTreeMap, BTreeSet};

/// What the wanted revision is on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A commit, by its digits or as the head.
    Commit,
}

/// What the local branch is to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follow {
    /// What it follows now.
    Same,
    /// Nothing.
    Nothing,
    /// A branch of a remote.
    Branch(String),
}

/// The other side.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Commit of the wanted revision.
    pub rev: Option<String>,
    /// What it is.
    pub kind: Option<Kind>,
    /// What the local branch is to follow.
    pub follow: Follow,
    /// The branch that is the head there.
    pub head_branch: Option<String>,
    /// Whether there is a head at all.
    pub has_head: bool,
    /// The revision as comments show it.
    pub place: String,
    /// Tags.
    pub tags: BTreeSet<String>,
}

impl Remote {
    /// Reads what the other side told.
    pub fn of(refs: &BTreeMap<String, String>, rev: &str, remote: &str, bare: bool) -> Self {
        let head = refs.get("HEAD");
        let is_head = |commit: &String| Some(commit) == head;
        let head_branch = refs.iter().find(|(name, commit)| name.starts_with("refs/heads/") && is_head(commit));
        let plain = |name: &String| name.strip_prefix("refs/tags/").filter(|name| !name.ends_with("^{}")).map(str::to_owned);
        let mut seen = Self {
            rev: None,
            kind: None,
            follow: Follow::Nothing,
            head_branch: head_branch.map(|(name, _)| name.trim_start_matches("refs/heads/").to_owned()),
            has_head: head.is_some(),
            place: String::new(),
            tags: refs.keys().filter_map(plain).collect(),
        };
        if bare {
            return seen;
        }
        let at = |name: String| refs.get(&name).cloned();
        if rev == "HEAD" {
            seen.rev = head.cloned();
            seen.kind = head.map(|_| Kind::Commit);
            seen.follow = Follow::Same;
            seen.place = format!("remote HEAD ({})", short(head.map_or("", String::as_str)));
        } else if let Some(commit) = at(format!("refs/heads/{rev}")) {
            seen.follow = Follow::Branch(format!("{remote}/{rev}"));
            seen.place = format!("{remote}/{rev} ({})", short(&commit));
            (seen.rev, seen.kind) = (Some(commit), Some(Kind::Branch));
        } else if let Some(commit) = at(format!("refs/tags/{rev}^{{}}")).or_else(|| at(format!("refs/tags/{rev}"))) {
            seen.place = format!("{rev} ({})", short(&commit));
            (seen.rev, seen.kind) = (Some(commit), Some(Kind::Tag));
        } else if is_commit(rev) {
            let commit = rev.to_lowercase();
            seen.place = short(&commit).to_owned();
            (seen.rev, seen.kind) = (Some(commit), Some(Kind::Commit));
        }
        seen
    }

    /// Whether a commit is the wanted revision; a commit may be given by its first digits.
    pub fn is(&self, commit: Option<&str>) -> bool {
        match (commit, self.rev.as_deref()) {
            (None, None) => true,
            (Some(commit), Some(wanted)) if self.kind == Some(Kind::Commit) => commit.starts_with(wanted),
            (Some(commit), Some(wanted)) => commit == wanted,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// The clone.
#[derive(Clone, Debug)]
pub struct Local {
    /// Commit that is checked out.
    pub rev: Option<String>,
    /// Branch that is checked out.
    pub branch: Option<String>,
    /// All branches.
    pub branches: Vec<String>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Whether files differ from what is checked out.
    pub changed: bool,
    /// Address of the remote.
    pub address: Option<String>,
    /// Commit that the update starts from: that of the wanted branch.
    pub base: Option<String>,
    /// Branch of the remote that the wanted branch follows.
    pub upstream: Option<String>,
    /// Whether the wanted revision was fetched before.
    pub has_rev: bool,
    /// Whether the update is a step forward; unknown before it is fetched.
    pub forward: Option<bool>,
}

impl Local {
    /// Looks at a clone. `branch` is the one that is wanted, `rev` the revision by its name.
    pub async fn of(repo: &Repo, remote: &Remote, name: &str, branch: Option<&str>, rev: &str, read: &Read) -> Result<Self, Refused> {
        let mut seen = Self {
            rev: repo.head(read).await?,
            branch: repo.branch(read).await?,
            branches: repo.branches(read).await?,
            tags: repo.tags(read).await?.into_iter().collect(),
            changed: repo.is_changed(read).await?,
            address: repo.remote(name, read).await?,
            base: None,
            upstream: None,
            has_rev: false,
            forward: None,
        };
        let mut base_branch = seen.branch.clone();
        seen.base.clone_from(&seen.rev);
        if let Some(branch) = branch.filter(|branch| seen.branch.as_deref() != Some(*branch)) {
            if seen.branches.iter().any(|known| known == branch) {
                seen.base = repo.commit(&format!("refs/heads/{branch}"), read).await?;
                base_branch = Some(branch.to_owned());
            } else {
                seen.base.clone_from(&remote.rev);
            }
        }
        if let Some(branch) = &base_branch {
            seen.upstream = repo.upstream(branch, read).await?;
        }
        let Some(wanted) = &remote.rev else { return Ok(seen) };
        let here = seen.base.as_deref().is_some_and(|base| remote.kind == Some(Kind::Commit) && base.starts_with(wanted.as_str()));
        seen.has_rev = here
            || match (remote.kind, repo.commit(wanted, read).await?) {
                (_, None) | (None, _) => false,
                (Some(Kind::Commit), Some(_)) => true,
                (Some(Kind::Branch), Some(_)) => repo.commit(&format!("refs/remotes/{name}/{rev}"), read).await?.as_ref() == Some(wanted),
                (Some(Kind::Tag), Some(_)) => repo.commit(&format!("refs/tags/{rev}"), read).await?.as_ref() == Some(wanted),
            };
        if seen.has_rev {
            seen.forward = Some(match &seen.base {
                None => true,
                Some(base) => repo.is_ancestor(base, wanted, read).await?,
            });
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_means_the_commit_behind_it() {
        let a = "a".repeat(40);
        let b = "b".repeat(40);
        let refs = [("HEAD", &a), ("refs/heads/main", &a), ("refs/tags/v1", &a), ("refs/tags/v1^{}", &b)];
        let refs: BTreeMap<String, String> = refs.into_iter().map(|(name, commit)| (name.to_owned(), commit.clone())).collect();
        let tag = Remote::of(&refs, "v1", "origin", false);
        assert_eq!((tag.rev.as_ref(), tag.kind), (Some(&b), Some(Kind::Tag)));
        assert_eq!(tag.tags.len(), 1);
        let head = Remote::of(&refs, "HEAD", "origin", false);
        assert_eq!((head.head_branch.as_deref(), head.place.as_str()), (Some("main"), "remote HEAD (aaaaaaa)"));
        let branch = Remote::of(&refs, "main", "up", false);
        assert_eq!(branch.follow, Follow::Branch("up/main".into()));
        assert!(Remote::of(&refs, "AAAA", "origin", false).is(Some(&a)));
    }
}
