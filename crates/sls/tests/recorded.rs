//! Trees with what Salt answered for them: high data, low data, errors, and the order in which states ran.
//!
//! A case is a folder: `case.json` says what was called, `states/` is the tree, `expect.json` the answer. `SYLVITE_CASES` names further
//! folders of cases, separated by colons.

use render::{NoFunctions, Options, Renderer, Scope, SlsFile, Source};
use sls::{Compiled, Exclude, Loaded, Plan, Request, SlsSource, Unloaded};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use value::{Map, Value};

/// The tree of a case.
struct Tree {
    roots: Vec<(String, PathBuf)>,
    renderer: Renderer,
    grains: Arc<Value>,
    pillar: Arc<Value>,
}

struct Files(Vec<(String, PathBuf)>);

impl render::Loader for Files {
    fn read(&self, env: &str, path: &str) -> Result<Option<Arc<str>>, String> {
        let root = self.0.iter().find(|(name, _)| name == env).map(|(_, root)| root).ok_or("no such environment")?;
        Ok(std::fs::read_to_string(root.join(path)).ok().map(Arc::from))
    }
}

impl Tree {
    fn root(&self, env: &str) -> Option<&Path> {
        self.roots.iter().find(|(name, _)| name == env).map(|(_, root)| root.as_path())
    }
}

fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &format!("{prefix}{name}."), names);
        } else if let Some(stem) = name.strip_suffix(".sls") {
            names.push(if stem == "init" { prefix.trim_end_matches('.').to_owned() } else { format!("{prefix}{stem}") });
        }
    }
}

impl SlsSource for Tree {
    fn envs(&self) -> Vec<String> {
        self.roots.iter().map(|(name, _)| name.clone()).collect()
    }

    fn names(&self, env: &str) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(root) = self.root(env) {
            walk(root, "", &mut names);
        }
        names
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        let root = self.root(env).ok_or(Unloaded::Missing)?;
        let stem = sls.replace('.', "/");
        let found = [format!("{stem}.sls"), format!("{stem}/init.sls")].into_iter().find(|path| root.join(path).is_file());
        let path = found.ok_or(Unloaded::Missing)?;
        let scope = Scope {
            grains: Arc::clone(&self.grains),
            pillar: Arc::clone(&self.pillar),
            env: env.to_owned(),
            sls: Some(SlsFile { name: sls.to_owned(), path: path.clone() }),
            ..Scope::default()
        };
        let text = std::fs::read_to_string(root.join(&path)).unwrap();
        match self.renderer.sls(&Source::new(path.as_str(), text), &scope) {
            Ok(rendered) => Ok(Loaded { path, rendered }),
            Err(error) => Err(Unloaded::Failed(Box::new(model::Problem::new(error.message)))),
        }
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn flag(map: &Value, path: &[&str]) -> Option<Value> {
    path.iter().try_fold(map.clone(), |here, key| here.get(key).cloned())
}

fn request(case: &Value, call: &[Value]) -> Request {
    let mut env = "base".to_owned();
    let mut exclude = Vec::new();
    let mut names = Vec::new();
    for word in call.iter().skip(1).map(value::text::str) {
        match word.split_once('=') {
            Some(("saltenv", value)) => env = value.to_owned(),
            Some(("exclude", value)) => exclude.extend(value.split(',').map(|sls| Exclude::Sls(sls.to_owned()))),
            Some(_) => {}
            None => names.extend(word.split(',').map(str::to_owned)),
        }
    }
    let mut request = Request::sls(env, names);
    request.exclude = exclude;
    if flag(case, &["config", "state_auto_order"]) == Some(Value::Bool(false)) {
        request.options.auto_order = false;
    }
    if let Some(Value::List(kinds)) = flag(case, &["config", "disabled_requisites"]) {
        request.options.disabled_requisites = kinds.iter().map(value::text::str).collect();
    }
    request
}

fn errors<T>(compiled: &Compiled<T>) -> Value {
    let list = compiled.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>();
    Value::Map([("errors", Value::from(list))].into_iter().collect())
}

/// Tags in the order they ran; what only a run makes is left out.
fn ran(expected: &Value) -> Option<Vec<String>> {
    let tags = expected.as_list()?.iter().filter_map(|row| row.get("tag")).map(value::text::str);
    Some(tags.filter(|tag| !tag.contains("listener_") && !tag.contains("isten_Error")).collect())
}

/// Compares one step; `None` when it says nothing about compiling.
fn step(tree: &Tree, case: &Value, step: &Value, expected: &Value) -> Option<Result<(), String>> {
    let call = step.get("call")?.as_list()?;
    let function = call.first()?.as_str()?;
    let loose = case.get("loose_errors") == Some(&Value::Bool(true));
    let answer = match function {
        "state.show_sls" => {
            let high = sls::show_high(tree, &request(case, call));
            if high.problems.is_empty() { high.value } else { errors(&high) }
        }
        "state.show_low_sls" => {
            let low = sls::show_low(tree, &request(case, call));
            if low.problems.is_empty() { low.value.to_value() } else { errors(&low) }
        }
        "state.apply" | "state.sls" if call.len() > 1 => {
            let low: Compiled<Plan> = sls::compile(tree, &request(case, call));
            if !low.problems.is_empty() {
                errors(&low)
            } else if let Some(tags) = ran(expected) {
                let mut seen: Vec<_> = low.value.chunks.iter().map(sls::Chunk::tag).collect();
                // A run that stops early reports less.
                seen.truncate(tags.len());
                let tags: Vec<_> = tags.into_iter().map(|tag| tag.replace("{{SCRATCH}}", "@SCRATCH@")).collect();
                return Some(if seen == tags { Ok(()) } else { Err(format!("ran {seen:?}\n  not {tags:?}")) });
            } else {
                Value::map()
            }
        }
        _ => return None,
    };
    let cut = |value: &Value| -> String {
        let text = serde_json::to_string(value).unwrap();
        if loose { text.split(" failed").next().unwrap_or_default().chars().take(24).collect() } else { text }
    };
    let normal = |value: &Value| serde_json::from_str::<Value>(&serde_json::to_string(value).unwrap()).unwrap();
    Some(if normal(&answer) == *expected || (loose && cut(&answer) == cut(expected)) {
        Ok(())
    } else {
        Err(format!("gave {}\n  not {}", serde_json::to_string(&answer).unwrap(), serde_json::to_string(expected).unwrap()))
    })
}

fn run(folder: &Path) -> (usize, Vec<String>) {
    let case = json(&folder.join("case.json"));
    if !folder.join("states").is_dir() {
        return (0, Vec::new());
    }
    let roots: Vec<(String, PathBuf)> = match case.get("envs").and_then(Value::as_list) {
        Some(envs) => envs.iter().map(|env| (value::text::str(env), folder.join("states").join(value::text::str(env)))).collect(),
        None => vec![("base".to_owned(), folder.join("states"))],
    };
    let renderer = Renderer::new(Arc::new(NoFunctions), Arc::new(Files(roots.clone())), Options::default());
    let grains = case.get("grains").cloned().unwrap_or_else(Value::map);
    let pillar = Value::Map(Map::new());
    let tree = Tree { roots, renderer, grains: Arc::new(grains), pillar: Arc::new(pillar) };
    let expected = json(&folder.join("expect.json"));
    let mut count = 0;
    let mut wrong = Vec::new();
    let steps = case.get("steps").and_then(Value::as_list).unwrap_or_default();
    let answers = expected.get("steps").and_then(Value::as_list).unwrap_or_default();
    for (call, answer) in steps.iter().zip(answers) {
        let Some(answer) = answer.get("return") else { continue };
        match step(&tree, &case, call, answer) {
            None => {}
            Some(Ok(())) => count += 1,
            Some(Err(difference)) => wrong.push(format!("{}: {difference}", folder.display())),
        }
    }
    (count, wrong)
}

#[test]
fn trees_compile_as_they_did_in_salt() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut folders: Vec<PathBuf> =
        std::env::var("SYLVITE_CASES").unwrap_or_default().split(':').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
    folders.push(own);
    let mut count = 0;
    let mut wrong = Vec::new();
    for folder in folders {
        let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        cases.sort();
        for case in cases.iter().filter(|case| case.join("case.json").is_file()) {
            let (ok, mut bad) = run(case);
            count += ok;
            wrong.append(&mut bad);
        }
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 20, "only {count} answers were compared");
}
