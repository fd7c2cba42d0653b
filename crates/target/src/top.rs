//! Top files: which SLS a minion gets, for states and for pillar.
//!
//! A top file maps environments to targets and targets to SLS names. Several of them, one an environment, become one by a merging
//! strategy; then the targets are asked. Reading and rendering is the caller's: [`gather`] asks for it through [`TopFiles`].

mod choose;
mod gather;
mod parse;

pub use choose::{Chosen, SlsNames, choose};
pub use gather::{Settings, Strategy, TopFiles, gather};
pub use parse::{Locate, Rendered, Step, parse};

use model::{Place, TargetKind};

/// A top file, or several merged into one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Top {
    /// Sections in order, one an environment.
    pub sections: Vec<Section>,
    /// Further top fragments to read, as SLS names or patterns.
    pub includes: Vec<Include>,
}

/// An entry of `include`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// SLS name or pattern.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// What a top file says about one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The environment.
    pub env: String,
    /// Targets in order.
    pub entries: Vec<Entry>,
}

/// One target with its SLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The target expression.
    pub expression: String,
    /// What kind of expression it is; compound unless `match:` says otherwise.
    pub kind: TargetKind,
    /// What it gets.
    pub items: Vec<Item>,
    /// Place among the targets (`order:`, pillar only).
    pub order: i64,
    /// A missing SLS is no error (`ignore_missing:`, pillar only).
    pub ignore_missing: bool,
    /// Where it stands.
    pub place: Place,
}

/// One SLS of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Environment of the SLS if it is another one than the section's.
    pub env: Option<String>,
    /// SLS name or pattern.
    pub sls: String,
    /// Where it stands.
    pub place: Place,
}

impl Top {
    /// The section of an environment.
    #[must_use]
    pub fn section(&self, env: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.env == env)
    }

    fn section_mut(&mut self, env: &str) -> &mut Section {
        let index = match self.sections.iter().position(|section| section.env == env) {
            Some(index) => index,
            None => {
                self.sections.push(Section { env: env.to_owned(), entries: Vec::new() });
                self.sections.len() - 1
            }
        };
        self.sections.get_mut(index).expect("the section was found or pushed just now")
    }
}

impl Section {
    /// Puts a target in; one with the same expression gives way, its place is kept.
    fn put(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|known| known.expression == entry.expression) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Puts a target in; one with the same expression takes over what is new to it.
    fn join(&mut self, entry: Entry) {
        let Some(known) = self.entries.iter_mut().find(|known| known.expression == entry.expression) else {
            self.entries.push(entry);
            return;
        };
        known.kind = entry.kind;
        for item in entry.items {
            if !known.items.iter().any(|own| own.env == item.env && own.sls == item.sls) {
                known.items.push(item);
            }
        }
    }
}
