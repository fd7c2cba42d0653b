//! From chunks to a plan: references resolved, cycles named, order fixed.
//!
//! Nodes are the chunks, and behind them the *rehearsals*: a chunk that a `prereq` points to is first run in test mode, which decides
//! whether the state with the `prereq` runs. A rehearsal waits for what its chunk waits for; the chunk itself waits for the state with
//! the `prereq` as well. Edges lead from what runs first to what waits for it.

mod index;
mod order;

use crate::document::{Spot, did_you_mean};
use crate::low::Raw;
use crate::{Chunk, Kind, Options, Plan, Requisite};
use index::Index;
use model::Problem;
use std::collections::HashMap;
use std::sync::Arc;
use value::Value;

/// An edge to a node that waits.
#[derive(Clone, Copy, Debug)]
struct Edge {
    to: usize,
    /// Its kind, as a cycle names it.
    kind: Kind,
    /// Its kind in the order: the target of a `prereq` waits as if by `require`.
    weight: Kind,
}

/// The graph of a run.
#[derive(Debug, Default)]
struct Graph {
    /// Number of chunks; nodes beyond it are rehearsals.
    chunks: usize,
    /// Chunk of each rehearsal.
    rehearsed: Vec<usize>,
    /// Edges out of each node, in the order they were found.
    out: Vec<Vec<Edge>>,
}

impl Graph {
    fn chunk_of(&self, node: usize) -> usize {
        if node < self.chunks { node } else { self.rehearsed.get(node - self.chunks).copied().unwrap_or(0) }
    }

    fn connect(&mut self, from: usize, edge: Edge) {
        if let Some(edges) = self.out.get_mut(from) {
            edges.push(edge);
        }
    }
}

/// Resolves requisites and orders the chunks.
pub(crate) fn plan(raws: Vec<Raw>, options: &Options, problems: &mut Vec<Problem>) -> Plan {
    let before = problems.len();
    let requisites = resolve(&raws, options, problems);
    let graph = graph(&requisites);
    let written: Vec<f64> = raws.iter().map(|raw| raw.written).collect();
    let chunks: Vec<Chunk> = raws.into_iter().map(|raw| raw.chunk).collect();
    let Some(nodes) = order::order(&graph, &chunks, &written) else {
        problems.push(cycle(&graph, &chunks));
        return Plan::default();
    };
    if problems.len() > before {
        return Plan::default();
    }
    let order: Vec<usize> = nodes.iter().copied().filter(|node| *node < graph.chunks).collect();
    let mut place = vec![0; chunks.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = place.get_mut(*old) {
            *place = new;
        }
    }
    let mut paired: Vec<Option<(Chunk, Vec<Requisite>)>> = chunks.into_iter().zip(requisites).map(Some).collect();
    let mut plan = Plan::default();
    for old in order {
        let Some((chunk, mut requisites)) = paired.get_mut(old).and_then(Option::take) else { continue };
        for requisite in &mut requisites {
            requisite.targets = requisite.targets.iter().filter_map(|target| place.get(*target).copied()).collect();
        }
        plan.chunks.push(chunk);
        plan.requisites.push(requisites);
    }
    if !graph.rehearsed.is_empty() {
        let listed = nodes.iter().map(|node| (place.get(graph.chunk_of(*node)).copied().unwrap_or(0), *node >= graph.chunks));
        plan.rehearsals = listed.collect();
    }
    plan
}

/// Finds the chunks that every requisite means.
fn resolve(raws: &[Raw], options: &Options, problems: &mut Vec<Problem>) -> Vec<Vec<Requisite>> {
    let index = Index::new(raws.iter().map(|raw| &raw.chunk));
    let mut cache: HashMap<(Option<String>, String), Arc<[usize]>> = HashMap::new();
    let mut resolved = Vec::with_capacity(raws.len());
    for raw in raws {
        let mut requisites = Vec::new();
        let mut unmet: Vec<Problem> = Vec::new();
        for kind in CONNECTED.into_iter().chain([Kind::Listen]) {
            if options.disabled_requisites.iter().any(|word| word == kind.name()) {
                continue;
            }
            let Some(items) = raw.chunk.args.get(kind.name()).and_then(Value::as_list) else { continue };
            let reference = raw.references.iter().rev().find(|reference| reference.kind == kind);
            let mut requisite = Requisite { kind, targets: Vec::with_capacity(items.len()) };
            for (position, item) in items.iter().enumerate() {
                let Some((module, target)) = reference_of(item) else { continue };
                let entry = (module.map(str::to_owned), target.to_owned());
                let found = match cache.get(&entry) {
                    Some(found) => Arc::clone(found),
                    None => {
                        let found: Arc<[usize]> = index.find(module, target).into();
                        cache.insert(entry, Arc::clone(&found));
                        found
                    }
                };
                // What a listener points to is looked for when the run is over, and a pattern over SLS may mean none.
                let may_miss = kind == Kind::Listen || (module == Some("sls") && model::Glob::is_pattern(target));
                if found.is_empty() && !may_miss {
                    let spot = reference.map(|reference| reference.spots.get(position).unwrap_or(&reference.spot));
                    unmet.push(missing(&raw.chunk, kind, module, target, spot, &index));
                }
                requisite.targets.extend_from_slice(&found);
            }
            requisites.push(requisite);
        }
        problems.extend(first_of(unmet));
        resolved.push(requisites);
    }
    resolved
}

/// Salt names the first missing reference of a state only. The others go into the hint, so that they need not be found one by one.
fn first_of(mut unmet: Vec<Problem>) -> Option<Problem> {
    if unmet.is_empty() {
        return None;
    }
    let mut first = unmet.remove(0);
    let others = unmet.iter().filter_map(|problem| {
        let (_, rest) = problem.message.split_once('[')?;
        let (reference, _) = rest.split_once(']')?;
        Some(format!("[{reference}]"))
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        let also = format!("it misses {} too", others.join(", "));
        first.hint = Some(first.hint.map_or(also.clone(), |hint| format!("{hint}; {also}")));
    }
    Some(first)
}

/// Module, if one is named, and target of a reference.
fn reference_of(item: &Value) -> Option<(Option<&str>, &str)> {
    match item {
        Value::Str(target) => Some((None, target)),
        Value::Map(map) => {
            let (module, target) = map.first()?;
            let module = module.as_str()?;
            Some((Some(module).filter(|module| *module != "id"), target.as_str()?))
        }
        _ => None,
    }
}

fn missing(chunk: &Chunk, kind: Kind, module: Option<&str>, target: &str, spot: Option<&Spot>, index: &Index<'_>) -> Problem {
    let message = format!(
        "Referenced state does not exist for requisite [{}: ({}: {target})] in state [{}] in SLS [{}]",
        kind.name(),
        module.unwrap_or("id"),
        chunk.name,
        chunk.sls
    );
    let place = spot.map_or_else(|| chunk.place.clone(), Spot::place);
    let hint = match index.find(None, target).first().and_then(|other| index.module(*other)) {
        Some(other) if module.is_some_and(|module| module != "sls") => Some(format!("`{target}` is a state of the module `{other}`")),
        _ => did_you_mean(target, index.names(module))
            .or_else(|| (module == Some("sls")).then(|| "include it, or take the requisite out".to_owned())),
    };
    hint.into_iter().fold(Problem::at(place, message), Problem::with_hint)
}

/// The order in which the kinds of one chunk are connected; it decides which of several edges a cycle is named by.
const CONNECTED: [Kind; 10] = [
    Kind::Require,
    Kind::RequireAny,
    Kind::Watch,
    Kind::WatchAny,
    Kind::Onfail,
    Kind::OnfailAny,
    Kind::OnfailAll,
    Kind::Onchanges,
    Kind::OnchangesAny,
    Kind::Prereq,
];

fn graph(requisites: &[Vec<Requisite>]) -> Graph {
    let chunks = requisites.len();
    let mut graph = Graph { chunks, rehearsed: Vec::new(), out: vec![Vec::new(); chunks] };
    let mut rehearsals: HashMap<usize, usize> = HashMap::new();
    for target in requisites.iter().flatten().filter(|requisite| requisite.kind == Kind::Prereq).flat_map(|requisite| &requisite.targets) {
        if let std::collections::hash_map::Entry::Vacant(entry) = rehearsals.entry(*target) {
            entry.insert(graph.out.len());
            graph.rehearsed.push(*target);
            graph.out.push(Vec::new());
        }
    }
    for (chunk, own) in requisites.iter().enumerate() {
        let rehearsal = rehearsals.get(&chunk).copied();
        for kind in CONNECTED {
            for target in own.iter().filter(|requisite| requisite.kind == kind).flat_map(|requisite| &requisite.targets) {
                let first = match rehearsals.get(target) {
                    Some(rehearsed) if kind == Kind::Prereq => *rehearsed,
                    _ => *target,
                };
                graph.connect(first, Edge { to: chunk, kind, weight: kind });
                if let Some(rehearsal) = rehearsal {
                    graph.connect(first, Edge { to: rehearsal, kind, weight: kind });
                }
                if kind == Kind::Prereq {
                    graph.connect(chunk, Edge { to: *target, kind, weight: Kind::Require });
                }
            }
        }
    }
    graph
}

/// Names the first cycle.
fn cycle(graph: &Graph, chunks: &[Chunk]) -> Problem {
    let edges = order::cycle(graph);
    let shown: Vec<String> = edges
        .iter()
        .filter_map(|(from, edge)| {
            let (waiting, first) = (chunks.get(graph.chunk_of(edge.to))?, chunks.get(graph.chunk_of(*from))?);
            Some(format!("({waiting}, '{}', {first})", edge.kind.name()))
        })
        .collect();
    let message = format!("Recursive requisites were found: {}", shown.join(", "));
    let problem = match edges.first().and_then(|(from, _)| chunks.get(graph.chunk_of(*from))) {
        Some(chunk) => Problem::at(chunk.place.clone(), message),
        None => Problem::new(message),
    };
    problem.with_hint("each waits for the next one; take one of these requisites out")
}
