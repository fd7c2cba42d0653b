//! Bounds on what one rendering may use, so that no template can hang or exhaust the process that renders it.

use crate::{Error, Kind};

/// Bounds of one rendering.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Steps of the interpreter. Work on long texts and lists counts by their length.
    pub steps: u64,
    /// How deep macros, includes, imports and recursive loops may be nested.
    pub depth: u32,
    /// Bytes of stack the interpreter may use; it must be well below what the thread has.
    pub stack: usize,
    /// Bytes of the output, and of any single text.
    pub output: usize,
    /// Bytes of all texts and lists made during the rendering.
    pub memory: u64,
    /// Length of a `range()`.
    pub range: u64,
}

impl Default for Limits {
    /// A few seconds and some hundred megabytes at the very worst; the largest real trees stay below a hundredth of that. The range is
    /// that of Jinja's sandbox.
    fn default() -> Self {
        Self { steps: 20_000_000, depth: 200, stack: 1 << 20, output: 64 << 20, memory: 1 << 30, range: 100_000 }
    }
}

/// How much of the stack is in use, measured from where a rendering began.
///
/// Counting levels alone is not enough: what a level costs differs tenfold between builds and between kinds of nesting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    start: usize,
    limit: usize,
}

impl Stack {
    pub(crate) fn here(limits: &Limits) -> Self {
        Self { start: address(), limit: limits.stack }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.start.abs_diff(address()) > self.limit {
            return Err(Error::new(Kind::Limit, "maximum recursion depth exceeded"));
        }
        Ok(())
    }
}

/// Roughly where the stack is. Only differences count.
#[inline(never)]
fn address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here) as usize
}
