//! `git.present`: a repository is there.

use modules::git::Repo;
use sdk::host::join;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Ensure a repository is there, made empty if it is missing.
///
/// ```salt
/// /srv/git/app.git:
///   git.present:
///     - user: git
/// ```
#[derive(Args)]
pub struct Present {
    /// Its folder.
    name: String,
    /// Remove what stands in its place.
    #[arg(default = false)]
    force: bool,
    /// Make it without files.
    #[arg(default = true)]
    bare: bool,
    /// Folder of a template.
    template: Option<String>,
    /// Folder of the repository itself, apart from its files.
    separate_git_dir: Option<String>,
    /// Who shares it: `group`, `all`, a mode.
    shared: Option<Value>,
    /// User to run as.
    user: Option<String>,
    /// Known for compatibility.
    #[arg(ignored)]
    password: Option<String>,
    /// Known for compatibility; output is read as UTF-8.
    #[arg(ignored)]
    output_encoding: Option<String>,
}

impl State for Present {
    type Change = bool;

    async fn check(&self, read: &Read) -> Result<Check<bool>, Failure> {
        let name = &self.name;
        let host = read.host();
        let kind = if self.bare { "bare " } else { "" };
        let mut forced = false;
        if host.is_dir(name) {
            let there =
                if self.bare { host.is_file(&join(name, "HEAD")) } else { Repo::at(name.clone(), self.user.clone()).is_there(false, read) };
            if there {
                return Ok(Check::desired(""));
            }
            forced = self.force;
            if !forced && !host.list(name).map_err(modules::failure)?.is_empty() {
                return Ok(Check::fails(format!(
                    "Target '{name}' exists, is non-empty, and is not a git repository. Set the 'force' option to True to remove this \
                     directory's contents and proceed with initializing a repository"
                )));
            }
        }
        let mut changes: Map = [("new", name.as_str())].into_iter().collect();
        let comment = if forced {
            changes.insert("forced init", true);
            format!(
                "Target directory {name} exists. Since force=True, the contents of {name} would be deleted, and a {kind}repository would be \
                 initialized in its place."
            )
        } else {
            format!("New {kind}repository would be created")
        };
        Ok(Check::change(comment, changes, forced))
    }

    async fn apply(&self, forced: bool, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let mut changes = Map::new();
        if forced {
            cx.host().remove_all(name).map_err(modules::failure)?;
            changes.insert("forced init", true);
        }
        let mut words = vec!["init".to_owned()];
        if self.bare {
            words.push("--bare".to_owned());
        }
        words.extend(self.template.iter().map(|folder| format!("--template={folder}")));
        words.extend(self.separate_git_dir.iter().map(|folder| format!("--separate-git-dir={folder}")));
        words.extend(self.shared.iter().filter(|shared| shared.is_truthy()).map(|shared| match shared {
            Value::Bool(_) => "--shared".to_owned(),
            other => format!("--shared={}", text::str(other)),
        }));
        words.push(name.clone());
        let repo = Repo { user: self.user.clone(), ..Repo::default() };
        if let Err(refused) = repo.ok(&words, cx.read()).await {
            return Ok(Applied::failed(refused.0).with_changes(changes));
        }
        let mut said = vec![format!("Initialized {}repository in {name}", if self.bare { "bare " } else { "" })];
        said.extend(self.template.iter().map(|folder| format!("Template directory set to {folder}")));
        said.extend(self.separate_git_dir.iter().map(|folder| format!("Gitdir set to {folder}")));
        changes.insert("new", name.as_str());
        Ok(Applied::ok(super::sentences(&said), changes))
    }
}
