//! `exclude`: IDs are taken away after everything else has acted on high data.

use super::High;
use crate::Exclude;
use model::Glob;
use std::collections::HashSet;
use value::{Value, text};

/// What the tree and the caller exclude.
#[derive(Debug, Default)]
pub(crate) struct Excluded {
    sls: Vec<Glob>,
    ids: HashSet<String>,
}

impl Excluded {
    /// Reads the entries of `exclude`.
    pub fn read(high: &High, by_caller: &[Exclude]) -> Self {
        let mut excluded = Self::default();
        for entry in &high.excludes {
            match entry {
                Value::Str(sls) => excluded.sls.push(Glob::new(sls)),
                Value::Map(map) => match map.first() {
                    Some((key, value)) if key.as_str() == Some("sls") => excluded.sls.push(Glob::new(&text::str(value))),
                    Some((key, value)) if key.as_str() == Some("id") => {
                        excluded.ids.insert(text::str(value));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        for entry in by_caller {
            match entry {
                Exclude::Sls(sls) => excluded.sls.push(Glob::new(sls)),
                Exclude::Id(id) => {
                    excluded.ids.insert(id.clone());
                }
            }
        }
        excluded
    }

    /// Whether all states of an SLS are excluded. They make no statements about other states then, whereas those of an excluded ID stand.
    pub fn has_sls(&self, sls: &str) -> bool {
        self.sls.iter().any(|glob| glob.matches(sls))
    }
}

/// Takes away what is excluded.
pub(crate) fn exclude(high: &mut High, excluded: &Excluded) {
    high.excludes.clear();
    if excluded.sls.is_empty() && excluded.ids.is_empty() {
        return;
    }
    high.states.retain(|id, state| !id.as_str().is_some_and(|id| excluded.ids.contains(id)) && !excluded.has_sls(&state.origin.sls));
}
