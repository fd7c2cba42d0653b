//! Compiling the pillar of this minion.

use super::desk;
use crate::pillars::{self, Wanted};
use modules::pillar::shown;
use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(pillar, [Items as "data", Obfuscate, Ext]);

/// Compile the pillar anew and return it, or some keys of it.
///
/// ```salt
/// salt '*' pillar.items app unmask=True
/// ```
#[derive(Args)]
pub struct Items {
    /// Keys; none means all.
    #[arg(rest)]
    keys: Vec<Value>,
    /// Pillar of the caller, which wins over that of the files.
    #[arg(named)]
    pillar: Option<Map>,
    /// Environment of pillar.
    #[arg(named)]
    pillarenv: Option<String>,
    /// Environment of states.
    #[arg(named)]
    saltenv: Option<String>,
    /// Show the values on a command line.
    #[arg(named)]
    unmask: Option<bool>,
}

impl Items {
    /// The pillar as it is.
    async fn compiled(self, read: &Read) -> Result<Map, Failure> {
        let desk = desk(read)?;
        let has_env = self.pillarenv.is_some() || self.saltenv.is_some();
        let wanted = Wanted { saltenv: self.saltenv, pillarenv: self.pillarenv, overrides: self.pillar.unwrap_or_default() };
        let compiled = pillars::compile(&desk.core, &wanted).await?;
        // The pillar of one environment is shown over what this minion has of all of them, as in Salt.
        let mut pillar = match (has_env, desk.core.known_pillar()) {
            (true, Some(known)) => known.as_map().cloned().unwrap_or_default(),
            _ => Map::new(),
        };
        value::merge(&mut pillar, compiled, value::Strategy::default());
        if !self.keys.is_empty() {
            let wanted: Vec<String> = self.keys.iter().map(value::text::str).collect();
            pillar.retain(|key, _| wanted.contains(&value::text::str(key)));
        }
        Ok(pillar)
    }
}

impl Query for Items {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let unmask = self.unmask;
        Ok(shown(Value::Map(self.compiled(read).await?), unmask, read))
    }
}

/// Compile the pillar anew and return it with the type of each value in its place.
///
/// ```salt
/// salt '*' pillar.obfuscate
/// ```
#[derive(Args)]
pub struct Obfuscate {
    /// Keys; none means all.
    #[arg(rest)]
    keys: Vec<Value>,
    /// Pillar of the caller, which wins over that of the files.
    #[arg(named)]
    pillar: Option<Map>,
    /// Environment of pillar.
    #[arg(named)]
    pillarenv: Option<String>,
    /// Environment of states.
    #[arg(named)]
    saltenv: Option<String>,
    /// Known for compatibility: no value is shown.
    #[arg(named, ignored)]
    unmask: Option<bool>,
}

impl Query for Obfuscate {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let Self { keys, pillar, pillarenv, saltenv, .. } = self;
        let items = Items { keys, pillar, pillarenv, saltenv, unmask: None };
        Ok(kinds(&Value::Map(items.compiled(read).await?)))
    }
}

/// The shape of a value, with the names of Python's types in place of what it holds.
fn kinds(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), kinds(value))).collect()),
        Value::List(items) => Value::List(items.iter().map(kinds).collect()),
        Value::Str(_) => "<str>".into(),
        Value::Bool(_) => "<bool>".into(),
        Value::Int(_) | Value::Big(_) => "<int>".into(),
        Value::Float(_) => "<float>".into(),
        Value::Null => "<NoneType>".into(),
        Value::Bytes(_) => "<bytes>".into(),
    }
}

/// Ask external sources of pillar that are not configured; not possible yet.
///
/// ```salt
/// salt '*' pillar.ext '{cmd_yaml: "cat /etc/pillar.yaml"}'
/// ```
#[derive(Args)]
pub struct Ext {
    /// The sources.
    external: Map,
}

impl Query for Ext {
    type Output = Value;

    async fn call(self, _: &Read) -> Result<Value, Failure> {
        let names: Vec<String> = self.external.keys().map(value::text::str).collect();
        Err(Failure::unavailable(format!("external sources of a caller are not asked ({})", names.join(", ")))
            .with_hint("configure them in `ext_pillar`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_pillar_tells_no_value() {
        let pillar: Value = serde_json::from_str(r#"{"a": "secret", "n": 5, "l": [true, null, {"f": 1.5}]}"#).unwrap();
        let shown = serde_json::to_string(&kinds(&pillar)).unwrap();
        assert_eq!(shown, r#"{"a":"<str>","n":"<int>","l":["<bool>","<NoneType>",{"f":"<float>"}]}"#);
    }
}
