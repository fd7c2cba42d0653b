//! `git.detached`: a commit is checked out, and no branch.

use super::{clone, empty, failed, is_commit, keys, sentences};
use modules::git::{Refused, Repo, set_remote};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Secret, State, Words};

/// Ensure a commit of a repository is checked out, without a branch.
///
/// ```salt
/// https://example.org/app.git:
///   git.detached:
///     - target: /opt/app
///     - rev: v1.4.2
/// ```
#[derive(Args)]
pub struct Detached {
    /// Address of the repository.
    name: String,
    /// Branch, tag or commit.
    rev: String,
    /// Folder of the clone.
    target: String,
    /// Name of the remote.
    #[arg(default = "origin")]
    remote: String,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
    /// Empty a folder that is no repository.
    #[arg(default = false)]
    force_clone: bool,
    /// Throw away what was changed.
    #[arg(default = false)]
    force_checkout: bool,
    /// Fetch before looking for the commit.
    #[arg(default = true)]
    fetch_remote: bool,
    /// Throw away what was changed, before.
    #[arg(default = false)]
    hard_reset: bool,
    /// Update submodules.
    #[arg(default = false)]
    submodules: bool,
    /// Private keys of ssh, by path.
    #[arg(default)]
    identity: Words,
    /// User of HTTPS.
    https_user: Option<String>,
    /// Password of HTTPS.
    https_pass: Option<Secret<String>>,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(ignored)]
    output_encoding: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// No repository; whether the folder has to be emptied.
    Nothing { full: bool },
    /// A repository, with the commit that is checked out and the one that is wanted, as far as that is known.
    Repository { now: Option<String>, wanted: Option<String>, moves: bool },
}

impl Detached {
    async fn repo(&self, read: &Read) -> Result<Repo, String> {
        Ok(Repo {
            cwd: Some(self.target.clone()),
            user: self.user.clone(),
            identity: keys(&self.identity.0, read).await?,
            https_user: self.https_user.clone(),
            https_pass: self.https_pass.clone(),
        })
    }

    /// The commit as the local repository knows it.
    async fn known(&self, repo: &Repo, read: &Read) -> Result<Option<String>, Refused> {
        if is_commit(&self.rev) {
            return repo.commit(&self.rev, read).await;
        }
        match repo.commit(&format!("refs/remotes/{}/{}", self.remote, self.rev), read).await? {
            Some(commit) => Ok(Some(commit)),
            None => repo.commit(&format!("refs/tags/{}", self.rev), read).await,
        }
    }

    /// The commit as the other side knows it, if it is asked.
    async fn wanted(&self, repo: &Repo, read: &Read) -> Result<Option<String>, Refused> {
        let known = self.known(repo, read).await?;
        if !self.fetch_remote || (is_commit(&self.rev) && known.is_some()) {
            return Ok(known);
        }
        let refs = Repo { cwd: None, ..repo.clone() }.refs(&self.name, read).await?;
        let names = [format!("refs/heads/{}", self.rev), format!("refs/tags/{}^{{}}", self.rev), format!("refs/tags/{}", self.rev)];
        Ok(names.iter().find_map(|name| refs.get(name).cloned()).or(known))
    }

    async fn find(&self, repo: &Repo, read: &Read) -> Result<Found, Refused> {
        if !repo.is_there(false, read) {
            let full = read.host().list(&self.target).is_ok_and(|names| !names.is_empty());
            return Ok(Found::Nothing { full });
        }
        let now = repo.head(read).await?;
        let wanted = self.wanted(repo, read).await?;
        let moves = !is_commit(&self.rev) && repo.remote(&self.remote, read).await?.as_deref() != Some(&self.name);
        Ok(Found::Repository { now, wanted, moves })
    }

    async fn go(&self, found: Found, repo: &Repo, said: &mut Vec<String>, changes: &mut Map, cx: &Cx) -> Result<(), Refused> {
        let read = cx.read();
        let mut now = None;
        match found {
            Found::Nothing { full } => {
                if full {
                    empty(&self.target, cx)?;
                    changes.insert("forced clone", true);
                }
                let mut options = vec!["--no-checkout".to_owned()];
                if self.remote != "origin" {
                    options.extend(["--origin".to_owned(), self.remote.clone()]);
                }
                clone(repo, &self.name, &self.target, &options, cx).await?;
                said.push(format!("{} cloned to {}", self.name, self.target));
            }
            Found::Repository { now: head, moves, .. } => {
                now = head;
                if moves {
                    let old = repo.remote(&self.remote, read).await?.unwrap_or_else(|| "None".to_owned());
                    set_remote(repo, &self.remote, &self.name, cx).await?;
                    said.push(format!("Remote {} updated from '{old}' to '{}'", self.remote, self.name));
                }
                let known = is_commit(&self.rev) && self.known(repo, read).await?.is_some();
                if self.fetch_remote && !known {
                    let heads = format!("refs/heads/*:refs/remotes/{}/*", self.remote);
                    let before = repo.ok(&["for-each-ref"], read).await?;
                    repo.ok(&["fetch", "--force", &self.remote, &heads, "+refs/tags/*:refs/tags/*"], read).await?;
                    if before != repo.ok(&["for-each-ref"], read).await? {
                        said.push(format!("Remote {} was fetched, resulting in updated refs", self.remote));
                    }
                }
            }
        }
        let Some(wanted) = self.known(repo, read).await? else { return Err(Refused(format!("Revision '{}' does not exist", self.rev))) };
        if self.hard_reset {
            repo.ok(&["reset", "--hard", "HEAD"], read).await?;
            said.push("Repository was reset to HEAD before checking out revision".to_owned());
        }
        let moved = now.as_deref() != Some(wanted.as_str());
        if moved {
            let force = self.force_checkout.then_some("--force");
            let words: Vec<&str> = ["checkout"].into_iter().chain(force).chain(["--detach", wanted.as_str()]).collect();
            repo.ok(&words, read).await?;
            said.push(format!("Commit ID {wanted} was checked out at {}", self.target));
        }
        if self.submodules {
            repo.ok(&["submodule", "update", "--init", "--recursive"], read).await?;
            said.push("Submodules were updated".to_owned());
        }
        if moved {
            changes.insert("HEAD", both(now, &wanted));
        } else {
            said.push("Already checked out at correct revision".to_owned());
        }
        Ok(())
    }
}

fn both(old: Option<String>, new: &str) -> Map {
    let mut map = Map::new();
    map.insert("old", old);
    map.insert("new", new);
    map
}

impl State for Detached {
    type Change = Found;

    async fn check(&self, read: &Read) -> Result<Check<Found>, Failure> {
        let (name, target) = (&self.name, &self.target);
        if self.rev.is_empty() {
            return Ok(Check::fails("'' is not a valid value for the 'rev' argument"));
        }
        if !target.starts_with('/') {
            return Ok(Check::fails(format!("Target '{target}' is not an absolute path")));
        }
        if read.host().is_file(target) {
            return Ok(Check::fails(format!("Target '{target}' exists and is a regular file, cannot proceed")));
        }
        let repo = match self.repo(read).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let found = match self.find(&repo, read).await {
            Ok(found) => found,
            Err(refused) => return Ok(Check::fails(format!("Failed to list refs for {}: {}", self.remote, refused.0))),
        };
        let outlook = match &found {
            Found::Nothing { full: true } if !self.force_clone => {
                return Ok(Check::fails(format!(
                    "Target '{target}' exists, is non-empty and is not a git repository. Set the 'force_clone' option to True to remove \
                     this directory's contents and proceed with cloning the remote repository"
                )));
            }
            Found::Nothing { full: true } => Outlook::new(
                format!(
                    "Target directory {target} exists. Since force_clone=True, the contents of {target} would be deleted, and {name} would \
                     be cloned into this directory."
                ),
                [("forced clone", true)].into_iter().collect::<Map>(),
            ),
            Found::Nothing { full: false } => Outlook::new(format!("Repository {name} would be cloned to {target}"), Map::new()),
            Found::Repository { wanted: None, .. } => return Ok(Check::fails(format!("Revision '{}' does not exist", self.rev))),
            Found::Repository { now, wanted: Some(wanted), .. } if now.as_ref() != Some(wanted) => Outlook::new(
                format!("Commit ID {wanted} would be checked out at {target}"),
                [("HEAD", both(now.clone(), wanted))].into_iter().collect::<Map>(),
            ),
            Found::Repository { moves: true, .. } => Outlook::new(format!("Remote {} would be set to {name}", self.remote), Map::new()),
            Found::Repository { .. } if self.hard_reset => {
                Outlook::new(format!("Hard reset to HEAD would be performed on {target}"), Map::new())
            }
            Found::Repository { .. } => Outlook::new("Already checked out at correct revision", Map::new()).with_result(Some(true)),
        };
        Ok(Check::Change(outlook, found))
    }

    async fn apply(&self, found: Found, cx: &Cx) -> Result<Applied, Failure> {
        let repo = match self.repo(cx.read()).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Applied::failed(comment)),
        };
        let (mut said, mut changes) = (Vec::new(), Map::new());
        Ok(match self.go(found, &repo, &mut said, &mut changes, cx).await {
            Ok(()) => Applied::ok(sentences(&said), changes),
            Err(refused) => failed(&refused.0, &said).with_changes(changes),
        })
    }
}
