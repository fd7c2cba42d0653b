//! External sources of pillar, by the words of `ext_pillar`.

mod git;
mod http;

use crate::config::MasterConfig;
use crate::core::Core;
use crate::service::blocking;
use daemon::Stop;
use pillar::{BadSource, External, Git};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use tracing::error;
use value::{Map, Value, text};

/// An external source of pillar with its arguments.
pub type Source = (Arc<dyn External>, Value);

/// The sources of a configuration.
#[derive(Default)]
pub struct Sources {
    /// All of them, in order.
    pub all: Vec<Source>,
    /// Those out of git, which are asked on an interval.
    pub git: Vec<Arc<Git>>,
    /// Where the user variables come between the others, and with which options; after all of them unless they are listed.
    pub variables: Option<(usize, Value)>,
}

impl Sources {
    /// Reads `ext_pillar`.
    ///
    /// # Errors
    /// When a source is not known, or cannot be used as it is written.
    pub fn new(config: &MasterConfig) -> Result<Self, BadSource> {
        let mut sources = Self::default();
        for (name, args) in config.ext_pillar.iter().flat_map(Map::iter) {
            let name = text::str(name);
            let source: Arc<dyn External> = match name.as_str() {
                "variables" => {
                    sources.variables = Some((sources.all.len(), args.clone()));
                    continue;
                }
                "git" => {
                    let git = Arc::new(git::read(config, args, sources.git.len()).map_err(|why| BadSource::Arguments { name, why })?);
                    sources.git.push(Arc::clone(&git));
                    git
                }
                "http_json" => Arc::new(http::Web::json(args).map_err(|why| BadSource::Arguments { name, why })?),
                "http_yaml" => Arc::new(http::Web::yaml(args).map_err(|why| BadSource::Arguments { name, why })?),
                other => pillar::source(other).ok_or_else(|| BadSource::Unknown(other.to_owned()))?,
            };
            sources.all.push((source, args.clone()));
        }
        Ok(sources)
    }
}

/// Asks the remotes of pillar on their interval.
pub struct Refresher(Arc<Core>);

impl Refresher {
    /// For the remotes of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Works until `stop`.
    ///
    /// # Errors
    /// Never: a remote that does not answer keeps the pillar it had.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = refresh(&self.0) => {}
            }
            let interval = self.0.settings().config.git_pillar_update_interval.0;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(interval) => {}
            }
        }
    }
}

/// Asks all remotes of pillar now, and gives what went wrong by address.
pub async fn refresh(core: &Core) -> BTreeMap<String, String> {
    let mut problems = BTreeMap::new();
    for git in core.settings().sources.git.clone() {
        match blocking(move || git.refresh()).await {
            Ok(failed) => problems.extend(failed),
            Err(failure) => error!(%failure, "the remotes of pillar cannot be asked"),
        }
    }
    for (url, why) in &problems {
        error!(remote = url, error = why, "a remote of pillar does not answer; its old files stay");
    }
    problems
}
