//! Which chunk comes next. Pure: it knows the plan and what is finished, nothing else.

use sls::{Kind, Plan};
use std::collections::BTreeSet;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Run this chunk.
    Run(usize),
    /// Wait until something that runs is finished.
    Wait,
    /// Nothing is left and nothing runs.
    Done,
}

/// The state of a run: chunks go in the order of the plan, and only one that runs beside the others can hold a later one up.
#[derive(Clone, Debug)]
pub struct Schedule<'a> {
    plan: &'a Plan,
    cursor: usize,
    running: BTreeSet<usize>,
    most: usize,
}

impl<'a> Schedule<'a> {
    /// A run that has not begun. At most `max_parallel` chunks run beside each other; 0 means no limit.
    #[must_use]
    pub fn new(plan: &'a Plan, max_parallel: usize) -> Self {
        Self { plan, cursor: 0, running: BTreeSet::new(), most: if max_parallel == 0 { usize::MAX } else { max_parallel } }
    }

    /// What is to be done next. After [`Next::Run`] the chunk is under way until [`Schedule::finished`].
    pub fn next_step(&mut self) -> Next {
        if self.cursor >= self.plan.chunks.len() {
            return if self.running.is_empty() { Next::Done } else { Next::Wait };
        }
        let is_held = !self.running.is_empty() && (self.running.len() >= self.most || self.waits_for_running(self.cursor, 0));
        if is_held {
            return Next::Wait;
        }
        let chunk = self.cursor;
        self.cursor += 1;
        self.running.insert(chunk);
        Next::Run(chunk)
    }

    /// A chunk is finished.
    pub fn finished(&mut self, chunk: usize) {
        self.running.remove(&chunk);
    }

    /// No further chunk is begun.
    pub fn stop(&mut self) {
        self.cursor = self.plan.chunks.len();
    }

    /// Whether a chunk waits for something that runs: what its requisites name, what a `prereq` target itself waits for, and chunks that
    /// have it as their own `prereq`.
    fn waits_for_running(&self, chunk: usize, depth: usize) -> bool {
        let requisites = self.plan.requisites.get(chunk).map_or(&[][..], Vec::as_slice);
        let waits = requisites.iter().filter(|requisite| requisite.kind != Kind::Listen).any(|requisite| {
            requisite.targets.iter().any(|target| {
                self.running.contains(target)
                    || (requisite.kind == Kind::Prereq && depth < 100 && self.waits_for_running(*target, depth + 1))
            })
        });
        waits
            || self.running.iter().any(|running| {
                let own = self.plan.requisites.get(*running).map_or(&[][..], Vec::as_slice);
                own.iter().any(|requisite| requisite.kind == Kind::Prereq && requisite.targets.contains(&chunk))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sls::{Chunk, Requisite};

    /// Plans in which every chunk waits for some earlier ones.
    fn plans() -> impl Strategy<Value = Plan> {
        proptest::collection::vec(proptest::collection::vec(any::<proptest::sample::Index>(), 0..3), 1..12).prop_map(|waits| {
            let requisites = waits.iter().enumerate().map(|(index, picks)| {
                let targets: Vec<usize> = if index == 0 { Vec::new() } else { picks.iter().map(|pick| pick.index(index)).collect() };
                vec![Requisite { kind: Kind::Require, targets }]
            });
            Plan { chunks: vec![Chunk::default(); waits.len()], requisites: requisites.collect(), ..Plan::default() }
        })
    }

    proptest! {
        #[test]
        fn every_chunk_runs_once_and_after_what_it_waits_for(plan in plans(), most in 0_usize..4, picks in proptest::collection::vec(any::<proptest::sample::Index>(), 64)) {
            let mut schedule = Schedule::new(&plan, most);
            let (mut begun, mut running, mut done) = (Vec::new(), Vec::new(), Vec::new());
            let mut picks = picks.iter().cycle();
            loop {
                match schedule.next_step() {
                    Next::Run(chunk) => {
                        for target in plan.requisites[chunk].iter().flat_map(|requisite| &requisite.targets) {
                            prop_assert!(done.contains(target), "{chunk} began before {target} was done");
                        }
                        prop_assert!(!begun.contains(&chunk));
                        begun.push(chunk);
                        running.push(chunk);
                        prop_assert!(most == 0 || running.len() <= most);
                    }
                    Next::Wait => {
                        let index = picks.next().unwrap().index(running.len());
                        let chunk = running.remove(index);
                        schedule.finished(chunk);
                        done.push(chunk);
                    }
                    Next::Done => break,
                }
            }
            prop_assert_eq!(done.len(), plan.chunks.len());
        }
    }

    #[test]
    fn a_stopped_run_begins_nothing_more() {
        let plan = Plan { chunks: vec![Chunk::default(); 3], requisites: vec![Vec::new(); 3], ..Plan::default() };
        let mut schedule = Schedule::new(&plan, 0);
        assert_eq!(schedule.next_step(), Next::Run(0));
        schedule.stop();
        assert_eq!(schedule.next_step(), Next::Wait);
        schedule.finished(0);
        assert_eq!(schedule.next_step(), Next::Done);
    }
}
