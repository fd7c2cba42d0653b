//! Presence on the bus: who is there, and who came or went, for those who build on these events.

use crate::bus::Keep;
use crate::core::Core;
use daemon::Stop;
use model::{MinionId, Timestamp};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use value::{Map, Value};

/// Fires `salt/presence/present` and `salt/presence/change`.
pub struct PresenceTeller(Arc<Core>);

impl PresenceTeller {
    /// For the sessions of a master.
    #[must_use]
    pub fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Tells until `stop`, as long as `presence_events` is set.
    ///
    /// # Errors
    /// Never.
    pub async fn run(self, stop: Stop) -> Result<(), Infallible> {
        let mut known = BTreeSet::new();
        loop {
            let settings = self.0.settings();
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(settings.config.loop_interval.0) => {}
            }
            if !settings.config.presence_events {
                continue;
            }
            let present: BTreeSet<MinionId> = self.0.roster.ids().into_iter().collect();
            let now = Timestamp::now();
            if let Some(change) = change(&known, &present) {
                self.0.bus.fire("salt/presence/change", change, now, Keep::Stored);
            }
            let told = Map::from_iter([("present", listed(&present))]);
            self.0.bus.fire("salt/presence/present", Value::Map(told), now, Keep::LiveOnly);
            known = present;
        }
    }
}

fn listed<'a>(minions: impl IntoIterator<Item = &'a MinionId>) -> Value {
    minions.into_iter().map(MinionId::as_str).collect()
}

/// Who came and who went; nothing when nobody did.
fn change(known: &BTreeSet<MinionId>, present: &BTreeSet<MinionId>) -> Option<Value> {
    (known != present).then(|| {
        let mut data = Map::new();
        data.insert("new", listed(present.difference(known)));
        data.insert("lost", listed(known.difference(present)));
        Value::Map(data)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_who_came_and_who_went() {
        let set = |names: &[&str]| names.iter().map(|name| MinionId::new(*name).unwrap()).collect::<BTreeSet<_>>();
        let told = change(&set(&["a", "b"]), &set(&["b", "c"])).unwrap();
        assert_eq!((told.get("new"), told.get("lost")), (Some(&Value::List(vec!["c".into()])), Some(&Value::List(vec!["a".into()]))));
        assert_eq!(change(&set(&["a"]), &set(&["a"])), None);
    }
}
