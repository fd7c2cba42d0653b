//! `minions.*`: who is connected.

use crate::runners::{Runner, plain};
use model::MinionId;
use value::Value;

/// The functions of this module.
pub const WHEELS: &[Runner] = &[Runner {
    name: "minions.connected",
    arguments: &[],
    doc: "Minions that have a session.",
    body: |run| {
        Box::pin(async move {
            let accepted = run.core.keys.accepted();
            plain(accepted.iter().filter(|id| run.core.roster.is_online(id)).map(MinionId::as_str).collect::<Value>())
        })
    },
}];
