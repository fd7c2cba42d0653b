//! Plans of state runs: what would change, kept with everything that it was reckoned from.
//!
//! A plan is reviewed by people, and applied only while it still says the truth: what went into it must be what it was.

use model::{JobId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use value::{Map, Value};

/// So many plans are kept; the oldest give way.
const KEPT: usize = 100;

/// So many changed files are named.
const NAMED: usize = 8;

/// What a plan was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Names of SLS; none for what the top file gives.
    pub mods: Vec<String>,
    /// Pillar of the caller.
    pub pillar: Option<Value>,
    /// Environment of pillar.
    pub pillarenv: Option<String>,
    /// Environment of states.
    pub saltenv: Option<String>,
    /// What was left out.
    pub exclude: Option<Value>,
}

/// What a plan was reckoned from, by hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Version of this program.
    pub version: String,
    /// SLS that were read, as `env:name`, in order.
    pub sls: Vec<String>,
    /// Every file of the environments, as `env:path`.
    pub files: BTreeMap<String, String>,
    /// The pillar.
    pub pillar: String,
    /// Grains that the files speak of.
    pub grains: BTreeMap<String, String>,
    /// The states as they were compiled.
    pub states: String,
}

impl Inputs {
    /// What is not as it was, in words.
    #[must_use]
    pub fn changed(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.version != now.version {
            found.push(format!("the minion is of version {}, the plan of {}", now.version, self.version));
        }
        let files = differing(&self.files, &now.files);
        found.extend(files.iter().take(NAMED).map(|file| format!("the file `{file}` has changed")));
        if files.len() > NAMED {
            found.push(format!("{} more files have changed", files.len() - NAMED));
        }
        if self.pillar != now.pillar {
            found.push("the pillar has changed".to_owned());
        }
        found.extend(differing(&self.grains, &now.grains).into_iter().map(|grain| format!("the grain `{grain}` has changed")));
        if found.is_empty() && (self.states != now.states || self.sls != now.sls) {
            found.push("the same files are compiled to other states now: their templates depend on something else".to_owned());
        }
        found
    }

    /// One hash for all files.
    #[must_use]
    pub fn revision(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, hash) in &self.files {
            hasher.update(format!("{path}\0{hash}\0"));
        }
        hex::encode(hasher.finalize())
    }
}

/// Keys whose values differ, or that only one side has.
fn differing<'a>(was: &'a BTreeMap<String, String>, is: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = was.iter().filter(|(key, hash)| is.get(*key) != Some(*hash)).map(|(key, _)| key.as_str()).collect();
    keys.extend(is.keys().filter(|key| !was.contains_key(*key)).map(String::as_str));
    keys.sort_unstable();
    keys
}

/// Hash of a value.
#[must_use]
pub fn hash(value: &Value) -> String {
    hex::encode(Sha256::digest(serde_json::to_string(value).unwrap_or_default()))
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id: that of the job that made it, so that one plan over many hosts has one id.
    pub id: JobId,
    /// When it was made.
    pub made: Timestamp,
    /// What it was asked for.
    pub asked: Asked,
    /// What it was reckoned from.
    pub inputs: Inputs,
    /// States that would change something or fail, by tag: `result`, `comment`, `changes`.
    pub states: Map,
    /// How many states there are in all.
    pub count: usize,
    /// Jobs that applied it.
    #[serde(default)]
    pub applied: Vec<JobId>,
}

impl Kept {
    /// The plan as it is reviewed.
    #[must_use]
    pub fn show(&self) -> Value {
        let would_fail = self.states.values().filter(|state| state.get("result").and_then(Value::as_bool) == Some(false)).count();
        let mut shown = Map::new();
        shown.insert("plan", self.id);
        shown.insert("sls", Value::List(self.inputs.sls.iter().map(Value::from).collect()));
        shown.insert("would_change", self.states.len() - would_fail);
        shown.insert("would_fail", would_fail);
        shown.insert("as_it_should_be", self.count.saturating_sub(self.states.len()));
        shown.insert("states", self.states.clone());
        shown.insert("files", self.inputs.revision());
        shown.insert("grains", Value::List(self.inputs.grains.keys().map(Value::from).collect()));
        if !self.applied.is_empty() {
            shown.insert("applied", Value::List(self.applied.iter().map(|job| Value::from(job.to_string())).collect()));
        }
        Value::Map(shown)
    }
}

/// What a report says would happen: states that would change something or fail.
#[must_use]
pub fn outlook(report: &Value) -> Map {
    let mut states = Map::new();
    for (tag, row) in report.as_map().into_iter().flatten() {
        let result = row.get("result").cloned().unwrap_or_default();
        let changes = row.get("changes").cloned().unwrap_or_else(Value::map);
        if result == Value::Bool(true) && !changes.is_truthy() {
            continue;
        }
        let mut state = Map::new();
        state.insert("result", result);
        state.insert("comment", row.get("comment").cloned().unwrap_or_default());
        state.insert("changes", changes);
        states.insert(tag.clone(), Value::Map(state));
    }
    states
}

/// States of which two outlooks say different things. Comments may differ: they name temporary files.
#[must_use]
pub fn other_outlook(was: &Map, is: &Map) -> Vec<String> {
    let of = |map: &Map, tag: &Value| {
        let row = map.get_value(tag)?;
        Some((row.get("result").cloned(), row.get("changes").cloned()))
    };
    let mut tags: Vec<&Value> = was.keys().collect();
    tags.extend(is.keys().filter(|tag| !was.keys().any(|known| known == *tag)));
    tags.into_iter().filter(|tag| of(was, tag) != of(is, tag)).map(value::text::str).collect()
}

/// The folder of plans.
#[derive(Clone, Debug)]
pub struct Plans(PathBuf);

impl Plans {
    /// The plans of a minion with this folder for what it can do without.
    #[must_use]
    pub fn new(cachedir: &Path) -> Self {
        Self(cachedir.join("plans"))
    }

    fn path(&self, id: JobId) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// Keeps a plan. It may hold secrets of the pillar, so it is for its owner's eyes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, plan: &Kept) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let path = self.path(plan.id);
        let unfinished = path.with_extension("new");
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&serde_json::to_vec(plan).map_err(io::Error::other)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        let ids = self.ids()?;
        for id in ids.iter().take(ids.len().saturating_sub(KEPT)) {
            fs::remove_file(self.path(*id))?;
        }
        Ok(())
    }

    /// A plan by its id; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, id: JobId) -> io::Result<Option<Kept>> {
        match fs::read(self.path(id)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Ids of all plans, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self) -> io::Result<Vec<JobId>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let is_plan = path.extension().is_some_and(|extension| extension == "json");
            ids.extend(path.file_stem().and_then(|stem| stem.to_str()?.parse::<JobId>().ok()).filter(|_| is_plan));
        }
        ids.sort_unstable();
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, hash)| ((*key).to_owned(), (*hash).to_owned())).collect()
    }

    #[test]
    fn what_has_changed_is_named() {
        let was = Inputs { files: hashes(&[("base:a.sls", "1"), ("base:b", "1")]), grains: hashes(&[("os", "1")]), ..Inputs::default() };
        let mut now = was.clone();
        assert_eq!(was.changed(&now), Vec::<String>::new());
        now.files = hashes(&[("base:a.sls", "2"), ("base:c", "1")]);
        now.grains = hashes(&[("os", "2")]);
        now.pillar = "2".to_owned();
        let words = was.changed(&now);
        assert_eq!(words.len(), 5, "{words:?}");
        assert!(
            words.contains(&"the file `base:a.sls` has changed".to_owned()) && words.contains(&"the grain `os` has changed".to_owned())
        );
        assert_ne!(was.revision(), now.revision());
    }

    #[test]
    fn the_oldest_plans_give_way() {
        let folder = tempfile::tempdir().unwrap();
        let plans = Plans::new(folder.path());
        let plan = |number: i64| Kept {
            id: JobId::at(Timestamp(1_790_000_000_000_000 + number)),
            made: Timestamp(number),
            asked: Asked::default(),
            inputs: Inputs::default(),
            states: Map::new(),
            count: 0,
            applied: Vec::new(),
        };
        let count = i64::try_from(KEPT).unwrap() + 2;
        (0..count).for_each(|number| plans.keep(&plan(number)).unwrap());
        assert_eq!(plans.ids().unwrap().len(), KEPT);
        assert_eq!(plans.read(plan(0).id).unwrap(), None);
        assert_eq!(plans.read(plan(count - 1).id).unwrap(), Some(plan(count - 1)));
    }
}
