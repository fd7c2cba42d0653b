//! The order of a graph, and its first cycle if it has one.

use super::{Edge, Graph};
use crate::Chunk;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// What decides among nodes that are ready: the smallest goes first.
#[derive(Clone, Copy, Debug)]
struct Rank<'a> {
    /// The chunk's order, or that of a chunk waiting for it if that is smaller: so it runs just before its first dependent.
    effective: f64,
    own: f64,
    chunk: &'a Chunk,
    node: usize,
}

impl Ord for Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.effective
            .total_cmp(&other.effective)
            .then_with(|| self.own.total_cmp(&other.own))
            .then_with(|| sort_text(self.chunk).cmp(sort_text(other.chunk)))
            .then_with(|| self.node.cmp(&other.node))
    }
}

/// `module + name + function` as one text, without building it.
fn sort_text(chunk: &Chunk) -> impl Iterator<Item = u8> + '_ {
    chunk.state.bytes().chain(chunk.name.bytes()).chain(chunk.fun.bytes())
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rank<'_> {}

/// Nodes in the order they come, or `None` if there is a cycle. `written` are the orders of the chunks before they became numbers.
pub(super) fn order(graph: &Graph, chunks: &[Chunk], written: &[f64]) -> Option<Vec<usize>> {
    let nodes = graph.out.len();
    let orders: Vec<f64> = chunks.iter().map(Chunk::order_number).collect();
    let own = |node: usize| orders.get(graph.chunk_of(node)).copied().unwrap_or(0.0);
    let mut waiting = vec![0_usize; nodes];
    for edge in graph.out.iter().flatten() {
        if let Some(count) = waiting.get_mut(edge.to) {
            *count += 1;
        }
    }
    let rank = |node: usize| {
        let edges = graph.out.get(node).map_or(&[][..], Vec::as_slice);
        // In the order of the edges, one of a weaker kind than an earlier one does not count. That is Salt's rule, and runs show it.
        let mut strongest = None;
        let mut first = f64::INFINITY;
        for edge in edges {
            if Some(edge.weight) >= strongest {
                strongest = Some(edge.weight);
                first = first.min(written.get(graph.chunk_of(edge.to)).copied().unwrap_or(f64::INFINITY));
            }
        }
        Some(Rank { effective: own(node).min(first), own: own(node), chunk: chunks.get(graph.chunk_of(node))?, node })
    };
    let mut ready: BinaryHeap<Reverse<Rank<'_>>> = BinaryHeap::with_capacity(nodes);
    ready.extend((0..nodes).filter(|node| waiting.get(*node) == Some(&0)).filter_map(rank).map(Reverse));
    let mut ordered = Vec::with_capacity(nodes);
    while let Some(Reverse(next)) = ready.pop() {
        ordered.push(next.node);
        for edge in graph.out.get(next.node).into_iter().flatten() {
            let Some(count) = waiting.get_mut(edge.to) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.extend(rank(edge.to).map(Reverse));
            }
        }
    }
    (ordered.len() == nodes).then_some(ordered)
}

/// The first cycle that a walk along the edges meets, as edges with the node they lead out of.
pub(super) fn cycle(graph: &Graph) -> Vec<(usize, Edge)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnPath,
        Done,
    }
    let mut seen = vec![Seen::Never; graph.out.len()];
    for start in 0..graph.out.len() {
        if seen.get(start) != Some(&Seen::Never) {
            continue;
        }
        // The path as nodes with the index of the edge to look at next.
        let mut path = vec![(start, 0_usize)];
        if let Some(seen) = seen.get_mut(start) {
            *seen = Seen::OnPath;
        }
        while let Some((node, next)) = path.last_mut() {
            let (node, position) = (*node, *next);
            let Some(edge) = graph.out.get(node).and_then(|edges| edges.get(position)).copied() else {
                if let Some(seen) = seen.get_mut(node) {
                    *seen = Seen::Done;
                }
                path.pop();
                continue;
            };
            *next += 1;
            match seen.get(edge.to) {
                Some(Seen::Never) => {
                    if let Some(seen) = seen.get_mut(edge.to) {
                        *seen = Seen::OnPath;
                    }
                    path.push((edge.to, 0));
                }
                Some(Seen::OnPath) => {
                    return path
                        .iter()
                        .skip_while(|(on_path, _)| *on_path != edge.to)
                        .filter_map(|(on_path, next)| Some((*on_path, *graph.out.get(*on_path)?.get(next - 1)?)))
                        .collect();
                }
                Some(Seen::Done) | None => {}
            }
        }
    }
    Vec::new()
}
