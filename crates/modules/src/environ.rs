//! Variables of the minion's own environment.

use sdk::{Args, Failure, Map, Query, Read, Value, text};

sdk::module!(environ, [Get, HasValue, Item, Items]);

/// Return a variable of the minion's environment.
///
/// ```salt
/// salt '*' environ.get PATH
/// ```
#[derive(Args)]
pub struct Get {
    /// Name.
    key: String,
    /// Returned where it is not set.
    #[arg(default = "")]
    default: String,
}

impl Query for Get {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(read.host().env(&self.key).unwrap_or(self.default))
    }
}

/// Tell whether a variable is set, or set to a value.
///
/// ```salt
/// salt '*' environ.has_value HOME /root
/// ```
#[derive(Args)]
pub struct HasValue {
    /// Name.
    key: String,
    /// The value.
    value: Option<String>,
}

impl Query for HasValue {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let set = read.host().env(&self.key);
        Ok(set.is_some_and(|set| self.value.is_none_or(|value| value == set)))
    }
}

/// Return some variables.
///
/// ```salt
/// salt '*' environ.item '[PATH, LANG]'
/// ```
#[derive(Args)]
pub struct Item {
    /// Names.
    keys: Vec<String>,
    /// Returned for each that is not set.
    #[arg(default = "")]
    default: String,
}

impl Query for Item {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let of = |name: &String| read.host().env(name).unwrap_or_else(|| self.default.clone());
        Ok(self.keys.iter().map(|name| (name.clone(), of(name))).collect())
    }
}

/// Return all variables of the minion's environment.
///
/// ```salt
/// salt '*' environ.items
/// ```
#[derive(Args)]
pub struct Items;

impl Query for Items {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let block = read.host().read_text("/proc/self/environ").unwrap_or_default();
        Ok(block.split('\0').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, Value::from(value))).collect())
    }
}

/// Text of a variable's value: `False` and `None` of a tree mean that it is not set.
#[must_use]
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        other => Some(text::str(other)),
    }
}
