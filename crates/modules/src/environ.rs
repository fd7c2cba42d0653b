//! Variables of the minion's own environment. What a job sets lasts to its end; `update_minion` sets it for later jobs as well.

use sdk::host::{Host, Lasting};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(environ, [Setval, Setenv, Get, HasValue, Item, Items]);

/// Set a variable for the rest of this job.
///
/// ```salt
/// salt '*' environ.setval LANG C.UTF-8
/// ```
#[derive(Args)]
pub struct Setval {
    /// Name.
    key: String,
    /// Its value; `False` empties it.
    val: Value,
    /// `False` takes the variable away instead.
    #[arg(default = false)]
    false_unsets: bool,
    /// Known for compatibility: for Windows.
    #[arg(default = false, ignored)]
    permanent: Value,
}

impl Action for Setval {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        Ok(set(&self.key, &self.val, self.false_unsets, Lasting::Job, cx.host()))
    }
}

/// Set variables for the rest of this job.
///
/// ```salt
/// salt '*' environ.setenv '{LANG: C.UTF-8, LC_ALL: False}' false_unsets=True
/// ```
#[derive(Args)]
pub struct Setenv {
    /// Variables and their values; `False` empties one.
    environ: Map,
    /// `False` takes a variable away instead.
    #[arg(default = false)]
    false_unsets: bool,
    /// Take every other variable away, or empty it.
    #[arg(default = false)]
    clear_all: bool,
    /// Set them for later jobs of this minion as well.
    #[arg(default = false)]
    update_minion: bool,
    /// Known for compatibility: for Windows.
    #[arg(default = false, ignored)]
    permanent: Value,
}

impl Action for Setenv {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        Ok(set_all(&self.environ, self.false_unsets, self.clear_all, self.update_minion, cx.host()))
    }
}

/// Sets variables and says what each is now; `False` where a value is neither text nor `False`, what comes before it is set.
pub fn set_all(environ: &Map, false_unsets: bool, clear_all: bool, update_minion: bool, host: &dyn Host) -> Value {
    let both = [Lasting::Job, Lasting::Agent];
    let lasting = if update_minion { both.as_slice() } else { &both[..1] };
    let mut done = Map::new();
    let others = host.environ().into_keys().filter(|name| clear_all && !environ.contains_key(name));
    let others = others.map(|name| (Value::from(name), Value::from(false)));
    for (name, value) in others.chain(environ.iter().map(|(name, value)| (name.clone(), value.clone()))) {
        if !matches!(value, Value::Str(_) | Value::Bool(false)) {
            return false.into();
        }
        for lasting in lasting {
            let now = set(&text::str(&name), &value, false_unsets, *lasting, host);
            done.insert(name.clone(), now);
        }
    }
    done.into()
}

/// Sets a variable and says what it is now.
fn set(name: &str, value: &Value, false_unsets: bool, lasting: Lasting, host: &dyn Host) -> Value {
    let value = match value {
        Value::Bool(false) if false_unsets => {
            host.set_env(name, None, lasting);
            return Value::Null;
        }
        Value::Bool(false) => "",
        Value::Str(text) => text,
        Value::Null
        | Value::Bool(true)
        | Value::Int(_)
        | Value::Big(_)
        | Value::Float(_)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_) => {
            return false.into();
        }
    };
    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
        return false.into();
    }
    host.set_env(name, Some(value), lasting);
    value.into()
}

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
        Ok(read.host().environ().into_iter().collect())
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
