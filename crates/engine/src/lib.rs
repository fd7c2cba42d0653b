//! Runs a plan: order, requisites, conditions, test mode, retry, parallel, report. Knows registries, no module.

mod bridge;

pub use bridge::{Bridge, call};
