//! Waiting for a store that is away.

use cmdb::Error;
use daemon::Stop;
use std::future::Future;
use std::time::Duration;
use tracing::{error, info, warn};

/// Tries until the store has taken it. `None` when the store refuses for good, or when the daemon stops while the store is away: whoever sent
/// the data still has it and sends it again.
pub async fn until_stored<T, F: Future<Output = Result<T, Error>>>(
    what: &'static str,
    stop: &Stop,
    mut attempt: impl FnMut() -> F,
) -> Option<T> {
    let mut pause = Duration::from_millis(100);
    let mut waited = false;
    loop {
        match attempt().await {
            Ok(done) => {
                if waited {
                    info!(what, "the store answers again");
                }
                return Some(done);
            }
            Err(problem) if problem.is_temporary() => {
                if !waited {
                    warn!(what, error = %output::chain(&problem), "the store is away, waiting for it");
                }
                waited = true;
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => return None,
                }
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(problem) => {
                error!(what, error = %output::chain(&problem), "the store refuses");
                return None;
            }
        }
    }
}
