//! What minions and users ask of this master, how often, and how long the answers take: `salt/stats/<master>`, for those who watch their masters
//! by Salt's event. The names are those of Salt's commands.

use crate::bus::Keep;
use crate::core::Core;
use daemon::Stop;
use model::Timestamp;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use value::{Map, Value};

/// Counts.
pub struct Stats(Mutex<Counted>);

struct Counted {
    since: Instant,
    commands: BTreeMap<&'static str, Cost>,
}

#[derive(Clone, Copy, Default)]
struct Cost {
    runs: u64,
    seconds: f64,
}

impl Default for Stats {
    fn default() -> Self {
        Self(Mutex::new(Counted { since: Instant::now(), commands: BTreeMap::new() }))
    }
}

impl Stats {
    /// A command was answered, and how long that took.
    pub fn count(&self, command: &'static str, took: Duration) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = counted.commands.entry(command).or_default();
        cost.runs += 1;
        cost.seconds += took.as_secs_f64();
    }

    /// What was counted since the last time, and counts anew.
    fn take(&self, now: Instant) -> (Duration, BTreeMap<&'static str, Cost>) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = std::mem::replace(&mut counted.since, now);
        (now.saturating_duration_since(since), std::mem::take(&mut counted.commands))
    }
}

/// Fires `salt/stats/<master>`.
pub struct StatsTeller(Arc<Core>);

impl StatsTeller {
    /// For what a master counts.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Tells until `stop`, as long as `master_stats` is set.
    ///
    /// # Errors
    /// Never.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        loop {
            let every = self.0.settings().config.master_stats_event_iter.0.max(Duration::from_secs(1));
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(every) => {}
            }
            let (span, commands) = self.0.stats.take(Instant::now());
            if !self.0.settings().config.master_stats || commands.is_empty() {
                continue;
            }
            let data = event(&self.0.id, span, &commands);
            self.0.bus.fire(format!("salt/stats/{}", self.0.id), data, Timestamp::now(), Keep::LiveOnly);
        }
    }
}

fn event(master: &str, span: Duration, commands: &BTreeMap<&'static str, Cost>) -> Value {
    let each = commands.iter().map(|(command, cost)| {
        let mean = if cost.runs == 0 { 0.0 } else { cost.seconds / cost.runs as f64 };
        (*command, Value::Map(Map::from_iter([("mean", Value::from(mean)), ("runs", Value::from(cost.runs))])))
    });
    let mut data = Map::new();
    data.insert("time", span.as_secs_f64());
    data.insert("worker", master);
    data.insert("stats", each.collect::<Map>());
    Value::Map(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_told_with_its_runs_and_their_mean() {
        let stats = Stats::default();
        stats.count("_pillar", Duration::from_millis(100));
        stats.count("_pillar", Duration::from_millis(300));
        let (_, commands) = stats.take(Instant::now());
        let told = event("m", Duration::from_secs(60), &commands);
        let pillar = told.get("stats").and_then(|stats| stats.get("_pillar")).unwrap();
        assert_eq!((pillar.get("runs"), pillar.get("mean").and_then(Value::as_float)), (Some(&2.into()), Some(0.2)));
        assert!(stats.take(Instant::now()).1.is_empty(), "it counts anew");
    }
}
