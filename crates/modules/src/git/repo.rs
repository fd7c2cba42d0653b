//! A repository of git, and running `git` in it.

use crate::cmd::{Done, Line, Request};
use base64::Engine as _;
use sdk::host::{LiveOutput, join};
use sdk::{Failure, Map, Read, Secret};
use std::collections::BTreeMap;

/// A repository, or the place of one, and how `git` is run for it.
#[derive(Clone, Debug, Default)]
pub struct Repo {
    /// Its folder; `git` runs in no repository unless given.
    pub cwd: Option<String>,
    /// User to run as.
    pub user: Option<String>,
    /// Private keys of ssh, by path.
    pub identity: Vec<String>,
    /// User of HTTPS.
    pub https_user: Option<String>,
    /// Password of HTTPS.
    pub https_pass: Option<Secret<String>>,
}

/// What `git` said when it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(failure.message)
    }
}

impl Repo {
    /// A repository in a folder.
    #[must_use]
    pub fn at(cwd: impl Into<String>, user: Option<String>) -> Self {
        Self { cwd: Some(cwd.into()), user, ..Self::default() }
    }

    fn env(&self) -> Map {
        let mut env = Map::new();
        // Nobody is there to answer a question.
        env.insert("GIT_TERMINAL_PROMPT", "0");
        env.insert("LC_ALL", "C");
        if !self.identity.is_empty() {
            let keys: String = self.identity.iter().map(|path| format!(" -i '{}'", path.replace('\'', "'\\''"))).collect();
            let quiet = "-oBatchMode=yes -oStrictHostKeyChecking=accept-new -oPasswordAuthentication=no";
            env.insert("GIT_SSH_COMMAND", format!("ssh {quiet}{keys}"));
        }
        if let Some(user) = &self.https_user {
            // Neither the list of processes nor the repository's configuration shall show it.
            let password = self.https_pass.as_ref().map(|password| password.reveal().as_str()).unwrap_or_default();
            let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            env.insert("GIT_CONFIG_COUNT", "1");
            env.insert("GIT_CONFIG_KEY_0", "http.extraHeader");
            env.insert("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {both}"));
        }
        env
    }

    /// Runs `git` with some words.
    pub async fn run<S: AsRef<str>>(&self, words: &[S], read: &Read, live: Option<&LiveOutput>) -> Result<Done, Failure> {
        let mut line = vec!["git".to_owned()];
        line.extend(words.iter().map(|word| word.as_ref().to_owned()));
        let (cwd, user, env) = (self.cwd.clone(), self.user.clone(), self.env());
        Request { cwd, user, env, use_shell: false, ..Request::of(Line::Words(line)) }.run(read, live).await
    }

    /// Runs `git` and wants it to succeed.
    pub async fn ok<S: AsRef<str>>(&self, words: &[S], read: &Read) -> Result<String, Refused> {
        let done = self.run(words, read, None).await?;
        if done.retcode == 0 {
            return Ok(done.stdout);
        }
        let said = if done.stderr.is_empty() { &done.stdout } else { &done.stderr };
        Err(Refused(format!("{said} (exit status {})", done.retcode)))
    }

    /// Runs `git`; nothing where it fails.
    pub async fn maybe<S: AsRef<str>>(&self, words: &[S], read: &Read) -> Result<Option<String>, Refused> {
        let done = self.run(words, read, None).await?;
        Ok((done.retcode == 0).then_some(done.stdout))
    }

    /// Whether the folder is a repository, or a further tree of one.
    #[must_use]
    pub fn is_there(&self, bare: bool, read: &Read) -> bool {
        let Some(cwd) = &self.cwd else { return false };
        let inside = join(cwd, if bare { "refs" } else { ".git" });
        read.host().is_dir(&inside) || (!bare && read.host().read_text(&inside).is_ok_and(|text| text.starts_with("gitdir: ")))
    }

    /// The commit that a name means.
    pub async fn commit(&self, rev: &str, read: &Read) -> Result<Option<String>, Refused> {
        self.maybe(&["rev-parse", "--verify", "--quiet", &format!("{rev}^{{commit}}")], read).await
    }

    /// The commit that is checked out.
    pub async fn head(&self, read: &Read) -> Result<Option<String>, Refused> {
        self.commit("HEAD", read).await
    }

    /// The branch that is checked out; `HEAD` where none is.
    pub async fn branch(&self, read: &Read) -> Result<Option<String>, Refused> {
        self.maybe(&["rev-parse", "--abbrev-ref", "HEAD"], read).await
    }

    /// Local branches.
    pub async fn branches(&self, read: &Read) -> Result<Vec<String>, Refused> {
        let said = self.ok(&["for-each-ref", "--format", "%(refname:short)", "refs/heads/"], read).await?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// Local tags.
    pub async fn tags(&self, read: &Read) -> Result<Vec<String>, Refused> {
        let said = self.ok(&["for-each-ref", "--format", "%(refname:short)", "refs/tags/"], read).await?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// The address that a remote is fetched from.
    pub async fn remote(&self, name: &str, read: &Read) -> Result<Option<String>, Refused> {
        self.maybe(&["config", "--get", &format!("remote.{name}.url")], read).await
    }

    /// The branch of a remote that a local branch follows: `origin/main`.
    pub async fn upstream(&self, branch: &str, read: &Read) -> Result<Option<String>, Refused> {
        self.maybe(&["rev-parse", "--abbrev-ref", &format!("{branch}@{{upstream}}")], read).await
    }

    /// Whether files differ from the commit that is checked out.
    pub async fn is_changed(&self, read: &Read) -> Result<bool, Refused> {
        Ok(self.maybe(&["diff", "HEAD"], read).await?.is_some_and(|diff| !diff.is_empty()))
    }

    /// Whether one commit is reached from another.
    pub async fn is_ancestor(&self, old: &str, new: &str, read: &Read) -> Result<bool, Refused> {
        Ok(self.run(&["merge-base", "--is-ancestor", old, new], read, None).await?.retcode == 0)
    }

    /// What the other side has: names such as `refs/heads/main`, and their commits.
    pub async fn refs(&self, address: &str, read: &Read) -> Result<BTreeMap<String, String>, Refused> {
        let said = self.ok(&["ls-remote", address], read).await?;
        Ok(parse_refs(&said))
    }
}

/// Lines of a commit and a name.
pub fn parse_refs(text: &str) -> BTreeMap<String, String> {
    text.lines().filter_map(|line| line.split_once('\t')).map(|(commit, name)| (name.to_owned(), commit.to_owned())).collect()
}
