//! A call with a master: through the agent that runs here, or, if none does, over an own session.

use super::Options;
use crate::agent;
use crate::config::Loaded;
use crate::run::{self, Outcome};
use crate::socket::{self, Ask};
use daemon::Stop;
use model::{Call, JobId, MinionId};
use net::{DialEvent, Refusal};
use proto::FromMinion;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a master may take to admit us, unless the caller says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the calls.
///
/// # Errors
/// When neither an agent nor a master can be reached.
pub fn run(options: &Options, loaded: Loaded, calls: &[Call], job: JobId) -> Result<Outcome, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("the runtime cannot start: {error}"))?;
    let patience = options.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(PATIENCE);
    let outcome = runtime.block_on(async {
        let ask = Ask { calls: calls.to_vec(), job };
        match socket::ask(&socket::path(&loaded.config), &ask).await {
            Ok(outcome) => Ok(outcome),
            Err(socket::Error::NoAgent { .. }) => over_own_session(loaded, ask, patience).await,
            Err(error) => Err(output::chain(&error)),
        }
    });
    runtime.shutdown_background();
    outcome
}

async fn over_own_session(loaded: Loaded, ask: Ask, patience: Duration) -> Result<Outcome, String> {
    let minion = MinionId::new(&loaded.config.id).map_err(|error| error.to_string())?;
    let masters = loaded.config.master.join(", ");
    let mut connection = agent::connect(&loaded, minion).await.map_err(|error| output::chain(&error))?;
    let stop = Stop::new();
    let dialing = tokio::spawn(connection.dialer.run(stop.clone()));
    let admitted = async {
        let mut why = format!("no master of {masters} answers");
        loop {
            match connection.events.recv().await {
                Some(DialEvent::Connected { .. }) => return Ok(()),
                Some(DialEvent::Failed { reason, .. }) => why = reason,
                Some(DialEvent::Waiting { refusal: Refusal::Busy, .. }) => why = "the master is busy".to_owned(),
                Some(DialEvent::Waiting { refusal: Refusal::Rejected(reason), .. }) => {
                    return Err(format!("the master has rejected this minion's key: {reason}"));
                }
                Some(DialEvent::Waiting { refusal: Refusal::Denied, .. }) => {
                    return Err("the master knows another key under this id".to_owned());
                }
                Some(DialEvent::Waiting { refusal: Refusal::Pending, .. }) => {
                    return Err("the master has this minion's key and has not accepted it yet; accept it there and try again".to_owned());
                }
                Some(DialEvent::Disconnected { reason }) => why = reason,
                Some(DialEvent::Message(_)) => {}
                None => return Err(why),
            }
        }
    };
    let outcome = match tokio::time::timeout(patience, admitted).await {
        Err(_) => Err(format!("no master of {masters} has admitted this minion within {patience:?}")),
        Ok(Err(why)) => Err(why),
        Ok(Ok(())) => {
            let core = agent::core_of(loaded, connection.link.clone()).await.map_err(|error| output::chain(&error))?;
            let grains = core.grains().as_map().cloned().unwrap_or_default();
            let _ = connection.link.send(&FromMinion::Facts { grains, version: env!("CARGO_PKG_VERSION").to_owned() }).await;
            // Jobs that the master sends meanwhile are the agent's; it gets them again when it connects.
            tokio::spawn(async move { while connection.events.recv().await.is_some() {} });
            if let Err(failure) = core.pillar().await {
                tracing::warn!(error = %failure, "the pillar cannot be had");
            }
            let desk = core.desk(Some(ask.job), CancellationToken::new());
            let handle = core.runtime.clone();
            let work = tokio::task::spawn_blocking(move || handle.block_on(async { run::calls(&desk, &ask.calls).await }));
            work.await.map_err(|error| format!("the function ended abnormally: {error}"))
        }
    };
    stop.cancel();
    match tokio::time::timeout(Duration::from_secs(2), dialing).await {
        Ok(Ok(Err(error))) if outcome.is_err() => Err(output::chain(&error)),
        _ => outcome,
    }
}
