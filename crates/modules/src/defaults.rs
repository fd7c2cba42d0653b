//! Defaults that a formula ships beside its states.

use sdk::{Args, Failure, Map, Query, Read, Value};
use value::{Lists, Strategy, merge, traverse};

sdk::module!(defaults, [Get, Merge, Update, Deepcopy]);

/// Return a default of a formula, from its `defaults.yaml` or `defaults.json`.
///
/// ```salt
/// salt '*' defaults.get core:users:root
/// ```
#[derive(Args)]
pub struct Get {
    /// Formula and path in its file, such as `web:port`.
    key: String,
    /// Returned where there is none.
    #[arg(default = "")]
    default: Value,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (formula, path) = self.key.split_once(':').unwrap_or((&self.key, ""));
        for ending in ["yaml", "json"] {
            let uri = format!("salt://{formula}/defaults.{ending}");
            if let Some(fetched) = read.agent().fetch(&uri, read.env()).await? {
                let text = read.host().read_text(&fetched.path).map_err(crate::failure)?;
                // JSON is YAML as well.
                let data = read.agent().parse_yaml(&text)?;
                return Ok(traverse(&data, path, value::DELIMITER).cloned().unwrap_or(self.default));
            }
        }
        Ok(self.default)
    }
}

fn strategy(merge_lists: bool) -> Strategy {
    Strategy::Recurse(if merge_lists { Lists::Append } else { Lists::Replace })
}

/// Merge a mapping over another and return the result.
///
/// ```salt
/// salt '*' defaults.merge '{a: {b: 1}}' '{a: {c: 2}}'
/// ```
#[derive(Args)]
pub struct Merge {
    /// The one below.
    dest: Map,
    /// The one above.
    upd: Option<Map>,
    /// Append lists instead of replacing them.
    #[arg(default = false)]
    merge_lists: bool,
    /// Known for compatibility: the result is always a new mapping.
    #[arg(default = true, ignored)]
    in_place: bool,
    /// Known for compatibility: nothing counts as an empty mapping.
    #[arg(default = true, ignored)]
    convert_none: bool,
}

impl Query for Merge {
    type Output = Map;
    async fn call(mut self, _read: &Read) -> Result<Map, Failure> {
        merge(&mut self.dest, self.upd.unwrap_or_default(), strategy(self.merge_lists));
        Ok(self.dest)
    }
}

/// Put defaults under each mapping of a mapping.
///
/// ```salt
/// salt '*' defaults.update '{one: {a: 1}, two: {}}' '{a: 0, b: 2}'
/// ```
#[derive(Args)]
pub struct Update {
    /// The mappings.
    dest: Map,
    /// The defaults.
    defaults: Map,
    /// Append lists instead of replacing them.
    #[arg(default = true)]
    merge_lists: bool,
    /// Known for compatibility: the result is always a new mapping.
    #[arg(default = true, ignored)]
    in_place: bool,
    /// Known for compatibility: nothing counts as an empty mapping.
    #[arg(default = true, ignored)]
    convert_none: bool,
}

impl Query for Update {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        let under = |over: Value| {
            let mut whole = self.defaults.clone();
            if let Value::Map(over) = over {
                merge(&mut whole, over, strategy(self.merge_lists));
            }
            Value::Map(whole)
        };
        Ok(self.dest.into_iter().map(|(key, over)| (key, under(over))).collect())
    }
}

/// Return a copy of a value.
///
/// ```salt
/// salt '*' defaults.deepcopy '{a: 1}'
/// ```
#[derive(Args)]
pub struct Deepcopy {
    /// The value.
    source: Value,
}

impl Query for Deepcopy {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        Ok(self.source)
    }
}
