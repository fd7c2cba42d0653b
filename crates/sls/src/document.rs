//! One rendered SLS, its shape checked and taken apart, with the place of everything.

use model::{Place, Problem, nearest};
use render::Rendered;
use std::sync::Arc;
use value::{Map, Value, text};
use yaml::{Kind as NodeKind, Node};

/// A place, small enough to stand at every argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl Spot {
    pub fn place(&self) -> Place {
        Place { file: self.file.as_ref().to_owned(), line: self.line, column: self.column }
    }
}

/// An SLS by environment and name, and how it came to be read.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub env: Arc<str>,
    pub sls: Arc<str>,
    /// SLS that included it, nearest first.
    pub included_from: Arc<[String]>,
}

/// One SLS, taken apart.
#[derive(Debug)]
pub(crate) struct Document {
    pub origin: Origin,
    pub includes: Vec<Include>,
    pub extends: Vec<Declaration>,
    pub excludes: Vec<Value>,
    pub states: Vec<Declaration>,
}

/// An entry of `include`, as written.
#[derive(Debug)]
pub(crate) struct Include {
    /// Environment named with it.
    pub env: Option<String>,
    pub sls: String,
    pub spot: Spot,
}

/// What an SLS says under one ID.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub id: Value,
    pub spot: Spot,
    pub blocks: Vec<Block>,
}

/// What stands under one module of an ID.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub module: String,
    pub spot: Spot,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    List(Vec<Arg>),
    /// Anything else, which a later stage refuses.
    Other(Value),
}

/// One entry of a block.
#[derive(Clone, Debug)]
pub(crate) struct Arg {
    pub kind: ArgKind,
    pub spot: Spot,
    /// Where the entries stand, if the argument is a list that others refer into: requisites and `names`.
    pub entries: Vec<Spot>,
}

#[derive(Clone, Debug)]
pub(crate) enum ArgKind {
    Function(String),
    Named(Map),
    Other(Value),
}

impl Arg {
    pub fn named(key: &str, value: Value, spot: Spot) -> Self {
        Self { kind: ArgKind::Named([(key, value)].into_iter().collect()), spot, entries: Vec::new() }
    }

    /// The name of the argument; the first one if several stand in one entry.
    pub fn key(&self) -> Option<&str> {
        match &self.kind {
            ArgKind::Named(map) => map.first()?.0.as_str(),
            ArgKind::Function(_) | ArgKind::Other(_) => None,
        }
    }

    /// The value of the argument that [`Arg::key`] names.
    pub fn value(&self) -> Option<&Value> {
        match &self.kind {
            ArgKind::Named(map) => map.first().map(|(_, value)| value),
            ArgKind::Function(_) | ArgKind::Other(_) => None,
        }
    }

    pub fn value_mut(&mut self) -> Option<&mut Value> {
        match &mut self.kind {
            ArgKind::Named(map) => map.iter_mut().next().map(|(_, value)| value),
            ArgKind::Function(_) | ArgKind::Other(_) => None,
        }
    }

    /// Where an entry of the list stands; the argument itself if that is not known.
    pub fn entry_spot(&self, index: usize) -> &Spot {
        self.entries.get(index).unwrap_or(&self.spot)
    }

    pub fn to_value(&self) -> Value {
        match &self.kind {
            ArgKind::Function(name) => Value::from(name.as_str()),
            ArgKind::Named(map) => Value::Map(map.clone()),
            ArgKind::Other(value) => value.clone(),
        }
    }
}

impl Block {
    /// The function, if exactly one is named.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        let args = match &self.body {
            Body::List(args) => args.as_slice(),
            Body::Other(_) => &[],
        };
        args.iter().filter_map(|arg| match &arg.kind {
            ArgKind::Function(name) => Some(name.as_str()),
            ArgKind::Named(_) | ArgKind::Other(_) => None,
        })
    }
}

/// Takes a rendered SLS apart. The problems are those that Salt finds while reading.
pub(crate) fn document(origin: Origin, path: &str, rendered: Rendered, problems: &mut Vec<Problem>) -> Document {
    let mut files: Vec<Arc<str>> = rendered.files.iter().map(|file| Arc::from(file.as_str())).collect();
    if files.is_empty() {
        files.push(Arc::from(path));
    }
    let mut reader = Reader { files, sls: origin.sls.clone(), problems };
    let mut document = Document { origin, includes: Vec::new(), extends: Vec::new(), excludes: Vec::new(), states: Vec::new() };
    let top = rendered.node;
    match top.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                match key.as_str() {
                    Some("include") if reader.includes(&key, &value, &mut document) => {}
                    Some("extend") => reader.extend(&key, value, &mut document),
                    Some("exclude") => reader.exclude(&key, value, &mut document),
                    _ => document.states.extend(reader.declaration(&key, value)),
                }
            }
        }
        NodeKind::Scalar(Value::Null) => {}
        kind => {
            let node = Node { kind, ..top };
            reader.problem(
                &node,
                format!("SLS {} does not render to a dictionary", reader.sls),
                Some("an SLS is a mapping of IDs to states"),
            );
            let contents = text::str(&node.to_value());
            reader.problem(&node, format!("Error when rendering state with contents: {contents}"), None);
        }
    }
    document
}

struct Reader<'a> {
    files: Vec<Arc<str>>,
    sls: Arc<str>,
    problems: &'a mut Vec<Problem>,
}

/// Arguments whose list entries keep their places, because problems are found in single entries.
fn keeps_entries(key: Option<&str>) -> bool {
    key.is_some_and(|key| key == "names" || crate::requisite::is_reference(key))
}

impl Reader<'_> {
    fn spot(&self, node: &Node) -> Spot {
        let file = self.files.get(node.file as usize).or(self.files.first()).cloned().unwrap_or_default();
        Spot { file, line: node.line, column: node.column }
    }

    fn problem(&mut self, node: &Node, message: String, hint: Option<&str>) {
        let problem = Problem::at(self.spot(node).place(), message);
        self.problems.push(match hint {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        });
    }

    /// Reads `include`. A list is taken; anything else stays behind as the ID that Salt then takes it for.
    fn includes(&mut self, key: &Node, value: &Node, document: &mut Document) -> bool {
        let Some(items) = value.as_list() else {
            self.problem(
                key,
                format!("Include Declaration in SLS {} is not formed as a list", self.sls),
                Some("write one SLS a line, with a dash"),
            );
            return false;
        };
        for item in items {
            let spot = self.spot(item);
            match &item.kind {
                NodeKind::Scalar(Value::Str(name)) => document.includes.push(Include { env: None, sls: name.clone(), spot }),
                NodeKind::Scalar(number @ (Value::Int(_) | Value::Big(_) | Value::Float(_))) => {
                    document.includes.push(Include { env: None, sls: text::str(number), spot });
                }
                NodeKind::Map(entries) => match entries.as_slice() {
                    [(env, sls)] if sls.as_scalar().is_some_and(|sls| !sls.is_null()) => {
                        let word = |node: &Node| node.as_scalar().map(text::str).unwrap_or_default();
                        document.includes.push(Include { env: Some(word(env)), sls: word(sls), spot });
                    }
                    _ => self.bad_include(item),
                },
                NodeKind::Scalar(_) | NodeKind::List(_) => self.bad_include(item),
            }
        }
        true
    }

    fn bad_include(&mut self, item: &Node) {
        let shown = text::repr(&item.to_value());
        let message = format!("Include {shown} in SLS {} is neither the name of an SLS nor one environment with an SLS", self.sls);
        self.problem(item, message, Some("write `- web.nginx` or `- dev: web.nginx`"));
    }

    fn extend(&mut self, key: &Node, value: Node, document: &mut Document) {
        let NodeKind::Map(entries) = value.kind else {
            self.problem(
                key,
                format!("Extension value in SLS '{}' is not a dictionary", self.sls),
                Some("write an ID a line, as for states"),
            );
            return;
        };
        for (id, body) in entries {
            let NodeKind::Map(blocks) = body.kind else {
                let name = id.as_scalar().map(text::str).unwrap_or_default();
                self.problem(&id, format!("Extension name '{name}' in SLS '{}' is not a dictionary", self.sls), None);
                continue;
            };
            let spot = self.spot(&id);
            let blocks = self.blocks(&id, blocks);
            document.extends.push(Declaration { id: id.into_value(), spot, blocks });
        }
    }

    fn exclude(&mut self, key: &Node, value: Node, document: &mut Document) {
        match value.kind {
            NodeKind::List(items) => document.excludes.extend(items.into_iter().map(Node::into_value)),
            NodeKind::Scalar(_) | NodeKind::Map(_) => {
                self.problem(
                    key,
                    format!("Exclude Declaration in SLS {} is not formed as a list", self.sls),
                    Some("write one `- id: x` or `- sls: x` a line"),
                );
            }
        }
    }

    fn declaration(&mut self, id: &Node, body: Node) -> Option<Declaration> {
        let spot = self.spot(id);
        let blocks = match body.kind {
            NodeKind::Map(entries) => self.blocks(id, entries),
            // The short form, `id: module.function`.
            NodeKind::Scalar(Value::Str(ref call)) if call.contains('.') => {
                let mut parts = call.split('.');
                let (module, function) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let spot = self.spot(&body);
                let arg = Arg { kind: ArgKind::Function(function.to_owned()), spot: spot.clone(), entries: Vec::new() };
                vec![Block { module: module.to_owned(), spot, body: Body::List(vec![arg]) }]
            }
            kind => {
                let name = id.as_scalar().map(text::str).unwrap_or_default();
                let hint = match &kind {
                    NodeKind::Scalar(Value::Null) => Some("an ID needs a state, such as `pkg.installed`; or take it out"),
                    NodeKind::Scalar(Value::Str(_)) => Some("write `module.function`"),
                    NodeKind::Scalar(_) | NodeKind::List(_) | NodeKind::Map(_) => None,
                };
                self.problem(id, format!("ID {name} in SLS {} is not a dictionary", self.sls), hint);
                // Kept, so that those who look at the raw data can say what Salt says of it.
                let body = Body::Other(Node { kind, ..body }.into_value());
                return Some(Declaration {
                    id: id.to_value(),
                    spot: spot.clone(),
                    blocks: vec![Block { module: String::new(), spot, body }],
                });
            }
        };
        Some(Declaration { id: id.to_value(), spot, blocks })
    }

    /// The blocks of an ID. Blocks written as `module:` come before those written as `module.function:`, as they do in Salt.
    fn blocks(&mut self, id: &Node, entries: Vec<(Node, Node)>) -> Vec<Block> {
        let mut plain: Vec<Block> = Vec::new();
        let mut dotted: Vec<Block> = Vec::new();
        for (key, value) in entries {
            let Some(word) = key.as_str() else {
                let shown = key.as_scalar().map(text::repr).unwrap_or_default();
                let name = id.as_scalar().map(text::str).unwrap_or_default();
                self.problem(
                    &key,
                    format!("ID '{name}' in SLS '{}' has {shown} where a state module is wanted", self.sls),
                    Some("put it in quotes"),
                );
                continue;
            };
            let spot = self.spot(&key);
            let split = word.split_once('.').filter(|_| !word.starts_with('_') && value.as_list().is_some());
            let module = split.map_or(word, |(module, _)| module).to_owned();
            let is_list = value.as_list().is_some();
            let mut body = self.body(value);
            if let (Some((_, rest)), Body::List(args)) = (split, &mut body) {
                let function = rest.split('.').next().unwrap_or_default();
                args.push(Arg { kind: ArgKind::Function(function.to_owned()), spot: spot.clone(), entries: Vec::new() });
            }
            if is_list && plain.iter().chain(&dotted).any(|block| block.module == module && matches!(block.body, Body::List(_))) {
                let name = id.as_scalar().map(text::str).unwrap_or_default();
                let message = format!("ID '{name}' in SLS '{}' contains multiple state declarations of the same type", self.sls);
                self.problem(&key, message, Some("give the second one an ID of its own"));
                continue;
            }
            let into = if split.is_some() { &mut dotted } else { &mut plain };
            into.push(Block { module, spot, body });
        }
        plain.append(&mut dotted);
        plain
    }

    fn body(&mut self, node: Node) -> Body {
        let NodeKind::List(items) = node.kind else {
            return Body::Other(node.into_value());
        };
        // Room for the function and the order, which nearly every block gets.
        let mut args = Vec::with_capacity(items.len() + 2);
        for item in items {
            let spot = self.spot(&item);
            let mut entries = Vec::new();
            let kind = match item.kind {
                NodeKind::Scalar(Value::Str(function)) => ArgKind::Function(function),
                NodeKind::Map(pairs) => {
                    if let [(key, value)] = pairs.as_slice()
                        && keeps_entries(key.as_str())
                    {
                        entries = value.as_list().unwrap_or_default().iter().map(|entry| self.spot(entry)).collect();
                    }
                    ArgKind::Named(pairs.into_iter().map(|(key, value)| (key.into_value(), value.into_value())).collect())
                }
                kind => ArgKind::Other(Node { kind, ..item }.into_value()),
            };
            args.push(Arg { kind, spot, entries });
        }
        Body::List(args)
    }
}

/// ``did you mean `x`?`` for the candidate nearest to a word.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}
