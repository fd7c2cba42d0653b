//! Rows of hosts.

use super::{from_json, minion_id, object_id};
use crate::{Error, Host, HostState, Result};
use model::Timestamp;

/// Number of a state of life in the store.
#[must_use]
pub const fn host_state_number(state: HostState) -> i16 {
    match state {
        HostState::Active => 1,
        HostState::Maintenance => 2,
        HostState::Retired => 3,
    }
}

/// Id, state, until, project, environment, about, facts, version, made, changed, changed by.
pub type HostRow = (String, i16, Option<i64>, String, String, String, String, i64, i64, i64, String);

/// A host.
pub fn host(row: HostRow) -> Result<Host> {
    let (id, state, until, project, environment, about, facts, version, made, changed, changed_by) = row;
    let states = [HostState::Active, HostState::Maintenance, HostState::Retired];
    let found = states.into_iter().find(|known| host_state_number(*known) == state);
    Ok(Host {
        state: found.ok_or_else(|| Error::corrupt("the state of a host", format!("`{state}` is none")))?,
        until: until.map(Timestamp),
        project: object_id(project),
        environment: object_id(environment),
        about: from_json(|| format!("what is said of the host `{id}`"), &about)?,
        facts: from_json(|| format!("facts of the host `{id}`"), &facts)?,
        id: minion_id(&id)?,
        version: u64::try_from(version).unwrap_or_default(),
        made: Timestamp(made),
        changed: Timestamp(changed),
        changed_by,
    })
}
