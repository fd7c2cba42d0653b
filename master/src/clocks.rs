//! Clocks of minions that cannot agree with the master's, found out by their returns: none can begin a job before it was made, nor be done
//! with it after it has come back. Slow minions and returns that waited on a disk prove nothing.

use model::{MinionId, Return, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Less than this is nobody's fault.
const SLACK: i64 = 5_000_000;
/// Minions that are remembered; a fleet whose clocks are all wrong need not be listed.
const MOST: usize = 1000;

/// Minions whose clock is wrong, by how many microseconds at least: above 0 it is fast.
#[derive(Default)]
pub struct Clocks(Mutex<BTreeMap<MinionId, i64>>);

impl Clocks {
    /// A return has come.
    pub fn see(&self, outcome: &Return, now: Timestamp) {
        let ahead = outcome.finished.micros() - now.micros();
        let behind = outcome.job.made().micros() - outcome.started.micros();
        let wrong = if ahead > SLACK {
            ahead
        } else if behind > SLACK {
            -behind
        } else {
            0
        };
        let mut known = self.lock();
        if wrong == 0 {
            known.remove(&outcome.minion);
        } else if known.len() < MOST || known.contains_key(&outcome.minion) {
            known.insert(outcome.minion.clone(), wrong);
        }
    }

    /// Those whose last return had a wrong clock.
    #[must_use]
    pub fn wrong(&self) -> Vec<(MinionId, i64)> {
        self.lock().iter().map(|(minion, micros)| (minion.clone(), *micros)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MinionId, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::JobId;
    use value::Value;

    fn returned(started: i64, finished: i64) -> Return {
        Return {
            job: JobId::at(Timestamp(1_790_000_000_000_000)),
            minion: "web1".parse().unwrap(),
            function: "test.ping".to_owned(),
            value: Value::Bool(true),
            retcode: 0,
            success: true,
            out: None,
            started: Timestamp(1_790_000_000_000_000 + started * 1_000_000),
            finished: Timestamp(1_790_000_000_000_000 + finished * 1_000_000),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_clock_is_wrong_when_a_return_could_not_be_and_only_then() {
        let clocks = Clocks::default();
        let now = Timestamp(1_790_000_010_000_000);
        for (started, finished, wrong) in [(1, 2, 0), (-60, -59, -60), (100, 101, 91), (-4, 12, 0)] {
            clocks.see(&returned(started, finished), now);
            let found = clocks.wrong().first().map_or(0, |(_, micros)| micros / 1_000_000);
            assert_eq!(found, wrong, "{started} {finished}");
        }
    }
}
