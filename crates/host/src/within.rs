//! A host on which commands and new files have defaults: the user, umask and time limit that a state asks for, the variables that a job has set.
//!
//! The umask of a process holds for all its threads, and states run beside each other; so it is given to each command and each new file here.

use crate::{Accounts, Command, Environ, Error, FileKind, Host, HttpAnswer, HttpError, HttpRequest};
use crate::{Lasting, Look, Output, Owner, RunError, Source, Stat, Write};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A host with defaults.
#[derive(Clone)]
pub struct Within {
    /// The host itself.
    pub host: Arc<dyn Host>,
    /// Who runs a command that names nobody.
    pub user: Option<String>,
    /// Umask of commands and of new files and folders.
    pub umask: Option<u32>,
    /// Between the polite signal and the one that cannot be refused, for a command that is ended.
    pub kill_after: Option<Duration>,
    /// Variables of the job, where this host is that of a job.
    pub environ: Option<Arc<Environ>>,
}

impl Within {
    /// The host of a job, which has variables of its own.
    #[must_use]
    pub fn job(host: Arc<dyn Host>) -> Self {
        Self { host, user: None, umask: None, kill_after: None, environ: Some(Arc::default()) }
    }

    /// The mode of something new, if nothing else says it.
    fn mode(&self, path: &str, asked: Option<u32>, full: u32) -> Option<u32> {
        let umask = self.umask.filter(|_| asked.is_none() && !matches!(self.host.stat(path), Ok(Some(_))));
        umask.map_or(asked, |umask| Some(full & !umask))
    }

    fn how(&self, path: &str, how: &Write) -> Write {
        Write { mode: self.mode(path, how.mode, 0o666), ..how.clone() }
    }
}

#[async_trait]
impl Look for Within {
    async fn run(&self, mut command: Command) -> Result<Output, RunError> {
        if command.user.is_none() {
            command.user.clone_from(&self.user);
        }
        command.umask = command.umask.or(self.umask);
        command.kill_after = command.kill_after.or(self.kill_after);
        if let Some(environ) = self.environ.as_ref().filter(|_| !command.clean_env) {
            // What the command itself is given comes later and counts.
            let own = std::mem::replace(&mut command.env, environ.all());
            command.env.extend(own);
        }
        self.host.run(command).await
    }

    async fn http(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        self.host.http(request).await
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.host.read(path)
    }

    fn open(&self, path: &str) -> Result<Box<dyn Source>, Error> {
        self.host.open(path)
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        self.host.stat(path)
    }

    fn link_stat(&self, path: &str) -> Result<Option<Stat>, Error> {
        self.host.link_stat(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        self.host.list(path)
    }

    fn read_link(&self, path: &str) -> Result<String, Error> {
        self.host.read_link(path)
    }

    fn real_path(&self, path: &str) -> Result<String, Error> {
        self.host.real_path(path)
    }

    fn accounts(&self) -> Accounts {
        self.host.accounts()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.environ.as_ref().and_then(|environ| environ.get(name)).unwrap_or_else(|| self.host.env(name))
    }

    fn environ(&self) -> BTreeMap<String, String> {
        let mut all = self.host.environ();
        if let Some(environ) = &self.environ {
            environ.lay_over(&mut all);
        }
        all
    }

    fn identity(&self) -> (u32, u32) {
        self.host.identity()
    }

    fn may_execute(&self, path: &str) -> bool {
        self.host.may_execute(path)
    }

    fn now(&self) -> SystemTime {
        self.host.now()
    }
}

impl Host for Within {
    fn write(&self, path: &str, content: &[u8], how: &Write) -> Result<(), Error> {
        self.host.write(path, content, &self.how(path, how))
    }

    fn copy(&self, from: &str, to: &str, how: &Write) -> Result<(), Error> {
        self.host.copy(from, to, &self.how(to, how))
    }

    fn write_from(&self, path: &str, content: &mut dyn Read, how: &Write) -> Result<(), Error> {
        self.host.write_from(path, content, &self.how(path, how))
    }

    fn append(&self, path: &str, content: &[u8]) -> Result<(), Error> {
        let mode = self.mode(path, None, 0o666);
        self.host.append(path, content)?;
        mode.map_or(Ok(()), |mode| self.host.set_mode(path, mode))
    }

    fn make_dir(&self, path: &str, mode: Option<u32>) -> Result<(), Error> {
        self.host.make_dir(path, self.mode(path, mode, 0o777))
    }

    fn remove_file(&self, path: &str) -> Result<(), Error> {
        self.host.remove_file(path)
    }

    fn remove_dir(&self, path: &str) -> Result<(), Error> {
        self.host.remove_dir(path)
    }

    fn remove_all(&self, path: &str) -> Result<(), Error> {
        self.host.remove_all(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.host.rename(from, to)
    }

    fn symlink(&self, target: &str, link: &str) -> Result<(), Error> {
        self.host.symlink(target, link)
    }

    fn hard_link(&self, target: &str, link: &str) -> Result<(), Error> {
        self.host.hard_link(target, link)
    }

    fn set_mode(&self, path: &str, mode: u32) -> Result<(), Error> {
        self.host.set_mode(path, mode)
    }

    fn set_owner(&self, path: &str, owner: Owner, follow: bool) -> Result<(), Error> {
        self.host.set_owner(path, owner, follow)
    }

    fn set_times(&self, path: &str, accessed: f64, modified: f64) -> Result<(), Error> {
        self.host.set_times(path, accessed, modified)
    }

    fn set_env(&self, name: &str, value: Option<&str>, lasting: Lasting) {
        match (&self.environ, lasting) {
            (Some(environ), Lasting::Job) => environ.set(name, value),
            (Some(_) | None, lasting) => self.host.set_env(name, value, lasting),
        }
    }

    fn make_node(&self, path: &str, kind: FileKind, device: u64, mode: u32) -> Result<(), Error> {
        self.host.make_node(path, kind, device, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RealHost;

    #[tokio::test]
    async fn commands_and_new_files_have_the_umask() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let host = Within { host: Arc::new(RealHost::new()), user: None, umask: Some(0o027), kill_after: None, environ: None };
        host.write(&at("new"), b"x", &Write::default()).unwrap();
        host.write(&at("asked"), b"x", &Write::mode(0o666)).unwrap();
        host.append(&at("log"), b"x").unwrap();
        host.make_dirs(&at("a/b"), None).unwrap();
        host.run(Command::shell("/bin/sh", format!("touch {}", at("made")))).await.unwrap();
        let mode = |name: &str| host.stat(&at(name)).unwrap().unwrap().mode & 0o777;
        assert_eq!(["new", "asked", "log", "a", "a/b", "made"].map(mode), [0o640, 0o666, 0o640, 0o750, 0o750, 0o640]);
        // What is there keeps its mode.
        host.set_mode(&at("new"), 0o644).unwrap();
        host.write(&at("new"), b"y", &Write::default()).unwrap();
        assert_eq!(mode("new"), 0o644);
    }

    #[tokio::test]
    async fn variables_of_a_job_reach_its_commands_and_no_other_job() {
        let agent: Arc<dyn Host> = Arc::new(RealHost::new());
        let (one, other) = (Within::job(Arc::clone(&agent)), Within::job(agent));
        one.set_env("SYLVITE_TEST_WITHIN", Some("mine"), Lasting::Job);
        let echo = || Command::shell("/bin/sh", "echo \"[$SYLVITE_TEST_WITHIN]\"");
        assert_eq!(one.run(echo()).await.unwrap().out(), "[mine]\n");
        assert_eq!(one.run(echo().env("SYLVITE_TEST_WITHIN", "own")).await.unwrap().out(), "[own]\n");
        assert_eq!(other.run(echo()).await.unwrap().out(), "[]\n");
        assert!(one.environ().contains_key("SYLVITE_TEST_WITHIN") && !other.environ().contains_key("SYLVITE_TEST_WITHIN"));
        one.set_env("SYLVITE_TEST_WITHIN_ALL", Some("all"), Lasting::Agent);
        assert_eq!(other.env("SYLVITE_TEST_WITHIN_ALL").as_deref(), Some("all"));
        one.set_env("HOME", None, Lasting::Job);
        let home = one.run(Command::shell("/bin/sh", "echo \"${HOME-none}\"")).await.unwrap();
        assert_eq!(home.out(), "none\n");
    }
}
