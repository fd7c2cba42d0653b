//! Execution functions of the master itself, for templates of pillar: what a minion asks its master for is at hand here.

mod mine;

use crate::core::Core;
use sdk::{Failure, Read, Registry};
use std::sync::Arc;

mod table {
    use super::mine;
    sdk::registry!(functions: [mine]);
}

/// Every function that templates of pillar call.
#[must_use]
pub fn registry() -> Registry {
    let mut registry = modules::registry();
    registry.merge(table::registry());
    registry
}

/// The master behind a context.
fn core(read: &Read) -> Result<Arc<Core>, Failure> {
    crate::service::core_of(read).ok_or_else(|| Failure::unavailable("this function runs on a master only"))
}
