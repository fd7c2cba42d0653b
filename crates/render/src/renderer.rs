//! The chain of renderers.

use crate::{Error, Functions, Loader, Scope};
use std::sync::Arc;
use value::{Map, Value};

/// A file to render.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the environment's root, as errors show it.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

impl Source {
    /// A file to render.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Options of rendering that do not depend on the file.
#[derive(Clone, Debug)]
pub struct Options {
    /// The chain for a file that does not name one (`renderer`).
    pub default: String,
    /// Undefined variables print as nothing instead of failing (`allow_undefined`).
    pub allow_undefined: bool,
    /// Options of the template engine for SLS (`jinja_sls_env`).
    pub jinja_sls_env: Map,
    /// Options of the template engine for files (`jinja_env`).
    pub jinja_env: Map,
    /// Renderers that are refused (`renderer_blacklist`).
    pub blacklist: Vec<String>,
    /// If not empty, the only renderers that are allowed (`renderer_whitelist`).
    pub whitelist: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default: "jinja|yaml".to_owned(),
            allow_undefined: false,
            jinja_sls_env: Map::new(),
            jinja_env: Map::new(),
            blacklist: Vec::new(),
            whitelist: Vec::new(),
        }
    }
}

/// A rendered SLS.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Its data; places point into [`Rendered::files`].
    pub node: yaml::Node,
    /// Paths of the files that nodes point into by [`yaml::Node::file`]; the SLS itself is the first.
    pub files: Vec<String>,
}

impl Rendered {
    /// File, line and column of a node.
    #[must_use]
    pub fn place(&self, node: &yaml::Node) -> (&str, u32, u32) {
        let file = self.files.get(node.file as usize).or(self.files.first()).map_or("", String::as_str);
        (file, node.line, node.column)
    }
}

/// Renders files. Built once, shared.
pub struct Renderer {
    functions: Arc<dyn Functions>,
    loader: Arc<dyn Loader>,
    options: Options,
}

impl Renderer {
    /// A renderer over functions and files.
    #[must_use]
    pub fn new(functions: Arc<dyn Functions>, loader: Arc<dyn Loader>, options: Options) -> Self {
        Self { functions, loader, options }
    }

    /// Renders an SLS by the chain its first line names, or the default one. `None` for a file without content.
    ///
    /// # Errors
    /// When a stage fails or is not allowed.
    pub fn sls(&self, source: &Source, scope: &Scope) -> Result<Option<Rendered>, Error> {
        let _ = (&self.functions, &self.loader, &self.options, scope);
        Err(Error::new("rendering is not built yet", &source.path))
    }

    /// Renders a template to text, as `file.managed` does with `template: jinja`.
    ///
    /// # Errors
    /// When the engine is unknown or the template fails.
    pub fn template(&self, source: &Source, scope: &Scope, engine: &str) -> Result<String, Error> {
        let _ = (scope, engine);
        Err(Error::new("rendering is not built yet", &source.path))
    }

    /// Renders a text by a chain (`jinja|yaml`) which the text's own first line may replace; the last stage may leave text.
    ///
    /// # Errors
    /// When a stage fails or is not allowed.
    pub fn chain(&self, source: &Source, scope: &Scope, chain: &str) -> Result<Value, Error> {
        let _ = (scope, chain);
        Err(Error::new("rendering is not built yet", &source.path))
    }
}
