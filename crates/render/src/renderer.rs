//! The chain of renderers.

use crate::stage::{self, Stage};
use crate::template::{Made, Origins, Use, Workshop};
use crate::{Error, Functions, Loader, Machine, NoMachine, Scope, filters, gpg};
use std::sync::Arc;
use value::{Map, Value};
use yaml::{Kind, Node};

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
#[derive(Clone)]
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
    /// What templates may learn of the machine, and who opens encrypted messages.
    pub machine: Arc<dyn Machine>,
    /// Bounds on what one template may use.
    pub limits: jinja::Limits,
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
            machine: Arc::new(NoMachine),
            limits: jinja::Limits::default(),
        }
    }
}

/// A rendered SLS.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Its data; places point into [`Rendered::files`]. A column of 0 means that the template's line differs from the one it made.
    pub node: Node,
    /// Paths of the files that nodes point into by [`yaml::Node::file`]; the SLS itself is the first.
    pub files: Vec<String>,
}

impl Rendered {
    /// File, line and column of a node.
    #[must_use]
    pub fn place(&self, node: &Node) -> (&str, u32, u32) {
        let file = self.files.get(node.file as usize).or(self.files.first()).map_or("", String::as_str);
        (file, node.line, node.column)
    }
}

/// Renders files. Built once, shared.
pub struct Renderer {
    engine: jinja::Engine,
    functions: Arc<dyn Functions>,
    loader: Arc<dyn Loader>,
    options: Options,
}

/// What lies between two stages.
enum Work {
    Text(Made),
    Data(Node, Origins, String),
}

impl Renderer {
    /// A renderer over functions and files.
    #[must_use]
    pub fn new(functions: Arc<dyn Functions>, loader: Arc<dyn Loader>, options: Options) -> Self {
        Self { engine: filters::engine(&options.machine), functions, loader, options }
    }

    /// Renders an SLS by the chain its first line names, or the default one. `None` for a file without content.
    ///
    /// # Errors
    /// When a stage fails or is not allowed.
    pub fn sls(&self, source: &Source, scope: &Scope) -> Result<Option<Rendered>, Error> {
        if source.text.trim().is_empty() {
            return Ok(None);
        }
        let (mut node, origins, made) = match self.run(source, scope, &self.options.default)? {
            Work::Data(node, origins, made) => (node, origins, made),
            Work::Text(made) if made.text.trim().is_empty() => return Ok(None),
            Work::Text(made) => {
                let node = Node { kind: Kind::Scalar(Value::from(made.text.as_str())), line: 1, column: 1, file: 0 };
                (node, made.origins, made.text)
            }
        };
        if is_empty(&node) {
            return Ok(None);
        }
        let files = locate(&mut node, &origins, &made, &source.path);
        Ok(Some(Rendered { node, files }))
    }

    /// Renders a template to text, as `file.managed` does with `template: jinja`.
    ///
    /// # Errors
    /// When the engine is unknown or the template fails.
    pub fn template(&self, source: &Source, scope: &Scope, engine: &str) -> Result<String, Error> {
        match stage::parse(engine, &self.options.blacklist, &self.options.whitelist, source)?.as_slice() {
            [Stage::Jinja] => self.jinja(source, scope, Use::File).map(|made| made.text),
            [Stage::Text] => Ok(source.text.to_string()),
            [Stage::Gpg] => gpg::open_text(&source.text, self.options.machine.as_ref()).map_err(|error| Error::new(error, &source.path)),
            _ => Err(Error::new(format!("`{engine}` is no template engine; there is jinja"), &source.path)),
        }
    }

    /// Renders a text by a chain (`jinja|yaml`) which the text's own first line may replace; the last stage may leave text.
    ///
    /// # Errors
    /// When a stage fails or is not allowed.
    pub fn chain(&self, source: &Source, scope: &Scope, chain: &str) -> Result<Value, Error> {
        if source.text.trim().is_empty() {
            return Ok(Value::map());
        }
        match self.run(source, scope, chain)? {
            // Templates write plain line feeds; a text that came with others gets them back.
            Work::Text(made) if source.text.contains("\r\n") && !made.text.contains("\r\n") => {
                Ok(Value::Str(made.text.replace('\n', "\r\n")))
            }
            Work::Text(made) => Ok(Value::Str(made.text)),
            Work::Data(node, ..) if is_empty(&node) => Ok(Value::map()),
            Work::Data(node, ..) => Ok(node.into_value()),
        }
    }

    fn run(&self, source: &Source, scope: &Scope, default: &str) -> Result<Work, Error> {
        let chain = stage::named(&source.text).unwrap_or(default);
        let stages = stage::parse(chain, &self.options.blacklist, &self.options.whitelist, source)?;
        let mut work = Work::Text(Made { text: source.text.to_string(), origins: Origins::plain(source) });
        for stage in stages {
            work = self.step(stage, work, source, scope)?;
        }
        Ok(work)
    }

    fn step(&self, stage: Stage, work: Work, source: &Source, scope: &Scope) -> Result<Work, Error> {
        let made = match (work, stage) {
            (Work::Data(mut node, origins, text), Stage::Gpg) => {
                gpg::open_node(&mut node, self.options.machine.as_ref()).map_err(|(error, line)| at_origin(error, &origins, line, 0))?;
                return Ok(Work::Data(node, origins, text));
            }
            (Work::Data(..), stage) => {
                let message = format!("renderer `{stage:?}` needs text, but an earlier one has made data of it").to_lowercase();
                return Err(Error::new(message, &source.path).at(&source.text, 1, 1));
            }
            (Work::Text(made), _) => made,
        };
        let data = |read: fn(&str) -> Result<Value, stage::Trouble>, made: Made| match read(&made.text) {
            Ok(value) => Ok(Work::Data(Node::from_value(&value, 1, 1), made.origins, made.text)),
            Err((message, line, column)) => Err(at_origin(message, &made.origins, line, column)),
        };
        match stage {
            Stage::Jinja => {
                let text = Source { path: source.path.clone(), text: Arc::from(made.text) };
                self.jinja(&text, scope, Use::Data).map(Work::Text)
            }
            Stage::Yaml => match yaml::load(&made.text, &source.path) {
                Ok(node) => Ok(Work::Data(node, made.origins, made.text)),
                Err(error) => Err(at_origin(error.message, &made.origins, error.line, error.column)),
            },
            Stage::Json => data(stage::json, made),
            Stage::Json5 => data(stage::json5, made),
            Stage::Toml => data(stage::toml, made),
            Stage::Text => Ok(Work::Text(made)),
            Stage::Gpg => {
                let text = gpg::open_text(&made.text, self.options.machine.as_ref()).map_err(|error| Error::new(error, &source.path))?;
                Ok(Work::Text(Made { text, origins: made.origins }))
            }
        }
    }

    fn jinja(&self, source: &Source, scope: &Scope, kind: Use) -> Result<Made, Error> {
        let workshop = Workshop {
            engine: &self.engine,
            functions: &self.functions,
            loader: self.loader.as_ref(),
            limits: &self.options.limits,
            machine: self.options.machine.as_ref(),
        };
        let options = if scope.sls.is_some() { &self.options.jinja_sls_env } else { &self.options.jinja_env };
        workshop.make(source, scope, kind, options, !self.options.allow_undefined)
    }
}

/// Whether data counts as no data at all, as Python's falsehood does.
fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(value) => !value.is_truthy(),
        Kind::List(items) => items.is_empty(),
        Kind::Map(entries) => entries.is_empty(),
    }
}

/// An error at a line of a made text, told at the line of the file behind it.
fn at_origin(message: impl Into<String>, origins: &Origins, line: u32, column: u32) -> Error {
    let (file, real) = origins.place(line);
    let text = origins.texts.get(file).map_or("", |text| text);
    Error::new(message, file).at(text, real, if real == line { column } else { 0 })
}

/// Moves the places of nodes from the made text to the files behind it; gives the files.
fn locate(node: &mut Node, origins: &Origins, made: &str, main: &str) -> Vec<String> {
    let mut files = vec![main.to_owned()];
    let made: Vec<&str> = made.lines().collect();
    let lines: std::collections::HashMap<&str, Vec<&str>> =
        origins.texts.iter().map(|(name, text)| (name.as_str(), text.lines().collect())).collect();
    node.relocate(&mut |node| {
        let (file, line) = origins.place(node.line);
        let before = line_of(&made, node.line);
        let after = lines.get(file).and_then(|lines| line_of(lines, line));
        let is_same_up_to_here = match (before, after) {
            (Some(before), Some(after)) => {
                let prefix = before.char_indices().nth(node.column.saturating_sub(1) as usize).map_or(before.len(), |(at, _)| at);
                after.starts_with(before.get(..prefix).unwrap_or_default())
            }
            _ => false,
        };
        node.file = files.iter().position(|known| known == file).unwrap_or_else(|| {
            files.push(file.to_owned());
            files.len() - 1
        }) as u32;
        node.line = line;
        if !is_same_up_to_here {
            node.column = 0;
        }
    });
    files
}

fn line_of<'t>(lines: &[&'t str], line: u32) -> Option<&'t str> {
    lines.get((line as usize).checked_sub(1)?).copied()
}
