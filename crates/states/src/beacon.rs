//! Beacons of the minion. They are the agent's, so they are reached through the functions `beacons.*`.

use crate::schedule::{call, list};
use sdk::{Applied, Args, CallArgs, Check, Cx, Failure, Map, Read, State, Value};

sdk::states!(beacon, [Present, Absent, Enabled, Disabled]);

/// Ensure a beacon.
///
/// ```salt
/// memusage:
///   beacon.present:
///     - save: True
///     - percent: 75%
///     - interval: 30
/// ```
#[derive(Args)]
pub struct Present {
    /// Name of the beacon.
    name: String,
    /// Save the beacons, so that the next start has them too.
    #[arg(default = false)]
    save: bool,
    /// The options of the beacon.
    #[arg(extra)]
    options: Map,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name of the beacon.
            name: String,
            /// Save the beacons, so that the next start has them so.
            #[arg(default = false)]
            save: bool,
            /// Known for compatibility: the options of a beacon do not matter here.
            #[arg(extra)]
            options: Map,
        }
    };
}

named! {
    /// Ensure there is no such beacon.
    ///
    /// ```salt
    /// memusage:
    ///   beacon.absent:
    ///     - save: True
    /// ```
    Absent
}
named! {
    /// Ensure a beacon is on.
    ///
    /// ```salt
    /// memusage:
    ///   beacon.enabled
    /// ```
    Enabled
}
named! {
    /// Ensure a beacon is off.
    ///
    /// ```salt
    /// memusage:
    ///   beacon.disabled
    /// ```
    Disabled
}

async fn beacons(read: &Read) -> Result<Map, Failure> {
    list("beacons.list", one("return_yaml", false), read).await
}

fn one(name: &str, value: impl Into<Value>) -> Map {
    std::iter::once((name, value.into())).collect()
}

/// Saves the beacons where that is asked for, and says so.
async fn saved(name: &str, save: bool, done: Applied, cx: &Cx) -> Result<Applied, Failure> {
    if !done.result || !save {
        return Ok(done);
    }
    cx.agent().call("beacons.save", CallArgs::default()).await?;
    Ok(Applied { comment: format!("{}\nBeacon {name} saved", done.comment), ..done })
}

/// The comment of a look, with what would be saved.
fn foretold(name: &str, save: bool, comment: String) -> String {
    if save { format!("{comment}\nBeacon {name} would be saved") } else { comment }
}

impl Present {
    /// The options as a beacon has them: a list of mappings.
    fn data(&self) -> Value {
        Value::List(self.options.iter().map(|(name, value)| Value::Map(std::iter::once((name.clone(), value.clone())).collect())).collect())
    }
}

/// What a beacon is to become.
#[derive(Debug)]
pub struct Todo {
    function: &'static str,
    changes: Map,
}

impl State for Present {
    type Change = Todo;

    async fn check(&self, read: &Read) -> Result<Check<Todo>, Failure> {
        let new = self.data();
        let (function, comment, changes) = match beacons(read).await?.get(&self.name) {
            Some(old) if *old == new => return Ok(Check::desired(format!("Job {} in correct state", self.name))),
            Some(old) => {
                let change: Map = [("old", old.clone()), ("new", new)].into_iter().collect();
                ("beacons.modify", format!("Beacon: {} would be modified in the beacon configuration.", self.name), change)
            }
            None => ("beacons.add", format!("Beacon: {} would be added.", self.name), one("new", new)),
        };
        let changes = one(&self.name, changes);
        Ok(Check::change(foretold(&self.name, self.save, comment), changes.clone(), Todo { function, changes }))
    }

    async fn apply(&self, todo: Todo, cx: &Cx) -> Result<Applied, Failure> {
        let done = call(todo.function, vec![self.name.as_str().into(), self.data()], Map::new(), cx.read()).await?;
        if !done.result {
            return Ok(done);
        }
        let comment = match todo.function {
            "beacons.add" => format!("Adding {} to beacons", self.name),
            _ => format!("Modifying {} in beacons", self.name),
        };
        saved(&self.name, self.save, Applied::ok(comment, todo.changes), cx).await
    }
}

fn is_enabled(beacon: &Value) -> bool {
    let option = match beacon {
        Value::List(items) => items.iter().rev().find_map(|item| item.get("enabled")),
        other => other.get("enabled"),
    };
    option.is_none_or(Value::is_truthy)
}

macro_rules! simple {
    ($name:ident, $function:literal, $missing:literal, $future:literal, $past:literal, $change:literal, |$beacon:ident| $todo:expr) => {
        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let _ = &self.options;
                let beacons = beacons(read).await?;
                let Some($beacon) = beacons.get(&self.name) else { return Ok(Check::desired(format!($missing, self.name))) };
                if !$todo {
                    return Ok(Check::desired(format!("Job {} in correct state", self.name)));
                }
                let comment = format!(concat!("Beacon: {} would be ", $future, "."), self.name);
                Ok(Check::change(foretold(&self.name, self.save, comment), one(&self.name, $change), ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let done = call($function, vec![self.name.as_str().into()], Map::new(), cx.read()).await?;
                if !done.result {
                    return Ok(done);
                }
                saved(&self.name, self.save, Applied::ok(format!($past, self.name), one(&self.name, $change)), cx).await
            }
        }
    };
}

simple!(Absent, "beacons.delete", "{} not configured in beacons", "deleted", "Removed {} from beacons", "removed", |_beacon| true);
simple!(Enabled, "beacons.enable_beacon", "{} not a configured beacon", "enabled", "Enabled {} from beacons", "enabled", |beacon| {
    !is_enabled(beacon)
});
simple!(Disabled, "beacons.disable_beacon", "Job {} is not configured.", "disabled", "Disabled beacon {}.", "disabled", |beacon| {
    is_enabled(beacon)
});
