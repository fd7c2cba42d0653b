//! Compiles SLS documents into a plan: documents, high, low, requisite graph; collects every problem with file and line.
//!
//! Each stage is a function from one type to the next. [`compile`] runs them in order. The problems of the first stage that found some are
//! what Salt tells; what the stages behind it find on their own is told beside, so that all can be mended at once. [`show_high`] and
//! [`show_low`] answer `state.show_sls` and its kin, which look at the tree before `extend`, `exclude` and the `_in` forms act.

mod chunk;
mod compile;
mod document;
mod gather;
mod graph;
mod high;
mod low;
mod names;
mod plan;
mod requisite;
mod source;

pub use chunk::Chunk;
pub use compile::{Compiled, Exclude, Options, Request, Wanted, compile, show_high, show_low};
pub use names::{name_of, paths_of, problem_of};
pub use plan::{Plan, Requisite};
pub use requisite::{ENGINE_WORDS, Kind};
pub use source::{Loaded, SlsSource, Unloaded};
