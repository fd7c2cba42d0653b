//! YAML 1.1 as Salt reads it, and the emitter that Salt's users know.
//!
//! The events come from `granit-parser`; what they mean is decided here: how plain scalars become numbers, truth values and null, merge
//! keys, duplicate keys, anchors within a budget. Every node keeps its line and column, so that whoever reads the result can point at it.

mod compose;
mod dump;
mod error;
mod node;
mod resolve;
mod scalar;

pub use compose::{load, load_value};
pub use dump::{Dashes, DumpOptions, Keys, Style, dump, sort_entries};
pub use error::Error;
pub use node::{Kind, Node};
pub use resolve::plain;
