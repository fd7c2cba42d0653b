//! `fileserver.*`: what the file service has.

use super::{Done, Run, Runner, plain};
use crate::gitfs::{Fetch, lay};
use crate::service::blocking;
use files::{FileEnv, Roots};
use manager::Refusal;
use std::sync::Arc;
use value::{Map, Value};

/// The runners of this module.
pub const RUNNERS: &[Runner] = &[
    Runner {
        name: "fileserver.update",
        arguments: &["backend", "remote"],
        doc: "Ask the remotes of the file service now.",
        body: |run| Box::pin(update(run)),
    },
    Runner { name: "fileserver.envs", arguments: &["backend", "sources"], doc: "The environments.", body: |run| Box::pin(envs(run)) },
    Runner {
        name: "fileserver.file_list",
        arguments: &["saltenv", "backend"],
        doc: "The files of an environment.",
        body: |run| Box::pin(listed(run, |files, env| files.list(env))),
    },
    Runner {
        name: "fileserver.dir_list",
        arguments: &["saltenv", "backend"],
        doc: "The folders of an environment.",
        body: |run| Box::pin(listed(run, |files, env| files.list_dirs(env))),
    },
    Runner {
        name: "fileserver.symlink_list",
        arguments: &["saltenv", "backend"],
        doc: "The links of an environment and where they lead.",
        body: |run| Box::pin(links(run)),
    },
];

async fn update(run: Run) -> Result<Done, Refusal> {
    let problems = lay(&run.core, Fetch::Now).await;
    if problems.is_empty() {
        return plain(true);
    }
    let told: Vec<String> = problems.into_iter().map(|(remote, why)| format!("{remote}: {why}")).collect();
    Err(Refusal::unavailable(told.join("\n")))
}

async fn envs(run: Run) -> Result<Done, Refusal> {
    plain(run.core.settings().files.envs().into_iter().collect::<Value>())
}

fn env(run: &Run) -> String {
    run.arguments.optional_text("saltenv").unwrap_or_else(|| "base".to_owned())
}

async fn listed(run: Run, list: fn(&Roots, &str) -> Result<Vec<String>, files::Error>) -> Result<Done, Refusal> {
    let (files, env) = (Arc::clone(&run.core.settings().files), env(&run));
    let found = blocking(move || list(&files, &env)).await.map_err(|failure| Refusal::internal(failure.to_string()))?;
    plain(found.map_err(|error| Refusal::not_found(output::chain(&error)))?.into_iter().collect::<Value>())
}

async fn links(run: Run) -> Result<Done, Refusal> {
    let (files, env) = (Arc::clone(&run.core.settings().files), env(&run));
    let found = blocking(move || files.list_links(&env)).await.map_err(|failure| Refusal::internal(failure.to_string()))?;
    plain(Value::Map(found.map_err(|error| Refusal::not_found(output::chain(&error)))?.into_iter().collect::<Map>()))
}
