//! The Jinja2 language: lexer, parser, interpreter with Python-like mutable values, exact positions, limits. Knows nothing of Salt.
//!
//! An [`Engine`] holds filters, tests and functions and is built once. [`Engine::render`] turns a [`Source`] into an [`Output`]: text and a
//! map from its lines to those of the templates. What the engine cannot know (where imported templates are, how YAML is read) it asks of a
//! [`Host`]. Values are [`Val`]s: lists and dicts are shared and mutable as in Python, because templates build their data that way.
//!
//! The templates are trees, walked directly. A compiler to byte code was refused: templates of states are short, run once, and need exact
//! positions in every error.

mod call;
mod engine;
mod error;
mod filters;
mod format;
mod globals;
mod host;
mod interp;
mod limits;
mod methods;
mod object;
mod options;
mod sourcemap;
mod syntax;
mod tests;
mod val;
mod vars;

pub use call::{Call, Kwargs};
pub use engine::{Engine, Output};
pub use error::{At, Error, Kind};
pub use host::{Host, NoHost, Source};
pub use limits::Limits;
pub use object::{Function, Object};
pub use options::Options;
pub use sourcemap::{Place, SourceMap};
pub use val::{Dict, List, Text, Undefined, Val};
pub use vars::Vars;
