//! A call without any agent: everything is read from this machine and is gone afterwards.

use super::{Options, asks_for_nothing};
use crate::config::Loaded;
use crate::core::{Core, Look};
use crate::functions;
use crate::run::{self, Outcome};
use crate::source::Source;
use model::{Call, JobId};
use tokio_util::sync::CancellationToken;

/// Runs the calls.
///
/// # Errors
/// When the configuration cannot be used; a function that fails is an outcome.
pub fn run(options: &Options, loaded: Loaded, calls: &[Call], jid: JobId) -> Result<Outcome, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("the runtime cannot start: {error}"))?;
    let is_bare = calls.iter().all(|call| asks_for_nothing(&call.function)) && !loaded.config.minion_blackout;
    let look = if is_bare || options.skip_grains { Look::Bare } else { Look::Full };
    let source = Source::local(&loaded).map_err(|failure| failure.to_string())?;
    let core = Core::new(loaded, functions::registry(), source, runtime.handle().clone(), look).map_err(|failure| failure.to_string())?;
    let calls = calls.to_vec();
    let handle = runtime.handle().clone();
    let work = async move {
        // File operations of functions block; the thread that drives timers and pipes must not.
        let job = tokio::task::spawn_blocking(move || {
            handle.block_on(async move {
                // State functions compile a fresh pillar by themselves.
                if !is_bare && calls.iter().any(|call| call.function.module() != "state") {
                    core.pillar().await.map_err(|failure| failure.to_string())?;
                }
                let desk = core.desk(Some(jid), CancellationToken::new());
                Ok(run::calls(&desk, &calls).await)
            })
        });
        job.await.unwrap_or_else(|error| Err(format!("the function ended abnormally: {error}")))
    };
    let outcome = runtime.block_on(work);
    // A thread that still waits for something must not hold up the exit.
    runtime.shutdown_background();
    outcome
}
