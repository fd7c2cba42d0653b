//! From lines of the output to lines of templates.

use std::sync::Arc;

/// A line of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Name of the template.
    pub name: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}

/// For each line of the output, the template line that wrote its first printed character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) lines: Vec<(u32, u32)>,
}

impl SourceMap {
    /// The template line behind a line of the output (from 1).
    #[must_use]
    pub fn place(&self, line: u32) -> Option<Place> {
        let &(name, line) = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        Some(Place { name: Arc::clone(self.names.get(name as usize)?), line })
    }

    /// How many lines are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}
