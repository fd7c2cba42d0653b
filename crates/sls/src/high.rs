//! High data: all documents as one mapping of IDs, and what changes it: `extend`, the `_in` forms, `use`, `exclude`.

mod exclude;
mod extend;
mod reverse;
mod verify;

pub(crate) use exclude::{Excluded, exclude};
pub(crate) use extend::extend;
pub(crate) use reverse::reverse;
pub(crate) use verify::verify;

use crate::document::{Arg, Block, Body, Declaration, Origin, Spot};
use crate::gather::Gathered;
use indexmap::IndexMap;
use model::Problem;
use value::{Map, Value, text};

type States = IndexMap<Value, State, foldhash::fast::RandomState>;

/// All documents as one.
#[derive(Debug, Default)]
pub(crate) struct High {
    pub states: States,
    /// What is to be extended, with the SLS that says so.
    pub extends: Vec<Extension>,
    /// Entries of `exclude`, as written.
    pub excludes: Vec<Value>,
}

/// What stands under one ID.
#[derive(Debug)]
pub(crate) struct State {
    pub origin: Origin,
    pub spot: Spot,
    pub blocks: Vec<Block>,
}

/// One declaration below `extend`.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub origin: Origin,
    pub declaration: Declaration,
}

impl State {
    pub fn block(&self, module: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.module == module)
    }
}

/// Joins documents. States without an order of their own are counted in the order of the documents.
pub(crate) fn high(gathered: Gathered, auto_order: bool, problems: &mut Vec<Problem>) -> High {
    let Gathered { mut documents, begun, .. } = gathered;
    if auto_order {
        count(documents.iter_mut().flat_map(|document| &mut document.states));
    }
    // IDs stand in the order in which documents were begun: an SLS before what it includes.
    let mut ordered: Vec<_> = begun.into_iter().zip(documents).collect();
    ordered.sort_by_key(|(begun, _)| *begun);
    let mut high = High::default();
    for (_, document) in ordered {
        let origin = document.origin;
        high.excludes.extend(document.excludes);
        high.extends.extend(document.extends.into_iter().map(|declaration| Extension { origin: origin.clone(), declaration }));
        for declaration in document.states {
            let Declaration { id, spot, blocks } = declaration;
            match high.states.entry(id) {
                indexmap::map::Entry::Vacant(entry) => {
                    entry.insert(State { origin: origin.clone(), spot, blocks });
                }
                indexmap::map::Entry::Occupied(mut entry) => {
                    let first = entry.get();
                    let message = format!(
                        "Detected conflicting IDs, SLS IDs need to be globally unique.\n    The conflicting ID is '{}' and is found in SLS \
                         '{}:{}' and SLS '{}:{}'",
                        text::str(entry.key()),
                        first.origin.env,
                        first.origin.sls,
                        origin.env,
                        origin.sls
                    );
                    problems.push(Problem::at(spot.place(), message).with_hint(format!("the other one stands in {}", first.spot.place())));
                    // A third one is held against the second, as in Salt.
                    entry.insert(State { origin: origin.clone(), spot, blocks });
                }
            }
        }
    }
    high
}

/// First number of states without an order of their own.
const FIRST: i64 = 10_000;

fn count<'a>(declarations: impl Iterator<Item = &'a mut Declaration>) {
    let mut next = FIRST;
    for declaration in declarations {
        for block in &mut declaration.blocks {
            let Body::List(args) = &mut block.body else { continue };
            if block.module.starts_with("__") || args.iter().any(|arg| arg.key() == Some("order")) {
                continue;
            }
            args.push(Arg::named("order", Value::Int(next), block.spot.clone()));
            next += 1;
        }
    }
}

impl High {
    /// High data as `state.show_sls` shows it.
    pub fn to_value(&self) -> Value {
        let mut map = Map::with_capacity(self.states.len() + 2);
        if !self.extends.is_empty() {
            let extends: Vec<Value> = self
                .extends
                .iter()
                .map(|Extension { origin, declaration }| {
                    let body = state_value(&declaration.blocks, origin, false);
                    Value::Map([(declaration.id.clone(), body)].into_iter().collect())
                })
                .collect();
            map.insert("__extend__", Value::List(extends));
        }
        if !self.excludes.is_empty() {
            map.insert("__exclude__", Value::List(self.excludes.clone()));
        }
        for (id, state) in &self.states {
            map.insert(id.clone(), state_value(&state.blocks, &state.origin, true));
        }
        Value::Map(map)
    }
}

fn state_value(blocks: &[Block], origin: &Origin, with_includes: bool) -> Value {
    let mut map = Map::with_capacity(blocks.len() + 3);
    for block in blocks {
        let body = match &block.body {
            Body::List(args) => Value::List(args.iter().map(Arg::to_value).collect()),
            Body::Other(value) => value.clone(),
        };
        map.insert(block.module.as_str(), body);
    }
    map.insert("__sls__", &*origin.sls);
    map.insert("__env__", &*origin.env);
    if with_includes && !origin.included_from.is_empty() {
        map.insert("__sls_included_from__", origin.included_from.to_vec());
    }
    Value::Map(map)
}

/// Whether an ID is one that Salt keeps for itself: it is counted, but never run.
pub(crate) fn is_hidden(id: &Value) -> bool {
    id.as_str().is_some_and(|id| id.starts_with("__"))
}
