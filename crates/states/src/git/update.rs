//! Cloning and updating for `git.latest`.

use super::latest::{Latest, Reset};
use super::seen::{Follow, Local, Remote};
use super::{clone, cloned, empty, sentences};
use modules::git::{Refused, Repo, set_remote};
use modules::net::without_password;
use sdk::{Cx, Map, Read};

fn revision(old: Option<&str>, new: Option<&str>) -> Map {
    let mut both = Map::new();
    both.insert("old", old);
    both.insert("new", new);
    both
}

impl Latest {
    /// Clones, and brings the clone to the revision; the comment.
    pub(super) async fn clone_it(
        &self,
        remote: &Remote,
        full: bool,
        repo: &Repo,
        said: &mut Vec<String>,
        changes: &mut Map,
        cx: &Cx,
    ) -> Result<String, Refused> {
        let (name, target, read) = (&self.name, &self.target, cx.read());
        if full {
            empty(target, cx)?;
            changes.insert("forced clone", true);
        }
        let (flag, kind) = match (self.mirror, self.is_bare()) {
            (true, _) => (Some("--mirror"), " as mirror"),
            (false, true) => (Some("--bare"), " as bare repository"),
            (false, false) => (None, ""),
        };
        let mut options: Vec<String> = flag.map(str::to_owned).into_iter().collect();
        if self.remote != "origin" {
            options.extend(["--origin".to_owned(), self.remote.clone()]);
        }
        if let Some(depth) = self.depth {
            options.extend(["--depth".to_owned(), depth.to_string(), "--branch".to_owned(), self.rev.clone()]);
        }
        clone(repo, name, target, &options, cx).await.map_err(|refused| Refused(format!("Clone failed: {}", refused.0)))?;
        changes.extend(cloned(name, target));
        said.push(format!("{name} cloned to {target}{kind}"));
        if let Some(wanted) = remote.rev.as_ref().filter(|_| !self.is_bare()) {
            if let Some(branch) = &self.branch
                && !repo.branches(read).await?.contains(branch)
            {
                repo.ok(&["checkout", "-b", branch, &self.start(remote, wanted)], read).await?;
                said.push(format!("Branch '{branch}' checked out, with {} as a starting point", remote.place));
            }
            let head = repo.head(read).await?;
            if head.is_none() && !remote.has_head {
                return Err(Refused(
                    "Remote HEAD refers to a ref that does not exist. This can happen when the default branch on the remote repository is \
                     renamed or deleted. If you are unable to fix the remote repository, you can work around this by setting the 'branch' \
                     argument (which will ensure that the named branch is created if it does not already exist)."
                        .to_owned(),
                ));
            }
            if !remote.is(head.as_deref()) {
                repo.ok(&["reset", "--hard", wanted], read).await?;
                said.push(format!("Repository was reset to {}", remote.place));
            }
            let branch = repo.branch(read).await?.unwrap_or_default();
            let upstream = repo.upstream(&branch, read).await?;
            self.follow(remote, upstream.as_deref(), repo, said, read).await?;
            self.submodules(repo, read).await?;
        }
        let head = repo.head(read).await?;
        if head.is_some() {
            changes.insert("revision", revision(None, head.as_deref()));
        }
        Ok(sentences(said))
    }

    /// Where a new branch starts.
    fn start(&self, remote: &Remote, wanted: &str) -> String {
        match &remote.follow {
            Follow::Branch(branch) => branch.clone(),
            Follow::Same | Follow::Nothing if self.rev == "HEAD" => wanted.to_owned(),
            Follow::Same | Follow::Nothing => self.rev.clone(),
        }
    }

    async fn follow(
        &self,
        remote: &Remote,
        upstream: Option<&str>,
        repo: &Repo,
        said: &mut Vec<String>,
        read: &Read,
    ) -> Result<(), Refused> {
        let Some((what, branch, option)) = Self::following(remote, upstream) else { return Ok(()) };
        repo.ok(&["branch", &option], read).await?;
        said.push(format!("Tracking branch was {what} {branch}").trim_end().to_owned());
        Ok(())
    }

    async fn submodules(&self, repo: &Repo, read: &Read) -> Result<(), Refused> {
        if !self.submodules {
            return Ok(());
        }
        let done = repo.ok(&["submodule", "update", "--init", "--recursive"], read).await;
        done.map(drop).map_err(|refused| Refused(format!("Failed to update submodules: {}", refused.0)))
    }

    /// Fetches; whether anything came.
    async fn fetch(&self, repo: &Repo, read: &Read) -> Result<bool, Refused> {
        let before = repo.ok(&["for-each-ref"], read).await?;
        let mut words = vec!["fetch".to_owned()];
        if self.force_fetch {
            words.push("--force".to_owned());
        }
        words.push(self.remote.clone());
        if self.fetch_tags {
            words.push(format!("refs/heads/{0}:refs/remotes/{1}/{0}", self.refspec_branch, self.remote));
            words.push(format!("+refs/tags/{0}:refs/tags/{0}", self.refspec_tag));
        }
        repo.ok(&words, read).await.map_err(|refused| {
            Refused(format!(
                "Fetch failed. Set 'force_fetch' to True to force the fetch if the failure was due to not being able to fast-forward. \
                 Output of the fetch command follows:\n\n{}",
                refused.0
            ))
        })?;
        Ok(before != repo.ok(&["for-each-ref"], read).await?)
    }

    /// Tags that came and went; whether any is to be fetched.
    async fn tags(
        &self,
        remote: &Remote,
        local: &Local,
        repo: &Repo,
        said: &mut Vec<String>,
        changes: &mut Map,
        read: &Read,
    ) -> Result<bool, Refused> {
        let new: Vec<String> = remote.tags.difference(&local.tags).cloned().collect();
        let gone: Vec<String> = local.tags.difference(&remote.tags).cloned().collect();
        let differ = !new.is_empty() || !gone.is_empty();
        if !new.is_empty() {
            changes.insert("new_tags", new);
        }
        if self.sync_tags && !gone.is_empty() {
            for tag in &gone {
                repo.ok(&["tag", "-d", tag], read).await?;
            }
            said.push(format!("The following tags were removed from the local checkout: {}", gone.join(", ")));
            changes.insert("deleted_tags", gone);
        }
        Ok(differ)
    }

    /// Brings a clone to the revision; the comment.
    pub(super) async fn update(
        &self,
        remote: &Remote,
        mut local: Local,
        repo: &Repo,
        said: &mut Vec<String>,
        changes: &mut Map,
        cx: &Cx,
    ) -> Result<String, Refused> {
        let read = cx.read();
        let target = &self.target;
        let Some(wanted) = remote.rev.clone() else {
            let news = if self.fetch(repo, read).await? { ", resulting in updated refs" } else { "" };
            said.push(format!("Bare repository at {target} was fetched{news}"));
            return self.ended(remote, &local, repo, said, changes, read).await;
        };
        if local.address.as_deref() != Some(self.name.as_str()) {
            set_remote(repo, &self.remote, &self.name, cx).await?;
            let new = without_password(&self.name);
            match local.address.as_deref() {
                None => {
                    said.push(format!("Remote '{}' set to {new}", self.remote));
                    changes.insert("new", format!("{} => {}", self.name, self.remote));
                }
                Some(old) => said.push(format!("Remote '{}' changed from {} to {new}", self.remote, without_password(old))),
            }
        }
        let matches = remote.is(local.rev.as_deref());
        if self.tags(remote, &local, repo, said, changes, read).await? || !local.has_rev {
            if self.fetch(repo, read).await? {
                said.push(format!("{} was fetched, resulting in updated refs", self.name));
            }
            if repo.commit(&wanted, read).await?.is_none() {
                return Err(Refused(format!("Fetch did not successfully retrieve rev '{}' from {}", self.rev, self.name)));
            }
            if !matches && !self.update_head && !self.other_branch(&local) {
                let now = super::short(local.rev.as_deref().unwrap_or_default());
                return Ok(format!(
                    "{} is already present and local HEAD ({now}) does not match, but update_head=False. HEAD has not been updated locally.",
                    remote.place
                ));
            }
            local.forward = Some(match &local.base {
                None => true,
                Some(base) => repo.is_ancestor(base, &wanted, read).await?,
            });
            if self.needs_force(&local) && self.reset().is_ok_and(|reset| reset == Reset::Never) {
                return Err(Refused(self.no_step_forward(remote, &local)));
            }
        }
        if let Some(branch) = self.branch.as_ref().filter(|_| self.other_branch(&local)) {
            self.switch(branch, remote, &wanted, &local, repo, said, read).await?;
        }
        let forced = self.needs_force(&local);
        if forced {
            repo.ok(&["reset", "--hard", &wanted], read).await?;
            changes.insert("forced update", true);
            if local.changed {
                said.push("Uncommitted changes were discarded".to_owned());
            }
            said.push(format!("Repository was hard-reset to {}", remote.place));
        } else if local.changed {
            repo.ok(&["reset", "--hard", "HEAD"], read).await?;
            said.push("Uncommitted changes were discarded".to_owned());
        }
        let upstream = local.upstream.clone();
        self.follow(remote, upstream.as_deref(), repo, said, read).await?;
        if !forced && local.forward == Some(true) && !remote.is(local.base.as_deref()) {
            self.forward(remote, &wanted, repo, said, read).await?;
        }
        self.submodules(repo, read).await?;
        self.ended(remote, &local, repo, said, changes, read).await
    }

    #[expect(clippy::too_many_arguments, reason = "one step of the update, which has all of this at hand")]
    async fn switch(
        &self,
        branch: &str,
        remote: &Remote,
        wanted: &str,
        local: &Local,
        repo: &Repo,
        said: &mut Vec<String>,
        read: &Read,
    ) -> Result<(), Refused> {
        if local.changed && !self.force_checkout {
            let here = local.branch.as_deref().unwrap_or("None");
            return Err(Refused(format!(
                "Local branch '{here}' has uncommitted changes. Set 'force_checkout' to True to discard them and proceed."
            )));
        }
        let mut words = vec!["checkout".to_owned()];
        if self.force_checkout {
            words.push("--force".to_owned());
        }
        if local.branches.iter().any(|known| known == branch) {
            words.push(branch.to_owned());
            said.push(format!("'{branch}' was checked out"));
        } else {
            words.extend(["-b".to_owned(), branch.to_owned(), self.start(remote, wanted)]);
            said.push(format!("New branch '{branch}' was checked out, with {} as a starting point", remote.place));
        }
        repo.ok(&words, read).await.map(drop)
    }

    async fn forward(&self, remote: &Remote, wanted: &str, repo: &Repo, said: &mut Vec<String>, read: &Read) -> Result<(), Refused> {
        if matches!(remote.follow, Follow::Nothing) {
            repo.ok(&["reset", "--hard", &self.rev], read).await?;
            said.push(format!("Repository was reset to {} (fast-forward)", self.rev));
            return Ok(());
        }
        if repo.maybe(&["symbolic-ref", "--quiet", "HEAD"], read).await?.is_none() {
            return Err(Refused("Unable to fast-forward, HEAD is detached".to_owned()));
        }
        repo.ok(&["merge", "--ff-only", wanted], read).await?;
        said.push(format!("Repository was fast-forwarded to {}", remote.place));
        Ok(())
    }

    async fn ended(
        &self,
        remote: &Remote,
        local: &Local,
        repo: &Repo,
        said: &[String],
        changes: &mut Map,
        read: &Read,
    ) -> Result<String, Refused> {
        let head = repo.head(read).await?;
        if !self.is_bare() && !remote.is(head.as_deref()) {
            return Err(Refused("Failed to update repository".to_owned()));
        }
        if head != local.rev {
            changes.insert("revision", revision(local.rev.as_deref(), head.as_deref()));
            return Ok(sentences(said));
        }
        let made = if said.is_empty() { String::new() } else { format!("\n\nChanges made: {}", sentences(said)) };
        Ok(format!("Repository {} is up-to-date{made}", self.target))
    }
}
