//! Listeners: reactions at the end of a run.

use crate::Outcome;
use sls::{Chunk, Kind, Plan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::{Value, text};

/// What is to be done when every chunk has run.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    /// Chunks that react, in their order.
    pub react: BTreeSet<usize>,
    /// References that mean no chunk: `(module, name)`, each once, in the order they were found.
    pub missing: Vec<(String, String)>,
}

/// Finds the listeners whose targets changed.
pub(crate) fn listeners(plan: &Plan, outcome: &dyn Fn(usize) -> Option<Outcome>) -> Listeners {
    let mut found = Listeners::default();
    let changed: Vec<bool> = (0..plan.chunks.len()).map(|index| outcome(index).is_some_and(|outcome| outcome.triggers())).collect();
    let by_name = names(plan);
    for (index, chunk) in plan.chunks.iter().enumerate() {
        for (module, name) in references(chunk, "listen") {
            let targets = find(plan, &by_name, module.as_deref(), &name);
            if targets.is_empty() {
                found.miss(module, name);
            } else if targets.iter().any(|target| changed.get(*target) == Some(&true)) {
                found.react.insert(index);
            }
        }
        // A target of `listen_in` is looked for only when there is something to tell it.
        if changed.get(index) == Some(&true) {
            for (module, name) in references(chunk, "listen_in") {
                let targets = find(plan, &by_name, module.as_deref(), &name);
                if targets.is_empty() {
                    found.miss(module, name);
                } else {
                    found.react.extend(targets);
                }
            }
        }
    }
    found
}

impl Listeners {
    fn miss(&mut self, module: Option<String>, name: String) {
        let reference = (module.unwrap_or_else(|| "id".to_owned()), name);
        if !self.missing.contains(&reference) {
            self.missing.push(reference);
        }
    }
}

/// The chunk of a reaction: another ID, and no requisites.
pub(crate) fn reaction(chunk: &Chunk) -> Chunk {
    let mut reaction = chunk.clone();
    reaction.id = Arc::from(format!("listener_{}", chunk.id));
    reaction.args.retain(|key, _| !key.as_str().is_some_and(|key| Kind::from_name(key).is_some() || key == "listen_in"));
    reaction
}

/// The result for a reference that means no chunk, with its tag.
pub(crate) fn missing(module: &str, name: &str) -> (String, Outcome, String) {
    let tag = format!("Listen_Error_|-listen_{name}_|-listen_{module}_|-Listen_Error");
    (tag, Outcome::uncallable(format!("Referenced state {module}: {name} does not exist")), format!("listen_{module}:{name}"))
}

fn references(chunk: &Chunk, word: &str) -> Vec<(Option<String>, String)> {
    let items = chunk.args.get(word).and_then(Value::as_list).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| match item {
            Value::Str(name) => Some((None, name.clone())),
            Value::Map(map) => map.first().map(|(module, name)| (Some(text::str(module)), text::str(name))),
            _ => None,
        })
        .collect()
}

fn names(plan: &Plan) -> BTreeMap<&str, Vec<usize>> {
    let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, chunk) in plan.chunks.iter().enumerate() {
        names.entry(&chunk.id).or_default().push(index);
        if *chunk.id != *chunk.name {
            names.entry(&chunk.name).or_default().push(index);
        }
    }
    names
}

/// Unlike other requisites, one of these kinds means an ID or a name as it stands: no pattern, and no SLS.
fn find(plan: &Plan, names: &BTreeMap<&str, Vec<usize>>, module: Option<&str>, name: &str) -> Vec<usize> {
    let fits =
        |index: &usize| module.is_none_or(|module| module == "id" || plan.chunks.get(*index).is_some_and(|chunk| chunk.state == module));
    names.get(name).into_iter().flatten().copied().filter(fits).collect()
}
