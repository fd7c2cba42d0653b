//! Events to the master in the middle of a run.

use modules::told::With;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value};

sdk::states!(event, [Send as "fire_master", Wait]);

/// Send an event to the master, every time.
///
/// ```salt
/// app/deployed:
///   event.send:
///     - data:
///         version: 1.2.3
/// ```
#[derive(Args)]
pub struct Send {
    /// Tag.
    name: String,
    /// Data.
    data: Option<Value>,
    /// Known for compatibility.
    #[arg(ignored)]
    preload: Option<Value>,
    /// Send these variables of the environment along, as `environ`: `True` for all, or a list.
    #[arg(default = false)]
    with_env: Value,
    /// Send these grains along: `True` for all, or a list.
    #[arg(default = false)]
    with_grains: Value,
    /// Send these keys of the pillar along: `True` for all, or a list.
    #[arg(default = false)]
    with_pillar: Value,
    /// Say what was sent.
    #[arg(default = true)]
    show_changed: bool,
}

impl Send {
    fn changes(&self) -> Map {
        let mut changes = Map::new();
        if self.show_changed {
            changes.insert("tag", self.name.as_str());
            changes.insert("data", self.data.clone().unwrap_or_default());
        }
        changes
    }
}

impl State for Send {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(Check::change("Event would have been fired", self.changes(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let with = With { env: self.with_env.clone(), grains: self.with_grains.clone(), pillar: self.with_pillar.clone(), env_opts: false };
        let mut data = with.gather(cx.read());
        if let Some(Value::Map(own)) = &self.data {
            data.extend(own.clone());
        }
        let sent = cx.agent().event(&self.name, Value::Map(data)).await;
        let mut applied = Applied::ok("Event fired", self.changes());
        applied.result = sent.is_ok();
        Ok(applied)
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(Outlook::new("Event would have been fired", self.changes()))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        State::apply(self, (), cx).await
    }
}

/// Send an event to the master when a watched state changes.
///
/// ```salt
/// app/configured:
///   event.wait:
///     - data: {app: web}
///     - watch:
///       - file: /etc/app.conf
/// ```
#[derive(Args)]
pub struct Wait {
    /// Tag.
    name: String,
    /// Known for compatibility.
    #[arg(ignored)]
    sfun: Option<Value>,
    /// Data.
    data: Option<Value>,
}

impl Wait {
    fn changes(&self) -> Map {
        [("tag", Value::from(self.name.as_str())), ("data", self.data.clone().unwrap_or_default())].into_iter().collect()
    }
}

impl State for Wait {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(Check::desired(""))
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }

    async fn check_watch(&self, _read: &Read) -> Result<Outlook, Failure> {
        Ok(Outlook::new("Event would have been fired", self.changes()))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        let sent = cx.agent().event(&self.name, self.data.clone().unwrap_or_else(Value::map)).await;
        let mut applied = Applied::ok("Event fired", self.changes());
        applied.result = sent.is_ok();
        Ok(applied)
    }
}
