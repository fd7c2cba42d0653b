//! The compiled plan: chunks in run order, each with what it waits for.

use crate::{Chunk, Kind};

/// One requisite statement of a chunk, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requisite {
    /// Its kind.
    pub kind: Kind,
    /// Indices of the chunks it refers to, in the order they were referred to.
    pub targets: Vec<usize>,
}

/// Chunks in run order with resolved requisites. There is no cycle: it would have been a problem.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Chunks in the order they run.
    pub chunks: Vec<Chunk>,
    /// Requisites of the chunk with the same index. Those of kind [`Kind::Listen`] are found at the end of the run, not waited for.
    pub requisites: Vec<Vec<Requisite>>,
    /// If some chunk has a `prereq`: all chunks and rehearsals in order, as low data lists them, with whether it is the rehearsal.
    pub rehearsals: Vec<(usize, bool)>,
}

impl Plan {
    /// The chunks as `state.show_lowstate` shows them.
    #[must_use]
    pub fn to_value(&self) -> value::Value {
        if self.rehearsals.is_empty() {
            return self.chunks.iter().map(Chunk::to_value).collect();
        }
        let rehearsed: std::collections::HashSet<usize> = self.rehearsals.iter().filter(|(_, is)| *is).map(|(index, _)| *index).collect();
        let listed = self.rehearsals.iter().filter_map(|(index, _)| {
            let mut value = self.chunks.get(*index)?.to_value();
            let map = value.as_map_mut()?;
            if self.requisites.get(*index)?.iter().any(|requisite| requisite.kind == Kind::Prereq && !requisite.targets.is_empty()) {
                map.insert("__prerequiring__", true);
            }
            if rehearsed.contains(index) {
                map.insert("__prereq__", true);
            }
            Some(value)
        });
        listed.collect()
    }

    /// Keeps chunks with one of these IDs and what they wait for, as `state.sls_id` does.
    #[must_use]
    pub fn only_ids(&self, ids: &[&str]) -> Self {
        let mut keep = vec![false; self.chunks.len()];
        let mut waiting: Vec<usize> =
            self.chunks.iter().enumerate().filter(|(_, chunk)| ids.contains(&&*chunk.id)).map(|(index, _)| index).collect();
        while let Some(index) = waiting.pop() {
            match keep.get_mut(index) {
                Some(kept) if !*kept => *kept = true,
                _ => continue,
            }
            waiting.extend(self.requisites.get(index).into_iter().flatten().flat_map(|requisite| requisite.targets.iter().copied()));
        }
        let mut places = vec![None; self.chunks.len()];
        let mut plan = Self::default();
        for (index, chunk) in self.chunks.iter().enumerate().filter(|(index, _)| keep.get(*index) == Some(&true)) {
            if let Some(place) = places.get_mut(index) {
                *place = Some(plan.chunks.len());
            }
            plan.chunks.push(chunk.clone());
            plan.requisites.push(self.requisites.get(index).cloned().unwrap_or_default());
        }
        for requisite in plan.requisites.iter_mut().flatten() {
            requisite.targets = requisite.targets.iter().filter_map(|index| places.get(*index).copied().flatten()).collect();
        }
        plan
    }
}
