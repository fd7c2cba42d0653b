//! Reading the pillar that is in memory. What compiles it anew (`pillar.items`) lives with the agent.

use crate::grains::over_default_with;
use crate::lookup::{Choice, filter_by};
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use value::{Lists, traverse};

sdk::module!(pillar, [Get as "fetch", Item, Raw, Keys, Ls, FilterBy, FileExists]);

/// What stands for a value that is not to be seen.
const MASK: &str = "**********";

/// A value with every leaf hidden.
#[must_use]
pub fn masked(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), masked(value))).collect()),
        Value::List(items) => Value::List(items.iter().map(masked).collect()),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Float(_) | Value::Str(_) | Value::Bytes(_) => MASK.into(),
    }
}

/// A value as the caller may see it: calls from a command line see stars unless they ask otherwise or the configuration does.
#[must_use]
pub fn shown(value: Value, unmask: Option<bool>, read: &Read) -> Value {
    let mask = match unmask {
        Some(unmask) => !unmask,
        None => read.facts().mask_pillar && read.opt("pillar_mask_output").and_then(Value::as_bool) != Some(false),
    };
    if mask { masked(&value) } else { value }
}

/// Return a pillar value, or a default where there is none.
///
/// ```salt
/// salt '*' pillar.get app:port 8080
/// ```
#[derive(Args)]
pub struct Get {
    /// Path.
    key: String,
    /// Returned where there is none; without it a missing value is empty text.
    default: Option<Value>,
    /// Merge the value over the default.
    #[arg(default = false)]
    merge: bool,
    /// Whether lists inside of what is merged are joined; as `pillar_merge_lists` says without.
    merge_nested_lists: Option<bool>,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// Known for compatibility: the pillar of the run is used.
    #[arg(named, ignored)]
    pillarenv: Option<String>,
    /// Known for compatibility: the pillar of the run is used.
    #[arg(named, ignored)]
    saltenv: Option<String>,
    /// Show the value on a command line.
    #[arg(named)]
    unmask: Option<bool>,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let found = traverse(&read.facts().pillar, &self.key, &self.delimiter).cloned();
        let value = match (found, self.default) {
            (Some(found), Some(default)) if self.merge => {
                let usual = || read.opt("pillar_merge_lists").is_some_and(Value::is_truthy);
                over_default_with(
                    default,
                    found,
                    if self.merge_nested_lists.unwrap_or_else(usual) { Lists::Append } else { Lists::Replace },
                )
            }
            (Some(found), _) => found,
            (None, Some(default)) => return Ok(shown(default, self.unmask, read)),
            (None, None) if read.opt("pillar_raise_on_missing").is_some_and(Value::is_truthy) => {
                return Err(Failure::failed(format!("Pillar key not found: {}", self.key)));
            }
            (None, None) => return Ok("".into()),
        };
        Ok(shown(value, self.unmask, read))
    }
}

/// Return some pillar values by path.
///
/// ```salt
/// salt '*' pillar.item app:port db:host
/// ```
#[derive(Args)]
pub struct Item {
    /// Paths.
    #[arg(rest)]
    items: Vec<Value>,
    /// Returned for each that is not there.
    #[arg(default = "", named)]
    default: Value,
    /// Delimiter of the paths.
    #[arg(default = ":", named)]
    delimiter: String,
    /// Known for compatibility: the pillar of the run is used.
    #[arg(named, ignored)]
    pillarenv: Option<String>,
    /// Known for compatibility: the pillar of the run is used.
    #[arg(named, ignored)]
    saltenv: Option<String>,
    /// Show the values on a command line.
    #[arg(named)]
    unmask: Option<bool>,
}

impl Query for Item {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let of = |path: &Value| match traverse(&read.facts().pillar, &text::str(path), &self.delimiter) {
            Some(found) => shown(found.clone(), self.unmask, read),
            None => self.default.clone(),
        };
        Ok(self.items.iter().map(|path| (path.clone(), of(path))).collect())
    }
}

/// Return the whole pillar, or one value of its top level.
///
/// ```salt
/// salt '*' pillar.raw
/// ```
#[derive(Args)]
pub struct Raw {
    /// Key of the top level.
    key: Option<String>,
    /// Show the values on a command line.
    #[arg(named)]
    unmask: Option<bool>,
}

impl Query for Raw {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let pillar = &read.facts().pillar;
        let value = match &self.key {
            Some(key) => pillar.get(key).cloned().unwrap_or_else(Value::map),
            None => Value::clone(pillar),
        };
        Ok(shown(value, self.unmask, read))
    }
}

/// List the keys of a mapping in the pillar.
///
/// ```salt
/// salt '*' pillar.keys app
/// ```
#[derive(Args)]
pub struct Keys {
    /// Path.
    key: String,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// Known for compatibility: keys are always shown.
    #[arg(named, ignored)]
    unmask: Option<bool>,
}

impl Query for Keys {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        match traverse(&read.facts().pillar, &self.key, &self.delimiter) {
            Some(Value::Map(map)) => Ok(map.keys().cloned().collect()),
            Some(other) => Err(Failure::failed(format!("value type in path {} is not a dict but {}", self.key, other.type_name()))),
            None => Err(Failure::failed(format!("Pillar key not found: {}", self.key))),
        }
    }
}

/// List the keys of the pillar's top level.
///
/// ```salt
/// salt '*' pillar.ls
/// ```
#[derive(Args)]
pub struct Ls;

impl Query for Ls {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        Ok(read.facts().pillar.as_map().map(|map| map.keys().cloned().collect()).unwrap_or_default())
    }
}

/// Choose from a mapping by a pillar value.
///
/// ```salt
/// salt '*' pillar.filter_by '{web: {port: 80}, default: {}}' role
/// ```
#[derive(Args)]
pub struct FilterBy {
    /// What to choose from; keys may be patterns.
    lookup_dict: Map,
    /// Path of the pillar value.
    pillar: String,
    /// Merged over what was chosen.
    merge: Option<Map>,
    /// Key taken when nothing fits.
    #[arg(default = "default")]
    default: Value,
    /// Key whose mapping lies under what was chosen.
    base: Option<Value>,
}

impl Query for FilterBy {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let wanted = read.pillar(&self.pillar);
        let choice = Choice { wanted, merge: self.merge.as_ref(), default: &self.default, base: self.base.as_ref() };
        filter_by(&self.lookup_dict, &choice).map_err(Failure::failed)
    }
}

/// Tell whether a file is in the folders of the pillar, which only a machine has that reads its own pillar.
///
/// ```salt
/// salt-call --local pillar.file_exists app/settings.sls
/// ```
#[derive(Args)]
pub struct FileExists {
    /// Its path in the folders.
    path: String,
    /// Only this environment.
    saltenv: Option<String>,
}

impl Query for FileExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let roots = read.opt("pillar_roots").and_then(Value::as_map).filter(|roots| !roots.is_empty());
        let roots = roots.ok_or_else(|| Failure::unavailable("No pillar_roots found. Are you running this on the master?"))?;
        let is_meant = |env: &Value| self.saltenv.as_ref().is_none_or(|wanted| text::str(env) == *wanted);
        let folders = roots.iter().filter(|(env, _)| is_meant(env)).filter_map(|(_, folders)| folders.as_list()).flatten();
        Ok(folders.into_iter().any(|folder| read.host().is_file(&format!("{}/{}", text::str(folder), self.path))))
    }
}
