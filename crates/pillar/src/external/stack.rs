//! `stack` (PillarStack): lists of YAML files, both templates, merged in order with a strategy for each mapping and list.

mod merge;
mod paths;

use crate::{Ask, External};
use render::{CallError, Functions, Loader, Renderer, Scope, Source};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Map, Value, traverse};

/// The stack.
#[derive(Clone, Copy, Debug)]
pub struct Stack;

/// What every template of a stack gets in front of it, on its own first line: names that Salt gives them and that are no plain values.
const PRELUDE: &str = "{%- set __salt__ = salt -%}\
    {%- set __stack__ = {'cfg_path': __stack__['cfg_path'], 'traverse': salt['__stack__.traverse']} -%}";

/// What templates of a stack call beyond what all others call.
struct WithTraverse(Arc<dyn Functions>);

impl WithTraverse {
    const NAME: &str = "__stack__.traverse";
}

impl Functions for WithTraverse {
    /// `traverse(data, path, default=None, delimiter=':')`: what lies at a path of nested data.
    fn call(&self, function: &str, mut args: Vec<Value>, mut kwargs: Map) -> Result<Value, CallError> {
        if function != Self::NAME {
            return self.0.call(function, args, kwargs);
        }
        for name in ["data", "key", "default", "delimiter"].into_iter().skip(args.len()) {
            // What is left out in the middle has its usual value, and so has what is not given at all.
            args.push(kwargs.remove(name).unwrap_or(if name == "delimiter" { Value::from(value::DELIMITER) } else { Value::Null }));
        }
        match (args.as_slice(), kwargs.is_empty()) {
            ([data, key, default, delimiter], true) => {
                let found = traverse(data, &value::text::str(key), &value::text::str(delimiter));
                Ok(found.unwrap_or(default).clone())
            }
            _ => Err(CallError::Misused("traverse takes data, key, default and delimiter".to_owned())),
        }
    }

    fn exists(&self, function: &str) -> bool {
        function == Self::NAME || self.0.exists(function)
    }

    fn has_module(&self, module: &str) -> bool {
        self.0.has_module(module)
    }
}

impl External for Stack {
    fn name(&self) -> &str {
        "stack"
    }

    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let mut stack = Map::new();
        for list in lists(ask)? {
            let path = PathBuf::from(list.replace("__env__", ask.env()));
            if path.is_file() {
                stack = One::new(ask, &path).merged(stack)?;
            } else {
                tracing::info!(path = %path.display(), "a list of pillar stack is not there and gives nothing");
            }
        }
        Ok(stack)
    }
}

/// The lists that are meant for this minion: one, several, or chosen by `pillar:…`, `grains:…` and `opts:…`.
fn lists(ask: &Ask<'_>) -> Result<Vec<String>, String> {
    let texts = |value: &Value| match value {
        Value::List(items) => items.iter().map(value::text::str).collect(),
        one => vec![value::text::str(one)],
    };
    let Value::Map(choices) = ask.args else { return Ok(texts(ask.args)) };
    let pillar = Value::Map(ask.pillar.clone());
    let env = Value::Map(Map::from_iter([("pillarenv", ask.env()), ("saltenv", ask.inputs.saltenv.as_deref().unwrap_or("base"))]));
    let mut chosen = Vec::new();
    for (by, choices) in choices {
        let by = value::text::str(by);
        let (kind, path) = by.split_once(':').ok_or_else(|| format!("`{by}` does not say where to look, as `grains:os` does"))?;
        let found = match kind {
            "pillar" => traverse(&pillar, path, ":"),
            "grains" => traverse(&ask.inputs.grains, path, ":"),
            "opts" => traverse(&env, path, ":").or_else(|| traverse(&ask.inputs.opts, path, ":")),
            other => return Err(format!("`{other}` is not one of pillar, grains and opts")),
        };
        if let Some(found) = found.and_then(|found| choices.as_map()?.get_value(found)) {
            chosen.extend(texts(found));
        }
    }
    Ok(chosen)
}

/// Files that templates of a stack take in lie beside its list.
struct Beside(PathBuf);

impl Loader for Beside {
    fn read(&self, _: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let Ok(path) = files::FilePath::new(path) else { return Ok(None) };
        match fs::read_to_string(self.0.join(path.as_str())) {
            Ok(text) => Ok(Some(Arc::from(text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read `{path}`: {error}")),
        }
    }
}

/// One list with its files.
struct One<'a> {
    ask: &'a Ask<'a>,
    list: &'a Path,
    folder: PathBuf,
    renderer: Renderer,
}

impl<'a> One<'a> {
    fn new(ask: &'a Ask<'a>, list: &'a Path) -> Self {
        let folder = list.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
        // Undefined variables print as nothing in a stack, whatever holds elsewhere.
        let options = render::Options { allow_undefined: true, ..ask.inputs.render.clone() };
        let functions = Arc::new(WithTraverse(Arc::clone(&ask.inputs.functions)));
        let renderer = Renderer::new(functions, Arc::new(Beside(folder.clone())), options);
        Self { ask, list, folder, renderer }
    }

    /// The data of all files of the list, merged over what there is.
    fn merged(&self, mut stack: Map) -> Result<Map, String> {
        let text = read(self.list)?;
        let named = self.rendered(self.list, &text, &stack)?;
        for item in paths::items(&named) {
            // What a list says may come from a grain, which is the minion's word: only the list itself may lead out of its folder.
            if item.split('/').any(|part| part == "..") && !text.lines().any(|line| line.trim() == item) {
                return Err(format!("`{item}` leads out of the folder of `{}`", self.list.display()));
            }
            let found = paths::expand(&self.folder, &item);
            if found.is_empty() {
                tracing::debug!(item, folder = %self.folder.display(), "an item of pillar stack names no file");
            }
            for path in found {
                let made = self.rendered(&path, &read(&path)?, &stack)?;
                let data =
                    yaml::load_value(&made).map_err(|error| format!("`{}` is no YAML: {error}, line {}", path.display(), error.line))?;
                if let Value::Map(data) = data {
                    stack = merge::over(stack, data)?;
                }
            }
        }
        Ok(stack)
    }

    fn rendered(&self, path: &Path, text: &str, stack: &Map) -> Result<String, String> {
        let inputs = self.ask.inputs;
        let pillar = Value::Map(self.ask.pillar.clone());
        let about = Map::from_iter([("cfg_path", self.list.to_string_lossy().into_owned())]);
        let mut extra = Map::new();
        extra.insert("stack", stack.clone());
        extra.insert("minion_id", inputs.minion.as_str());
        extra.insert("__grains__", inputs.grains.as_ref().clone());
        extra.insert("__opts__", inputs.opts.as_ref().clone());
        extra.insert("__stack__", about);
        extra.insert("pillarenv", inputs.pillarenv.clone().map_or(Value::Null, Value::from));
        extra.insert("ymlpath", path.to_string_lossy().into_owned());
        let scope = Scope {
            grains: Arc::clone(&inputs.grains),
            pillar: Arc::new(pillar),
            opts: Arc::clone(&inputs.opts),
            env: self.ask.env().to_owned(),
            sls: None,
            extra,
        };
        let source = Source::new(path.strip_prefix(&self.folder).unwrap_or(path).to_string_lossy(), format!("{PRELUDE}{text}"));
        self.renderer.template(&source, &scope, "jinja").map_err(|error| format!("`{}` does not render: {error}", path.display()))
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}
