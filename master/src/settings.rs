//! The configuration as it is now. It may be read again while the master runs; whoever works with it holds the one it began with.

use crate::config::{Loaded, MasterConfig};
use crate::pillar_sources::Sources;
use crate::policy::{BadRule, Policy};
use files::Roots;
use manager::{ApiConfig, BadApi, RawShell};
use pillar::{BadSource, Cache};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use target::Nodegroups;
use tracing::warn;
use value::Value;

/// A configuration and what is made of it.
pub struct Settings {
    /// The keys.
    pub config: MasterConfig,
    /// The keys as they stand in the files.
    pub opts: Arc<Value>,
    /// Folder of those files.
    pub folder: PathBuf,
    /// Named groups of minions.
    pub nodegroups: Nodegroups,
    /// Who may do what.
    pub policy: Policy,
    /// What events lead to.
    pub reactor: Arc<crate::reactor::Rules>,
    /// Remotes of the file service.
    pub remotes: Vec<files::git::Remote>,
    /// Files of states.
    pub files: Arc<Roots>,
    /// Files of pillar.
    pub pillar_files: Arc<Roots>,
    /// External sources of pillar.
    pub sources: Sources,
    /// Pillar files that were rendered with this configuration.
    pub pillar_cache: Arc<Cache>,
    /// How the API is served over TCP, where it is.
    pub api: Option<ApiConfig>,
    /// Providers of logins.
    pub providers: std::collections::BTreeMap<String, crate::oidc::ProviderConfig>,
}

impl Settings {
    /// Makes of a configuration what the parts need.
    ///
    /// # Errors
    /// When a pattern of it is none, or an external source is not known.
    pub fn new(loaded: Loaded) -> Result<Self, BadSettings> {
        let config = loaded.config;
        let options = config.roots_options();
        let roots = |envs: &std::collections::BTreeMap<String, Vec<PathBuf>>| Roots::new(envs.clone(), &options).map(Arc::new);
        Ok(Self {
            nodegroups: Nodegroups::from_value(&Value::Map(config.nodegroups.clone())),
            policy: Policy::new(&config)?,
            reactor: Arc::new(crate::reactor::Rules::read(&config.reactor)),
            remotes: crate::gitfs::remotes(&config)?,
            files: file_roots(&config)?,
            pillar_files: roots(&config.pillar_roots)?,
            sources: Sources::new(&config)?,
            pillar_cache: Arc::default(),
            api: ApiConfig::read(
                &config.rest_cherrypy,
                &config.api,
                &config.netapi_enable_clients,
                config.rest_timeout.0,
                &config.pki_dir,
            )?
            .map(|api| ApiConfig { raw_shell: raw_shell(&config), ..api }),
            providers: crate::oidc::ProviderConfig::read(&config.oidc)?,
            opts: Arc::new(Value::Map(loaded.map)),
            folder: loaded.folder,
            config,
        })
    }
}

fn raw_shell(config: &MasterConfig) -> RawShell {
    if config.netapi_allow_raw_shell { RawShell::Allowed } else { RawShell::Refused }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// A pattern of the file service is none.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// A rule of who may do what means nothing.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// A key of the API cannot be used.
    #[error(transparent)]
    Api(#[from] BadApi),
    /// A provider of logins cannot be used.
    #[error(transparent)]
    Provider(#[from] crate::oidc::BadProvider),
    /// A remote of the file service cannot be used.
    #[error(transparent)]
    Remote(#[from] files::git::BadRemote),
    /// An external source of pillar cannot be used.
    #[error(transparent)]
    Source(#[from] BadSource),
}

/// Files of states: the folders of the configuration, and what minions have sent where that is asked for.
fn file_roots(config: &MasterConfig) -> Result<Arc<Roots>, files::Error> {
    let has = |name: &str| config.fileserver_backend.iter().any(|backend| backend == name);
    let own = if has("roots") { config.file_roots.clone() } else { std::collections::BTreeMap::new() };
    let roots = Roots::new(own, &config.roots_options())?.in_order(config.fileserver_backend.clone());
    if has("minionfs") || has("minion") {
        let folder = config.cachedir.join("pushed");
        roots.set_layer("minionfs", std::collections::BTreeMap::from([(config.minionfs_env.clone(), vec![folder])]));
    }
    Ok(Arc::new(roots))
}

/// Settings that may be replaced.
pub struct Live(RwLock<Arc<Settings>>);

impl Live {
    /// Begins with these.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(RwLock::new(Arc::new(settings)))
    }

    /// Those of now.
    #[must_use]
    pub fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces them. What only a restart can change keeps its old value, and the log says so.
    pub fn replace(&self, mut settings: Settings) {
        let old = self.get();
        let (new, old) = (&mut settings.config, &old.config);
        keep("interface", &mut new.interface, &old.interface);
        keep("port", &mut new.port, &old.port);
        keep("id", &mut new.id, &old.id);
        keep("pki_dir", &mut new.pki_dir, &old.pki_dir);
        keep("cachedir", &mut new.cachedir, &old.cachedir);
        keep("sock_dir", &mut new.sock_dir, &old.sock_dir);
        keep("database_url", &mut new.database_url, &old.database_url);
        keep("keep_jobs_seconds", &mut new.keep_jobs_seconds, &old.keep_jobs_seconds);
        keep("keep_events", &mut new.keep_events, &old.keep_events);
        keep("keep_grain_history", &mut new.keep_grain_history, &old.keep_grain_history);
        keep("returners", &mut new.returners, &old.returners);
        keep("ext_job_cache", &mut new.ext_job_cache, &old.ext_job_cache);
        keep("rest_cherrypy", &mut new.rest_cherrypy, &old.rest_cherrypy);
        keep("api", &mut new.api, &old.api);
        keep("netapi_enable_clients", &mut new.netapi_enable_clients, &old.netapi_enable_clients);
        keep("rest_timeout", &mut new.rest_timeout, &old.rest_timeout);
        keep("max_connections", &mut new.max_connections, &old.max_connections);
        keep("large_messages", &mut new.large_messages, &old.large_messages);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}

fn keep<T: PartialEq + Clone>(key: &str, new: &mut T, old: &T) {
    if new != old {
        warn!(key, "this key changes only with a restart");
        *new = old.clone();
    }
}
