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
        name: "fileserver.empty_dir_list",
        arguments: &["saltenv", "backend"],
        doc: "The folders of an environment that hold nothing.",
        body: |run| Box::pin(listed(run, empty)),
    },
    Runner {
        name: "fileserver.clear_file_list_cache",
        arguments: &["saltenv", "backend"],
        doc: "Read the folders of all environments anew; lists are never kept longer than the files stay as they are.",
        body: |run| Box::pin(clear_lists(run)),
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

/// Folders without a file and without a folder.
fn empty(files: &Roots, env: &str) -> Result<Vec<String>, files::Error> {
    let (all, folders) = (files.list(env)?, files.list_dirs(env)?);
    let holds = |folder: &str, path: &String| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let is_empty = |folder: &String| !all.iter().chain(&folders).any(|path| holds(folder, path));
    Ok(folders.iter().filter(|folder| !folder.is_empty() && *folder != "." && is_empty(folder)).cloned().collect())
}

async fn clear_lists(run: Run) -> Result<Done, Refusal> {
    let files = &run.core.settings().files;
    let envs: Vec<String> = match run.arguments.optional_text("saltenv") {
        Some(env) => files.envs().into_iter().filter(|one| *one == env).collect(),
        None => files.envs(),
    };
    plain(Map::from_iter([("roots", envs)]))
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
