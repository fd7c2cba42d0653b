//! One pillar SLS with all it includes.

use crate::Inputs;
use crate::cache::{Made, Place as Where, Seen};
use crate::names::{File, Names};
use crate::trouble::Trouble;
use crate::watch::Watch;
use model::Place;
use render::{Renderer, Scope, SlsFile, Source};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use value::{Map, Strategy, Value, merge};
use yaml::Node;

/// The SLS of one environment.
pub(crate) struct Reader<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) env: &'a str,
    pub(crate) names: &'a Names<'a>,
    pub(crate) renderer: &'a Renderer,
    pub(crate) scope: &'a Scope,
    pub(crate) facts: &'a Seen,
    pub(crate) watch: &'a Watch,
    pub(crate) strategy: Strategy,
    pub(crate) troubles: &'a mut Vec<Trouble>,
    /// Names that the top file gave already.
    pub(crate) named: HashSet<String>,
    /// What was rendered already, without what it includes; nothing for one in trouble.
    pub(crate) seen: HashMap<String, Option<Map>>,
}

/// Whether a missing SLS is trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Trouble,
    Ignored,
}

/// What an SLS itself says.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    own: Map,
    path: String,
    includes: Vec<Include>,
}

/// An entry of `include`.
#[derive(Clone, Debug)]
struct Include {
    name: String,
    /// Path of keys under which the data goes.
    key: Option<String>,
    /// Variables for the template.
    defaults: Map,
    place: Place,
}

impl Reader<'_> {
    /// The data of an SLS that the top file names, its includes merged in. `None` if it has none, was named before, or is in trouble.
    ///
    /// It counts in its place among the others of the top file, also if one before has included it.
    pub(crate) fn read(&mut self, sls: &str, defaults: &Map, missing: Missing, asked: Option<Place>) -> Option<Map> {
        if !self.named.insert(sls.to_owned()) {
            return None;
        }
        self.load(sls, defaults, missing, asked)
    }

    /// The data of an include; of one that was read before what it says itself, so that cycles end.
    fn included(&mut self, sls: &str, include: &Include) -> Option<Map> {
        match self.seen.get(sls) {
            Some(own) => own.clone(),
            None => self.load(sls, &include.defaults, Missing::Trouble, Some(include.place.clone())),
        }
    }

    fn load(&mut self, sls: &str, defaults: &Map, missing: Missing, asked: Option<Place>) -> Option<Map> {
        let file = match self.names.file(self.env, sls) {
            Ok(Some(file)) => file,
            Ok(None) => {
                if missing == Missing::Trouble {
                    let message = format!("Specified SLS '{sls}' in environment '{}' is not available on the salt master", self.env);
                    self.troubles.push(Trouble::plain(message, asked));
                }
                return None;
            }
            Err(error) => {
                self.troubles.push(Trouble::plain(error, asked));
                return None;
            }
        };
        let place = Where { tree: self.inputs.tree.clone(), env: self.env.to_owned(), sls: sls.to_owned(), path: file.path.clone() };
        let kept = self.inputs.cache.as_ref().and_then(|cache| cache.find(&place, &file.text, self.facts, defaults, self.watch));
        let made = match kept {
            Some(made) => made,
            None => {
                let before = self.troubles.len();
                self.watch.take();
                let made = Arc::new(Made::Sls(self.render(sls, &file, defaults)));
                let notes = self.watch.take();
                if let Some(cache) = self.inputs.cache.as_ref().filter(|_| self.troubles.len() == before) {
                    cache.keep(&place, &file.text, self.facts, defaults, notes, Arc::clone(&made));
                }
                made
            }
        };
        let Made::Sls(Some(data)) = made.as_ref() else {
            self.seen.insert(sls.to_owned(), None);
            return None;
        };
        self.seen.insert(sls.to_owned(), Some(data.own.clone()));
        if data.includes.is_empty() {
            return Some(data.own.clone());
        }
        Some(self.include(sls, data.clone()))
    }

    /// Renders a file and reads what it says. `None` if it has no data, or is in trouble.
    fn render(&mut self, sls: &str, file: &File, defaults: &Map) -> Option<Data> {
        let mut scope = Scope { sls: Some(SlsFile { name: sls.to_owned(), path: file.path.clone() }), ..self.scope.clone() };
        self.env.clone_into(&mut scope.env);
        scope.grains = self.facts.grains_for(&file.text);
        for (name, value) in defaults {
            scope.extra.insert(name.clone(), value.clone());
        }
        if let Some(renderer) = render::unknown_renderer(&file.text) {
            tracing::warn!(sls, renderer, "there is no such renderer; the file was taken for empty");
            return None;
        }
        let rendered = match self.renderer.sls(&Source::new(file.path.clone(), Arc::clone(&file.text)), &scope) {
            Ok(rendered) => rendered?,
            Err(error) => {
                self.troubles.push(Trouble::render(self.inputs, sls, &error));
                return None;
            }
        };
        let at = |node: &Node| {
            let (file, line, column) = rendered.place(node);
            Place { file: file.to_owned(), line, column }
        };
        let Value::Map(mut own) = rendered.node.to_value() else {
            self.troubles.push(Trouble::plain(format!("SLS '{sls}' does not render to a dictionary"), Some(at(&rendered.node))));
            return None;
        };
        let path = file.path.clone();
        let Some(include) = rendered.node.get("include") else { return Some(Data { own, path, includes: Vec::new() }) };
        let mut includes = Vec::new();
        let Some(items) = include.as_list() else {
            let message = format!("Include Declaration in SLS '{sls}' is not formed as a list");
            self.troubles.push(Trouble::plain(message, Some(at(include))));
            return Some(Data { own, path, includes });
        };
        own.remove("include");
        for item in items {
            match parse(item, at(item)) {
                Some(include) => includes.push(include),
                None => {
                    let message = format!("Include Declaration in SLS '{sls}': an entry is neither a name nor `name: {{key, defaults}}`");
                    self.troubles.push(Trouble::plain(message, Some(at(item))));
                }
            }
        }
        Some(Data { own, path, includes })
    }

    /// Merges the included data under that of the file, or over it where configured so.
    fn include(&mut self, sls: &str, data: Data) -> Map {
        let Data { own, path, includes } = data;
        let mut included = Map::new();
        for include in includes {
            let name = absolute(&include.name, sls, &path);
            for name in self.names.expand(self.env, &name) {
                let Some(data) = self.included(&name, &include) else { continue };
                merge(&mut included, nested(include.key.as_deref(), data), self.strategy);
            }
        }
        let (mut under, over) = if self.inputs.includes_override { (own, included) } else { (included, own) };
        merge(&mut under, over, self.strategy);
        under
    }
}

fn parse(item: &Node, place: Place) -> Option<Include> {
    if let Some(name) = item.as_str() {
        return Some(Include { name: name.to_owned(), key: None, defaults: Map::new(), place });
    }
    let [(name, options)] = item.as_map()? else { return None };
    let key = options.get("key").and_then(Node::as_str).map(str::to_owned);
    let defaults = match options.get("defaults").map(Node::to_value) {
        Some(Value::Map(defaults)) => defaults,
        _ => Map::new(),
    };
    Some(Include { name: name.as_str()?.to_owned(), key, defaults, place })
}

/// The full name of an include: one leading dot means the folder of the including file. More dots mean nothing here, as in Salt.
fn absolute(name: &str, sls: &str, path: &str) -> String {
    let Some(rest) = name.strip_prefix('.') else { return name.to_owned() };
    let folder = if path.ends_with("/init.sls") { sls } else { sls.rsplit_once('.').map_or("", |(folder, _)| folder) };
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}.{rest}") }
}

/// Data under a path of keys.
fn nested(key: Option<&str>, data: Map) -> Map {
    let Some(key) = key else { return data };
    key.split(':').rev().fold(data, |inner, key| {
        let mut outer = Map::new();
        outer.insert(key, inner);
        outer
    })
}
