//! A small store of values on the minion, which outlives it.

use sdk::host::{Write, join};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(data, [Load, Dump, Update, Cas, Pop, Get, Keys, Values, Items, HasKey, Clear]);

/// Where the store lies: in the minion's cache.
fn path(read: &Read) -> Result<String, Failure> {
    let folder = read.opt("cachedir").and_then(Value::as_str).filter(|folder| !folder.is_empty());
    let folder = folder.ok_or_else(|| Failure::unavailable("the minion has no `cachedir` to keep values in"))?;
    Ok(join(folder, "datastore.json"))
}

/// Everything in the store.
///
/// # Errors
/// When the minion has no folder for it, or the file cannot be read.
pub fn load(read: &Read) -> Result<Map, Failure> {
    let path = path(read)?;
    if !read.host().exists(&path) {
        return Ok(Map::new());
    }
    let text = read.host().read_text(&path).map_err(crate::failure)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("the store in {path} cannot be read: {error}; `data.clear` empties it")))
}

fn save(cx: &Cx, store: &Map) -> Result<(), Failure> {
    let path = path(cx)?;
    let text = serde_json::to_string(store).map_err(|error| Failure::failed(format!("these values cannot be kept: {error}")))?;
    if let Some(folder) = sdk::host::parent(&path) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    // Others have no business with what is kept here.
    cx.host().write(&path, text.as_bytes(), &Write::mode(0o600)).map_err(crate::failure)
}

macro_rules! whole {
    ($(#[$doc:meta])* $name:ident, $output:ty, |$store:ident| $read:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Query for $name {
            type Output = $output;
            async fn call(self, read: &Read) -> Result<$output, Failure> {
                let $store = load(read)?;
                Ok($read)
            }
        }
    };
}

whole! {
    /// Return everything in the store.
    ///
    /// ```salt
    /// salt '*' data.load
    /// ```
    Load, Map, |store| store
}
whole! {
    /// Return everything in the store.
    ///
    /// ```salt
    /// salt '*' data.items
    /// ```
    Items, Map, |store| store
}
whole! {
    /// List the keys in the store.
    ///
    /// ```salt
    /// salt '*' data.keys
    /// ```
    Keys, Vec<String>, |store| store.keys().map(text::str).collect()
}
whole! {
    /// List the values in the store.
    ///
    /// ```salt
    /// salt '*' data.values
    /// ```
    Values, Vec<Value>, |store| store.values().cloned().collect()
}

/// Return a value of the store.
///
/// ```salt
/// salt '*' data.get color
/// ```
#[derive(Args)]
pub struct Get {
    /// Key, or a list of them.
    key: Value,
    /// Returned where there is none.
    default: Option<Value>,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let store = load(read)?;
        Ok(match self.key {
            Value::List(keys) => keys.iter().filter_map(|key| store.get(&text::str(key)).cloned()).collect(),
            key => store.get(&text::str(&key)).cloned().or(self.default).unwrap_or_default(),
        })
    }
}

/// Tell whether the store has a key.
///
/// ```salt
/// salt '*' data.has_key color
/// ```
#[derive(Args)]
pub struct HasKey {
    /// Key.
    key: String,
}

impl Query for HasKey {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(load(read)?.contains_key(&self.key))
    }
}

/// Put a value into the store.
///
/// ```salt
/// salt '*' data.update color red
/// ```
#[derive(Args)]
pub struct Update {
    /// Key.
    key: String,
    /// Value.
    value: Value,
}

impl Action for Update {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut store = load(cx)?;
        store.insert(self.key, self.value);
        save(cx, &store).map(|()| true)
    }
}

/// Replace everything in the store.
///
/// ```salt
/// salt '*' data.dump '{color: red}'
/// ```
#[derive(Args)]
pub struct Dump {
    /// What is in it then.
    new_data: Map,
}

impl Action for Dump {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        save(cx, &self.new_data).map(|()| true)
    }
}

/// Replace a value of the store if it is the one that is expected.
///
/// ```salt
/// salt '*' data.cas color blue red
/// ```
#[derive(Args)]
pub struct Cas {
    /// Key.
    key: String,
    /// New value.
    value: Value,
    /// Value that it has to have.
    old_value: Value,
}

impl Action for Cas {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut store = load(cx)?;
        if store.get(&self.key) != Some(&self.old_value) {
            return Ok(false);
        }
        store.insert(self.key, self.value);
        save(cx, &store).map(|()| true)
    }
}

/// Take a value out of the store.
///
/// ```salt
/// salt '*' data.pop color
/// ```
#[derive(Args)]
pub struct Pop {
    /// Key.
    key: String,
    /// Returned where there is none.
    default: Option<Value>,
}

impl Action for Pop {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let mut store = load(cx)?;
        match store.remove(&self.key) {
            Some(value) => save(cx, &store).map(|()| value),
            None => Ok(self.default.unwrap_or_default()),
        }
    }
}

/// Empty the store.
///
/// ```salt
/// salt '*' data.clear
/// ```
#[derive(Args)]
pub struct Clear;

impl Action for Clear {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let path = path(cx)?;
        if cx.host().exists(&path) {
            cx.host().remove_file(&path).map_err(crate::failure)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::FakeHost;
    use std::sync::Arc;

    // The answers are those of Salt 3008.5.
    #[tokio::test]
    async fn values_are_kept_replaced_and_taken_out() {
        let opts = Value::Map([("cachedir", "/var/cache/x")].into_iter().collect());
        let cx = sdk::testing::context(Arc::new(FakeHost::new()), Facts { opts: Arc::new(opts), ..Facts::default() });
        assert!(Update { key: "k".into(), value: "v".into() }.call(&cx).await.unwrap());
        assert!(Cas { key: "k".into(), value: "w".into(), old_value: "v".into() }.call(&cx).await.unwrap());
        assert!(!Cas { key: "k".into(), value: "x".into(), old_value: "v".into() }.call(&cx).await.unwrap());
        assert_eq!(serde_json::to_string(&Load.call(&cx).await.unwrap()).unwrap(), r#"{"k":"w"}"#);
        assert_eq!(Get { key: "a".into(), default: None }.call(&cx).await.unwrap(), Value::Null);
        assert_eq!(Pop { key: "k".into(), default: None }.call(&cx).await.unwrap(), "w".into());
        assert!(!HasKey { key: "k".into() }.call(&cx).await.unwrap());
        assert!(Clear.call(&cx).await.unwrap() && Clear.call(&cx).await.unwrap());
    }
}
