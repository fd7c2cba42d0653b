//! Functions that show the beacons.

use crate::beacons::AVAILABLE;
use sdk::{Args, Failure, Query, Read, Value};

/// Show the beacons.
///
/// ```salt
/// salt '*' beacons.list
/// ```
#[derive(Args)]
pub struct List {
    /// As YAML text; otherwise as a mapping.
    #[arg(default = true)]
    return_yaml: bool,
    /// Those of pillar too.
    #[arg(default = true)]
    include_pillar: bool,
    /// Those of the configuration too.
    #[arg(default = true)]
    include_opts: bool,
}

impl Query for List {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let desk = super::super::desk(read)?;
        let pillar = if self.include_pillar { desk.core.known_pillar().unwrap_or_default() } else { std::sync::Arc::default() };
        let mut shown = desk.core.beacons.all(&pillar);
        if !self.include_opts {
            let own = desk.core.beacons.own();
            shown.retain(|name, _| !own.contains_value(name));
        }
        if !self.return_yaml {
            return Ok(Value::Map(shown));
        }
        let wrapped = sdk::Map::from_iter([("beacons", shown)]);
        Ok(Value::from(read.agent().dump_yaml(&Value::Map(wrapped))))
    }
}

/// List the kinds of beacons there are.
///
/// ```salt
/// salt '*' beacons.list_available
/// ```
#[derive(Args)]
pub struct ListAvailable;

impl Query for ListAvailable {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let names = Value::List(AVAILABLE.iter().map(|name| Value::from(*name)).collect());
        let wrapped = sdk::Map::from_iter([("beacons", names)]);
        Ok(Value::from(read.agent().dump_yaml(&Value::Map(wrapped))))
    }
}
