//! `git.cloned`: a repository was cloned, whatever became of it since.

use super::{clone, cloned, failed, keys, sentences};
use modules::git::Repo;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, Secret, State, Words};

/// Ensure a repository is cloned; it is not kept up to date.
///
/// ```salt
/// https://example.org/app.git:
///   git.cloned:
///     - target: /opt/app
///     - branch: stable
/// ```
#[derive(Args)]
pub struct Cloned {
    /// Address of the repository.
    name: String,
    /// Folder of the clone.
    target: String,
    /// Branch that is checked out.
    branch: Option<String>,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
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

/// What is to be done.
#[derive(Debug)]
pub enum Step {
    /// Clone it.
    Clone,
    /// Check the branch out; the one that is checked out now.
    Branch(String),
}

impl Cloned {
    async fn repo(&self, read: &Read) -> Result<Repo, String> {
        Ok(Repo {
            cwd: Some(self.target.clone()),
            user: self.user.clone(),
            identity: keys(&self.identity.0, read).await?,
            https_user: self.https_user.clone(),
            https_pass: self.https_pass.clone(),
        })
    }

    fn with_branch(&self) -> String {
        self.branch.as_ref().map(|branch| format!(" with branch '{branch}'")).unwrap_or_default()
    }
}

fn branch_change(old: &str, new: &str) -> Map {
    let change: Map = [("old", old), ("new", new)].into_iter().collect();
    [("branch", change)].into_iter().collect()
}

impl State for Cloned {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let (name, target) = (&self.name, &self.target);
        if !target.starts_with('/') {
            return Ok(Check::fails("'target' path must be absolute"));
        }
        if self.branch.as_deref() == Some("") {
            return Ok(Check::fails("Invalid 'branch' argument"));
        }
        let repo = match self.repo(read).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        if !read.host().exists(target) {
            let comment = format!("{name} would be cloned to {target}{}", self.with_branch());
            return Ok(Check::change(comment, cloned(name, target), Step::Clone));
        }
        if let Err(refused) = repo.ok(&["status", "--porcelain"], read).await {
            return Ok(Check::fails(refused.0));
        }
        let already = |branch: Option<&str>| {
            let branch = branch.map(|branch| format!(" and is checked out to branch '{branch}'")).unwrap_or_default();
            Ok(Check::desired(format!("Repository already exists at {target}{branch}")))
        };
        let Some(branch) = &self.branch else { return already(None) };
        let now = match repo.branch(read).await {
            Ok(now) => now.unwrap_or_default(),
            Err(refused) => return Ok(Check::fails(refused.0)),
        };
        if now == *branch {
            return already(Some(branch));
        }
        Ok(Check::change(format!("Branch would be changed to '{branch}'"), branch_change(&now, branch), Step::Branch(now)))
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        let (name, target) = (&self.name, &self.target);
        let repo = match self.repo(cx.read()).await {
            Ok(repo) => repo,
            Err(comment) => return Ok(Applied::failed(comment)),
        };
        let branch = self.branch.clone().unwrap_or_default();
        match step {
            Step::Clone => {
                let options = self.branch.iter().flat_map(|branch| ["--branch".to_owned(), branch.clone()]).collect::<Vec<_>>();
                if let Err(refused) = clone(&repo, name, target, &options, cx).await {
                    return Ok(failed(&format!("Clone failed: {}", refused.0), &[]));
                }
                let said = [format!("{name} cloned to {target}{}", self.with_branch())];
                Ok(Applied::ok(sentences(&said), cloned(name, target)))
            }
            Step::Branch(now) => {
                let known = matches!(repo.commit(&branch, cx.read()).await, Ok(Some(_)));
                let words = if known {
                    vec!["checkout".to_owned(), branch.clone()]
                } else {
                    vec!["checkout".to_owned(), "-b".to_owned(), branch.clone(), format!("origin/{branch}")]
                };
                if let Err(refused) = repo.ok(&words, cx.read()).await {
                    return Ok(failed(&format!("Failed to change branch to '{branch}': {}", refused.0), &[]));
                }
                Ok(Applied::ok(format!("Branch changed to '{branch}'"), branch_change(&now, &branch)))
            }
        }
    }
}
