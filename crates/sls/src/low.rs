//! Low data: one chunk a call, `names` taken apart, orders as numbers.

use crate::document::{Arg, ArgKind, Block, Body, Spot};
use crate::high::{High, State, is_hidden};
use crate::{Chunk, Kind};
use model::Problem;
use std::sync::Arc;
use value::{Map, Value};

/// State modules with a reaction to what they watch.
const REACTING: [&str; 13] =
    ["at", "cmd", "docker_container", "etcd", "event", "http", "module", "mount", "pkg", "service", "supervisord", "test", "tomcat"];

/// A chunk with the places of its references.
#[derive(Debug)]
pub(crate) struct Raw {
    pub chunk: Chunk,
    /// The order as written: what counts for those that this chunk waits for. A negative one pulls them to the front, as in Salt.
    pub written: f64,
    pub references: Vec<Reference>,
}

/// One statement of a requisite.
#[derive(Debug)]
pub(crate) struct Reference {
    pub kind: Kind,
    /// Where its entries stand.
    pub spots: Vec<Spot>,
    pub spot: Spot,
}

/// Takes high data apart into chunks, in the order of high data, with their orders as numbers.
pub(crate) fn low(high: &High, problems: &mut Vec<Problem>) -> Vec<Raw> {
    let mut raws = Vec::with_capacity(high.states.len());
    for (id, state) in &high.states {
        let Some(id) = id.as_str().filter(|_| !is_hidden(id)) else { continue };
        let id: Arc<str> = Arc::from(id);
        for block in state.blocks.iter().filter(|block| !block.module.starts_with("__")) {
            match &block.body {
                Body::List(args) => chunks(&id, state, block, args, &mut raws, problems),
                // Refused already; but others may refer to it, and that is no further problem.
                Body::Other(_) if !block.module.is_empty() => chunks(&id, state, block, &[], &mut raws, problems),
                Body::Other(_) => {}
            }
        }
    }
    number(&mut raws);
    raws
}

fn chunks(id: &Arc<str>, state: &State, block: &Block, args: &[Arg], raws: &mut Vec<Raw>, problems: &mut Vec<Problem>) {
    let mut chunk = Chunk {
        state: module_of(block).to_owned(),
        fun: String::new(),
        odd_name: None,
        name: id.as_ref().to_owned(),
        id: Arc::clone(id),
        sls: Arc::clone(&state.origin.sls),
        env: Arc::clone(&state.origin.env),
        included_from: Arc::clone(&state.origin.included_from),
        order: Value::Null,
        name_order: 0,
        args: Map::with_capacity(args.len()),
        place: block.spot.place(),
    };
    let mut references = Vec::new();
    let mut names: Option<(&[Value], &Arg)> = None;
    for arg in args {
        match &arg.kind {
            ArgKind::Function(function) => chunk.fun.clone_from(function),
            ArgKind::Named(map) => {
                for (key, value) in map {
                    if key.as_str() == Some("names") {
                        names = value.as_list().map(|names| (names, arg));
                    } else {
                        set(&mut chunk, key, value);
                    }
                }
                if let Some(kind) = arg.key().and_then(Kind::from_name) {
                    references.push(Reference { kind, spots: arg.entries.clone(), spot: arg.spot.clone() });
                }
            }
            ArgKind::Other(_) => {}
        }
    }
    match names {
        Some((names, arg)) if !names.is_empty() => expand(&chunk, names, arg, references, raws, problems),
        _ => raws.push(Raw { chunk, written: 0.0, references }),
    }
}

/// The module of a block. One that is no list was not taken apart: it may still be `module.function`.
fn module_of(block: &Block) -> &str {
    match &block.body {
        Body::List(_) => &block.module,
        Body::Other(_) => block.module.split('.').next().unwrap_or_default(),
    }
}

/// Puts an argument into a chunk. Words that say which chunk it is cannot be given as arguments.
fn set(chunk: &mut Chunk, key: &Value, value: &Value) {
    match key.as_str() {
        Some("state" | "fun" | "__id__" | "__sls__" | "__env__") => {}
        // A name that is no text falls back to the ID.
        Some("name") => {
            if let Value::Str(name) = value {
                chunk.name.clone_from(name);
            }
        }
        Some("order") => chunk.order = value.clone(),
        _ => {
            chunk.args.insert(key.clone(), value.clone());
        }
    }
}

/// One chunk for each distinct entry of `names`, with what the entry overrides.
fn expand(chunk: &Chunk, names: &[Value], arg: &Arg, references: Vec<Reference>, raws: &mut Vec<Raw>, problems: &mut Vec<Problem>) {
    let mut seen: Vec<&Value> = Vec::new();
    for (index, entry) in names.iter().enumerate() {
        if names.get(..index).is_some_and(|before| if names.len() > 32 { seen.contains(&entry) } else { before.contains(entry) }) {
            continue;
        }
        seen.push(entry);
        let spot = arg.entry_spot(index);
        let mut own = chunk.clone();
        own.name_order = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        own.place = spot.place();
        let mut own_references: Vec<Reference> = references
            .iter()
            .map(|reference| Reference { kind: reference.kind, spots: reference.spots.clone(), spot: reference.spot.clone() })
            .collect();
        match entry {
            Value::Str(name) => own.name.clone_from(name),
            Value::Map(map) => {
                let Some((Value::Str(name), overrides)) = map.first() else {
                    bad_name(&own, entry, spot, problems);
                    continue;
                };
                own.name.clone_from(name);
                let mut take = |map: &Map| {
                    for (key, value) in map {
                        if let Some(kind) = key.as_str().and_then(Kind::from_name) {
                            own_references.retain(|reference| reference.kind != kind);
                            own_references.push(Reference { kind, spots: Vec::new(), spot: spot.clone() });
                        }
                        set(&mut own, key, value);
                    }
                };
                match overrides {
                    Value::Map(map) => take(map),
                    Value::List(items) => items.iter().filter_map(Value::as_map).for_each(take),
                    Value::Null => {}
                    _ => bad_name(chunk, entry, spot, problems),
                }
            }
            odd => {
                own.name = value::text::str(odd);
                own.odd_name = Some(odd.clone());
            }
        }
        raws.push(Raw { chunk: own, written: 0.0, references: own_references });
    }
}

fn bad_name(chunk: &Chunk, entry: &Value, spot: &Spot, problems: &mut Vec<Problem>) {
    let message = format!(
        "The 'names' argument in state '{}' in SLS '{}' has {} where a name is wanted",
        chunk.id,
        chunk.sls,
        value::text::repr(entry)
    );
    problems.push(Problem::at(spot.place(), message).with_hint("put it in quotes, or write `- name: [{argument: value}]`"));
}

/// Turns `first`, `last` and negative orders into numbers, beyond the largest that was given.
/// `watch` of a state that does not react to anything is `require`, and low data says so.
pub(crate) fn settle_watches(raws: &mut [Raw]) {
    for Raw { chunk, references, .. } in raws.iter_mut().filter(|raw| !REACTING.contains(&raw.chunk.state.as_str())) {
        for (watch, require) in [(Kind::Watch, Kind::Require), (Kind::WatchAny, Kind::RequireAny)] {
            let Some(Value::List(watched)) = chunk.args.get(watch.name()).cloned() else { continue };
            chunk.args.remove(watch.name());
            let mut required = 0;
            if let Some(Value::List(all)) = chunk.args.get_mut(require.name()) {
                required = all.len();
                all.extend(watched);
            } else {
                chunk.args.insert(require.name(), Value::List(watched));
            }
            let Some(at) = references.iter().rposition(|reference| reference.kind == watch) else { continue };
            let mut reference = references.remove(at);
            match references.iter_mut().rev().find(|reference| reference.kind == require) {
                Some(first) => {
                    first.spots.resize(required, first.spot.clone());
                    first.spots.append(&mut reference.spots);
                }
                None => references.push(Reference { kind: require, ..reference }),
            }
        }
    }
}

fn number(raws: &mut [Raw]) {
    let mut cap: i64 = 1;
    for raw in raws.iter() {
        let order = match raw.chunk.order {
            Value::Int(order) => order,
            Value::Bool(flag) => i64::from(flag),
            _ => continue,
        };
        if order > cap - 1 {
            cap = order.saturating_add(100);
        }
    }
    for Raw { chunk, written, .. } in raws {
        *written = match &chunk.order {
            Value::Int(_) | Value::Big(_) | Value::Float(_) => chunk.order.as_float().unwrap_or(0.0),
            Value::Bool(flag) => f64::from(u8::from(*flag)),
            Value::Str(word) if word == "first" => 0.0,
            Value::Str(word) if word == "last" => f64::INFINITY,
            _ => cap as f64,
        };
        let order = match &chunk.order {
            Value::Int(order) if *order < 0 => Value::Int(cap + 1_000_000 + order),
            Value::Float(order) if *order < 0.0 => Value::Float(cap as f64 + 1_000_000.0 + order),
            Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Bool(_) => chunk.order.clone(),
            Value::Str(word) if word == "first" => Value::Int(0),
            Value::Str(word) if word == "last" => Value::Int(cap + 1_000_000),
            _ => Value::Int(cap),
        };
        chunk.order = if chunk.name_order == 0 {
            order
        } else {
            Value::Float(order.as_float().unwrap_or(1.0) + f64::from(chunk.name_order) / 10_000.0)
        };
    }
}
