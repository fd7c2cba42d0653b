//! A job that is sent to a part of its minions at a time: who has a turn, who waits for one. Pure, like the tracker that holds it.

use model::{Batch as Options, MinionId, Timestamp};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

/// Reason of a minion that is there and has not been sent the job yet.
pub const WAITS: &str = api::WAITS_FOR_TURN;

/// How a batch stands.
pub struct Batch {
    size: usize,
    wait: Duration,
    failhard: bool,
    /// Minions that have a session and no turn yet, in the order of their ids.
    waiting: BTreeSet<MinionId>,
    /// Minions that have a turn.
    active: HashSet<MinionId>,
    /// Places that stay empty until these moments.
    resting: Vec<Timestamp>,
    /// After a restart: minions that may have had a turn which was not stored any more. Until they have told, nobody gets one.
    unheard: HashSet<MinionId>,
    stopped: bool,
}

impl Batch {
    /// A batch for so many minions.
    #[must_use]
    pub fn new(options: &Options, minions: usize) -> Self {
        Self {
            size: options.size.of(minions),
            wait: options.wait.unwrap_or_default(),
            failhard: options.failhard,
            waiting: BTreeSet::new(),
            active: HashSet::new(),
            resting: Vec::new(),
            unheard: HashSet::new(),
            stopped: false,
        }
    }

    /// A minion was without a turn when this was stored; it is asked before anybody gets one.
    pub fn asks(&mut self, minion: &MinionId) {
        self.unheard.insert(minion.clone());
    }

    /// A minion has told what it holds, or is not waited for any more.
    pub fn heard(&mut self, minion: &MinionId) {
        self.unheard.remove(minion);
    }

    /// Whoever has not told by now does not hold the others up.
    pub fn heard_all(&mut self) {
        self.unheard.clear();
    }

    /// A minion is there and wants a turn.
    pub fn wants(&mut self, minion: &MinionId) {
        if !self.active.contains(minion) {
            self.waiting.insert(minion.clone());
        }
    }

    /// A minion has the job, however it came by it.
    pub fn has(&mut self, minion: &MinionId) {
        self.waiting.remove(minion);
        self.active.insert(minion.clone());
    }

    /// Whether a minion has its turn.
    #[must_use]
    pub fn is_active(&self, minion: &MinionId) -> bool {
        self.active.contains(minion)
    }

    /// A minion wants no turn any more: it is done, or gone. Its place rests for the time that was asked for.
    pub fn leaves(&mut self, minion: &MinionId, now: Timestamp) {
        self.waiting.remove(minion);
        self.heard(minion);
        if self.active.remove(minion) && !self.wait.is_zero() {
            self.resting.push(now.plus(self.wait));
        }
    }

    /// A minion that had its turn has failed. With `failhard` nobody gets a turn any more, and those who were to get one are given.
    pub fn failed(&mut self) -> Vec<MinionId> {
        if !self.failhard {
            return Vec::new();
        }
        self.stopped = true;
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    /// Nobody gets a turn any more.
    pub const fn stop(&mut self) {
        self.stopped = true;
    }

    /// Minions whose turn it is now.
    pub fn turns(&mut self, now: Timestamp) -> Vec<MinionId> {
        self.resting.retain(|until| *until > now);
        let free =
            if self.stopped || !self.unheard.is_empty() { 0 } else { self.size.saturating_sub(self.active.len() + self.resting.len()) };
        let turns: Vec<_> = self.waiting.iter().take(free).cloned().collect();
        turns.iter().for_each(|minion| self.has(minion));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::BatchSize;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn id(name: &str) -> MinionId {
        MinionId::new(name).unwrap()
    }

    fn batch(size: u32, wait: u64, failhard: bool) -> Batch {
        let options = Options { size: BatchSize::Count(size), wait: Some(Duration::from_secs(wait)), failhard };
        let mut batch = Batch::new(&options, 4);
        ["a", "b", "c", "d"].iter().for_each(|name| batch.wants(&id(name)));
        batch
    }

    #[test]
    fn no_more_than_the_size_have_a_turn_at_once() {
        let mut batch = batch(2, 0, false);
        assert_eq!(batch.turns(at(0)), [id("a"), id("b")]);
        assert_eq!(batch.turns(at(0)), []);
        batch.leaves(&id("b"), at(1));
        assert_eq!(batch.turns(at(1)), [id("c")]);
    }

    #[test]
    fn a_place_rests_before_it_is_given_again() {
        let mut batch = batch(1, 10, false);
        assert_eq!(batch.turns(at(0)), [id("a")]);
        batch.leaves(&id("a"), at(5));
        assert_eq!(batch.turns(at(14)), []);
        assert_eq!(batch.turns(at(15)), [id("b")]);
    }

    #[test]
    fn after_a_failure_nobody_gets_a_turn_if_asked_so() {
        let mut soft = batch(1, 0, false);
        soft.turns(at(0));
        assert_eq!(soft.failed(), []);
        let mut hard = batch(1, 0, true);
        hard.turns(at(0));
        hard.leaves(&id("a"), at(1));
        assert_eq!(hard.failed(), [id("b"), id("c"), id("d")]);
        hard.wants(&id("b"));
        assert_eq!(hard.turns(at(1)), []);
    }
}
