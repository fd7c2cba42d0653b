//! Compiling the pillar of this minion.

use super::desk;
use crate::pillars::{self, Wanted};
use modules::pillar::shown;
use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(pillar, [Items, Ext]);

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

impl Query for Items {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
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
        Ok(shown(Value::Map(pillar), self.unmask, read))
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
