//! Functions of `git` that change a repository.

use super::Repo;
use super::arguments::{git_arguments, git_remote_arguments};
use super::look::{failure, line};
use sdk::host::join;
use sdk::{Action, Args, Cx, Failure, Value, Words, text};

macro_rules! act {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } -> $output:ty, |$this:ident, $repo:ident, $cx:ident| $body:expr) => {
        git_remote_arguments! {
            $(#[$doc])*
            $name {
                /// Folder of the repository.
                cwd: String,
                $($own)*
            }
        }

        impl Action for $name {
            type Output = $output;
            async fn call(self, $cx: &Cx) -> Result<$output, Failure> {
                let $this = &self;
                let $repo = $this.repo(Some(&$this.cwd));
                $body
            }
        }
    };
}

/// A function that is one command of git, with more options and arguments; it gives what git said.
macro_rules! command {
    ($(#[$doc:meta])* $name:ident, $command:literal { $($own:tt)* }, |$this:ident| $rest:expr) => {
        act! {
            $(#[$doc])*
            $name {
                $($own)*
                /// More options.
                #[arg(default = "")]
                opts: Value,
                /// Options of git itself.
                #[arg(default = "", named)]
                git_opts: Value,
            } -> String, |this, repo, cx| {
                let $this = this;
                let rest: Vec<String> = $rest;
                let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
                let before = line(&[], &Some(this.git_opts.clone()), &[$command]);
                let before: Vec<&str> = before.iter().map(String::as_str).collect();
                repo.ok(&line(&before, &Some(this.opts.clone()), &rest), cx.read()).await.map_err(failure)
            }
        }
    };
}

act! {
    /// Make a repository.
    ///
    /// ```salt
    /// salt '*' git.init /srv/app.git bare=True
    /// ```
    Init {
        /// Make it without files.
        #[arg(default = false)]
        bare: bool,
        /// Folder of a template.
        template: Option<String>,
        /// Folder of the repository itself, apart from its files.
        separate_git_dir: Option<String>,
        /// Who shares it: `group`, `all`, a mode.
        shared: Option<Value>,
        /// More options.
        #[arg(default = "")]
        opts: Value,
    } -> String, |this, repo, cx| {
        let mut words = line(&["init"], &Some(this.opts.clone()), &[]);
        if this.bare {
            words.push("--bare".to_owned());
        }
        words.extend(this.template.iter().map(|folder| format!("--template={folder}")));
        words.extend(this.separate_git_dir.iter().map(|folder| format!("--separate-git-dir={folder}")));
        words.extend(this.shared.iter().filter(|shared| shared.is_truthy()).map(|shared| match shared {
            Value::Bool(_) => "--shared".to_owned(),
            other => format!("--shared={}", text::str(other)),
        }));
        words.push(this.cwd.clone());
        Repo { cwd: None, ..repo }.ok(&words, cx.read()).await.map_err(failure)
    }
}
act! {
    /// Make a copy of a repository.
    ///
    /// ```salt
    /// salt '*' git.clone /opt/app https://example.org/app.git opts='--depth 1'
    /// ```
    Clone {
        /// Address of the repository.
        url: Option<String>,
        /// Name of the folder below the given one; the given one itself unless given.
        name: Option<String>,
        /// More options.
        #[arg(default = "")]
        opts: Value,
    } -> bool, |this, repo, cx| {
        let url = this.url.clone().ok_or_else(|| Failure::bad_arguments("Missing 'url' argument"))?;
        let folder = this.name.as_ref().map_or_else(|| this.cwd.clone(), |name| join(&this.cwd, name));
        let repo = Repo { cwd: None, ..repo };
        repo.ok(&line(&["clone"], &Some(this.opts.clone()), &["--", &url, &folder]), cx.read()).await.map_err(failure)?;
        Ok(true)
    }
}
command! {
    /// Fetch from a remote.
    ///
    /// ```salt
    /// salt '*' git.fetch /opt/app upstream
    /// ```
    Fetch, "fetch" {
        /// The remote.
        remote: Option<String>,
        /// Fetch even what is no step forward.
        #[arg(default = false)]
        force: bool,
        /// What is fetched.
        #[arg(default)]
        refspecs: Words,
    }, |this| {
        let force = this.force.then(|| "--force".to_owned());
        force.into_iter().chain(this.remote.clone()).chain(this.refspecs.0.clone()).collect()
    }
}
command! {
    /// Fetch from a remote and merge.
    ///
    /// ```salt
    /// salt '*' git.pull /opt/app opts='--rebase origin main'
    /// ```
    Pull, "pull" {}, |this| { let _ = this; Vec::new() }
}
command! {
    /// Push to a remote.
    ///
    /// ```salt
    /// salt '*' git.push /opt/app origin main
    /// ```
    Push, "push" {
        /// The remote.
        remote: Option<String>,
        /// What is pushed.
        r#ref: Option<String>,
    }, |this| this.remote.clone().into_iter().chain(this.r#ref.clone()).collect()
}
command! {
    /// Check a branch or a commit out.
    ///
    /// ```salt
    /// salt '*' git.checkout /opt/app main force=True
    /// ```
    Checkout, "checkout" {
        /// The branch or commit.
        rev: Option<String>,
        /// Throw away what was changed.
        #[arg(default = false)]
        force: bool,
    }, |this| this.force.then(|| "--force".to_owned()).into_iter().chain(this.rev.clone()).collect()
}
command! {
    /// Set the branch that is checked out to another commit.
    ///
    /// ```salt
    /// salt '*' git.reset /opt/app opts='--hard origin/main'
    /// ```
    Reset, "reset" {}, |this| { let _ = this; Vec::new() }
}
command! {
    /// Merge a commit into the branch that is checked out.
    ///
    /// ```salt
    /// salt '*' git.merge /opt/app rev=upstream/main
    /// ```
    Merge, "merge" {
        /// The commit.
        rev: Option<String>,
    }, |this| this.rev.clone().into_iter().collect()
}
command! {
    /// Put the branch that is checked out onto another commit.
    ///
    /// ```salt
    /// salt '*' git.rebase /opt/app rev=main
    /// ```
    Rebase, "rebase" {
        /// The commit.
        #[arg(default = "master")]
        rev: String,
    }, |this| vec![this.rev.clone()]
}
command! {
    /// Note files for the next commit.
    ///
    /// ```salt
    /// salt '*' git.add /opt/app README
    /// ```
    Add, "add" {
        /// File or folder.
        filename: String,
    }, |this| vec!["--verbose".to_owned(), this.filename.clone()]
}
command! {
    /// Remove files and note that for the next commit.
    ///
    /// ```salt
    /// salt '*' git.rm /opt/app README
    /// ```
    Rm, "rm" {
        /// File.
        filename: String,
    }, |this| vec![this.filename.clone()]
}
command! {
    /// Make a commit.
    ///
    /// ```salt
    /// salt '*' git.commit /opt/app 'The message'
    /// ```
    Commit, "commit" {
        /// The message.
        message: String,
        /// One file, or a folder.
        filename: Option<String>,
    }, |this| {
        let file = this.filename.iter().flat_map(|name| ["--".to_owned(), name.clone()]);
        ["-m".to_owned(), this.message.clone()].into_iter().chain(file).collect()
    }
}
command! {
    /// Make, rename or remove a branch.
    ///
    /// ```salt
    /// salt '*' git.branch /opt/app newbranch
    /// ```
    Branch, "branch" {
        /// Its name.
        name: Option<String>,
    }, |this| this.name.clone().into_iter().collect()
}
command! {
    /// Make or remove a tag.
    ///
    /// ```salt
    /// salt '*' git.tag /opt/app v2.0 ref=HEAD
    /// ```
    Tag, "tag" {
        /// Its name.
        name: String,
        /// The commit.
        #[arg(default = "HEAD")]
        r#ref: String,
        /// Message; it makes the tag an object of its own.
        message: Option<String>,
    }, |this| {
        let deletes = text::str(&this.opts).split_whitespace().any(|word| word == "-d" || word == "--delete");
        let message = this.message.iter().flat_map(|message| ["-m".to_owned(), message.clone()]);
        let commit = (!deletes).then(|| this.r#ref.clone());
        message.chain([this.name.clone()]).chain(commit).collect()
    }
}
command! {
    /// Put changes aside, or back.
    ///
    /// ```salt
    /// salt '*' git.stash /opt/app pop
    /// ```
    Stash, "stash" {
        /// `save`, `pop`, `list`, …
        #[arg(default = "save")]
        action: String,
    }, |this| vec![this.action.clone()]
}
command! {
    /// Work on submodules.
    ///
    /// ```salt
    /// salt '*' git.submodule /opt/app update opts='--init'
    /// ```
    Submodule, "submodule" {
        /// `update`, `status`, `sync`, …
        command: String,
        /// Fetch it first.
        #[arg(default = false)]
        init: bool,
    }, |this| std::iter::once(this.command.clone()).chain(this.init.then(|| "--init".to_owned())).collect()
}
command! {
    /// Read, set or remove a symbolic name.
    ///
    /// ```salt
    /// salt '*' git.symbolic_ref /opt/app HEAD
    /// ```
    SymbolicRef, "symbolic-ref" {
        /// The name.
        r#ref: String,
        /// What it stands for.
        value: Option<String>,
    }, |this| std::iter::once(this.r#ref.clone()).chain(this.value.clone()).collect()
}
command! {
    /// Put the files of a commit into an archive.
    ///
    /// ```salt
    /// salt '*' git.archive /opt/app /tmp/app.tar.gz
    /// ```
    Archive, "archive" {
        /// Path of the archive; its ending tells the kind.
        output: String,
        /// The commit.
        #[arg(default = "HEAD")]
        rev: String,
        /// Folder that all names begin with.
        prefix: Option<String>,
        /// Kind: `tar`, `zip`, `tar.gz`.
        format: Option<String>,
    }, |this| {
        let prefix = this.prefix.iter().map(|prefix| format!("--prefix={prefix}"));
        let format = this.format.iter().map(|format| format!("--format={format}"));
        prefix.chain(format).chain([format!("--output={}", this.output), this.rev.clone()]).collect()
    }
}
act! {
    /// Set the address of a remote.
    ///
    /// ```salt
    /// salt '*' git.remote_set /opt/app https://example.org/app.git remote=upstream
    /// ```
    RemoteSet {
        /// The address it is fetched from.
        url: String,
        /// The remote.
        #[arg(default = "origin")]
        remote: String,
        /// The address it is pushed to.
        push_url: Option<String>,
    } -> bool, |this, repo, cx| {
        set_remote(&repo, &this.remote, &this.url, cx).await.map_err(failure)?;
        if let Some(url) = &this.push_url {
            repo.ok(&["remote", "set-url", "--push", &this.remote, url], cx.read()).await.map_err(failure)?;
        }
        Ok(true)
    }
}
act! {
    /// Throw away what was changed in the files.
    ///
    /// ```salt
    /// salt '*' git.discard_local_changes /opt/app
    /// ```
    DiscardLocalChanges {
        /// Files that count.
        #[arg(default = ".")]
        path: String,
    } -> String, |this, repo, cx| repo.ok(&["checkout", "--", &this.path], cx.read()).await.map_err(failure)
}
act! {
    /// Add a further tree to a repository.
    ///
    /// ```salt
    /// salt '*' git.worktree_add /opt/app /opt/app-next ref=next branch=next
    /// ```
    WorktreeAdd {
        /// Its folder.
        worktree_path: String,
        /// The commit.
        r#ref: Option<String>,
        /// Make the branch anew where it is there.
        #[arg(default = false)]
        reset_branch: bool,
        /// A new branch.
        #[arg(alias = "branch")]
        new_branch: Option<String>,
        /// Check out a commit that is checked out elsewhere.
        #[arg(default = false)]
        force: bool,
        /// Check out a commit and no branch.
        #[arg(default = false)]
        detach: bool,
    } -> String, |this, repo, cx| {
        let mut words = vec!["worktree", "add"];
        words.extend(this.force.then_some("--force"));
        words.extend(this.detach.then_some("--detach"));
        if let Some(branch) = &this.new_branch {
            words.extend([if this.reset_branch { "-B" } else { "-b" }, branch]);
        }
        words.push(&this.worktree_path);
        words.extend(this.r#ref.as_deref());
        repo.ok(&words, cx.read()).await.map_err(failure)
    }
}
act! {
    /// Forget further trees whose folders are gone.
    ///
    /// ```salt
    /// salt '*' git.worktree_prune /opt/app
    /// ```
    WorktreePrune {
        /// Only tell what would be done.
        #[arg(default = false)]
        dry_run: bool,
        /// Tell what is done.
        #[arg(default = true)]
        verbose: bool,
    } -> String, |this, repo, cx| {
        let flags = this.dry_run.then_some("--dry-run").into_iter().chain(this.verbose.then_some("--verbose"));
        let words: Vec<&str> = ["worktree", "prune"].into_iter().chain(flags).collect();
        repo.ok(&words, cx.read()).await.map_err(failure)
    }
}

/// Remove the folder of a further tree.
///
/// ```salt
/// salt '*' git.worktree_rm /opt/app-next
/// ```
#[derive(Args)]
pub struct WorktreeRm {
    /// Its folder.
    cwd: String,
    /// User to run as.
    #[arg(named)]
    user: Option<String>,
}

impl Action for WorktreeRm {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let marker = join(&self.cwd, ".git");
        if !cx.host().read_text(&marker).is_ok_and(|text| text.starts_with("gitdir: ")) {
            return Err(Failure::failed(format!("{} is not a git worktree", self.cwd)));
        }
        let repo = Repo::at(self.cwd.clone(), self.user);
        let main = repo.ok(&["rev-parse", "--git-common-dir"], cx.read()).await.map_err(failure)?;
        Repo { cwd: Some(main), ..repo }.ok(&["worktree", "remove", "--force", &self.cwd], cx.read()).await.map_err(failure)?;
        Ok(true)
    }
}

/// Sets the address of a remote, which is made if it is missing.
pub async fn set_remote(repo: &Repo, remote: &str, url: &str, cx: &Cx) -> Result<(), super::Refused> {
    let words = match repo.remote(remote, cx.read()).await? {
        Some(_) => ["remote", "set-url", remote, url],
        None => ["remote", "add", remote, url],
    };
    repo.ok(&words, cx.read()).await.map(drop)
}
