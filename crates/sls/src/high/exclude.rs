//! `exclude`: IDs are taken away after everything else has acted on high data.

use super::High;
use crate::Exclude;
use model::Glob;
use std::collections::HashSet;
use value::{Value, text};

/// Takes away what the tree or the caller excludes.
pub(crate) fn exclude(high: &mut High, by_caller: &[Exclude]) {
    let mut globs = Vec::new();
    let mut ids: HashSet<String> = HashSet::new();
    for entry in std::mem::take(&mut high.excludes) {
        match entry {
            Value::Str(sls) => globs.push(Glob::new(&sls)),
            Value::Map(map) => match map.first() {
                Some((key, value)) if key.as_str() == Some("sls") => globs.push(Glob::new(&text::str(value))),
                Some((key, value)) if key.as_str() == Some("id") => {
                    ids.insert(text::str(value));
                }
                _ => {}
            },
            _ => {}
        }
    }
    for entry in by_caller {
        match entry {
            Exclude::Sls(sls) => globs.push(Glob::new(sls)),
            Exclude::Id(id) => {
                ids.insert(id.clone());
            }
        }
    }
    if globs.is_empty() && ids.is_empty() {
        return;
    }
    high.states
        .retain(|id, state| !id.as_str().is_some_and(|id| ids.contains(id)) && !globs.iter().any(|glob| glob.matches(&state.origin.sls)));
}
