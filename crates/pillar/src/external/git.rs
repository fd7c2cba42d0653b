//! `git` (git_pillar): pillar trees out of repositories.
//!
//! Each remote is a tree of pillar files with its own top file, compiled by itself and merged in order; remotes of the same environment
//! may use each other's files. Remotes are copied on their interval ([`Git::refresh`]), not when a minion asks; only a remote that was
//! never copied is fetched for the first who asks.

use crate::{Ask, External, Inputs, Order, compile};
use files::git::{Mirror, Remote};
use files::{Roots, RootsOptions};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use value::{Lists, Map, Strategy, merge};

/// Which reference of a remote is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// A branch or tag, as one environment.
    One {
        /// The environment.
        env: String,
    },
    /// The one that is called as the environment that a minion asks for (`__env__`).
    Asked,
    /// A branch or tag, in whatever environment a minion asks for (`all_saltenvs`). It is `base` of the remote's selection.
    Everywhere,
}

/// One remote.
pub struct GitSource {
    remote: Remote,
    which: Which,
    mirror: Mirror,
    /// Folders by environment, once there are any.
    trees: RwLock<Option<BTreeMap<String, PathBuf>>>,
}

/// The remotes of one entry of `ext_pillar`.
pub struct Git {
    sources: Vec<GitSource>,
    shares: bool,
    /// One word of git at a time: two remotes may have one address.
    turn: Mutex<()>,
}

impl GitSource {
    /// A remote whose copy lies below a folder. `limit` is how long one word of git may take.
    #[must_use]
    pub fn new(remote: Remote, which: Which, below: &Path, limit: Duration) -> Self {
        let mirror = Mirror::new(remote.clone(), below, limit);
        Self { remote, which, mirror, trees: RwLock::default() }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.remote.url
    }

    fn refresh(&self) -> Result<(), String> {
        let fetched = self.mirror.fetch();
        let trees = self.mirror.write_out().map_err(|error| chain(&error));
        // A copy that was begun and never filled knows no trees, which is not the same as having none.
        if let Ok(trees) = &trees
            && (fetched.is_ok() || !trees.is_empty())
        {
            *self.trees.write().unwrap_or_else(PoisonError::into_inner) = Some(trees.clone());
        }
        fetched.map_err(|error| chain(&error)).and(trees.map(drop))
    }

    /// Environment and folder for a minion; `None` where this remote has nothing for it.
    fn folder(&self, env: &str) -> Option<(String, PathBuf)> {
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let trees = trees.as_ref()?;
        let (env, folder) = match &self.which {
            Which::One { env } => (env.as_str(), trees.get(env)),
            Which::Everywhere => (env, trees.get("base")),
            Which::Asked => (env, trees.get(env).or_else(|| trees.get(self.remote.selection.fallback.as_ref()?))),
        };
        Some((env.to_owned(), folder?.clone()))
    }

    fn is_known(&self) -> bool {
        self.trees.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl Git {
    /// Remotes in order. `shares`: those of the same environment see each other's files (`git_pillar_includes`).
    #[must_use]
    pub fn new(sources: Vec<GitSource>, shares: bool) -> Self {
        Self { sources, shares, turn: Mutex::new(()) }
    }

    /// Asks the remotes, and gives what went wrong by address. A remote that does not answer keeps the files it had.
    #[must_use]
    pub fn refresh(&self) -> BTreeMap<String, String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |source: &GitSource| Some((source.url().to_owned(), source.refresh().err()?));
        self.sources.iter().filter_map(failed).collect()
    }

    /// Sees to it that every remote was asked at least once.
    fn first(&self) -> Result<(), String> {
        if self.sources.iter().all(GitSource::is_known) {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for source in self.sources.iter().filter(|source| !source.is_known()) {
            // What an earlier run of the daemon has copied will do.
            let failed = source.refresh();
            if !source.is_known() {
                failed.map_err(|error| format!("`{}`: {error}", source.url()))?;
            }
        }
        Ok(())
    }
}

impl External for Git {
    fn name(&self) -> &str {
        "git"
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        self.first()?;
        let folders: Vec<Option<(String, PathBuf)>> = self.sources.iter().map(|source| source.folder(ask.env())).collect();
        let lists = if ask.inputs.merge_lists { Lists::Append } else { Lists::Replace };
        let mut pillar = Map::new();
        for (place, own) in folders.iter().enumerate() {
            let Some((env, folder)) = own else { continue };
            if ask.inputs.pillarenv.as_ref().is_some_and(|wanted| wanted != env) {
                continue;
            }
            let others =
                folders.iter().enumerate().filter(|(other, _)| self.shares && *other != place).filter_map(|(_, other)| other.as_ref());
            let all: Vec<PathBuf> =
                std::iter::once(folder).chain(others.filter(|(other, _)| other == env).map(|(_, folder)| folder)).cloned().collect();
            let tree = all.iter().map(|folder| folder.to_string_lossy()).collect::<Vec<_>>().join(":");
            let roots = Roots::new([(env.clone(), all)], &RootsOptions::default()).map_err(|error| chain(&error))?;
            let inputs = Inputs {
                roots: Arc::new(roots),
                externals: Vec::new(),
                order: Order::FilesFirst,
                overrides: Map::new(),
                decrypt: crate::Decrypt::default(),
                tree,
                ..ask.inputs.clone()
            };
            let compiled = compile(&inputs);
            for problem in &compiled.errors {
                tracing::warn!(minion = inputs.minion, %problem, "a problem of pillar out of git");
            }
            merge(&mut pillar, compiled.pillar, Strategy::Recurse(lists));
        }
        Ok(pillar)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
