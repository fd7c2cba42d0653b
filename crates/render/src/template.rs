//! The Jinja stage: variables of a file, imported templates, errors in Salt's words.

use crate::salt::{Salt, TROUBLE};
use crate::{Error, Functions, Loader, Machine, Scope, Source};
use jinja::{Engine, Kind, Limits, Options, Output, Val, Vars};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use value::{Map, Value};

/// How messages of data tags begin, as Salt's users know them.
const NO_YAML: &str = "Encountered error loading yaml: ";
const NO_JSON: &str = "Unable to load json from ";

/// What errors call grains and pillar.
const PROXY: &str = "salt.utils.optsdict.DictProxy";

/// What the file is, which decides over its variables and what its imports may be relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// An SLS, or another text that is rendered to data.
    Data,
    /// A file to be written on a host: it knows no SLS, and its own imports are never relative.
    File,
}

/// A text made by a template, with the places its lines came from.
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) origins: Origins,
}

/// From lines of a text to lines of files.
#[derive(Default)]
pub(crate) struct Origins {
    map: Option<jinja::SourceMap>,
    main: String,
    /// Lines of the main file after this one are one further down than the engine saw them: its header was taken out.
    header: Option<u32>,
    /// Texts of all files that took part, by name.
    pub(crate) texts: HashMap<String, Arc<str>>,
}

impl Origins {
    /// The file and line behind a line of the text.
    pub(crate) fn place(&self, line: u32) -> (&str, u32) {
        let Some(map) = &self.map else { return (&self.main, line) };
        // What follows the last line that wrote something belongs to the end of the file.
        let known = map.place(line).or_else(|| map.place(u32::try_from(map.len()).unwrap_or(u32::MAX)));
        match known {
            None => (&self.main, line),
            Some(place) if *place.name == *self.main => (&self.main, self.shifted(place.line)),
            Some(place) => match self.texts.get_key_value(&*place.name) {
                Some((name, _)) => (name, place.line),
                None => (&self.main, line),
            },
        }
    }

    fn shifted(&self, line: u32) -> u32 {
        if self.header.is_some_and(|header| line >= header) { line + 1 } else { line }
    }

    /// A text that no template touched.
    pub(crate) fn plain(source: &Source) -> Self {
        Self { main: source.path.clone(), texts: HashMap::from([(source.path.clone(), Arc::clone(&source.text))]), ..Self::default() }
    }
}

/// What templates are made with.
pub(crate) struct Workshop<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) functions: &'a Arc<dyn Functions>,
    pub(crate) loader: &'a dyn Loader,
    pub(crate) limits: &'a Limits,
    pub(crate) machine: &'a dyn Machine,
}

impl Workshop<'_> {
    pub(crate) fn make(&self, source: &Source, scope: &Scope, kind: Use, options: &Map, strict: bool) -> Result<Made, Error> {
        let (header, text) = header(&source.text);
        let mut settings = Options { strict, ..self.engine.options.clone() };
        apply(&mut settings, options);
        if let Some((_, overrides)) = &header {
            apply(&mut settings, overrides);
        }
        let main_text: Arc<str> = Arc::from(text);
        let main = jinja::Source { name: source.path.clone(), text: main_text, options: Some(settings.clone()) };
        let host = Host {
            loader: self.loader,
            machine: self.machine,
            env: &scope.env,
            options: settings,
            main: (kind == Use::File).then_some(source.path.as_str()),
            texts: RefCell::new(HashMap::from([(source.path.clone(), Arc::clone(&source.text))])),
        };
        let header_line = header.map(|(line, _)| line);
        match self.engine.render(&main, variables(self.functions, source, scope, kind), &host, self.limits) {
            Ok(Output { mut text, map }) => {
                // Jinja takes one line break off the end of every template; Salt puts it back on the outermost.
                if source.text.ends_with('\n') {
                    text.push('\n');
                }
                let texts = host.texts.into_inner();
                Ok(Made { text, origins: Origins { map: Some(map), main: source.path.clone(), header: header_line, texts } })
            }
            Err(error) => {
                let texts = host.texts.into_inner();
                let origins = Origins { map: None, main: source.path.clone(), header: header_line, texts };
                Err(told(&error, &origins))
            }
        }
    }
}

/// Names the engine's error as Salt does, and shows the place.
fn told(error: &jinja::Error, origins: &Origins) -> Error {
    let words = error.message.as_str();
    let message = match error.kind {
        Kind::Undefined => format!("Jinja variable {words}"),
        Kind::Syntax | Kind::Runtime | Kind::Security => format!("Jinja syntax error: {words}"),
        Kind::Host if words.starts_with(TROUBLE) => words.to_owned(),
        Kind::Host if [NO_YAML, NO_JSON].iter().any(|start| words.starts_with(start)) => format!("Jinja syntax error: {words}"),
        Kind::Type
        | Kind::Value
        | Kind::Key
        | Kind::Index
        | Kind::Attribute
        | Kind::ZeroDivision
        | Kind::Overflow
        | Kind::NotFound
        | Kind::Limit
        | Kind::Host
        | Kind::Raised => format!("Jinja error: {words}"),
    };
    // The main text has no name to Salt's users.
    let message =
        message.replace(&format!(" in {}) does not export", value::text::repr(&origins.main.as_str().into())), ") does not export");
    let real = |name: &str, line: u32| if name == origins.main { origins.shifted(line) } else { line };
    let file = if error.name.is_empty() { origins.main.clone() } else { error.name.to_string() };
    let line = real(&file, error.line);
    let text = origins.texts.get(&file).map_or("", |text| text);
    let mut told = Error::new(message, file).at(text, line, error.column);
    told.via = error.stack.iter().map(|at| (at.name.to_string(), real(&at.name, at.line))).collect();
    told
}

/// The `#jinja2: {…}` header with its line, and the text without it. It stands on the first line, or under a `#!` one.
fn header(text: &str) -> (Option<(u32, Map)>, String) {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let has_chain = first.starts_with("#!") && !first.starts_with("#!/");
    let (index, line) = if has_chain { (2, lines.next().unwrap_or_default()) } else { (1, first) };
    let Some(payload) = line.strip_prefix("#jinja2:") else { return (None, text.to_owned()) };
    match serde_json::from_str::<Value>(payload.trim()) {
        Ok(Value::Map(options)) => {
            let before = if has_chain { first } else { "" };
            let after = text.get(before.len() + line.len()..).unwrap_or_default();
            (Some((index, options)), format!("{before}{after}"))
        }
        _ => {
            tracing::warn!(header = line.trim_end(), "a `#jinja2:` header that is no JSON mapping is taken for a comment");
            (None, text.to_owned())
        }
    }
}

/// Sets the options that a mapping names as Jinja's `Environment` does; unknown ones are logged.
fn apply(settings: &mut Options, options: &Map) {
    for (key, value) in options {
        let name = value::text::str(key).to_lowercase();
        let flag = value.is_truthy();
        let text = || value::text::str(value);
        let optional = || value.as_str().map(str::to_owned);
        match name.as_str() {
            "trim_blocks" => settings.trim_blocks = flag,
            "lstrip_blocks" => settings.lstrip_blocks = flag,
            "keep_trailing_newline" => settings.keep_trailing_newline = flag,
            "newline_sequence" => settings.newline_sequence = text(),
            "block_start_string" => settings.block_start = text(),
            "block_end_string" => settings.block_end = text(),
            "variable_start_string" => settings.variable_start = text(),
            "variable_end_string" => settings.variable_end = text(),
            "comment_start_string" => settings.comment_start = text(),
            "comment_end_string" => settings.comment_end = text(),
            "line_statement_prefix" => settings.line_statement_prefix = optional(),
            "line_comment_prefix" => settings.line_comment_prefix = optional(),
            _ => tracing::warn!(option = %name, "the template engine has no such option"),
        }
    }
}

fn variables(functions: &Arc<dyn Functions>, source: &Source, scope: &Scope, kind: Use) -> Vars {
    let mut vars = Vars::new();
    vars.set_global("salt", Val::object(Salt { functions: Arc::clone(functions) }));
    vars.set_global_lazy_as("grains", Arc::clone(&scope.grains), false, PROXY);
    vars.set_global_lazy_as("pillar", Arc::clone(&scope.pillar), true, PROXY);
    vars.set_global_lazy_as("opts", Arc::clone(&scope.opts), false, "salt.utils.optsdict.OptsDict");
    vars.set_global("saltenv", scope.env.as_str());
    if kind == Use::Data {
        vars.set_global("proxy", Val::from(Map::new()));
        vars.set_global("rendered_sls", Val::list(Vec::new()));
        vars.set_global("renderers", Val::from(Map::new()));
        for (name, value) in sls_variables(source, scope) {
            vars.set_global(name, value.as_str());
        }
    }
    for (name, value) in &scope.extra {
        vars.set_global(&value::text::str(name), Val::from(value));
    }
    vars
}

/// `sls` and its kin: where the file is, in all the spellings templates use.
fn sls_variables(source: &Source, scope: &Scope) -> Vec<(&'static str, String)> {
    let (name, file) = match &scope.sls {
        Some(sls) => (sls.name.clone(), sls.path.clone()),
        // A text that is no SLS knows only its own file name.
        None => (String::new(), source.path.rsplit('/').next().unwrap_or_default().to_owned()),
    };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if scope.sls.is_some() { folder } else { "" };
    vec![
        ("sls", name),
        ("slspath", path.to_owned()),
        ("slsdotpath", path.replace('/', ".")),
        ("slscolonpath", path.replace('/', ":")),
        ("sls_path", path.replace('/', "_")),
        ("tpldir", if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }),
        ("tpldot", folder.replace('/', ".")),
        ("tplpath", source.path.clone()),
        ("tplfile", file),
    ]
}

/// What the engine asks for while one file is made.
struct Host<'a> {
    loader: &'a dyn Loader,
    machine: &'a dyn Machine,
    env: &'a str,
    options: Options,
    /// The outermost file, where its imports must not be relative.
    main: Option<&'a str>,
    texts: RefCell<HashMap<String, Arc<str>>>,
}

impl Host<'_> {
    /// The path of an import from the environment's root; `None` when it leaves the root.
    fn resolve(&self, name: &str, from: &str) -> Option<String> {
        let is_relative = matches!(name.split('/').next(), Some("." | ".."));
        let mut parts: Vec<&str> = Vec::new();
        if is_relative {
            if self.main == Some(from) {
                return None;
            }
            parts.extend(from.rsplit_once('/').map_or("", |(folder, _)| folder).split('/').filter(|part| !part.is_empty()));
        }
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }
}

impl jinja::Host for Host<'_> {
    fn load(&self, name: &str, from: &str) -> Result<Option<jinja::Source>, String> {
        let Some(path) = self.resolve(name, from) else { return Ok(None) };
        let known = self.texts.borrow().get(&path).cloned();
        let text = match known {
            Some(text) => text,
            None => match self.loader.read(self.env, &path)? {
                Some(text) => text,
                None => return Ok(None),
            },
        };
        self.texts.borrow_mut().insert(path.clone(), Arc::clone(&text));
        Ok(Some(jinja::Source { name: path, text, options: Some(self.options.clone()) }))
    }

    fn deserialize(&self, format: &str, text: &str) -> Result<Value, (String, u32)> {
        match format {
            "yaml" => yaml::load_value(text).map_err(|error| (format!("{NO_YAML}{}", error.message), error.line)),
            "json" => value::json::read(text).map_err(|error| {
                let line = u32::try_from(error.line()).unwrap_or(0);
                (format!("{NO_JSON}{text}"), line)
            }),
            other => Err((format!("there is no format `{other}`"), 0)),
        }
    }

    fn module_vars(&self, name: &str) -> Vec<(String, Val)> {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        vec![
            ("tplfile".to_owned(), Val::from(name)),
            ("tpldir".to_owned(), Val::from(if folder.is_empty() { "." } else { folder })),
            ("tpldot".to_owned(), Val::from(folder.replace('/', ".").as_str())),
        ]
    }

    fn profile_start(&self, label: &str) {
        tracing::debug!(label, "template block begins");
    }

    fn profile_end(&self, label: &str) {
        tracing::debug!(label, "template block ends");
    }

    fn random(&self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.machine.random(below) }
    }
}
