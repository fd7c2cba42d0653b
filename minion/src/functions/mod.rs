//! Functions that need the agent; everything else is in `modules`.

mod beacons;
pub mod cp;
mod event;
mod grains;
mod jinja;
mod mine;
mod pillar;
mod publish;
mod saltutil;
mod schedule;
mod slsutil;
pub(crate) mod state;
mod status;
mod sys;

pub(crate) use state::progress;

use crate::desk::Desk;
use model::Failure;
use sdk::{Read, Registry};
use std::sync::Arc;

mod table {
    use super::{beacons, cp, event, grains, jinja, mine, pillar, publish, saltutil, schedule, slsutil, state, status, sys};
    sdk::registry!(functions: [beacons, cp, event, grains, jinja, mine, pillar, publish, saltutil, schedule, slsutil, state, status, sys]);
}

/// Every function and state of this agent.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = modules::registry();
    registry.merge(states::registry());
    registry.merge(table::registry());
    registry
}

/// The desk of the job that a function belongs to.
pub(crate) fn desk(read: &Read) -> Result<Arc<Desk>, Failure> {
    Desk::of(read).ok_or_else(|| Failure::unavailable("this function runs in an agent only"))
}

/// Text of a file, by uri or path.
pub(crate) async fn text_of(read: &Read, uri: &str, env: &str) -> Result<String, Failure> {
    let fetched = read.agent().fetch(uri, env).await?;
    let fetched = fetched.ok_or_else(|| Failure::failed(format!("there is no file `{uri}` in environment `{env}`")))?;
    let bytes = read.host().read(&fetched.path).map_err(|error| Failure::failed(output::chain(&error)))?;
    String::from_utf8(bytes).map_err(|_| Failure::failed(format!("`{uri}` is no text in UTF-8")))
}

/// Names given as a list, or as a text with commas between them.
pub(crate) fn flatten(value: Option<&sdk::Value>) -> Vec<String> {
    use value::{Value, text};
    let words = match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::List(items)) => items.iter().flat_map(|item| flatten(Some(item))).collect(),
        Some(other) => text::str(other).split(',').map(|word| word.trim().to_owned()).collect(),
    };
    words.into_iter().filter(|word: &String| !word.is_empty()).collect()
}
