//! Finds chunks by module and ID or name, by name alone, or by SLS.

use crate::Chunk;
use model::Glob;
use std::collections::HashMap;

/// Chunks by what requisites call them.
pub(super) struct Index<'a> {
    /// By ID or name, in order; a chunk whose ID is its name stands there once.
    named: HashMap<&'a str, Vec<usize>>,
    /// By SLS, those that included it counted in.
    by_sls: HashMap<&'a str, Vec<usize>>,
    chunks: Vec<&'a Chunk>,
}

impl<'a> Index<'a> {
    pub fn new(chunks: impl Iterator<Item = &'a Chunk>) -> Self {
        let chunks: Vec<_> = chunks.collect();
        let mut named: HashMap<&str, Vec<usize>> = HashMap::with_capacity(chunks.len());
        let mut by_sls: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, chunk) in chunks.iter().enumerate() {
            named.entry(&chunk.id).or_default().push(position);
            if *chunk.name != *chunk.id {
                named.entry(&chunk.name).or_default().push(position);
            }
            by_sls.entry(&chunk.sls).or_default().push(position);
            for sls in chunk.included_from.iter().filter(|sls| **sls != *chunk.sls) {
                by_sls.entry(sls).or_default().push(position);
            }
        }
        Self { named, by_sls, chunks }
    }

    /// Chunks that a reference means, in their order.
    pub fn find(&self, module: Option<&str>, target: &str) -> Vec<usize> {
        let table = if module == Some("sls") { &self.by_sls } else { &self.named };
        let module = module.filter(|module| *module != "sls");
        let fits = |position: &usize| module.is_none_or(|module| self.chunks.get(*position).is_some_and(|chunk| chunk.state == module));
        let mut found: Vec<usize> = table.get(target).into_iter().flatten().copied().filter(fits).collect();
        if found.is_empty() && Glob::is_pattern(target) {
            let glob = Glob::new(target);
            found =
                table.iter().filter(|(name, _)| glob.matches(name)).flat_map(|(_, positions)| positions).copied().filter(fits).collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    pub fn module(&self, position: usize) -> Option<&'a str> {
        self.chunks.get(position).map(|chunk| chunk.state.as_str())
    }

    /// Names that a reference to a module could have meant.
    pub fn names<'s>(&'s self, module: Option<&'s str>) -> Box<dyn Iterator<Item = &'a str> + 's> {
        match module {
            Some("sls") => Box::new(self.by_sls.keys().copied()),
            Some(module) => {
                Box::new(self.chunks.iter().filter(move |chunk| chunk.state == module).flat_map(|chunk| [&*chunk.id, chunk.name.as_str()]))
            }
            None => Box::new(self.named.keys().copied()),
        }
    }
}
