//! `event.*`: the bus.

use super::{Done, Run, Runner, plain};
use manager::Refusal;
use value::Value;

/// The runners of this module.
pub const RUNNERS: &[Runner] =
    &[Runner { name: "event.send", arguments: &["tag", "data"], doc: "Fire an event.", body: |run| Box::pin(send(run)) }];

async fn send(run: Run) -> Result<Done, Refusal> {
    let data = run.arguments.get("data").cloned().unwrap_or_else(Value::map);
    let event = api::FireEvent { tag: run.arguments.text("tag")?, data };
    crate::control::fire(&run.core, &run.caller, event).await?;
    plain(true)
}
