//! Configuration values: the minion's options, then grains, then pillar.

use crate::grains::over_default;
use sdk::{Args, Failure, Map, Query, Read, Value};
use value::traverse;

sdk::module!(config, [Get, OptionOf, Items, DotVals, ValidFileproto, BackupMode, ManageMode, Merge]);

/// Return a value of the configuration, else of the grains, else of the pillar.
///
/// ```salt
/// salt '*' config.get file_roots:base
/// ```
#[derive(Args)]
pub struct Get {
    /// Path.
    key: String,
    /// Returned where it is nowhere.
    #[arg(default = "")]
    default: Value,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// `recurse` or `overwrite`: merge what the places have, instead of taking the first.
    merge: Option<Value>,
    /// Leave out the minion's options.
    #[arg(default = false)]
    omit_opts: bool,
    /// Leave out the pillar.
    #[arg(default = false)]
    omit_pillar: bool,
    /// Leave out the master's options; they are never looked at.
    #[arg(default = false, ignored)]
    omit_master: bool,
    /// Leave out the grains.
    #[arg(default = false)]
    omit_grains: bool,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let facts = read.facts();
        let places = [(self.omit_opts, &facts.opts), (self.omit_grains, &facts.grains), (self.omit_pillar, &facts.pillar)];
        let mut found = places.into_iter().filter(|(omit, _)| !omit).filter_map(|(_, place)| traverse(place, &self.key, &self.delimiter));
        if !self.merge.as_ref().is_some_and(Value::is_truthy) {
            return Ok(found.next().cloned().unwrap_or(self.default));
        }
        let mut merged: Option<Value> = None;
        // The strongest place comes first, so it is merged last.
        for value in found.collect::<Vec<_>>().into_iter().rev() {
            merged = Some(match merged {
                Some(under) => over_default(under, value.clone()),
                None => value.clone(),
            });
        }
        Ok(match merged {
            Some(merged) => over_default(self.default, merged),
            None => self.default,
        })
    }
}

/// Return an option by its name, without looking into mappings.
///
/// ```salt
/// salt '*' config.option hash_type
/// ```
#[derive(Args)]
#[args(name = "option")]
pub struct OptionOf {
    /// Name; it may have colons.
    value: String,
    /// Returned where it is nowhere.
    #[arg(default = "")]
    default: Value,
    /// Leave out the minion's options.
    #[arg(default = false)]
    omit_opts: bool,
    /// Leave out the grains.
    #[arg(default = false)]
    omit_grains: bool,
    /// Leave out the pillar.
    #[arg(default = false)]
    omit_pillar: bool,
    /// Leave out the master's options; they are never looked at.
    #[arg(default = false, ignored)]
    omit_master: bool,
    /// Leave out built-in defaults; the options have them already.
    #[arg(default = false, ignored)]
    omit_all: bool,
    /// The name is a pattern: return everything that fits, by name.
    #[arg(default = false)]
    wildcard: bool,
}

impl Query for OptionOf {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let facts = read.facts();
        let places = [(self.omit_opts, &facts.opts), (self.omit_grains, &facts.grains), (self.omit_pillar, &facts.pillar)];
        let mut places = places.into_iter().filter(|(omit, _)| !omit);
        if self.wildcard {
            let mut fitting = Map::new();
            for (name, value) in places.filter_map(|(_, place)| place.as_map()).flatten() {
                if crate::lookup::glob(&self.value, &sdk::text::str(name)) && fitting.get_value(name).is_none() {
                    fitting.insert(name.clone(), value.clone());
                }
            }
            return Ok(if fitting.is_empty() { self.default } else { fitting.into() });
        }
        let found = places.find_map(|(_, place)| place.get(&self.value));
        Ok(found.cloned().unwrap_or(self.default))
    }
}

/// Return what options, grains and pillar have under a name, all of it put together.
///
/// ```salt
/// salt '*' config.merge schedule
/// ```
#[derive(Args)]
pub struct Merge {
    /// Name.
    value: String,
    /// Returned where it is nowhere.
    #[arg(default = "")]
    default: Value,
    /// Leave out the minion's options.
    #[arg(default = false)]
    omit_opts: bool,
    /// Leave out the master's options; they are never looked at.
    #[arg(default = false, ignored)]
    omit_master: bool,
    /// Leave out the pillar.
    #[arg(default = false)]
    omit_pillar: bool,
}

impl Query for Merge {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let facts = read.facts();
        let mut whole: Option<Value> = None;
        for (omit, place) in [(self.omit_opts, &facts.opts), (self.omit_pillar, &facts.pillar)] {
            let Some(found) = place.get(&self.value).filter(|_| !omit) else { continue };
            whole = match (whole, found) {
                // The first place is the stronger one; a text or number stands for itself.
                (Some(Value::Map(mut have)), Value::Map(more)) => {
                    for (key, value) in more {
                        if !have.contains_value(key) {
                            have.insert(key.clone(), value.clone());
                        }
                    }
                    Some(Value::Map(have))
                }
                (Some(Value::List(mut have)), Value::List(more)) => {
                    have.extend(more.iter().cloned());
                    Some(Value::List(have))
                }
                (Some(have), _) => Some(have),
                (None, found) => Some(found.clone()),
            };
        }
        Ok(whole.unwrap_or(self.default))
    }
}

/// Return all options of the minion.
///
/// ```salt
/// salt '*' config.items
/// ```
#[derive(Args)]
pub struct Items;

impl Query for Items {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(Value::clone(&read.facts().opts))
    }
}

/// Return the options whose names begin with a text and a dot.
///
/// ```salt
/// salt '*' config.dot_vals host
/// ```
#[derive(Args)]
pub struct DotVals {
    /// What the names begin with.
    value: String,
}

impl Query for DotVals {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let start = format!("{}.", self.value);
        let places = [&read.facts().pillar, &read.facts().opts];
        let entries = places.into_iter().filter_map(|place| place.as_map()).flat_map(Map::iter);
        Ok(entries.filter(|(key, _)| key.as_str().is_some_and(|key| key.starts_with(&start))).collect())
    }
}

/// Tell whether files can be fetched from such an address.
///
/// ```salt
/// salt '*' config.valid_fileproto salt://path/to/file
/// ```
#[derive(Args)]
pub struct ValidFileproto {
    /// Address.
    uri: String,
}

impl Query for ValidFileproto {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(["salt://", "http://", "https://", "file://", "ftp://"].iter().any(|scheme| self.uri.starts_with(scheme)))
    }
}

/// Return the backup mode: the given one, or that of the configuration.
///
/// ```salt
/// salt '*' config.backup_mode minion
/// ```
#[derive(Args)]
pub struct BackupMode {
    /// Backup mode.
    #[arg(default = "")]
    backup: String,
}

impl Query for BackupMode {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(if self.backup.is_empty() { read.opt("backup_mode").cloned().unwrap_or_else(|| "".into()) } else { self.backup.into() })
    }
}

/// Return a file mode as four octal digits.
///
/// ```salt
/// salt '*' config.manage_mode 644
/// ```
#[derive(Args)]
pub struct ManageMode {
    /// Mode.
    mode: Value,
}

impl Query for ManageMode {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        let text = sdk::text::str(&self.mode);
        Ok(sdk::Mode::parse(&text).map(sdk::Mode::text).map_or(self.mode, Value::from))
    }
}
