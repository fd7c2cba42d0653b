//! Running state runs that are to wait or to end before their next state (`state.pause`, `state.soft_kill`).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use value::{Map, Value};

/// The word for every state of a run.
pub const ALL: &str = "__all__";

/// What is wanted of a run before one of its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It waits, at most until then.
    Pause(Option<Instant>),
    /// It ends.
    Kill,
}

/// Wishes by job and state id.
#[derive(Debug, Default)]
pub struct Pauses {
    wishes: Mutex<BTreeMap<String, BTreeMap<String, Wish>>>,
    changed: tokio::sync::Notify,
}

impl Pauses {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, Wish>>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wishes something of a job, before one state or before any.
    pub fn wish(&self, job: &str, state: Option<&str>, wish: Wish) {
        self.lock().entry(job.to_owned()).or_default().insert(state.unwrap_or(ALL).to_owned(), wish);
        self.changed.notify_waiters();
    }

    /// Takes a wish back; says whether there was one.
    pub fn take_back(&self, job: &str, state: Option<&str>) -> bool {
        let mut wishes = self.lock();
        let Some(of_job) = wishes.get_mut(job) else { return false };
        let was_there = of_job.remove(state.unwrap_or(ALL)).is_some();
        if of_job.is_empty() {
            wishes.remove(job);
        }
        drop(wishes);
        self.changed.notify_waiters();
        was_there
    }

    /// Forgets a job that has ended.
    pub fn forget(&self, job: &str) {
        self.lock().remove(job);
    }

    fn of(&self, job: &str, state: &str) -> Option<Wish> {
        let wishes = self.lock();
        let of_job = wishes.get(job)?;
        of_job.get(state).or_else(|| of_job.get(ALL)).copied()
    }

    /// Waits as long as a job is to wait before a state; says whether it may go on.
    pub async fn before(&self, job: &str, state: &str) -> bool {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that no wish falls between.
            changed.as_mut().enable();
            match self.of(job, state) {
                None => return true,
                Some(Wish::Kill) => return false,
                Some(Wish::Pause(None)) => changed.await,
                Some(Wish::Pause(Some(until))) => {
                    if tokio::time::timeout_at(until.into(), changed).await.is_err() {
                        return true;
                    }
                }
            }
        }
    }

    /// The wishes for a job, as `state.get_pauses` shows them.
    #[must_use]
    pub fn show(&self, job: &str) -> Value {
        let now = Instant::now();
        let show = |wish: &Wish| {
            let mut shown = Map::new();
            match wish {
                Wish::Kill => {
                    shown.insert("kill", true);
                }
                Wish::Pause(None) => {}
                Wish::Pause(Some(until)) => {
                    shown.insert("duration", until.saturating_duration_since(now).as_secs());
                }
            }
            Value::Map(shown)
        };
        let wishes = self.lock();
        Value::Map(wishes.get(job).into_iter().flatten().map(|(state, wish)| (state.as_str(), show(wish))).collect())
    }

    /// A wish to wait for so long, or until it is taken back.
    #[must_use]
    pub fn pause(duration: Option<Duration>) -> Wish {
        Wish::Pause(duration.map(|duration| Instant::now() + duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_paused_run_waits_until_it_is_resumed_and_a_killed_one_ends() {
        let pauses = Pauses::default();
        assert!(pauses.before("1", "a").await);
        pauses.wish("1", None, Pauses::pause(None));
        let waiting = pauses.before("1", "a");
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert!(pauses.take_back("1", None));
        assert!(waiting.await);
        pauses.wish("1", Some("b"), Wish::Kill);
        assert!(pauses.before("1", "a").await && !pauses.before("1", "b").await);
        pauses.forget("1");
        assert!(pauses.before("1", "b").await);
    }
}
