//! What the engine asks of the agent while it runs.

use crate::desk::Desk;
use async_trait::async_trait;
use engine::{Go, Reload, Row};
use sdk::{Cx, Value};
use sls::Chunk;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The agent's side of a run.
pub struct Services {
    state: Mutex<State>,
}

/// Replaced when a state asks for grains or pillar to be read anew.
struct State {
    desk: Arc<Desk>,
    by_env: BTreeMap<String, Arc<Desk>>,
}

impl Services {
    /// A run at a desk.
    pub fn new(desk: Arc<Desk>) -> Self {
        Self { state: Mutex::new(State { desk, by_env: BTreeMap::new() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.state().desk)
    }

    fn replace(&self, change: impl FnOnce(&mut sdk::Facts)) {
        let mut state = self.state();
        state.desk = state.desk.with_facts(change);
        state.by_env.clear();
    }
}

#[async_trait]
impl engine::Services for Services {
    fn cx(&self, env: &str) -> Cx {
        let mut state = self.state();
        if state.desk.facts().env == env {
            return state.desk.cx();
        }
        if !state.by_env.contains_key(env) {
            let desk = state.desk.with_facts(|facts| facts.env = env.to_owned());
            state.by_env.insert(env.to_owned(), desk);
        }
        state.by_env.get(env).unwrap_or(&state.desk).cx()
    }

    async fn before(&self, chunk: &Chunk) -> Go {
        let desk = self.desk();
        let Some(job) = desk.facts().job else { return Go::On };
        let cancel = desk.facts().cancel.clone();
        let job = job.to_string();
        tokio::select! {
            goes_on = desk.core.pauses.before(&job, &chunk.id) => if goes_on { Go::On } else { Go::Stop },
            () = cancel.cancelled() => Go::Stop,
        }
    }

    async fn done(&self, row: &Row, of: usize) {
        self.desk().progress(row, of);
    }

    async fn reload(&self, what: Reload) {
        let desk = self.desk();
        match what {
            // Modules are part of the program.
            Reload::Modules => {}
            Reload::Grains => {
                if let Ok(grains) = desk.blocking(|desk| Ok(desk.core.refresh_grains())).await {
                    self.replace(|facts| facts.grains = grains);
                    desk.core.grains_changed.notify_one();
                }
            }
            Reload::Pillar => match desk.core.refresh_pillar().await {
                Ok(pillar) => self.replace(|facts| facts.pillar = pillar),
                Err(failure) => tracing::warn!(error = %failure, "a state asked for the pillar, and it cannot be had"),
            },
        }
    }
}

/// A row as the master is told of it while the run goes on.
pub fn progress(row: &Row, of: usize) -> Value {
    let mut data = value::Map::new();
    data.insert("tag", row.tag.as_str());
    data.insert("ret", row.value.clone());
    data.insert("len", of);
    Value::Map(data)
}
