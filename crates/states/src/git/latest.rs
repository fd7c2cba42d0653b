//! `git.latest`: a clone is at a revision of the other side.

use super::seen::{Follow, Kind, Local, Remote};
use super::{cloned, failed, keys, sentences, short};
use modules::git::{Refused, Repo};
use modules::net::without_password;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Secret, State, Value, Words};

/// Ensure a clone is at the newest commit of a branch, or at a tag or commit.
///
/// ```salt
/// https://example.org/app.git:
///   git.latest:
///     - target: /opt/app
///     - rev: stable
///     - force_reset: True
/// ```
#[derive(Args)]
pub struct Latest {
    /// Address of the repository.
    pub(super) name: String,
    /// Folder of the clone.
    pub(super) target: String,
    /// Branch, tag or commit.
    #[arg(default = "HEAD")]
    pub(super) rev: String,
    /// Local branch that is checked out.
    pub(super) branch: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
    /// Move the local branch; otherwise only fetch.
    #[arg(default = true)]
    pub(super) update_head: bool,
    /// Throw away what was changed when another branch is checked out.
    #[arg(default = false)]
    pub(super) force_checkout: bool,
    /// Empty a folder that is no repository.
    #[arg(default = false)]
    force_clone: bool,
    /// Fetch even what is no step forward.
    #[arg(default = false)]
    pub(super) force_fetch: bool,
    /// Go to the revision even where this is no step forward or files were changed; `remote-changes`: only when there is a new revision.
    #[arg(default = false)]
    force_reset: Value,
    /// Update submodules.
    #[arg(default = false)]
    pub(super) submodules: bool,
    /// Clone without files.
    #[arg(default = false)]
    bare: bool,
    /// Clone without files as a mirror.
    #[arg(default = false)]
    pub(super) mirror: bool,
    /// Name of the remote.
    #[arg(default = "origin")]
    pub(super) remote: String,
    /// Fetch branches and tags of the remote.
    #[arg(default = true)]
    pub(super) fetch_tags: bool,
    /// Remove tags that the remote does not have.
    #[arg(default = true)]
    pub(super) sync_tags: bool,
    /// Clone only so many commits.
    pub(super) depth: Option<u32>,
    /// Private keys of ssh, by path.
    #[arg(default)]
    identity: Words,
    /// User of HTTPS.
    https_user: Option<String>,
    /// Password of HTTPS.
    https_pass: Option<Secret<String>>,
    /// Branches that are fetched.
    #[arg(default = "*")]
    pub(super) refspec_branch: String,
    /// Tags that are fetched.
    #[arg(default = "*")]
    pub(super) refspec_tag: String,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(ignored)]
    output_encoding: Option<String>,
}

/// How far a reset may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// No reset.
    Never,
    /// Only for a new revision.
    NewRevision,
    /// For changed files as well.
    Always,
}

/// What is to be done.
#[derive(Debug)]
pub enum Todo {
    /// Clone, after emptying the folder if that is `true`.
    Clone(Remote, bool),
    /// Bring the clone to the revision.
    Update(Remote, Local),
}

impl Latest {
    /// Whether the clone has no files.
    pub(super) const fn is_bare(&self) -> bool {
        self.bare || self.mirror
    }

    pub(super) fn reset(&self) -> Result<Reset, String> {
        match &self.force_reset {
            Value::Bool(false) => Ok(Reset::Never),
            Value::Bool(true) => Ok(Reset::Always),
            Value::Str(word) if word == "remote-changes" => Ok(Reset::NewRevision),
            _ => Err("'force_reset' must be one of True, False, or 'remote-changes'".to_owned()),
        }
    }

    pub(super) async fn repo(&self, read: &Read) -> Result<Repo, String> {
        Ok(Repo {
            cwd: Some(self.target.clone()),
            user: self.user.clone(),
            identity: keys(&self.identity.0, read).await?,
            https_user: self.https_user.clone(),
            https_pass: self.https_pass.clone(),
        })
    }

    fn refusal(&self, read: &Read) -> Option<String> {
        let target = &self.target;
        if self.remote.is_empty() {
            return Some("'remote' argument is required".to_owned());
        }
        if target.is_empty() {
            return Some("'target' argument is required".to_owned());
        }
        if self.rev.is_empty() {
            return Some("'' is not a valid value for the 'rev' argument".to_owned());
        }
        if let Err(comment) = self.reset() {
            return Some(comment);
        }
        if !target.starts_with('/') {
            return Some(format!("target '{target}' is not an absolute path"));
        }
        if read.host().is_file(target) {
            return Some(format!("Target '{target}' exists and is a regular file, cannot proceed"));
        }
        (self.is_bare() && self.rev != "HEAD").then(|| "'rev' is not compatible with the 'mirror' and 'bare' arguments".to_owned())
    }

    /// Whether another branch is to be checked out.
    pub(super) fn other_branch(&self, local: &Local) -> bool {
        self.branch.is_some() && self.branch != local.branch
    }

    /// The comment where an update would lose something.
    pub(super) fn no_step_forward(&self, remote: &Remote, local: &Local) -> String {
        let wanted = short(remote.rev.as_deref().unwrap_or_default());
        let base = short(local.base.as_deref().unwrap_or_default());
        let from = if local.changed && base != wanted { format!("from {base} to {wanted}") } else { format!("to {wanted}") };
        let after = match &self.branch {
            Some(branch) if self.other_branch(local) => format!(" (after checking out local branch '{branch}')"),
            _ => String::new(),
        };
        let why = if local.changed { "there are uncommitted changes" } else { "this is not a fast-forward merge" };
        let (or, discard) = if local.changed { (" (or 'remote-changes')", " and discard these changes") } else { ("", "") };
        let here = local.branch.as_deref().unwrap_or("None");
        let hint = match (&self.branch, &remote.head_branch) {
            (None, _) if self.rev != "HEAD" && self.rev != here => format!(
                " The desired rev ({0}) differs from the name of the local branch ({here}), if the desired rev is a branch name then a \
                 forced update could possibly be avoided by setting the 'branch' argument to '{0}' instead.",
                self.rev
            ),
            (None, Some(head)) if self.rev == "HEAD" && head != here => format!(
                " The default remote branch ({head}) differs from the local branch ({here}). This could be caused by changing the default \
                 remote branch, or if the local branch was manually changed. Rather than forcing an update, it may be advisable to set the \
                 'branch' argument to '{head}' instead. To ensure that this state follows the '{head}' branch instead of the remote HEAD, \
                 set the 'rev' argument to '{head}'."
            ),
            _ => String::new(),
        };
        format!("Repository would be updated {from}{after}, but {why}. Set 'force_reset' to True{or} to force this update{discard}.{hint}")
    }

    /// Whether the update may only be done by force.
    pub(super) fn needs_force(&self, local: &Local) -> bool {
        let reset = self.reset().unwrap_or(Reset::Never);
        (local.changed && reset != Reset::NewRevision) || local.forward == Some(false)
    }

    /// What the local branch is told to follow: the sentence in both modes, and the option of `git branch`.
    pub(super) fn following(remote: &Remote, upstream: Option<&str>) -> Option<(String, String, String)> {
        match (&remote.follow, upstream) {
            (Follow::Branch(branch), None) => Some(("set to".to_owned(), branch.clone(), format!("--set-upstream-to={branch}"))),
            (Follow::Branch(branch), Some(now)) if now != branch => {
                Some(("updated to".to_owned(), branch.clone(), format!("--set-upstream-to={branch}")))
            }
            (Follow::Nothing, Some(_)) => Some(("unset".to_owned(), String::new(), "--unset-upstream".to_owned())),
            (Follow::Branch(_) | Follow::Same, _) | (Follow::Nothing, None) => None,
        }
    }

    fn up_to_date(&self, local_changes: bool, said: &[String]) -> String {
        let mut comment = format!("Repository {} is up-to-date", self.target);
        if local_changes {
            comment.push_str(", but with uncommitted changes. Set 'force_reset' to True to purge uncommitted changes.");
        }
        if !said.is_empty() {
            comment.push_str(&format!("\n\nChanges that would be made: {}", sentences(said)));
        }
        comment
    }

    fn look_at(&self, remote: Remote, local: Local) -> Check<Todo> {
        let reset = self.reset().unwrap_or(Reset::Never);
        let matches = remote.is(local.rev.as_deref());
        if self.is_bare() {
            let comment = self.up_to_date(false, &[format!("Bare repository at {} would be fetched", self.target)]);
            let outlook = Outlook::new(comment, Map::new()).with_result(Some(true));
            return Check::Change(outlook, Todo::Update(remote, local));
        }
        let Some(wanted) = remote.rev.clone() else {
            if local.rev.is_some() {
                return Check::fails("Remote repository is empty, cannot update from a non-empty to an empty repository");
            }
            return Check::desired(self.up_to_date(false, &[]));
        };
        if local.changed && matches {
            if reset != Reset::Always {
                return Check::desired(self.up_to_date(true, &[]));
            }
            let comment = format!(
                "{} is up-to-date, but with uncommitted changes. Since 'force_reset' is set to True, these local changes would be reset. To \
                 only reset when there are changes in the remote repository, set 'force_reset' to 'remote-changes'.",
                self.target
            );
            let changes: Map = [("forced update", true)].into_iter().collect();
            return Check::change(comment, changes, Todo::Update(remote, local));
        }
        if remote.kind == Some(Kind::Tag) && !local.has_rev && local.tags.contains(&self.rev) && reset == Reset::Never {
            return Check::fails(format!(
                "'{}' is a tag, but the remote SHA1 for this tag ({}) doesn't match the local one. Set 'force_reset' to True to force this \
                 update.",
                self.rev,
                short(&wanted)
            ));
        }
        let stays = !self.update_head && !matches && (self.branch.is_none() || !self.other_branch(&local));
        if stays && local.has_rev {
            let mut place = remote.place.clone();
            if self.rev == "HEAD" {
                place = format!("R{}", place.get(1..).unwrap_or_default().to_lowercase());
            }
            let now = short(local.rev.as_deref().unwrap_or_default());
            return Check::desired(format!(
                "{place} is already present and local HEAD ({now}) does not match, but update_head=False. HEAD has not been updated locally."
            ));
        }
        if !stays && self.needs_force(&local) && reset == Reset::Never && (local.has_rev || local.changed) {
            return Check::fails(self.no_step_forward(&remote, &local));
        }
        self.predicted(remote, local, &wanted, matches)
    }

    fn predicted(&self, remote: Remote, local: Local, wanted: &str, matches: bool) -> Check<Todo> {
        let mut actions = Vec::new();
        let mut changes = Map::new();
        if local.address.as_deref() != Some(self.name.as_str()) {
            let old = local.address.as_deref().map_or_else(|| "None".to_owned(), without_password);
            actions.push(format!("Remote '{}' would be changed from {old} to {}", self.remote, without_password(&self.name)));
        }
        if !local.has_rev {
            actions.push(format!("Remote '{}' would be fetched", self.remote));
        }
        let other = self.other_branch(&local);
        if !matches && (self.update_head || other) {
            let mut both = Map::new();
            both.insert("old", local.rev.clone());
            both.insert("new", wanted);
            changes.insert("revision", both);
            if self.needs_force(&local) {
                changes.insert("forced update", true);
            }
        }
        let how = match (self.needs_force(&local), local.forward) {
            (true, _) => "hard-reset",
            (false, Some(true)) => "fast-forwarded",
            (false, _) => "updated",
        };
        let (from, to) = (short(local.rev.as_deref().unwrap_or("None")), short(wanted));
        if let Some(branch) = self.branch.as_ref().filter(|_| other) {
            if local.branches.contains(branch) {
                actions.push(format!("Branch '{branch}' would be checked out and {how} to {to}"));
            } else {
                actions.push(format!("New branch '{branch}' would be checked out, with {} as a starting point", remote.place));
            }
        } else if !matches && self.update_head {
            actions.push(format!("Repository would be {how} from {from} to {to}"));
        } else if !matches {
            actions.push(format!(
                "Local HEAD ({from}) does not match {} but update_head=False, HEAD would not be updated locally",
                remote.place
            ));
        }
        if let Some((what, branch, _)) = Self::following(&remote, local.upstream.as_deref()) {
            actions.push(format!("Tracking branch would be {what} {branch}").trim_end().to_owned());
        }
        let new: Vec<String> = remote.tags.difference(&local.tags).cloned().collect();
        let gone: Vec<String> = local.tags.difference(&remote.tags).filter(|_| self.sync_tags).cloned().collect();
        if !new.is_empty() {
            changes.insert("new_tags", new);
        }
        if !gone.is_empty() {
            actions.push(format!("The following tags would be removed from the local checkout: {}", gone.join(", ")));
            changes.insert("deleted_tags", gone);
        }
        if changes.is_empty() && actions.is_empty() {
            return Check::desired(self.up_to_date(false, &[]));
        }
        let outlook = if changes.contains_key("revision") {
            Outlook::new(sentences(&actions), changes)
        } else {
            let result = if changes.is_empty() { Some(true) } else { None };
            Outlook::new(self.up_to_date(false, &actions), changes).with_result(result)
        };
        Check::Change(outlook, Todo::Update(remote, local))
    }

    async fn look(&self, repo: &Repo, read: &Read) -> Result<Check<Todo>, Refused> {
        let outside = Repo { cwd: None, ..repo.clone() };
        let refs = match outside.refs(&self.name, read).await {
            Ok(refs) => refs,
            Err(refused) => return Ok(Check::fails(format!("Failed to check remote refs: {}", refused.0))),
        };
        let bare = self.is_bare();
        let remote = Remote::of(&refs, &self.rev, &self.remote, bare);
        if self.depth.is_some() && !matches!(remote.kind, Some(Kind::Branch | Kind::Tag)) {
            return Ok(Check::fails("When 'depth' is used, 'rev' must be set to the name of a branch or tag on the remote repository"));
        }
        if remote.rev.is_none() && !bare && self.rev != "HEAD" {
            return Ok(Check::fails(format!("No revision matching '{}' exists in the remote repository", self.rev)));
        }
        if repo.is_there(bare, read) {
            let local = Local::of(repo, &remote, &self.remote, self.branch.as_deref(), &self.rev, read).await?;
            return Ok(self.look_at(remote, local));
        }
        let (name, target) = (&self.name, &self.target);
        let full = read.host().list(target).is_ok_and(|names| !names.is_empty());
        if full && !self.force_clone {
            return Ok(Check::fails(format!(
                "Target '{target}' exists, is non-empty and is not a git repository. Set the 'force_clone' option to True to remove this \
                 directory's contents and proceed with cloning the remote repository"
            )));
        }
        let mut changes = cloned(name, target);
        let comment = if full {
            changes.insert("forced clone", true);
            format!(
                "Target directory {target} exists. Since force_clone=True, the contents of {target} would be deleted, and {name} would be \
                 cloned into this directory."
            )
        } else {
            format!("Repository {name} would be cloned to {target}")
        };
        Ok(Check::change(comment, changes, Todo::Clone(remote, full)))
    }
}

impl State for Latest {
    type Change = Todo;

    async fn check(&self, read: &Read) -> Result<Check<Todo>, Failure> {
        if let Some(comment) = self.refusal(read) {
            return Ok(Check::fails(comment));
        }
        let repo = match self.repo(read).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        Ok(match self.look(&repo, read).await {
            Ok(check) => check,
            Err(refused) => Check::fails(refused.0),
        })
    }

    async fn apply(&self, todo: Todo, cx: &Cx) -> Result<Applied, Failure> {
        let repo = match self.repo(cx.read()).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Applied::failed(comment)),
        };
        let (mut said, mut changes) = (Vec::new(), Map::new());
        let done = match todo {
            Todo::Clone(remote, full) => self.clone_it(&remote, full, &repo, &mut said, &mut changes, cx).await,
            Todo::Update(remote, local) => self.update(&remote, local, &repo, &mut said, &mut changes, cx).await,
        };
        Ok(match done {
            Ok(comment) => Applied::ok(comment, changes),
            Err(refused) => failed(&refused.0, &said).with_changes(changes),
        })
    }
}
