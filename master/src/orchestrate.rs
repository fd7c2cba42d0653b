//! Orchestration: an SLS of the master, run by the same engine as everywhere, with states that send jobs and call runners.

mod events;
mod job;
mod run;
mod states;

pub use run::{Orchestration, of_data, orchestrate, show};

use sdk::Registry;

mod table {
    use super::states as salt;
    sdk::registry!(states: [salt]);
}

/// Every state that an orchestration may use: those of a host, on the master itself, and `salt.*`.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = ::states::registry();
    registry.merge(table::registry());
    registry
}
