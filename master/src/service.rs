//! What minions ask: pillar, files, and further questions by name. The minion is the session's, never the question's.

mod custom;
mod files;
mod functions;
mod peers;
mod pillar;
mod pushed;

pub use self::files::FileService;
pub use self::functions::{Seen, call_function, context_of, core_of, functions_of, user_of};
pub use self::pillar::{compile_pillar, groups_of};

use crate::bus::Keep;
use crate::core::Core;
use model::{Failure, MinionId, Timestamp};
use net::SessionHandle;
use proto::{RequestBody, ResponseBody, ToMinion};
use std::sync::Arc;
use std::time::Instant;
use tracing::debug;
use value::{Map, Value};

/// Answers a question. The answer is made beside the sessions' loop: a slow one holds up nobody.
pub fn answer(core: Arc<Core>, minion: MinionId, handle: SessionHandle, id: u64, body: RequestBody) {
    tokio::spawn(async move {
        let (begin, command) = (Instant::now(), command(&body));
        let body = respond(&core, &minion, body).await;
        core.stats.count(command, begin.elapsed());
        if let Err(error) = handle.send(&ToMinion::Response { id, body }) {
            debug!(%minion, %error, "an answer was not sent");
            if !handle.is_over() {
                let failure = Failure::failed(format!("the master's answer cannot be sent: {error}"));
                let _ = handle.send(&ToMinion::Response { id, body: Err(failure) });
            }
        }
    });
}

/// What Salt calls a question, for those who count them.
fn command(body: &RequestBody) -> &'static str {
    match body {
        RequestBody::Pillar { .. } => "_pillar",
        RequestBody::Envs => "_file_envs",
        RequestBody::FileIndex { .. } => "_file_list",
        RequestBody::FileRead { .. } | RequestBody::FilesRead { .. } => "_serve_file",
        RequestBody::Custom { function, .. } => match function.as_str() {
            "master_opts" => "_master_opts",
            "publish" => "minion_pub",
            "runner" => "minion_runner",
            "job.own" => "_return",
            "file.push" => "_file_recv",
            "mine.put" => "_mine",
            "mine.delete" => "_mine_delete",
            "mine.get" => "_mine_get",
            _ => "unknown",
        },
    }
}

/// Tells that what is known of a minion was made anew.
fn tell_refresh(core: &Core, minion: &MinionId) {
    if core.settings().config.minion_data_cache_events && core.is_heard() {
        let data = Map::from_iter([("Minion data cache refresh", minion.as_str())]);
        core.bus.fire(format!("minion/refresh/{minion}"), Value::Map(data), Timestamp::now(), Keep::LiveOnly);
    }
}

async fn respond(core: &Arc<Core>, minion: &MinionId, body: RequestBody) -> Result<ResponseBody, Failure> {
    match body {
        RequestBody::Pillar { env, pillar_env, overrides, grains } => {
            let is_usual = env.is_none() && pillar_env.is_none() && overrides.is_empty();
            let compiled = compile_pillar(core, minion, env, pillar_env, overrides, grains).await?;
            if is_usual && compiled.errors.is_empty() {
                core.pillars.put(minion, &compiled.pillar);
            }
            tell_refresh(core, minion);
            let errors = compiled.errors.iter().map(ToString::to_string).collect();
            Ok(ResponseBody::Pillar { pillar: compiled.pillar, errors })
        }
        RequestBody::Envs => FileService::new(Arc::clone(&core.settings().files)).envs(),
        RequestBody::FileIndex { env, known } => FileService::new(Arc::clone(&core.settings().files)).index(env, known).await,
        RequestBody::FileRead { env, path, offset, length } => {
            FileService::new(Arc::clone(&core.settings().files)).part(env, path, offset, length).await
        }
        RequestBody::FilesRead { env, paths } => FileService::new(Arc::clone(&core.settings().files)).files(env, paths).await,
        RequestBody::Custom { function, data } => custom::answer(core, minion, &function, data).await,
    }
}

/// Runs what blocks on the disk or computes for long away from the loops.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::failed(format!("the master broke off: {error}")))
}
