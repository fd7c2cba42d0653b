//! Events to the master's bus.

use super::desk;
use modules::told::With;
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
    /// Its data, which wins over everything that is added.
    data: Option<Map>,
    /// Known for compatibility.
    #[arg(ignored)]
    preload: Option<Value>,
    /// Add these variables of the environment as `environ`: true for all, or a list.
    #[arg(default = false)]
    with_env: Value,
    /// Add these grains: true for all, or a list.
    #[arg(default = false)]
    with_grains: Value,
    /// Add these pillar keys: true for all, or a list.
    #[arg(default = false)]
    with_pillar: Value,
    /// Add `saltenv` and `pillarenv`.
    #[arg(default = false)]
    with_env_opts: bool,
    /// Further data.
    #[arg(extra)]
    extra: Map,
}

impl Action for Send {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let Self { with_env, with_grains, with_pillar, with_env_opts, .. } = self;
        let mut data = With { env: with_env, grains: with_grains, pillar: with_pillar, env_opts: with_env_opts }.gather(cx.read());
        data.extend(self.extra);
        data.extend(self.data.unwrap_or_default());
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
    /// Known for compatibility.
    #[arg(ignored)]
    preload: Option<Value>,
}

impl Action for FireMaster {
    type Output = bool;

    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        desk(cx.read())?.core.source.event(&self.tag, Value::Map(self.data)).await?;
        Ok(true)
    }
}
