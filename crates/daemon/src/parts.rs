//! The parts of a daemon: one task set. The first failure or a signal stops all, each drains, a deadline ends it.

use crate::Stop;
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tracing::{error, info, warn};

/// The reason of a part that ended without an error before it was told to.
const BY_ITSELF: &str = "it ended by itself";

/// Runs the parts of a daemon.
pub struct Parts {
    stop: Stop,
    tasks: JoinSet<Result<(), String>>,
    names: HashMap<Id, &'static str>,
}

/// How a daemon ended.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A part failed, and the others were stopped.
    #[error("`{part}` failed: {reason}")]
    Failed {
        /// Its name.
        part: &'static str,
        /// Its error with all causes.
        reason: String,
    },
    /// Parts did not drain in time.
    #[error("did not end within {0:?}: {1}")]
    Late(Duration, String),
}

impl Parts {
    /// An empty set whose parts are stopped by `stop`.
    #[must_use]
    pub fn new(stop: Stop) -> Self {
        Self { stop, tasks: JoinSet::new(), names: HashMap::new() }
    }

    /// Starts a part. It ends by itself only when stopped; ending sooner is a failure of the daemon.
    pub fn start<E: std::error::Error>(&mut self, name: &'static str, part: impl Future<Output = Result<(), E>> + Send + 'static) {
        let task = self.tasks.spawn(async move { part.await.map_err(|error| chain(&error)) });
        self.names.insert(task.id(), name);
    }

    /// Waits for the end: a part fails, or `stop` is cancelled. Then stops all and waits at most `deadline` for them to drain.
    ///
    /// # Errors
    /// When a part failed or did not drain in time.
    pub async fn finish(mut self, deadline: Duration) -> Result<(), Ended> {
        let stop = self.stop.clone();
        // The stop is looked at first: a part that ends because of it has not failed.
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = self.next() => ended,
        };
        let mut failure = first.map(|(part, result)| {
            let reason = result.err().unwrap_or_else(|| BY_ITSELF.to_owned());
            error!(part, %reason, "a part failed, stopping");
            Ended::Failed { part, reason }
        });
        stop.cancel();
        let drained = tokio::time::timeout(deadline, async {
            while let Some((part, result)) = self.next().await {
                let Err(reason) = result else { continue };
                warn!(part, %reason, "a part ended badly");
                // A part that lost its partner ends by itself, often before the partner's own failure is seen: that one is the cause.
                if matches!(&failure, Some(Ended::Failed { reason, .. }) if reason == BY_ITSELF) {
                    failure = Some(Ended::Failed { part, reason });
                }
            }
        });
        if drained.await.is_err() {
            let left: Vec<_> = self.names.values().copied().collect();
            return Err(failure.unwrap_or(Ended::Late(deadline, left.join(", "))));
        }
        info!("all parts ended");
        failure.map_or(Ok(()), Err)
    }

    async fn next(&mut self) -> Option<(&'static str, Result<(), String>)> {
        match self.tasks.join_next_with_id().await? {
            Ok((id, result)) => Some((self.names.remove(&id).unwrap_or("part"), result)),
            Err(error) => Some((self.names.remove(&error.id()).unwrap_or("part"), Err(error.to_string()))),
        }
    }
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn until(stop: Stop) -> Result<(), std::io::Error> {
        stop.cancelled().await;
        Ok(())
    }

    #[tokio::test]
    async fn one_failure_stops_all_parts_and_is_named() {
        let stop = Stop::new();
        let mut parts = Parts::new(stop.clone());
        parts.start("good", until(stop.clone()));
        parts.start("bad", async { Err(std::io::Error::other("no disk")) });
        let ended = parts.finish(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(ended.to_string(), "`bad` failed: no disk");
    }

    #[tokio::test]
    async fn a_failure_is_named_rather_than_the_part_that_ended_because_of_it() {
        let stop = Stop::new();
        let mut parts = Parts::new(stop.clone());
        let (partner, waiting) = tokio::sync::oneshot::channel::<()>();
        parts.start("partner", async move {
            let _gone = partner;
            Err(std::io::Error::other("no disk"))
        });
        parts.start("other", async move {
            let _ = waiting.await;
            Ok::<(), std::io::Error>(())
        });
        let ended = parts.finish(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(ended.to_string(), "`partner` failed: no disk");
    }

    #[tokio::test]
    async fn a_stop_lets_every_part_drain() {
        let stop = Stop::new();
        let mut parts = Parts::new(stop.clone());
        parts.start("good", until(stop.clone()));
        stop.cancel();
        parts.finish(Duration::from_secs(5)).await.unwrap();
    }

    #[tokio::test]
    async fn a_part_that_ends_as_soon_as_it_is_told_has_not_failed() {
        for _ in 0..100 {
            let stop = Stop::new();
            let mut parts = Parts::new(stop.clone());
            parts.start("quick", until(stop.clone()));
            let finish = tokio::spawn(parts.finish(Duration::from_secs(5)));
            tokio::task::yield_now().await;
            stop.cancel();
            finish.await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_drain_is_named() {
        let stop = Stop::new();
        let mut parts = Parts::new(stop.clone());
        parts.start::<std::io::Error>("stuck", std::future::pending());
        stop.cancel();
        let ended = parts.finish(Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(ended.to_string(), "did not end within 5s: stuck");
    }
}
