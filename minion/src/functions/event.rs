//! Events to the master's bus.

use super::desk;
use sdk::{Action, Args, Cx, Failure, Map, Value};

sdk::module!(event, [Send, Fire, FireMaster]);

/// Send an event to the master.
///
/// ```salt
/// salt-call event.send myco/deploy/done '{version: 5}'
/// ```
#[derive(Args)]
pub struct Send {
    /// Tag of the event.
    tag: String,
    /// Its data.
    data: Option<Map>,
    /// Add these grains: true for all, or a list.
    #[arg(default = false)]
    with_grains: Value,
    /// Add these pillar keys: true for all, or a list.
    #[arg(default = false)]
    with_pillar: Value,
    /// Known for compatibility.
    #[arg(named, ignored)]
    preload: Option<Value>,
    /// Known for compatibility: the environment is not sent.
    #[arg(named, default = false, ignored)]
    with_env: Value,
    /// Known for compatibility: the configuration is not sent.
    #[arg(named, default = false, ignored)]
    with_env_opts: Value,
    /// Further data.
    #[arg(extra)]
    extra: Map,
}

impl Action for Send {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut data = self.data.unwrap_or_default();
        let facts = cx.facts();
        for (name, wanted, all) in [("grains", &self.with_grains, &facts.grains), ("pillar", &self.with_pillar, &facts.pillar)] {
            match wanted {
                Value::List(keys) => {
                    let chosen = keys.iter().map(|key| {
                        let path = value::text::str(key);
                        let found = value::traverse(all, &path, value::DELIMITER).cloned().unwrap_or_default();
                        (path, found)
                    });
                    data.insert(name, Value::Map(chosen.collect()));
                }
                other if other.is_truthy() => {
                    data.insert(name, (**all).clone());
                }
                _ => {}
            }
        }
        data.extend(self.extra);
        desk(cx.read())?.core.source.event(&self.tag, Value::Map(data)).await?;
        Ok(true)
    }
}

/// Send an event to the master; the minion has no bus of its own.
///
/// ```salt
/// salt '*' event.fire '{data: 5}' myco/tag
/// ```
#[derive(Args)]
pub struct Fire {
    /// Its data.
    data: Map,
    /// Tag of the event.
    tag: String,
}

impl Action for Fire {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        desk(cx.read())?.core.source.event(&self.tag, Value::Map(self.data)).await?;
        Ok(true)
    }
}

/// Send an event to the master.
///
/// ```salt
/// salt '*' event.fire_master '{data: 5}' myco/tag
/// ```
#[derive(Args)]
pub struct FireMaster {
    /// Its data.
    data: Map,
    /// Tag of the event.
    tag: String,
}

impl Action for FireMaster {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        desk(cx.read())?.core.source.event(&self.tag, Value::Map(self.data)).await?;
        Ok(true)
    }
}
