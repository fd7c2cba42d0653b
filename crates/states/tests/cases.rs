//! Runs the case files of `cases/` on the real file system, each in a folder of its own.

use sdk::host::RealHost;
use sdk::testing::{TestAgent, context_with};
use sdk::{Applied, Checked, Cx, Facts, Map, Value, text};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[tokio::test]
async fn every_case_file_holds() {
    // Modes of new files depend on it, and the cases were recorded so.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    let mut failures = Vec::new();
    let mut count = 0;
    for path in case_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cases"))) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        count += 1;
        if let Err(problem) = Case::load(&path).run().await {
            failures.push(format!("{name}: {problem}"));
        }
    }
    assert!(count > 80, "only {count} case files were found");
    assert!(failures.is_empty(), "{} of {count} cases fail\n{}", failures.len(), failures.join("\n"));
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(case_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

struct Case {
    data: Value,
    world: tempfile::TempDir,
}

impl Case {
    fn load(path: &Path) -> Self {
        let world = tempfile::tempdir().unwrap();
        let scratch = world.path().join("scratch");
        fs::create_dir(&scratch).unwrap();
        let text = fs::read_to_string(path).unwrap().replace("{{SCRATCH}}", scratch.to_str().unwrap()).replace("{{OWNER}}", &owner());
        Self { data: serde_json::from_str(&text).unwrap(), world }
    }

    async fn run(&self) -> Result<(), String> {
        let scratch = self.world.path().join("scratch");
        let master = self.world.path().join("master");
        fs::create_dir(&master).unwrap();
        place(&scratch, self.data.get("before"));
        place(&master, self.data.get("master"));
        let cx = self.context(&master);
        for (number, run) in self.data.get("runs").and_then(Value::as_list).unwrap().iter().enumerate() {
            let is_test = run.get("test") == Some(&Value::Bool(true));
            let seen = self.once(is_test, &cx).await.map_err(|failure| format!("run {number}: {failure}"))?;
            for key in ["result", "comment", "changes"] {
                let (expected, got) = (run.get(key).unwrap(), seen.get(key).unwrap());
                if shown(expected) != shown(got) {
                    return Err(format!("run {number}: {key}\n  expected {}\n  got      {}", shown(expected), shown(got)));
                }
            }
        }
        match self.data.get("after") {
            Some(after) => compare(&scratch, after.as_map().unwrap()),
            None => Ok(()),
        }
    }

    fn context(&self, master: &Path) -> Cx {
        let empty = Map::new();
        let names = self.data.get("master").and_then(Value::as_map).unwrap_or(&empty).keys().map(text::str);
        let files: BTreeMap<String, String> = names.map(|name| (name.clone(), master.join(&name).to_str().unwrap().to_owned())).collect();
        let fact = |key: &str| Arc::new(self.data.get(key).cloned().unwrap_or_else(Value::map));
        let cachedir = self.world.path().join("cache").to_str().unwrap().to_owned();
        let opts = Value::Map([("cachedir", cachedir)].into_iter().collect());
        let facts =
            Facts { id: "minion1".into(), pillar: fact("pillar"), grains: fact("grains"), opts: Arc::new(opts), ..Facts::default() };
        context_with(Arc::new(RealHost::new()), facts, TestAgent { files, ..TestAgent::default() })
    }

    /// One run as the engine does it.
    async fn once(&self, is_test: bool, cx: &Cx) -> Result<Map, String> {
        let registry = states::registry();
        let entry = *registry.state(&text::str(self.data.get("state").unwrap())).unwrap();
        let args = self.data.get("args").and_then(Value::as_map).cloned().unwrap();
        let object = (entry.prepare)(args).map_err(|error| error.to_string())?;
        let done = |applied: Applied| result(Some(applied.result), &applied.comment, applied.changes);
        match object.check(cx.read()).await.map_err(|failure| failure.to_string())? {
            Checked::Desired { comment } => Ok(result(Some(true), &comment, Value::map())),
            Checked::Fails(applied) => Ok(done(applied)),
            Checked::Later(why) => Err(format!("only known later: {why}")),
            Checked::Change { outlook, .. } if is_test => Ok(result(outlook.result, &outlook.comment, outlook.changes)),
            Checked::Change { change, .. } => object.apply(change, cx).await.map(done).map_err(|failure| failure.to_string()),
        }
    }
}

fn result(result: Option<bool>, comment: &str, changes: Value) -> Map {
    let mut map = Map::new();
    map.insert("result", result);
    map.insert("comment", comment);
    map.insert("changes", changes);
    map
}

/// A value to compare: keys in order, process ids hidden.
fn shown(value: &Value) -> String {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Map(map) => {
                let hide = |key: &Value, value: &Value| if text::str(key) == "pid" { "{{PID}}".into() } else { plain(value) };
                let mut map: Map = map.iter().map(|(key, value)| (key.clone(), hide(key, value))).collect();
                map.sort_keys();
                Value::Map(map)
            }
            Value::List(items) => {
                // Files that are removed have no order of their own.
                let mut items: Vec<Value> = items.iter().map(plain).collect();
                items.sort_by_key(text::str);
                Value::List(items)
            }
            // Nor have the sections and lines about many files.
            Value::Str(text) if text.contains("####") || text.starts_with("The following files will be changed") => {
                let mut lines: Vec<_> = text.split('\n').collect();
                lines.sort_unstable();
                lines.join("\n").into()
            }
            other => other.clone(),
        }
    }
    serde_json::to_string(&plain(value)).unwrap()
}

fn owner() -> String {
    let accounts = sdk::host::Look::accounts(&RealHost::new());
    let (uid, _) = sdk::host::Look::identity(&RealHost::new());
    let gid = accounts.user_of(uid).map_or(0, |user| user.gid);
    format!("{}:{}", accounts.user_name(uid), accounts.group_name(gid))
}

fn place(folder: &Path, files: Option<&Value>) {
    for (name, file) in files.and_then(Value::as_map).map(Map::iter).into_iter().flatten() {
        let path = folder.join(text::str(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(target) = file.get("link") {
            symlink(text::str(target), &path).unwrap();
            continue;
        }
        if let Some(content) = file.get("text") {
            fs::write(&path, text::str(content)).unwrap();
        }
        if let Some(mode) = file.get("mode") {
            fs::set_permissions(&path, fs::Permissions::from_mode(sdk::Mode::parse(&text::str(mode)).unwrap())).unwrap();
        }
    }
}

fn compare(folder: &Path, after: &Map) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    gather(folder, folder, &mut seen);
    let expected: Vec<String> = after.keys().map(text::str).collect();
    if let Some(odd) = seen.keys().find(|name| !expected.contains(name)) {
        return Err(format!("`{odd}` should not be there"));
    }
    for (name, file) in after {
        let name = text::str(name);
        let path = folder.join(&name);
        if let Some(target) = file.get("link") {
            let points = fs::read_link(&path).map_err(|error| format!("`{name}`: {error}"))?;
            if points.to_str() != target.as_str() {
                return Err(format!("`{name}` points to {points:?}"));
            }
            continue;
        }
        let meta = fs::metadata(&path).map_err(|error| format!("`{name}`: {error}"))?;
        let content = fs::read_to_string(&path).map_err(|error| format!("`{name}`: {error}"))?;
        let mode = sdk::Mode::text(meta.permissions().mode() & 0o7777);
        if file.get("text").is_some_and(|text| text.as_str() != Some(&content)) {
            return Err(format!("`{name}` holds {content:?}"));
        }
        if file.get("mode").is_some_and(|wanted| wanted.as_str() != Some(&mode)) {
            return Err(format!("`{name}` has mode {mode}"));
        }
    }
    Ok(())
}

fn gather(root: &Path, folder: &Path, seen: &mut BTreeMap<String, ()>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            gather(root, &path, seen);
        } else {
            seen.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), ());
        }
    }
}
