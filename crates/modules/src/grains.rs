//! Reading grains. What writes them lives with the agent, which keeps the file.

use crate::lookup::{Choice, filter_by};
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use value::{Lists, Strategy, merge, traverse};

sdk::module!(grains, [Get, Item, Items, Ls, HasValue, FilterBy, Equals, Fetch]);

/// Return a grain, or a default where there is none.
///
/// ```salt
/// salt '*' grains.get ip4_interfaces:eth0
/// ```
#[derive(Args)]
pub struct Get {
    /// Path, such as `os` or `ip4_interfaces:eth0`.
    key: String,
    /// Returned where there is no such grain.
    #[arg(default = "")]
    default: Value,
    /// Delimiter of the path.
    #[arg(default = ":")]
    delimiter: String,
    /// Return mappings in the order they have; known for compatibility.
    #[arg(default = true, ignored)]
    ordered: bool,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(traverse(&read.facts().grains, &self.key, &self.delimiter).cloned().unwrap_or(self.default))
    }
}

/// Return a grain by path; the same as `grains.get`.
///
/// ```salt
/// salt '*' grains.fetch os
/// ```
#[derive(Args)]
pub struct Fetch {
    /// Path.
    key: String,
    /// Returned where there is no such grain.
    #[arg(default = "")]
    default: Value,
}

impl Query for Fetch {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(read.grain(&self.key).cloned().unwrap_or(self.default))
    }
}

/// Return some grains by path.
///
/// ```salt
/// salt '*' grains.item os osrelease
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
    /// Known for compatibility; grains are shown as they are.
    #[arg(named, ignored)]
    sanitize: Option<bool>,
}

impl Query for Item {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let of = |path: &Value| traverse(&read.facts().grains, &text::str(path), &self.delimiter).unwrap_or(&self.default).clone();
        Ok(self.items.iter().map(|path| (path.clone(), of(path))).collect())
    }
}

/// Return all grains.
///
/// ```salt
/// salt '*' grains.items
/// ```
#[derive(Args)]
pub struct Items {
    /// Known for compatibility; grains are shown as they are.
    #[arg(default = false, ignored)]
    sanitize: bool,
}

impl Query for Items {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(Value::clone(&read.facts().grains))
    }
}

/// List the names of all grains.
///
/// ```salt
/// salt '*' grains.ls
/// ```
#[derive(Args)]
pub struct Ls;

impl Query for Ls {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = read.facts().grains.as_map().map(|map| map.keys().map(text::str).collect()).unwrap_or_default();
        names.sort();
        Ok(names)
    }
}

/// Tell whether a grain is there and not empty.
///
/// ```salt
/// salt '*' grains.has_value roles
/// ```
#[derive(Args)]
pub struct HasValue {
    /// Path.
    key: String,
}

impl Query for HasValue {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(read.grain(&self.key).is_some_and(Value::is_truthy))
    }
}

/// Tell whether a grain has a value, both seen as text.
///
/// ```salt
/// salt '*' grains.equals osmajorrelease 12
/// ```
#[derive(Args)]
pub struct Equals {
    /// Path.
    key: String,
    /// The value.
    value: Value,
}

impl Query for Equals {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(text::str(read.grain(&self.key).unwrap_or(&Value::Null)) == text::str(&self.value))
    }
}

/// Choose from a mapping by the value of a grain.
///
/// ```salt
/// salt '*' grains.filter_by '{Debian: {pkg: apache2}, RedHat: {pkg: httpd}, default: {pkg: apache}}'
/// ```
#[derive(Args)]
pub struct FilterBy {
    /// What to choose from; keys may be patterns.
    lookup_dict: Map,
    /// Path of the grain.
    #[arg(default = "os_family")]
    grain: String,
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
        let wanted = read.grain(&self.grain);
        let choice = Choice { wanted, merge: self.merge.as_ref(), default: &self.default, base: self.base.as_ref() };
        filter_by(&self.lookup_dict, &choice).map_err(Failure::failed)
    }
}

/// Merges a value over a default, as `merge=True` of `pillar.get` and `config.get` asks.
#[must_use]
pub fn over_default(default: Value, found: Value) -> Value {
    over_default_with(default, found, Lists::Replace)
}

/// The same, with what happens to lists inside of mappings.
#[must_use]
pub fn over_default_with(default: Value, found: Value, lists: Lists) -> Value {
    match (default, found) {
        (Value::Map(mut under), Value::Map(over)) => {
            merge(&mut under, over, Strategy::Recurse(lists));
            Value::Map(under)
        }
        (Value::List(mut all), Value::List(more)) => {
            for item in more {
                if !all.contains(&item) {
                    all.push(item);
                }
            }
            Value::List(all)
        }
        (_, found) => found,
    }
}
