//! The beacons of this minion: shown and changed.

mod change;
mod show;

pub use change::{Add, Delete, Disable, DisableBeacon, Enable, EnableBeacon, Modify, Reset, Save};
pub use show::{List, ListAvailable};

use sdk::{Map, Value};

sdk::module!(beacons, [List, ListAvailable, Add, Modify, Delete, Enable, Disable, EnableBeacon, DisableBeacon, Reset, Save]);

/// The answer of a function that changes.
fn answer(result: bool, comment: impl Into<String>) -> Value {
    let mut map = Map::new();
    map.insert("comment", comment.into());
    map.insert("result", result);
    Value::Map(map)
}
