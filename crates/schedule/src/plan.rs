//! A whole `schedule:`, read once and used until it changes.

use crate::{BadEntry, Entry, Globals};
use value::{Map, text};

/// A schedule as it was read.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What it was read from.
    pub source: Map,
    /// Keys that hold for all entries.
    pub globals: Globals,
    /// The entries that can be used, each with its text: another text is another entry.
    pub entries: Vec<(Entry, String)>,
    /// What is wrong with the others, or with the whole.
    pub problems: Vec<BadEntry>,
}

impl Plan {
    /// Reads a schedule; a bad entry is left out and told of, and with bad keys for all nothing runs.
    #[must_use]
    pub fn read(source: &Map, whens: &Map) -> Self {
        let mut plan = Self { source: source.clone(), ..Self::default() };
        let raw = match Globals::split(source, whens) {
            Ok((globals, raw)) => {
                plan.globals = globals;
                raw
            }
            Err(problem) => {
                plan.globals.is_disabled = true;
                plan.problems.push(problem);
                return plan;
            }
        };
        for (name, value) in &raw {
            match Entry::read(&text::str(name), value, whens) {
                Ok(entry) => plan.entries.push((entry, text::repr(value))),
                Err(problem) => plan.problems.push(problem),
            }
        }
        plan
    }

    /// Whether there is an entry of a name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(entry, _)| entry.name == name)
    }
}
