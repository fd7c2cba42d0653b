//! The text being written, with marks that say which template line wrote what.

use crate::SourceMap;
use std::sync::Arc;

/// From `offset` on the text was written by this line. Template text runs over several lines; the value of an expression belongs to one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub offset: usize,
    pub template: u32,
    pub line: u32,
    pub advances: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Buffer {
    pub text: String,
    pub marks: Vec<Mark>,
}

impl Buffer {
    pub(crate) fn mark(&mut self, template: u32, line: u32, advances: bool) {
        let offset = self.text.len();
        if let Some(last) = self.marks.last_mut() {
            if last.offset == offset {
                *last = Mark { offset, template, line, advances };
                return;
            }
            if last.template == template && last.line == line && !last.advances && !advances {
                return;
            }
        }
        self.marks.push(Mark { offset, template, line, advances });
    }

    /// Appends what another buffer holds, marks included.
    pub(crate) fn splice(&mut self, text: &str, marks: &[Mark]) {
        let offset = self.text.len();
        for mark in marks {
            self.marks.push(Mark { offset: mark.offset + offset, ..*mark });
        }
        self.text.push_str(text);
    }

    pub(crate) fn source_map(&self, names: Vec<Arc<str>>) -> SourceMap {
        let mut lines = Vec::new();
        let (mut at, mut mark) = (0, 0);
        // Newlines since the mark, up to where they were counted.
        let (mut passed, mut counted) = (0, 0);
        for line in self.text.split_inclusive('\n') {
            let blanks = line.len() - line.trim_start().len();
            // The first printed character decides: what stands before it may come from the tag that ended the line above.
            let offset = if blanks < line.len() { at + blanks } else { at };
            while let Some(next) = self.marks.get(mark + 1).filter(|next| next.offset <= offset) {
                mark += 1;
                (passed, counted) = (0, next.offset);
            }
            passed += self.newlines(counted, offset);
            counted = offset;
            lines.push(
                self.marks
                    .get(mark)
                    .map_or((0, 0), |mark| (mark.template, mark.line.saturating_add(if mark.advances { passed } else { 0 }))),
            );
            at += line.len();
        }
        SourceMap { names, lines }
    }

    fn newlines(&self, from: usize, to: usize) -> u32 {
        let text = self.text.get(from..to).unwrap_or_default();
        u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
    }
}
