//! Events to the master in the middle of a run.

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
    /// Known for compatibility: the environment is not sent.
    #[arg(default = false, ignored)]
    with_env: Value,
    /// Send these grains along: `True` for all, or a list.
    #[arg(default = false)]
    with_grains: Value,
    /// Known for compatibility: the pillar is not sent.
    #[arg(default = false, ignored)]
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
        let mut data = self.data.clone().unwrap_or_else(Value::map);
        if let (Value::Map(data), true) = (&mut data, self.with_grains.is_truthy()) {
            let grains = match &self.with_grains {
                Value::List(names) => {
                    Value::Map(names.iter().map(|name| (name.clone(), cx.grain(&sdk::text::str(name)).cloned())).collect())
                }
                _ => Value::clone(&cx.facts().grains),
            };
            data.insert("grains", grains);
        }
        let sent = cx.agent().event(&self.name, data).await;
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
