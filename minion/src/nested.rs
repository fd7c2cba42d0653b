//! How deep templates call functions that render templates.
//!
//! Each level waits on a thread of its own, and there are only so many: a template that renders itself would end with all of them waiting for
//! one that never comes. So levels are counted, and what goes on below one call is too, since two calls a level are a great many in the end.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Most levels. Trees of formulas have two.
const LEVELS: u32 = 32;
/// Most calls below one call of an SLS.
const CALLS: u32 = 20_000;

thread_local! {
    static HERE: RefCell<Nested> = RefCell::default();
}

/// Where a call is.
#[derive(Clone, Default)]
pub struct Nested {
    level: u32,
    calls: Arc<AtomicU32>,
}

impl Nested {
    /// Where this thread is.
    #[must_use]
    pub fn here() -> Self {
        HERE.with_borrow(Clone::clone)
    }

    /// One level deeper.
    ///
    /// # Errors
    /// When that is too deep, or there were too many calls already.
    pub fn deeper(&self) -> Result<Self, String> {
        if self.level >= LEVELS {
            return Err(format!("templates and functions call each other more than {LEVELS} levels deep: something renders itself"));
        }
        if self.level == 0 {
            return Ok(Self { level: 1, calls: Arc::default() });
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) >= CALLS {
            return Err(format!("below one call of a template there are more than {CALLS} others"));
        }
        Ok(Self { level: self.level + 1, calls: Arc::clone(&self.calls) })
    }

    /// Does something there.
    pub fn within<T>(self, work: impl FnOnce() -> T) -> T {
        let back = Back(HERE.replace(self));
        let done = work();
        drop(back);
        done
    }
}

/// Where the thread was before, also when the work panics.
struct Back(Nested);

impl Drop for Back {
    fn drop(&mut self) {
        HERE.set(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(levels: u32) -> Result<u32, String> {
        let here = Nested::here().deeper()?;
        if levels == 1 { Ok(here.level) } else { here.within(|| down(levels - 1)) }
    }

    #[test]
    fn a_level_that_is_too_deep_is_refused_and_the_thread_comes_back() {
        assert_eq!(down(LEVELS), Ok(LEVELS));
        assert!(down(LEVELS + 1).unwrap_err().contains("renders itself"));
        assert_eq!(Nested::here().level, 0);
    }

    #[test]
    fn calls_below_one_call_are_counted_together() {
        let one = Nested::here().deeper().unwrap();
        for _ in 0..CALLS {
            one.deeper().unwrap();
        }
        assert!(one.clone().deeper().is_err());
        assert!(Nested::here().deeper().is_ok(), "the next call of the SLS begins anew");
    }
}
