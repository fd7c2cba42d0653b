//! The file service's remotes: copied on their interval, and laid under or over the file roots as `fileserver_backend` says.

use crate::bus::Keep;
use crate::config::MasterConfig;
use crate::core::Core;
use crate::service::blocking;
use daemon::Stop;
use files::git::{BadRemote, Credentials, Defaults, Mirror, RefKind, Remote, Selection};
use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{error, info};
use value::{Map, Value, text};

/// Folders of environments.
pub type Layer = BTreeMap<String, Vec<PathBuf>>;

/// Names of environments that are remembered as being none.
const MOST_UNKNOWN: usize = 1000;

/// Copies remotes.
pub struct GitFs(Arc<Core>);

impl GitFs {
    /// For the remotes of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Works until `stop`, on the interval and when it is asked.
    ///
    /// # Errors
    /// Never: a remote that does not answer keeps the files it had.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        // What was copied before serves until the remotes have answered.
        lay(&self.0, Fetch::No).await;
        loop {
            if !self.0.settings().config.gitfs_remotes.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    _ = lay(&self.0, Fetch::Due) => {}
                }
            }
            let interval = self.0.settings().config.gitfs_update_interval.0;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(interval) => {}
                () = self.0.refetch.notified() => {}
            }
        }
    }
}

/// Whether remotes are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// All of them, now.
    Now,
    /// Those whose time it is.
    Due,
    /// What is here has to do.
    No,
}

/// Puts what the remotes hold into the file service. Answers what went wrong, by remote.
pub async fn lay(core: &Arc<Core>, fetch: Fetch) -> BTreeMap<String, String> {
    let settings = core.settings();
    let below = settings.config.cachedir.join("gitfs");
    let limit = settings.config.gitfs_timeout.0;
    let mut problems = BTreeMap::new();
    // Each remote waits for itself: one that hangs holds up no other.
    let work = settings.remotes.iter().cloned().map(|remote| {
        let (below, url) = (below.clone(), remote.url.clone());
        async move {
            let mirror = Mirror::new(remote, &below, limit);
            let done = blocking(move || {
                let is_asked = fetch == Fetch::Now || (fetch == Fetch::Due && mirror.is_due());
                let fetched = if is_asked { mirror.fetch() } else { Ok(()) };
                (fetched.err(), mirror.write_out())
            });
            (url, done.await)
        }
    });
    let mut layer = Layer::new();
    for (url, done) in futures_util::future::join_all(work).await {
        let (failed, written) = match done {
            Ok(done) => done,
            Err(failure) => {
                problems.insert(url, failure.to_string());
                continue;
            }
        };
        if let Some(why) = failed {
            problems.insert(url.clone(), output::chain(&why));
        }
        match written {
            Ok(envs) => {
                for (env, folder) in envs {
                    layer.entry(env).or_default().push(folder);
                }
            }
            // Before the first fetch there is nothing to be written out.
            Err(_) if fetch == Fetch::No => {}
            Err(why) => drop(problems.entry(url).or_insert_with(|| output::chain(&why))),
        }
    }
    for (url, why) in &problems {
        error!(remote = url, error = why, "a remote of the file service does not answer; its old files stay");
    }
    let (remotes, below) = (settings.remotes.clone(), settings.config.cachedir.join("gitfs"));
    let unknown = Mutex::new(BTreeSet::new());
    settings.files.set_finder(move |env| {
        let mut unknown = unknown.lock().unwrap_or_else(PoisonError::into_inner);
        if unknown.contains(env) {
            return Vec::new();
        }
        let mirrors = remotes.iter().cloned().map(|remote| Mirror::new(remote, &below, limit));
        let found: Vec<PathBuf> = mirrors.filter_map(|mirror| mirror.commit(env).ok().flatten()).collect();
        // Until the remotes are asked again, nobody asks git for the same nothing twice.
        if found.is_empty() && unknown.len() < MOST_UNKNOWN {
            unknown.insert(env.to_owned());
        }
        found
    });
    if settings.files.set_layer("gitfs", layer) {
        info!("the files out of git have changed");
        let data = Map::from_iter([("backend", "gitfs")]);
        core.bus.fire("salt/fileserver/gitfs/update", Value::Map(data), Timestamp::now(), Keep::Stored);
    }
    problems
}

/// The remotes of a configuration.
///
/// # Errors
/// When one of them cannot be used.
pub fn remotes(config: &MasterConfig) -> Result<Vec<Remote>, BadRemote> {
    let kinds = config.gitfs_ref_types.iter().filter_map(|word| RefKind::from_word(word));
    let selection = Selection {
        base: config.gitfs_base.clone(),
        kinds: kinds.collect(),
        whitelist: config.gitfs_saltenv_whitelist.clone(),
        blacklist: config.gitfs_saltenv_blacklist.clone(),
        only_named: config.gitfs_disable_saltenv_mapping,
        ..Selection::default()
    };
    let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let credentials = Credentials {
        user: own(&config.gitfs_user),
        password: config.gitfs_password.clone().map(value::Secret::into_revealed),
        key: config.gitfs_privkey.clone(),
        passphrase: config.gitfs_passphrase.clone().map(value::Secret::into_revealed),
        known_hosts: config.gitfs_known_hosts.clone(),
        is_insecure: !config.gitfs_ssl_verify,
        proxy: own(&config.gitfs_proxy),
        ..Credentials::default()
    };
    let defaults = Defaults { selection, root: config.gitfs_root.clone(), mountpoint: config.gitfs_mountpoint.clone(), credentials };
    config.gitfs_remotes.iter().map(|entry| remote(entry, &defaults)).collect()
}

/// A remote: an address, or a mapping of one to its options.
pub fn remote(entry: &Value, defaults: &Defaults) -> Result<Remote, BadRemote> {
    let Some((url, options)) = entry.as_map().and_then(Map::first) else { return Remote::new(&text::str(entry), defaults)?.checked() };
    let mut remote = Remote::new(&text::str(url), defaults)?;
    let options: Vec<(Value, Value)> = match options {
        Value::List(items) => {
            items.iter().filter_map(Value::as_map).flat_map(|map| map.iter().map(|(key, value)| (key.clone(), value.clone()))).collect()
        }
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        _ => Vec::new(),
    };
    for (key, value) in options {
        let key = text::str(&key);
        match value {
            // `saltenv: [{dev: [{ref: develop}]}]`
            Value::List(envs) if key == "saltenv" => {
                for (env, options) in envs.iter().filter_map(Value::as_map).flat_map(Map::iter) {
                    let reference = match options {
                        Value::List(items) => items.iter().find_map(|item| item.get("ref")).map(text::str),
                        Value::Map(map) => map.get("ref").map(text::str),
                        one => Some(text::str(one)),
                    };
                    if let Some(reference) = reference {
                        remote.selection.named.insert(text::str(env), reference);
                    }
                }
            }
            Value::List(items) => remote.set_list(&key, &items.iter().map(text::str).collect::<Vec<_>>())?,
            one => remote.set(&key, &text::str(&one))?,
        }
    }
    remote.checked()
}
