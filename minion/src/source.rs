//! Where files and pillar come from: folders of this host, or the master.

use crate::config::Loaded;
use crate::remote::Remote;
use files::{FileEnv, Roots, RootsOptions};
use model::Failure;
use net::DialHandle;
use proto::FromMinion;
use std::sync::Arc;
use value::Value;

/// Where files and pillar come from.
pub enum Source {
    /// `file_roots` and `pillar_roots` of this host.
    Local {
        /// Files of states.
        files: Arc<dyn FileEnv>,
        /// Files of pillar.
        pillar: Arc<dyn FileEnv>,
        /// A session for events, where there is a master all the same.
        link: Option<DialHandle>,
    },
    /// The master behind a session.
    Master {
        /// The session.
        link: DialHandle,
        /// Its files, cached here.
        files: Arc<dyn FileEnv>,
        /// The same, to be told of jobs that begin.
        remote: Arc<Remote>,
    },
}

impl Source {
    /// The folders that a configuration names.
    ///
    /// # Errors
    /// When a pattern of ignored files is none.
    pub fn local(loaded: &Loaded) -> Result<Self, Failure> {
        let config = &loaded.config;
        let options = RootsOptions {
            follow_links: config.fileserver_followsymlinks,
            ignore_glob: config.file_ignore_glob.clone(),
            ignore_regex: config.file_ignore_regex.clone(),
        };
        let fail = |error: files::Error| Failure::failed(error.to_string());
        let files = Roots::new(config.file_roots.clone(), &options).map_err(fail)?;
        let pillar = Roots::new(config.pillar_roots.clone(), &RootsOptions::default()).map_err(fail)?;
        Ok(Self::Local { files: Arc::new(files), pillar: Arc::new(pillar), link: None })
    }

    /// The master behind a session.
    #[must_use]
    pub fn master(link: DialHandle, remote: Remote) -> Self {
        let remote = Arc::new(remote);
        Self::Master { link, files: Arc::<Remote>::clone(&remote), remote }
    }

    /// A job begins: it is to see the files as they are now.
    pub fn begin_job(&self) {
        if let Self::Master { remote, .. } = self {
            remote.begin_job();
        }
    }

    /// Sweeps files that nobody has used for long out of the cache.
    pub fn sweep(&self) {
        if let Self::Master { remote, .. } = self {
            remote.sweep();
        }
    }

    /// The same with a session to send events over.
    #[must_use]
    pub fn with_link(self, session: DialHandle) -> Self {
        match self {
            Self::Local { files, pillar, .. } => Self::Local { files, pillar, link: Some(session) },
            Self::Master { files, remote, .. } => Self::Master { link: session, files, remote },
        }
    }

    /// Files of states.
    #[must_use]
    pub fn files(&self) -> &Arc<dyn FileEnv> {
        match self {
            Self::Local { files, .. } | Self::Master { files, .. } => files,
        }
    }

    /// The session, if there is a master.
    #[must_use]
    pub fn link(&self) -> Option<&DialHandle> {
        match self {
            Self::Local { link, .. } => link.as_ref(),
            Self::Master { link, .. } => Some(link),
        }
    }

    /// Sends an event to the master.
    ///
    /// # Errors
    /// When there is no master or no session.
    pub async fn event(&self, tag: &str, data: Value) -> Result<(), Failure> {
        let Some(link) = self.link() else {
            return Err(Failure::unavailable("there is no master to send an event to").with_hint("run without `--local`"));
        };
        let message = FromMinion::Event { tag: tag.to_owned(), data };
        link.send(&message).await.map_err(|error| Failure::failed(error.to_string()))
    }
}
