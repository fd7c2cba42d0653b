//! Text to value by a chain of renderers, with Salt's template environment.
//!
//! A [`Renderer`] is built once per process from two traits: [`Functions`] (what `salt['…']` calls) and [`Loader`] (where imported templates
//! come from). Everything that differs between two files is in a [`Scope`]. Nodes of the result point at lines of the template, not of the
//! text between the stages.

mod error;
mod filters;
mod gpg;
mod machine;
mod renderer;
mod salt;
mod scope;
mod stage;
mod template;

pub use error::Error;
pub use gpg::open as decrypt;
/// Bounds on what one template may use.
pub use jinja::Limits;
pub use machine::{Machine, NoMachine};
pub use renderer::{Options, Rendered, Renderer, Source};
pub use scope::{Scope, SlsFile};

use std::sync::Arc;
use value::{Map, Value};

/// Execution functions, as templates call them.
pub trait Functions: Send + Sync {
    /// Calls a function by its full name.
    ///
    /// # Errors
    /// When there is no such function, or it fails.
    fn call(&self, function: &str, args: Vec<Value>, kwargs: Map) -> Result<Value, CallError>;

    /// Whether there is such a function.
    fn exists(&self, function: &str) -> bool;

    /// Whether there is a module of this name.
    fn has_module(&self, _module: &str) -> bool {
        true
    }
}

/// A call from a template that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no such function.
    #[error("no function `{0}`")]
    NoFunction(String),
    /// The arguments are not those that the function takes.
    #[error("{0}")]
    Misused(String),
    /// The function failed.
    #[error("{0}")]
    Failed(String),
}

/// Where imported templates come from.
pub trait Loader: Send + Sync {
    /// The text of a file of an environment, by its path from the environment's root; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String>;
}

/// The renderer that a text's first line names and that does not exist. Salt logs it and takes the file for empty.
#[must_use]
pub fn unknown_renderer(text: &str) -> Option<&str> {
    stage::named(text).and_then(stage::unknown)
}

/// No functions at all: for texts that must not call any.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn call(&self, function: &str, _: Vec<Value>, _: Map) -> Result<Value, CallError> {
        Err(CallError::NoFunction(function.to_owned()))
    }

    fn exists(&self, _: &str) -> bool {
        false
    }
}

/// No files at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn read(&self, _: &str, _: &str) -> Result<Option<Arc<str>>, String> {
        Ok(None)
    }
}
